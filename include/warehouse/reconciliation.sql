-- Do the ads add up to what the platform says of the whole? Residual rows fill what ads lack;
-- what is left in `..._difference` is told by nobody.
CREATE TABLE reconciliation AS
WITH told AS (
    SELECT
        platform, account_id, report_date, currency,
        sum(impressions)::BIGINT AS impressions, sum(clicks)::BIGINT AS clicks, sum(spend) AS spend
    FROM totals_daily
    GROUP BY platform, account_id, report_date, currency
),
counted AS (
    SELECT
        platform, account_id, report_date, currency,
        sum(impressions)::BIGINT AS impressions, sum(clicks)::BIGINT AS clicks, sum(spend) AS spend,
        coalesce(sum(impressions) FILTER (WHERE starts_with(ad_id, '__residual__:')), 0)::BIGINT
            AS residual_impressions,
        coalesce(sum(spend) FILTER (WHERE starts_with(ad_id, '__residual__:')), 0)
            AS residual_spend
    FROM ad_daily
    GROUP BY platform, account_id, report_date, currency
)
SELECT
    platform, account_id, report_date, currency,
    told.impressions AS total_impressions,
    told.clicks AS total_clicks,
    told.spend AS total_spend,
    coalesce(counted.residual_impressions, 0) AS residual_impressions,
    coalesce(counted.residual_spend, 0) AS residual_spend,
    told.impressions - coalesce(counted.impressions, 0) AS impressions_difference,
    told.clicks - coalesce(counted.clicks, 0) AS clicks_difference,
    told.spend - coalesce(counted.spend, 0) AS spend_difference
FROM told
FULL JOIN counted USING (platform, account_id, report_date, currency)
ORDER BY platform, account_id, report_date, currency;
