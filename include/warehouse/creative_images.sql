-- The pictures of each creative, all from the newest listing that has the creative: a card that
-- was taken out of a carousel goes with the listing that no longer has it.
CREATE TABLE creative_images AS
WITH listings AS (
    SELECT files.* EXCLUDE (filename), readings.as_of
    FROM read_parquet(getvariable('creative_images_files'), filename = true, union_by_name = true)
        AS files
    JOIN readings ON readings.path = files.filename
)
SELECT *
FROM listings
QUALIFY as_of = max(as_of) OVER (PARTITION BY platform, account_id, creative_id)
ORDER BY platform, account_id, creative_id, position;
