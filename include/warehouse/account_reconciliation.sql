-- Whether an account's ads add up to what the platform says, over its newest 28 report days.
CREATE TABLE account_reconciliation AS
WITH windows AS (
    SELECT platform, account_id, max(as_of) - 28 AS after
    FROM readings
    GROUP BY platform, account_id
),
days AS (
    SELECT reconciliation.*
    FROM reconciliation
    JOIN windows USING (platform, account_id)
    WHERE report_date > after
),
campaigns_told AS (
    SELECT
        platform, account_id, level_id AS campaign_id, report_date, currency,
        impressions, clicks, spend
    FROM totals_daily
    JOIN windows USING (platform, account_id)
    WHERE report_date > after AND level = 'campaign'
),
campaigns_counted AS (
    SELECT
        platform, account_id, campaign_id, report_date, currency,
        sum(impressions) AS impressions, sum(clicks) AS clicks, sum(spend) AS spend
    FROM ad_daily
    JOIN windows USING (platform, account_id)
    WHERE report_date > after
    GROUP BY platform, account_id, campaign_id, report_date, currency
),
campaigns AS (
    -- Differences of two campaigns may hide each other in the account's sum.
    SELECT
        platform, account_id, currency,
        count(DISTINCT campaign_id) AS campaigns,
        count(DISTINCT campaign_id) FILTER (
            WHERE told.impressions <> coalesce(counted.impressions, 0)
                OR told.clicks <> coalesce(counted.clicks, 0)
                OR abs(told.spend - coalesce(counted.spend, 0)) >= 0.01
        ) AS campaigns_off
    FROM campaigns_told AS told
    LEFT JOIN campaigns_counted AS counted
        USING (platform, account_id, campaign_id, report_date, currency)
    GROUP BY platform, account_id, currency
),
doubled AS (
    SELECT platform, account_id, currency, count(*) AS double_counts
    FROM double_counts
    GROUP BY platform, account_id, currency
)
SELECT
    platform, account_id, currency,
    min(report_date) AS first_date,
    max(report_date) AS last_date,
    count(*) AS days,
    count(*) FILTER (WHERE total_spend IS NULL) AS days_without_total,
    -- Amounts are rounded ad by ad: less than a cent is no difference.
    count(*) FILTER (
        WHERE impressions_difference <> 0 OR clicks_difference <> 0 OR abs(spend_difference) >= 0.01
    ) AS days_off,
    any_value(campaigns.campaigns) AS campaigns,
    any_value(campaigns.campaigns_off) AS campaigns_off,
    sum(total_impressions)::BIGINT AS total_impressions,
    sum(impressions_difference)::BIGINT AS impressions_difference,
    sum(residual_impressions)::BIGINT AS residual_impressions,
    sum(clicks_difference)::BIGINT AS clicks_difference,
    sum(total_spend)::DECIMAL(38, 6) AS total_spend,
    sum(spend_difference)::DECIMAL(38, 6) AS spend_difference,
    sum(residual_spend)::DECIMAL(38, 6) AS residual_spend,
    coalesce(any_value(doubled.double_counts), 0) AS double_counts
FROM days
LEFT JOIN campaigns USING (platform, account_id, currency)
LEFT JOIN doubled USING (platform, account_id, currency)
GROUP BY platform, account_id, currency
ORDER BY platform, account_id, currency;
