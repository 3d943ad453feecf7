"""The configuration in the words readers know: nodes, objectives, what the manual forbids."""

from __future__ import annotations

from functools import cached_property

from include.config.brand import Brand, load_brand
from include.config.nodes import Nodes, load_nodes
from include.config.objectives import Objective, Objectives, load_objectives


class Places:
    """Rows and columns of the matrix; the files are read at the first question.

    Reading later, not when the application is made, keeps a mistake in a file inside the
    catalogue: Airflow's api-server starts all the same.
    """

    @cached_property
    def nodes(self) -> Nodes:
        """`nodes.yaml`."""
        return load_nodes()

    @cached_property
    def objectives(self) -> Objectives:
        """`objectives.yaml`."""
        return load_objectives()

    @cached_property
    def brand(self) -> Brand:
        """`brand.yaml`."""
        return load_brand()

    @property
    def node_ids(self) -> list[str]:
        """Ids of the nodes, in file order."""
        return [node.id for node in self.nodes.nodes]

    @property
    def objective_ids(self) -> list[str]:
        """Ids of the objectives, in file order."""
        return [objective.id for objective in self.objectives.objectives]

    def node(self, node_id: str) -> str:
        """A node's name; its id when the file no longer names it."""
        return next((n.name for n in self.nodes.nodes if n.id == node_id), node_id)

    def colour(self, node_id: str) -> str:
        """A node's colour; grey when the file no longer names it."""
        return next((n.color for n in self.nodes.nodes if n.id == node_id), "#828890")

    def objective(self, objective_id: str, code: str) -> str:
        """An objective's name; its id when the file no longer names it."""
        for objective in self.objectives.objectives:
            if objective.id == objective_id:
                return str(getattr(objective.name, code))
        return objective_id

    def counts(self, node_id: str, objective_id: str) -> str | None:
        """Which column the objective counts, such as `link_clicks`; None when it is unknown."""
        return self._rules(node_id, objective_id).result if self._knows(objective_id) else None

    def noun(self, node_id: str, objective_id: str, code: str, *, count: float = 2) -> str | None:
        """What the objective counts: `clic` for a count of 1, else `clics`."""
        if not self._knows(objective_id):
            return None
        noun = getattr(self._rules(node_id, objective_id).noun, code)
        return str(noun.one if count == 1 else noun.many)

    def avoided(self, negative_prompt: str, code: str) -> list[str]:
        """What the manual forbids and the negative prompt names, one word for each rule."""
        said = {word.strip() for word in negative_prompt.split(",")}
        rules = self.brand.shared.disallow
        return [str(getattr(rule, code)[0]) for rule in rules if said.intersection(rule.en)]

    def _knows(self, objective_id: str) -> bool:
        return objective_id in self.objective_ids

    def _rules(self, node_id: str, objective_id: str) -> Objective:
        return self.objectives.of(node_id, objective_id)
