"""Columns that several tables of the warehouse share."""

from __future__ import annotations

import pyarrow as pa

from include.tables import TEXT, Column

# Sums over years of one account in pesos do not fit into the 12 whole digits of one day's money.
MONEY_SUM = pa.decimal128(38, 6)
# Ten decimals: a peso is a fraction of a thousandth of a dollar.
RATE = pa.decimal128(18, 10)
DAY = pa.date32()

AS_OF = Column("as_of", DAY, "day of the reading that told it: its last complete report day")
PLATFORM = Column("platform", TEXT, "which platform")
ACCOUNT = Column("account_id", TEXT, "ad account")
AD = Column("ad_id", TEXT, "ad")
PICTURE = Column("picture", TEXT, "sha256 of the picture's file")
NODE = Column("node", TEXT, "business node by `nodes.yaml`; null when no pattern matches")
OBJECTIVE = Column("objective", TEXT, "common objective of the campaign, or `unknown`")
