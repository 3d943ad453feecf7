-- Every ad set ever listed, as its newest listing has it.
CREATE TABLE ad_sets AS
SELECT *
FROM ad_sets_listed
QUALIFY row_number() OVER (
    PARTITION BY platform, account_id, ad_set_id ORDER BY as_of DESC
) = 1
ORDER BY platform, account_id, ad_set_id;
