"""Which pool takes a request: the first rule whose conditions all hold, else the default pool."""

from __future__ import annotations

from origin_router.routing.conditions import Condition  # for annotations, which do not ship
from origin_router.routing.config import RouterConfig
from origin_router.routing.model import Request


class Rules:
    """The rules of a configuration, compiled once."""

    __slots__ = ("_default_pool", "_rules")

    def __init__(self, config: RouterConfig, region: str = "") -> None:
        """`region` is the AWS Region in which we execute; rules for other ones are left out."""
        self._default_pool = config.pool
        rules = [(index, rule) for index, rule in enumerate(config.rules) if not rule.regions or region in rule.regions]
        self._rules: list[tuple[int, str, list[Condition]]] = []
        if rules:
            from origin_router.routing.conditions import conditions_of  # no cold start without rules pays for it

            self._rules = [(index, rule.pool, conditions_of(rule)) for index, rule in rules]

    def match(self, request: Request) -> tuple[str, int | None]:
        """Return the pool for a request and the index of the rule that says so (None: no rule did)."""
        for index, pool, conditions in self._rules:
            if all(condition(request) for condition in conditions):
                return pool, index
        return self._default_pool, None
