"""Every kind of fault on every platform: whole data or a clear error, never silent loss.

`docs/faults.md` shows the same table to people; `PAUTA_REWRITE_GOLDEN=1` writes it anew.
"""

import os
from importlib import import_module
from pathlib import Path

import pytest

from tests.faults.case import ABSENT, Case
from tests.faults.kinds import KINDS
from tests.faults.page import page_of
from tests.faults.platforms import PLATFORMS
from tests.faults.runner import check
from tests.faults.stage import Stage

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
ENOUGH = 40

CASES: dict[str, list[Case]] = {
    platform: import_module(f"tests.faults.cases_{platform}").CASES for platform in PLATFORMS
}
REAL = [
    pytest.param(platform, case, id=f"{platform}-{case.kind}")
    for platform, cases in CASES.items()
    for case in cases
    if case.outcome != ABSENT
]


@pytest.mark.parametrize(("platform", "case"), REAL)
def test_a_fault_ends_as_it_should(faulty: Stage, platform: str, case: Case) -> None:
    """In whole data, or in the error or mark that the case names."""
    check(case, platform, faulty)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_kind_has_an_answer_on_every_platform(platform: str) -> None:
    """One case per kind; kinds of the platform's own say what happens in them."""
    kinds = [case.kind for case in CASES[platform]]
    assert len(kinds) == len(set(kinds)), sorted(k for k in set(kinds) if kinds.count(k) > 1)
    assert not KINDS.keys() - set(kinds)
    for case in CASES[platform]:
        assert case.kind in KINDS or case.what, f"{platform} {case.kind}: `what` is missing"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_at_least_forty_kinds_really_happen(platform: str) -> None:
    """What "does not occur" is not counted."""
    real = {case.kind for case in CASES[platform] if case.outcome != ABSENT}
    assert len(real) >= ENOUGH


def test_the_page_for_people_shows_this_table() -> None:
    """`PAUTA_REWRITE_GOLDEN=1 pytest tests/faults` writes it anew; read it before committing."""
    text = page_of(CASES)
    if os.environ.get("PAUTA_REWRITE_GOLDEN") == "1":
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, "PAUTA_REWRITE_GOLDEN=1 pytest tests/faults"
