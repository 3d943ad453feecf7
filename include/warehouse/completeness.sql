-- How much of its final conversions each platform had told of a day, by the day's age at the
-- reading: of report days that were read young and again at the end of the account's window, after
-- which nobody reads them again. A row that a reading left out because it had not changed counts
-- as it was last told. Of the last half year only: platforms change their ways.
CREATE TABLE completeness AS
WITH spans AS (
    SELECT platform, account_id, as_of, as_of - min(report_date) AS span
    FROM ad_daily_readings
    GROUP BY platform, account_id, as_of
),
windows AS (
    -- The usual one: a backfill reads further back.
    SELECT platform, account_id, quantile_disc(span, 0.5) AS span
    FROM spans
    GROUP BY platform, account_id
),
added AS (
    -- What each reading added to what was told of an ad's day before.
    SELECT
        platform, account_id, report_date, as_of,
        coalesce(leads, 0) - coalesce(lag(leads) OVER readings, 0) AS leads,
        coalesce(purchases, 0) - coalesce(lag(purchases) OVER readings, 0) AS purchases,
        coalesce(conversions, 0) - coalesce(lag(conversions) OVER readings, 0) AS conversions,
        coalesce(app_installs, 0) - coalesce(lag(app_installs) OVER readings, 0) AS app_installs
    FROM ad_daily_readings
    WHERE report_date > (SELECT max(report_date) - 180 FROM ad_daily_readings)
    WINDOW readings AS (PARTITION BY platform, account_id, ad_id, report_date ORDER BY as_of)
),
summed AS (
    SELECT
        platform, account_id, report_date, as_of, sum(leads) AS leads,
        sum(purchases) AS purchases, sum(conversions) AS conversions,
        sum(app_installs) AS app_installs
    FROM added
    GROUP BY platform, account_id, report_date, as_of
),
changes AS (
    UNPIVOT summed ON leads, purchases, conversions, app_installs INTO NAME result VALUE value
),
followed AS (
    -- Days that were read once, or not to the end, tell nothing of growth.
    SELECT
        platform, account_id, report_date, result,
        min(as_of) AS first_as_of, max(as_of) AS last_as_of, sum(value) AS final
    FROM changes
    JOIN windows USING (platform, account_id)
    GROUP BY platform, account_id, report_date, result
    HAVING min(as_of) < max(as_of) AND sum(value) > 0
        AND max(as_of) - report_date >= any_value(windows.span) - 1
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
    sum(final)::DOUBLE AS final
FROM grown
GROUP BY platform, result, age
ORDER BY platform, result, age;
