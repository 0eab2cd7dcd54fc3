"""Does what the commands do, on a session that tests can watch, without the commands' own pauses."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from origin_router.aws.apply import Apply
from origin_router.aws.canary import Traffic, plan_abort, plan_promote
from origin_router.aws.deployment import carry_out
from origin_router.aws.errors import AwsError
from origin_router.aws.model import Observed
from origin_router.aws.naming import Names
from origin_router.aws.observe import observe_running
from origin_router.aws.observe_function import observe_role
from origin_router.aws.observe_remains import observe_remains
from origin_router.aws.plan import Plan
from origin_router.aws.removal import Scope, plan_destroy, plan_rollback
from origin_router.aws.session import Aws
from origin_router.aws.store import Store
from origin_router.aws.waiting import Patience
from origin_router.bundle import Bundle
from origin_router.cli.account import Account
from origin_router.cli.deploying import Deploying, Wishes
from origin_router.routing.config import OriginConfig, PoolConfig, RouterConfig
from tests.support import distributions

AT = "2026-11-24T12:00:00+00:00"


def router_config(name: str = "shop", **pool: Any) -> RouterConfig:
    """Two origins on loopback, whose name resolves everywhere."""
    origins = tuple(
        OriginConfig(id=id_, host="localhost", port=port, protocol="http") for id_, port in (("eu", 8081), ("us", 8082))
    )
    return RouterConfig(name=name, pool="web", pools={"web": PoolConfig(**{"origins": origins, **pool})})


class Operator:
    """Runs a router in an account."""

    def __init__(self, aws: Aws, config: RouterConfig | None = None) -> None:
        self.aws = aws
        self.config = config or router_config()
        self.names = Names(self.config.name, aws.account)
        self.account = Account(self.config, aws, self.names)
        self.changes: list[AwsError] = []
        """Why plans were made again."""

    def deploy(self, distribution: str, *, traffic: Traffic | None = None, **wishes: Any) -> Plan:
        """As `deploy`."""
        deploying = Deploying(self.account, Wishes(distribution, traffic=traffic, **wishes))
        return self.carry_out(deploying.plan, deploying.bundle)

    def plan(self, distribution: str, **wishes: Any) -> Plan:
        """As `plan`."""
        return Deploying(self.account, Wishes(distribution, **wishes)).plan()

    def rollback(self, distribution: str, to: str | None = None) -> Plan:
        """As `rollback`."""
        return self.carry_out(lambda: plan_rollback(self.observe(distribution), to, at=AT))

    def promote(self, distribution: str) -> Plan:
        """As `promote`."""
        return self.carry_out(lambda: plan_promote(self.observe(distribution), at=AT))

    def abort(self, distribution: str) -> Plan:
        """As `abort`."""
        return self.carry_out(lambda: plan_abort(self.observe(distribution)))

    def destroy(self, distribution: str | None = None) -> Plan:
        """As `destroy`."""
        scope = Scope(distribution=distribution)
        return self.carry_out(lambda: plan_destroy(observe_remains(self.aws, self.names, self.config), scope))

    def carry_out(self, make_plan: Callable[[], Plan], built: Bundle | None = None) -> Plan:
        """Plan and apply, with everything confirmed."""
        patience = Patience(sleep=lambda seconds: time.sleep(min(seconds, 0.02)))
        executor = Apply(self.aws, self.names, self.config, built, patience=patience)
        return carry_out(make_plan, lambda plan, is_again: None, executor, self.changes.append)

    def observe(self, distribution: str) -> Observed:
        """Read what ending a canary and rolling back need."""
        return observe_running(self.aws, self.names, distribution)

    @property
    def _at(self) -> tuple[Aws, Names]:
        return self.aws, self.names

    def everything(self, distribution: str) -> dict[str, Any]:
        """Return all that there is, without the distribution's id and the times at which things were made."""
        store = Store(self.aws, self.names)
        stored = store.load(distribution) if store.observe().is_there else None
        record = stored.record if stored else None
        remains = observe_remains(self.aws, self.names, self.config)
        return {
            "distribution": distributions.read(self.aws, distribution),
            "role": observe_role(self.aws, self.names),
            "versions": [
                (each.version, each.code_sha256, each.settings) for each in self.observe(distribution).versions
            ],
            "settings": remains.function and remains.function.settings,
            "log_groups": remains.log_groups,
            "bucket": (remains.bucket, [each.replace(distribution, "ID") for each in remains.bucket_keys]),
            "settings asked for": record and record.settings,
            "targets before": record and record.targets_before,
            "history": record and [each.version for each in record.history],
        }
