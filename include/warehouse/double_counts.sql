-- What looks like one thing counted twice, of the newest 62 report days; older ones were looked at
-- when they were new. Nothing is taken away: a person decides.
CREATE TABLE double_counts AS
WITH recent AS (
    SELECT *
    FROM ad_daily
    WHERE report_date > (SELECT max(report_date) - 62 FROM ad_daily)
        AND NOT starts_with(ad_id, '__residual__:')
),
series AS (
    SELECT
        platform, account_id, ad_id, currency,
        bit_xor(hash(report_date, impressions, clicks, spend)) AS fingerprint,
        count(*) AS days, sum(impressions)::BIGINT AS impressions, sum(spend) AS spend,
        min(report_date) AS first_date, max(report_date) AS last_date
    FROM recent
    WHERE impressions > 0
    GROUP BY platform, account_id, ad_id, currency
    -- Two ads that were shown 3 times on one day prove nothing.
    HAVING count(*) >= 5 AND sum(impressions) >= 1000
),
same_series AS (
    -- One ad under two ids, in one account or in two.
    SELECT
        'same_series' AS rule, platform, account_id, ad_id AS id,
        first_value(account_id || ' ' || ad_id) OVER twins AS twin,
        first_date, last_date, days, impressions::DOUBLE AS counted, spend, currency
    FROM series
    WINDOW twins AS (
        PARTITION BY platform, fingerprint, days, impressions, spend, currency
        ORDER BY account_id, ad_id
    )
    QUALIFY row_number() OVER twins > 1
),
days AS (
    SELECT
        platform, account_id, campaign_id, currency, report_date,
        sum(leads) AS leads, sum(purchases) AS purchases, sum(app_installs) AS app_installs,
        sum(spend) AS spend
    FROM recent
    GROUP BY platform, account_id, campaign_id, currency, report_date
),
pairs AS (
    SELECT *, 'leads' AS result, 'purchases' AS twin, leads AS one, purchases AS other FROM days
    UNION ALL
    SELECT *, 'leads', 'app_installs', leads, app_installs FROM days
    UNION ALL
    SELECT *, 'purchases', 'app_installs', purchases, app_installs FROM days
),
same_result AS (
    -- One event under two action types: a campaign whose two results agree day after day.
    SELECT
        'same_result' AS rule, platform, account_id, campaign_id AS id,
        result || ' ' || twin AS twin,
        min(report_date) AS first_date, max(report_date) AS last_date, count(*) AS days,
        sum(one)::DOUBLE AS counted, sum(spend) AS spend, currency
    FROM pairs
    WHERE one > 0 OR other > 0
    GROUP BY platform, account_id, campaign_id, currency, result, twin
    HAVING count(*) >= 7 AND sum(one) >= 30 AND bool_and(one IS NOT DISTINCT FROM other)
)
SELECT
    rule, platform, account_id, id, twin, first_date, last_date, days::BIGINT AS days, counted,
    spend::DECIMAL(38, 6) AS spend, currency
FROM (FROM same_series UNION ALL FROM same_result)
ORDER BY rule, platform, account_id, id, twin, currency;
