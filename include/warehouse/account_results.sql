-- What all ads of an account did per objective: what an ordinary ad does there.
CREATE TABLE account_results AS
WITH shown AS (
    SELECT ad_daily.*, coalesce(campaigns.objective, 'unknown') AS objective
    FROM ad_daily
    LEFT JOIN campaigns USING (platform, account_id, campaign_id)
)
SELECT
    objective, platform, account_id,
    count(DISTINCT ad_id) AS ads,
    sum(impressions)::BIGINT AS impressions,
    sum(link_clicks)::BIGINT AS link_clicks,
    sum(engagements)::BIGINT AS engagements,
    sum(leads) AS leads,
    sum(purchases) AS purchases,
    sum(conversions) AS conversions,
    sum(video_views)::BIGINT AS video_views,
    sum(spend) AS spend,
    currency,
    min(report_date) AS first_date,
    max(report_date) AS last_date
FROM shown
GROUP BY objective, platform, account_id, currency
ORDER BY objective, platform, account_id, currency;
