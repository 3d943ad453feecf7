-- What all ads of an account did per objective: what an ordinary ad does there.
CREATE TABLE account_results AS
WITH shown AS (
    SELECT ad_results.*, coalesce(campaigns.objective, 'unknown') AS objective
    FROM ad_results
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
    sum(spend)::DECIMAL(38, 6) AS spend,
    currency,
    CASE WHEN bool_and(spend_reporting IS NOT NULL) THEN sum(spend_reporting) END::DECIMAL(38, 6)
        AS spend_reporting,
    reporting_currency,
    sum(unrated)::BIGINT AS unrated,
    min(first_date) AS first_date,
    max(last_date) AS last_date
FROM shown
GROUP BY objective, platform, account_id, currency, reporting_currency
ORDER BY objective, platform, account_id, currency;
