"""Identifiers in each platform's form, made from the account, the month and a running number.

The same thing has the same id in every run; nothing is looked up.
"""

from __future__ import annotations

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_KINDS = {"campaign": 1, "ad_set": 2, "ad": 3, "creative": 4, "post": 5, "video": 6}


def number_id(account: int, month: int, kind: str, index: int) -> int:
    """A number of 16 digits that no other thing of the world has."""
    return 1_200_000_000_000_000 + (
        ((account * 10 + _KINDS[kind]) * 100_000 + month) * 100_000 + index
    )


def base36(number: int) -> str:
    """`number` in the digits that X uses for its ids."""
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"


def entity_id(platform: str, account: int, month: int, kind: str, index: int) -> str:
    """The id of a campaign, ad set, ad or creative as its platform writes it."""
    number = number_id(account, month, kind, index)
    if platform == "x_ads" and kind not in {"creative", "post", "video"}:
        return base36(number - 1_200_000_000_000_000)
    if platform == "x_ads":
        return str(number + 1_700_000_000_000_000_000)  # tweets: 19 digits, beyond a double
    if platform == "google_ads":
        # Entity ids beyond 2**31: a client that reads them as int32 shows it.
        return str(number - 1_200_000_000_000_000 + 21_000_000_000)
    if platform == "linkedin_ads":
        return str(number - 1_200_000_000_000_000)
    return f"1202{number % 100_000_000_000_000:014d}"


def birth_of_meta(text: str) -> tuple[int, int, str] | None:
    """Account number, month and kind inside one of our Meta ids; None for any other text."""
    if len(text) != 18 or not text.isdecimal() or not text.startswith("1202"):
        return None
    rest, _ = divmod(int(text[4:]), 100_000)
    who, month = divmod(rest, 100_000)
    account, kind = divmod(who, 10)
    names = {number: name for name, number in _KINDS.items()}
    return (account, month, names[kind]) if kind in names else None
