-- The vector of each picture's photo, of describers with a model. A picture that stands in two
-- batches of one describer has equal vectors.
CREATE TABLE vectors AS
SELECT picture, describer, revision, settings, vector::FLOAT[] AS vector
FROM read_parquet(getvariable('vectors_files'), filename = true, union_by_name = true)
QUALIFY row_number() OVER (
    PARTITION BY picture, describer, revision, settings ORDER BY filename
) = 1
ORDER BY picture, describer, revision, settings;
