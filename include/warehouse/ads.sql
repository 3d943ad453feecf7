-- Every ad ever listed, as its newest listing has it: an ad that is gone keeps its numbers.
CREATE TABLE ads AS
SELECT *
FROM ads_listed
QUALIFY row_number() OVER (
    PARTITION BY platform, account_id, ad_id ORDER BY as_of DESC
) = 1
ORDER BY platform, account_id, ad_id;
