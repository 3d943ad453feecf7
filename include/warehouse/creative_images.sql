-- The pictures of each creative, all from the newest listing that has the creative: a card that
-- was taken out of a carousel goes with the listing that no longer has it.
CREATE TABLE creative_images AS
SELECT *
FROM creative_images_listed
QUALIFY as_of = max(as_of) OVER (PARTITION BY platform, account_id, creative_id)
ORDER BY platform, account_id, creative_id, position;
