-- All stored comparisons of earlier leaderboards with what their pieces did since, oldest first.
CREATE TABLE promises AS
SELECT
    as_of, promised_on, node, objective, pieces, shown, expected, promised, delivered, low, high,
    ratio, covered, rule_version
FROM read_parquet(getvariable('promises_files'), union_by_name = true)
ORDER BY as_of, node, objective;
