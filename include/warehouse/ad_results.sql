-- What each ad did. Reach is left out: people of two days would count twice. A rate holds from
-- its day until the next one of its currency.
CREATE TABLE ad_results AS
WITH days AS (
    SELECT DISTINCT currency, report_date FROM ad_daily
),
rated AS (
    SELECT days.currency, days.report_date, exchange_rates.rate
    FROM days
    ASOF JOIN exchange_rates
        ON days.currency = exchange_rates.currency AND days.report_date >= exchange_rates.day
)
SELECT
    platform, account_id, ad_id, campaign_id,
    sum(impressions)::BIGINT AS impressions,
    sum(link_clicks)::BIGINT AS link_clicks,
    sum(engagements)::BIGINT AS engagements,
    sum(leads) AS leads,
    sum(purchases) AS purchases,
    sum(conversions) AS conversions,
    sum(video_views)::BIGINT AS video_views,
    sum(spend) AS spend,
    currency,
    CASE
        WHEN count(*) FILTER (WHERE rate IS NULL AND spend <> 0) = 0
            THEN coalesce(sum(spend::DECIMAL(20, 6) * rate), 0)
    END::DECIMAL(38, 6) AS spend_reporting,
    (SELECT any_value(reporting_currency) FROM exchange_rates) AS reporting_currency,
    count(*) FILTER (WHERE rate IS NULL AND spend <> 0) AS unrated,
    min(report_date) AS first_date,
    max(report_date) AS last_date
FROM ad_daily
LEFT JOIN rated USING (currency, report_date)
GROUP BY platform, account_id, ad_id, campaign_id, currency
ORDER BY platform, account_id, ad_id, campaign_id, currency;
