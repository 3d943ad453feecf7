-- The pictures of each creative, all from the newest listing that has the creative: a card that
-- was taken out of a carousel goes with the listing that no longer has it.
CREATE TABLE creative_images AS
WITH newest AS (
    SELECT platform, account_id, creative_id, max(as_of) AS as_of
    FROM creative_images_listed
    GROUP BY platform, account_id, creative_id
)
SELECT *
FROM creative_images_listed
SEMI JOIN newest USING (platform, account_id, creative_id, as_of)
ORDER BY platform, account_id, creative_id, position;
