"""What DAGs hand to each other. One event means: the thing is durable for that partition key.

Names, not addresses: a URI with a scheme makes every process that parses a DAG file import
the S3 hooks of the Amazon provider (0.4 s), to ask whether one of them knows the scheme.
"""

from __future__ import annotations

from airflow.sdk import Asset

# One reading of a platform: raw replies, lake partitions and image files of all its accounts.
READINGS = {
    platform: Asset(name=f"reading_{platform}")
    for platform in ("meta", "google_ads", "x_ads", "linkedin_ads")
}
# Joined with `|`: with `&` a rerun of one platform waits for ever for the other three.
ANY_READING = (
    READINGS["meta"] | READINGS["google_ads"] | READINGS["x_ads"] | READINGS["linkedin_ads"]
)
WAREHOUSE = Asset(name="warehouse")
DESCRIPTIONS = Asset(name="descriptions")
LEADERBOARDS = Asset(name="leaderboards")
SETS = Asset(name="sets")
CATALOGUE = Asset(name="catalogue")
