-- What each picture did, per node, objective, account and currency.
CREATE TABLE picture_results AS
WITH shown AS (
    SELECT
        ad_results.*, ad_pictures.picture, campaigns.node,
        coalesce(campaigns.objective, 'unknown') AS objective
    FROM ad_results
    JOIN ad_pictures USING (platform, account_id, ad_id)
    LEFT JOIN campaigns USING (platform, account_id, campaign_id)
)
SELECT
    node, objective, platform, account_id, picture,
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
GROUP BY node, objective, platform, account_id, picture, currency, reporting_currency
ORDER BY node, objective, platform, account_id, picture, currency;
