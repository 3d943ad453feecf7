-- All stored leaderboards, oldest first.
CREATE TABLE leaderboards AS
SELECT
    as_of, node, objective, picture, rank, mean, low, high, prob_above_baseline, verdict, results,
    expected, evidence, impressions, link_clicks, ads, platforms, spend, first_date, last_date,
    campaign_id, chosen, weight, reason_es, reason_en, rule_version, result, per, current, complete,
    worn, grade, missing, revenue, guard_rails, false_winners, details_es, details_en
FROM read_parquet(getvariable('leaderboards_files'), union_by_name = true)
ORDER BY as_of, node, objective, rank, picture;
