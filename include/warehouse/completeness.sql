-- How much of its final conversions each platform had told of a day, by the day's age at the
-- reading: of report days that were read young and again at the end of the account's window, after
-- which nobody reads them again. A row that a reading left out because it had not changed counts
-- as it was last told. Of the last half year only: platforms change their ways.
CREATE TABLE completeness AS
WITH windows AS (
    -- The usual one: a backfill reads further back.
    SELECT platform, account_id, quantile_disc(as_of - since, 0.5) AS span, max(as_of) AS newest
    FROM readings
    GROUP BY platform, account_id
),
recent AS (
    SELECT told.*
    FROM ad_daily_readings AS told
    JOIN windows USING (platform, account_id)
    WHERE report_date > (SELECT max(report_date) - 180 FROM ad_daily_readings)
        AND report_date <= newest - (span - 1)::INTEGER
),
told AS (
    -- A row counts from its first reading until the one that supersedes it.
    SELECT
        platform, account_id, report_date, as_of, told_until,
        leads, purchases, conversions, app_installs
    FROM recent
    UNION ALL
    SELECT
        platform, account_id, report_date, superseded_on, NULL,
        -leads, -purchases, -conversions, -app_installs
    FROM recent
    WHERE superseded_on IS NOT NULL
),
summed AS (
    -- What each reading added to what was told of a day before. Rounded, since sums of fractions
    -- differ in their last places.
    SELECT
        platform, account_id, report_date, as_of, max(told_until) AS told_until,
        round(coalesce(sum(leads), 0), 6) AS leads,
        round(coalesce(sum(purchases), 0), 6) AS purchases,
        round(coalesce(sum(conversions), 0), 6) AS conversions,
        round(coalesce(sum(app_installs), 0), 6) AS app_installs
    FROM told
    GROUP BY platform, account_id, report_date, as_of
),
changes AS (
    UNPIVOT summed ON leads, purchases, conversions, app_installs INTO NAME result VALUE value
),
followed AS (
    -- Days that were read once, or not to the end, tell nothing of growth.
    SELECT
        platform, account_id, report_date, result,
        min(as_of) AS first_as_of, max(told_until) AS last_as_of, sum(value) AS final
    FROM changes
    JOIN windows USING (platform, account_id)
    GROUP BY platform, account_id, report_date, result
    HAVING min(as_of) < max(told_until) AND sum(value) > 0
        AND max(told_until) - report_date >= any_value(windows.span) - 1
),
ages AS (
    SELECT followed.*, unnest(range(first_as_of - report_date, last_as_of - report_date + 1)) AS age
    FROM followed
),
grown AS (
    SELECT
        ages.platform, ages.account_id, ages.report_date, ages.result, ages.age, ages.final,
        sum(changes.value) AS seen
    FROM ages
    JOIN changes
        ON changes.platform = ages.platform
        AND changes.account_id = ages.account_id
        AND changes.report_date = ages.report_date
        AND changes.result = ages.result
        AND changes.as_of - changes.report_date <= ages.age
    GROUP BY ALL
)
SELECT
    platform, result, age::INTEGER AS age,
    count(*)::BIGINT AS days,
    sum(greatest(seen, 0))::DOUBLE AS seen,
    sum(final)::DOUBLE AS final,
    quantile_cont(greatest(seen, 0) / final, 0.1)::DOUBLE AS low,
    quantile_cont(greatest(seen, 0) / final, 0.9)::DOUBLE AS high
FROM grown
GROUP BY platform, result, age
ORDER BY platform, result, age;
