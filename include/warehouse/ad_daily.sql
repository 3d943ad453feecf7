-- The newest reading of each key wins. Nothing is dropped: a row that the newest reading no
-- longer tells, within its window or before it, stays with the as_of that told it.
CREATE TABLE ad_daily AS
SELECT *
FROM ad_daily_readings
QUALIFY row_number() OVER (
    PARTITION BY platform, account_id, ad_id, report_date ORDER BY as_of DESC
) = 1
ORDER BY platform, account_id, ad_id, report_date;
