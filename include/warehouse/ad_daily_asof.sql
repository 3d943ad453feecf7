-- What ad_daily told after the reading of a day. A compacted row stands for several readings: the
-- last of them that was there by then told it.
CREATE MACRO ad_daily_asof(day) AS TABLE
WITH known AS (
    SELECT platform, account_id, as_of, since, days
    FROM readings
    JOIN restatement USING (platform)
    WHERE as_of <= day
),
settled AS (
    SELECT platform, account_id, max(as_of) - any_value(days) AS before
    FROM known
    GROUP BY platform, account_id
),
covering AS (
    SELECT platform, account_id, report_date, max(as_of) AS newest
    FROM (
        SELECT
            platform, account_id, as_of,
            unnest(generate_series(since, as_of, INTERVAL 1 DAY))::DATE AS report_date
        FROM known
    )
    GROUP BY platform, account_id, report_date
)
SELECT
    platform, account_id, report_date, timezone, currency, campaign_id, ad_set_id, ad_id,
    impressions, reach, clicks, link_clicks, engagements, video_views, spend, conversions,
    leads, purchases, revenue, landing_page_views, app_installs, view_through_conversions,
    video_completions, reactions, comments, shares, follows, attribution_setting,
    report_date < settled.before AS is_final,
    least(told_until, covering.newest) AS as_of
FROM ad_daily_readings AS told
LEFT JOIN settled USING (platform, account_id)
LEFT JOIN covering USING (platform, account_id, report_date)
WHERE told.as_of <= day AND (superseded_on IS NULL OR superseded_on > day);
