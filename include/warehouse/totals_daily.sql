-- The newest reading of each total wins, as in ad_daily.
CREATE TABLE totals_daily AS
SELECT *
FROM totals_daily_listed
QUALIFY row_number() OVER (
    PARTITION BY platform, account_id, level, level_id, report_date ORDER BY as_of DESC
) = 1
ORDER BY platform, account_id, level, level_id, report_date;
