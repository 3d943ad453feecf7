-- Every creative ever listed, as its newest listing has it.
CREATE TABLE creatives AS
SELECT *
FROM creatives_listed
QUALIFY row_number() OVER (
    PARTITION BY platform, account_id, creative_id ORDER BY as_of DESC
) = 1
ORDER BY platform, account_id, creative_id;
