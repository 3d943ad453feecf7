-- One picture per ad, the first that is stored: with all cards of a carousel, each of its
-- impressions would count once per card.
CREATE TABLE ad_pictures AS
WITH stored AS (
    SELECT platform, account_id, creative_id, position, picture
    FROM creative_images
    -- A small preview says nothing about what people saw.
    WHERE status = 'stored' AND NOT is_thumbnail
)
SELECT ads.platform, ads.account_id, ads.ad_id, stored.picture
FROM ads
JOIN stored USING (platform, account_id, creative_id)
QUALIFY row_number() OVER (
    PARTITION BY ads.platform, ads.account_id, ads.ad_id ORDER BY stored.position, stored.picture
) = 1
ORDER BY platform, account_id, ad_id;
