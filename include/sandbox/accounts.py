"""The eight ad accounts of the synthetic world, and what advertising costs in each.

Rates are for an ordinary ad; what a picture shows multiplies them (`effects.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

NODES: Mapping[str, str] = MappingProxyType(
    {"wompi": "WMP", "tu360compras": "T3C", "tu360inmobiliario": "T3I", "banco": "BCO"}
)
"""Business nodes and the prefix of their campaigns' names."""

OBJECTIVES = ("awareness", "traffic", "engagement", "leads", "sales")

OFFERED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "meta": OBJECTIVES,
        "google_ads": ("awareness", "traffic", "leads", "sales"),
        "x_ads": ("awareness", "traffic", "engagement", "sales"),
        "linkedin_ads": OBJECTIVES,
    }
)
"""Objectives that each platform sells (Google has no engagement, X no lead campaigns)."""


@dataclass(frozen=True)
class SandboxAccount:
    """One ad account: who it is, and its ordinary prices.

    `cpm` is money per 1000 impressions in `currency`; `spend` is the life-time spend of the
    account's median ad; `weight` is its share of the month's creatives.
    """

    platform: str
    account_id: str
    number: int
    name: str
    currency: str
    timezone: str
    weight: float
    cpm: float
    spend: float
    order_value: float

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its report days."""
        return ZoneInfo(self.timezone)

    def midnight(self, day: date) -> datetime:
        """The instant at which this report day begins."""
        return datetime.combine(day, time(), self.zone)

    def day_length(self, day: date) -> timedelta:
        """24 hours, or 23 or 25 when clocks change."""
        start = self.midnight(day).timestamp()
        return timedelta(seconds=self.midnight(day + timedelta(days=1)).timestamp() - start)


_CO, _NY, _LA = "America/Bogota", "America/New_York", "America/Los_Angeles"
_NATIONAL, _ABROAD = "Marca Colombia", "Marca Internacional"

ACCOUNTS: tuple[SandboxAccount, ...] = (
    SandboxAccount(
        "meta", "1010000000000001", 1, _NATIONAL, "COP", _CO, 0.30, 14_000, 420_000, 190_000
    ),
    SandboxAccount("meta", "1010000000000002", 2, _ABROAD, "USD", _NY, 0.12, 5.5, 110, 48),
    SandboxAccount(
        "google_ads", "1234567801", 3, _NATIONAL, "COP", _CO, 0.19, 9_500, 300_000, 180_000
    ),
    SandboxAccount("google_ads", "1234567802", 4, _ABROAD, "USD", _LA, 0.10, 3.2, 80, 46),
    SandboxAccount("x_ads", "18ce54co", 5, _NATIONAL, "COP", _CO, 0.08, 11_000, 220_000, 170_000),
    SandboxAccount("x_ads", "18ce54us", 6, _ABROAD, "USD", _NY, 0.05, 4.1, 60, 42),
    SandboxAccount(
        "linkedin_ads", "508000001", 7, _NATIONAL, "COP", "UTC", 0.10, 23_000, 480_000, 260_000
    ),
    SandboxAccount("linkedin_ads", "508000002", 8, _ABROAD, "USD", "UTC", 0.06, 11.0, 140, 70),
)

# How dear an impression is when a platform optimises for this objective, against its usual CPM.
CPM_FACTOR: Mapping[str, float] = MappingProxyType(
    {"awareness": 0.7, "traffic": 0.9, "engagement": 0.85, "leads": 1.2, "sales": 1.3}
)
# Ordinary rates. Clicks and other interactions are per impression, the rest per link click.
LINK_RATE: Mapping[str, float] = MappingProxyType(
    {"awareness": 0.004, "traffic": 0.011, "engagement": 0.005, "leads": 0.010, "sales": 0.011}
)
OTHER_RATE: Mapping[str, float] = MappingProxyType(
    {"awareness": 0.005, "traffic": 0.004, "engagement": 0.020, "leads": 0.003, "sales": 0.004}
)
LEAD_RATE: Mapping[str, float] = MappingProxyType(
    {"awareness": 0.001, "traffic": 0.003, "engagement": 0.002, "leads": 0.075, "sales": 0.004}
)
PURCHASE_RATE: Mapping[str, float] = MappingProxyType(
    {"awareness": 0.0005, "traffic": 0.002, "engagement": 0.001, "leads": 0.002, "sales": 0.045}
)


def sandbox_account(platform: str, account_id: str) -> SandboxAccount | None:
    """The account with this id, or None when this platform has none."""
    for account in ACCOUNTS:
        if (account.platform, account.account_id) == (platform, account_id):
            return account
    return None
