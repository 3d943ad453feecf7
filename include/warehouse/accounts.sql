-- Every account, as its newest listing has it.
CREATE TABLE accounts AS
SELECT *
FROM accounts_listed
QUALIFY row_number() OVER (
    PARTITION BY platform, account_id ORDER BY as_of DESC
) = 1
ORDER BY platform, account_id;
