"""Why, in words: true to the numbers, in Spanish and in English."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ranking import CAVEAT, Explanation

WINNER = Explanation(
    verdict="winner",
    mean=1.8,
    low=1.4,
    high=2.34,
    prob_above_baseline=0.972,
    results=412,
    beyond=0.0,
    expected=229.0,
    current=180.0,
    min_expected=30,
    accounts=1,
    spend={"COP": Decimal("1240300.000000")},
    missing=None,
    complete=1.0,
    worn=False,
    grade="same_ad_set",
    noun={"es": ("clic", "clics"), "en": ("click", "clicks")},
    as_of=date(2026, 11, 20),
    rule_version="shrunk-index/3+objectives/2",
)
THIN = replace(WINNER, verdict="not_enough_evidence", results=3, expected=4.13, current=4.0)


def test_a_winner_in_both_languages() -> None:
    """Index, range, place, results and money, each as a Colombian or English reader writes it."""
    assert WINNER.sentence("es") == (
        "1,8 veces lo usual en su cuenta (80\u00a0%: 1,4 a 2,3) con 412 clics y $\u00a01.240.300"
    )
    assert WINNER.sentence("en") == (
        "1.8 times the usual in its account (80%: 1.4 to 2.3) "
        "with 412 clicks and COP\u00a01,240,300"
    )


def test_results_beyond_belief_are_said_not_to_count() -> None:
    """412 clicks of which 300 are more than any ad gets; a part of one is not worth a sentence."""
    odd = replace(WINNER, beyond=300.2)
    assert odd.details("es")[1] == (
        "De 412 clics no se cuentan 300: son más de lo que logra un anuncio con ese dinero; "
        "suelen venir de otro anuncio o de difusión sin costo."
    )
    assert odd.details("en")[1] == (
        "Of 412 clicks, 300 do not count: they are more than any ad gets for that money; most "
        "often they come from another ad or from organic reach."
    )
    assert replace(WINNER, beyond=0.6).details("es") == WINNER.details("es")


def test_two_accounts_and_two_currencies_are_both_named() -> None:
    """Money of two currencies is never added up."""
    both = replace(WINNER, accounts=2, spend={"USD": Decimal("310.5"), "COP": Decimal(90000)})
    assert both.sentence("es") == (
        "1,8 veces lo usual en sus cuentas (80\u00a0%: 1,4 a 2,3) "
        "con 412 clics y $\u00a090.000 y US$\u00a0310,50"
    )
    assert both.sentence("en").endswith("with 412 clicks and COP\u00a090,000 and USD\u00a0310.50")


def test_ordinary_and_weak_pieces_say_so() -> None:
    """The sentence does not sell what the range does not carry."""
    assert "no se distingue" in replace(WINNER, verdict="ordinary").sentence("es")
    assert "cannot be told from" in replace(WINNER, verdict="ordinary").sentence("en")
    weak = replace(WINNER, verdict="weak", mean=0.64, low=0.5, high=0.8, results=1)
    assert weak.sentence("es").startswith(
        "0,64 veces lo usual en su cuenta (80\u00a0%: 0,50 a 0,80"
    )
    assert weak.sentence("es").endswith(
        "con 1 clic y $\u00a01.240.300, por debajo de un anuncio usual"
    )
    assert weak.sentence("en").endswith("1 click and COP\u00a01,240,300, below an ordinary ad")


def test_too_little_evidence_says_what_would_be_enough() -> None:
    """3 clicks where 4.1 were to be expected; 30 are needed, for some 140 000 pesos more."""
    thin = replace(THIN, missing=("COP", Decimal(140_000)))
    assert thin.sentence("es") == (
        "Aún no hay con qué juzgarla: 3 clics; con ese dinero un anuncio usual lograría 4,1, "
        "y hacen falta 30 (unos $\u00a0140.000 más); por ahora se estima en 1,8 veces lo usual "
        "(80\u00a0%: 1,4 a 2,3)"
    )
    assert thin.sentence("en") == (
        "Too little to judge it: 3 clicks; for that money an ordinary ad would get 4.1, "
        "and 30 are needed (some COP\u00a0140,000 more); for now it is put at 1.8 times the usual "
        "(80%: 1.4 to 2.3)"
    )
    assert "needed; for now" in THIN.sentence("en")


def test_evidence_that_is_too_old_says_so() -> None:
    """412 clicks two years ago count for 9 today."""
    old = replace(WINNER, verdict="not_enough_evidence", current=9.2)
    assert "412 clics frente a 229 usuales, pero tan antiguos que valen por 9,2" in old.sentence(
        "es"
    )
    assert "so old that they count for 9.2, and 30 are needed" in old.sentence("en")
    assert "valen por 29, y" in replace(old, current=29.9).sentence("es")


def test_details_tell_baseline_chance_comparison_caveat_and_date() -> None:
    """What an ordinary ad would have, how sure it is, beside whom it ran, by which rules."""
    assert WINNER.details("es") == [
        "Por la misma inversión, un anuncio usual llevaría 229 clics; mientras falte evidencia, el "
        "índice queda más cerca de lo usual que esa razón.",
        "Es 97\u00a0% probable que supere lo usual; de todas las ganadoras, a lo sumo el "
        "10\u00a0% lo parece por azar.",
        "Se compara sobre todo con otras piezas del mismo conjunto de anuncios en los mismos "
        "días: la comparación más justa.",
        CAVEAT["es"],
        "Datos al 2026-11-20, reglas shrunk-index/3+objectives/2.",
    ]
    assert WINNER.text("en").startswith("1.8 times the usual in its account")
    assert WINNER.text("en").endswith("As of 2026-11-20, rules shrunk-index/3+objectives/2.")


def test_young_days_wear_and_weak_pieces_are_told_in_both_languages() -> None:
    """82 % counted so far; worn; below the usual with 95 %."""
    piece = replace(
        WINNER,
        verdict="weak",
        complete=0.82,
        worn=True,
        prob_above_baseline=0.05,
        grade="different_audiences",
    )
    spanish, english = " ".join(piece.details("es")), " ".join(piece.details("en"))
    assert "se ha contado cerca del 82\u00a0%" in spanish
    assert "about 82% is counted so far" in english
    assert "desgastada" in spanish
    assert "worn out" in english
    assert "Es 95\u00a0% probable que esté por debajo de lo usual" in spanish
    assert "de todas las débiles" in spanish
    assert "below the usual with a probability of 95%; of all weak pieces" in english
    assert "puede ser del público" in spanish


def test_a_piece_without_expectation_has_no_baseline_to_tell() -> None:
    """Only the caveat and the date."""
    assert len(replace(THIN, expected=0, current=0).details("en")) == 2


def test_where_nothing_could_be_expected_the_sentence_says_why() -> None:
    """No money, or accounts that do not measure the result: not a matter of more clicks."""
    free = replace(WINNER, verdict="not_enough_evidence", results=0, expected=0)
    assert free.sentence("es") == (
        "Aún no hay con qué juzgarla: sin inversión en cuentas que midan clics"
    )
    assert free.sentence("en") == (
        "Too little to judge it: no money spent in accounts that count clicks"
    )
    crumbs = replace(free, expected=0.02)
    assert "un anuncio usual lograría menos de 0,1, y" in crumbs.sentence("es")
    assert "an ordinary ad would get less than 0.1, and" in crumbs.sentence("en")


@pytest.mark.parametrize(
    ("index", "text"), [(0.996, "1,0"), (0.994, "0,99"), (9.96, "10"), (12.4, "12"), (0.05, "0,05")]
)
def test_an_index_has_two_figures_that_mean_something(index: float, text: str) -> None:
    """Rounding never makes 1,00 or 10,0 out of a neighbour."""
    assert replace(WINNER, mean=index).sentence("es").startswith(f"{text} veces")


def test_modelled_results_are_counted_in_tenths() -> None:
    """Platforms model fractions of a conversion; above ten a tenth says nothing."""
    assert "con 2,5 clics" in replace(WINNER, results=2.5).sentence("es")
    assert "con 5 clics" in replace(WINNER, results=4.98).sentence("es")
    assert "con 1.413 clics" in replace(WINNER, results=1412.6).sentence("es")


def test_the_caveat_speaks_of_causes() -> None:
    """Both languages say that the numbers are no proof."""
    assert "no prueban" in CAVEAT["es"]
    assert "do not prove" in CAVEAT["en"]
