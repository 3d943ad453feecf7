"""Names of nodes and objectives."""

from __future__ import annotations

from include.catalogue.places import Places


def test_names_come_from_the_configuration() -> None:
    """As `nodes.yaml` and `objectives.yaml` have them."""
    places = Places()
    assert places.node("wompi") == "wompi"
    assert places.colour("wompi") == "#00a878"
    assert places.objective("sales", "es") == "Conversión"
    assert places.counts("wompi", "traffic") == "link_clicks"
    assert places.noun("wompi", "traffic", "es") == "clics"
    assert places.noun("wompi", "traffic", "en", count=1) == "click"


def test_a_set_of_a_node_or_objective_that_is_gone_still_has_names() -> None:
    """Its id stands in for the name; nothing fails."""
    places = Places()
    assert places.node("seguros") == "seguros"
    assert places.colour("seguros") == "#828890"
    assert places.objective("app", "es") == "app"
    assert places.counts("wompi", "app") is None
    assert places.noun("wompi", "app", "es") is None
