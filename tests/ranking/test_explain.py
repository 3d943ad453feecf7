"""Why, in words: true to the numbers, in Spanish and in English."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ranking import CAVEAT, Evidence, reason

WINNER = Evidence(
    verdict="winner",
    mean=1.8,
    low=1.4,
    high=2.34,
    results=412,
    expected=229.0,
    min_expected=30,
    accounts=1,
    spend={"COP": Decimal("1240300.000000")},
    noun={"es": ("clic", "clics"), "en": ("click", "clicks")},
)


def test_a_winner_in_both_languages() -> None:
    """Index, range, place, results and money, each as a Colombian or English reader writes it."""
    assert reason(WINNER, "es") == (
        "1,8 veces lo usual en su cuenta (80\u00a0%: 1,4 a 2,3) con 412 clics y $\u00a01.240.300"
    )
    assert reason(WINNER, "en") == (
        "1.8 times the usual in its account (80%: 1.4 to 2.3) "
        "with 412 clicks and COP\u00a01,240,300"
    )


def test_two_accounts_and_two_currencies_are_both_named() -> None:
    """Money of two currencies is never added up."""
    both = replace(WINNER, accounts=2, spend={"USD": Decimal("310.5"), "COP": Decimal(90000)})
    assert reason(both, "es") == (
        "1,8 veces lo usual en sus cuentas (80\u00a0%: 1,4 a 2,3) "
        "con 412 clics y $\u00a090.000 y US$\u00a0310,50"
    )
    assert reason(both, "en").endswith("with 412 clicks and COP\u00a090,000 and USD\u00a0310.50")


def test_ordinary_and_weak_pieces_say_so() -> None:
    """The sentence does not sell what the range does not carry."""
    assert "no se distingue" in reason(replace(WINNER, verdict="ordinary"), "es")
    assert "cannot be told from" in reason(replace(WINNER, verdict="ordinary"), "en")
    weak = replace(WINNER, verdict="weak", mean=0.64, low=0.5, high=0.8, results=1)
    assert reason(weak, "es").startswith("0,64 veces lo usual en su cuenta (80\u00a0%: 0,50 a 0,80")
    assert reason(weak, "es").endswith(
        "con 1 clic y $\u00a01.240.300, por debajo de un anuncio usual"
    )
    assert reason(weak, "en").endswith("1 click and COP\u00a01,240,300, below an ordinary ad")


def test_too_little_evidence_says_what_would_be_enough() -> None:
    """3 clicks where 4.1 were to be expected; 30 are needed."""
    thin = replace(WINNER, verdict="not_enough_evidence", results=3, expected=4.13)
    assert reason(thin, "es") == (
        "Aún no hay con qué juzgarla: 3 clics; con ese dinero un anuncio usual lograría 4,1, "
        "y hacen falta 30"
    )
    assert reason(thin, "en") == (
        "Too little to judge it: 3 clicks; for that money an ordinary ad would get 4.1, "
        "and 30 are needed"
    )


def test_where_nothing_could_be_expected_the_sentence_says_why() -> None:
    """No money, or accounts that do not measure the result: not a matter of more clicks."""
    free = replace(WINNER, verdict="not_enough_evidence", results=0, expected=0)
    assert reason(free, "es") == (
        "Aún no hay con qué juzgarla: sin inversión en cuentas que midan clics"
    )
    assert reason(free, "en") == (
        "Too little to judge it: no money spent in accounts that count clicks"
    )
    crumbs = replace(free, expected=0.02)
    assert "un anuncio usual lograría menos de 0,1, y" in reason(crumbs, "es")
    assert "an ordinary ad would get less than 0.1, and" in reason(crumbs, "en")


@pytest.mark.parametrize(
    ("index", "text"), [(0.996, "1,0"), (0.994, "0,99"), (9.96, "10"), (12.4, "12"), (0.05, "0,05")]
)
def test_an_index_has_two_figures_that_mean_something(index: float, text: str) -> None:
    """Rounding never makes 1,00 or 10,0 out of a neighbour."""
    assert reason(replace(WINNER, mean=index), "es").startswith(f"{text} veces")


def test_modelled_results_are_counted_in_tenths() -> None:
    """Platforms model fractions of a conversion; above ten a tenth says nothing."""
    assert "con 2,5 clics" in reason(replace(WINNER, results=2.5), "es")
    assert "con 5 clics" in reason(replace(WINNER, results=4.98), "es")
    assert "con 1.413 clics" in reason(replace(WINNER, results=1412.6), "es")


def test_the_caveat_speaks_of_causes() -> None:
    """Both languages say that the numbers are no proof."""
    assert "no prueban" in CAVEAT["es"]
    assert "do not prove" in CAVEAT["en"]
