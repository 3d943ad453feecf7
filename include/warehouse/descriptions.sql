-- What each picture shows. A picture may stand in two batches of one describer; the rows are
-- equal, since the same settings give the same words.
CREATE TABLE descriptions AS
SELECT
    picture, describer, revision, settings, caption, whole_caption, text, labels, palette, photo_box,
    text_share, ocr_text, width, height, removed, error
FROM read_parquet(getvariable('descriptions_files'), filename = true, union_by_name = true)
QUALIFY row_number() OVER (
    PARTITION BY picture, describer, revision, settings ORDER BY filename
) = 1
ORDER BY picture, describer, revision, settings;
