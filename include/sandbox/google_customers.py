"""Which customers the sandbox's Google user can read, and by which way.

Two are open to the user directly, a third only through the manager account above them, a
fourth was cancelled. Numbers are those of the world's two accounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from include.sandbox.accounts import ACCOUNTS, SandboxAccount

MANAGER = "9990001111"
ALLIED = "1234567803"
CANCELED = "1234567804"


@dataclass(frozen=True)
class Customer:
    """One customer; `direct` ones can be read without naming the manager account."""

    account: SandboxAccount
    status: str
    direct: bool
    manager: bool = False

    @property
    def id(self) -> str:
        """Its 10 digits."""
        return self.account.account_id


def _customers() -> dict[str, Customer]:
    ours = [account for account in ACCOUNTS if account.platform == "google_ads"]
    last = ours[-1]
    every = [
        *(Customer(account, "ENABLED", direct=True) for account in ours),
        Customer(replace(last, account_id=ALLIED, name="Marca Aliada"), "ENABLED", direct=False),
        Customer(replace(last, account_id=CANCELED, name="Marca Antigua"), "CANCELED", direct=True),
        Customer(
            replace(last, account_id=MANAGER, name="Grupo de Marcas"),
            "ENABLED",
            direct=True,
            manager=True,
        ),
    ]
    return {customer.id: customer for customer in every}


CUSTOMERS: Mapping[str, Customer] = _customers()


def client_rows(customer: Customer) -> list[dict[str, Any]]:
    """The customer and, of a manager account, its client accounts, as `customer_client` tells."""
    clients = [each for each in CUSTOMERS.values() if not each.manager]
    at = "customer_client"
    return [
        {
            f"{at}.resource_name": f"customers/{customer.id}/customerClients/{client.id}",
            f"{at}.client_customer": f"customers/{client.id}",
            f"{at}.id": client.id,
            f"{at}.descriptive_name": client.account.name,
            f"{at}.currency_code": client.account.currency,
            f"{at}.time_zone": client.account.timezone,
            f"{at}.manager": client.manager,
            f"{at}.level": str(int(client.id != customer.id)),
            f"{at}.hidden": False,
            f"{at}.test_account": False,
            f"{at}.status": client.status,
        }
        for client in [customer, *(clients if customer.manager else [])]
    ]
