-- As include/tables.py knows it.
CREATE TABLE restatement AS
SELECT platform, days FROM restatement_days ORDER BY platform;
