-- Every creative ever listed, as its newest listing has it.
CREATE TABLE creatives AS
WITH listings AS (
    SELECT files.* EXCLUDE (filename), readings.as_of
    FROM read_parquet(getvariable('creatives_files'), filename = true, union_by_name = true) AS files
    JOIN readings ON readings.path = files.filename
)
SELECT *
FROM listings
QUALIFY row_number() OVER (PARTITION BY platform, account_id, creative_id ORDER BY as_of DESC) = 1
ORDER BY platform, account_id, creative_id;
