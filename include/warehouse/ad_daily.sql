-- The newest reading of each key wins. Nothing is dropped: a row that the newest reading no
-- longer tells, within its window or before it, stays with the as_of that told it.
CREATE VIEW ad_daily AS
WITH settled AS (
    SELECT platform, account_id, max(as_of) - any_value(days) AS before
    FROM readings
    JOIN restatement USING (platform)
    GROUP BY platform, account_id
)
SELECT
    platform, account_id, report_date, timezone, currency, campaign_id, ad_set_id, ad_id,
    impressions, reach, clicks, link_clicks, engagements, video_views, spend, conversions,
    leads, purchases, revenue, landing_page_views, app_installs, view_through_conversions,
    video_completions, reactions, comments, shares, follows, attribution_setting,
    report_date < settled.before AS is_final,
    told_until AS as_of
FROM ad_daily_readings
LEFT JOIN settled USING (platform, account_id)
WHERE superseded_on IS NULL;
