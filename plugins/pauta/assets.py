"""What DAGs hand to each other. One event means: the thing is durable for that partition key."""

from __future__ import annotations

from airflow.sdk import Asset

# One reading of a platform: raw replies, lake partitions and image files of all its accounts.
READINGS = {
    platform: Asset(name=f"reading_{platform}", uri=f"pauta://lake/{platform}")
    for platform in ("meta", "google_ads", "x_ads", "linkedin_ads")
}
# Joined with `|`: with `&` a rerun of one platform waits for ever for the other three.
ANY_READING = (
    READINGS["meta"] | READINGS["google_ads"] | READINGS["x_ads"] | READINGS["linkedin_ads"]
)
WAREHOUSE = Asset(name="warehouse", uri="pauta://warehouse")
DESCRIPTIONS = Asset(name="descriptions", uri="pauta://descriptions")
LEADERBOARDS = Asset(name="leaderboards", uri="pauta://leaderboards")
SETS = Asset(name="sets", uri="pauta://sets")
CATALOGUE = Asset(name="catalogue", uri="pauta://catalogue")
