-- Every campaign ever listed, as its newest listing has it, with the node its name belongs to.
CREATE TABLE campaigns AS
WITH newest AS (
    SELECT *
    FROM campaigns_listed
    QUALIFY row_number() OVER (
        PARTITION BY platform, account_id, campaign_id ORDER BY as_of DESC
    ) = 1
)
SELECT newest.* EXCLUDE (as_of), names.node, newest.as_of
FROM newest
LEFT JOIN campaign_names AS names ON names.name = newest.name
ORDER BY platform, account_id, campaign_id;
