-- Which pictures are one creative: the newest grouping of each describer's pictures.
CREATE TABLE clusters AS
SELECT parse_filename(filename, true) AS describer_key, picture, creative
FROM read_parquet(getvariable('clusters_files'), filename = true, union_by_name = true)
ORDER BY describer_key, picture;
