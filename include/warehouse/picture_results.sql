-- What each picture did, per node, objective, account and currency. Reach is left out: people
-- who saw two ads would count twice.
CREATE TABLE picture_results AS
WITH shown AS (
    SELECT
        ad_daily.*, ad_pictures.picture, campaigns.node,
        coalesce(campaigns.objective, 'unknown') AS objective
    FROM ad_daily
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
    sum(spend) AS spend,
    currency,
    min(report_date) AS first_date,
    max(report_date) AS last_date
FROM shown
GROUP BY node, objective, platform, account_id, picture, currency
ORDER BY node, objective, platform, account_id, picture, currency;
