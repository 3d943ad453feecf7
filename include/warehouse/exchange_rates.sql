-- As the file has them.
CREATE TABLE exchange_rates AS
SELECT day, currency, rate, reporting_currency FROM rates ORDER BY currency, day;
