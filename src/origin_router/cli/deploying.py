"""From options to the plan of a deployment, made anew from what is there whenever it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from origin_router import bundle
from origin_router.aws.attachment import patterns
from origin_router.aws.canary import Traffic, canary_is_possible, plan_canary
from origin_router.aws.desired import desire, settings_for, with_settings
from origin_router.aws.model import DistributionState
from origin_router.aws.observe import observe, observe_first
from origin_router.aws.plan import Plan, plan_deploy
from origin_router.aws.preflight import CHECKS, preflight
from origin_router.aws.preflight_distribution import no_canary_runs
from origin_router.aws.store import Store
from origin_router.bundle import Bundle
from origin_router.cli.account import Account
from origin_router.cli.distribution_option import now_text
from origin_router.routing.config import RouterConfig


@dataclass(frozen=True)
class Wishes:
    """What the user asked for, as far as they did."""

    distribution: str
    behaviors: tuple[str, ...] = ()
    is_failover: bool | None = None
    has_feedback: bool | None = None
    wants_dashboard: bool = False
    traffic: Traffic | None = None
    """For whom, if it is a canary."""


class Deploying:
    """One deployment."""

    def __init__(self, account: Account, wishes: Wishes) -> None:
        self._account = account
        self.wishes = wishes
        self.config = with_feedback(account.config, wishes.has_feedback)
        self.bundle: Bundle = bundle.build(self.config)
        self.distribution: DistributionState | None = None
        """As it was when the last plan was made."""
        self.behaviors: tuple[str, ...] = ()

    def plan(self) -> Plan:
        """Read what is there and plan."""
        aws, names, wishes = self._account.aws, self._account.names, self.wishes
        first = observe_first(aws, names, wishes.distribution)
        record = first.stored.record if first.stored else None
        settings = settings_for(
            self.config,
            record,
            behaviors=wishes.behaviors,
            is_failover=wishes.is_failover,
            has_feedback=wishes.has_feedback,
        )
        before = record.targets_before if record else {}
        desired = desire(
            names,
            self.config,
            self.bundle,
            settings,
            first.distribution.config,
            before,
            dashboard_for=self._shown_on_dashboard(),
            overrules_feedback=settings.has_feedback is not self._account.config.feedback.enabled,
        )
        hosts = tuple(each["DomainName"] for each in desired.origins)
        observed = observe(aws, first, self.config, settings, hosts, wants_dashboard=wishes.wants_dashboard)
        self.distribution = first.distribution
        self.behaviors = tuple(each for each in patterns(first.distribution.config) if each in settings.behaviors)
        if wishes.traffic is None:
            return plan_deploy(desired, observed, at=now_text(), findings=preflight(desired, observed))
        checks = (*(each for each in CHECKS if each is not no_canary_runs), canary_is_possible)
        return plan_canary(desired, observed, wishes.traffic, findings=preflight(desired, observed, checks))

    def _shown_on_dashboard(self) -> tuple[str, ...]:
        """All distributions of this router, this one included."""
        if not self.wishes.wants_dashboard:
            return ()
        store = Store(self._account.aws, self._account.names)
        known = [each.record.distribution for each in store.load_all()]
        return tuple(sorted({*known, self.wishes.distribution}))


def with_feedback(config: RouterConfig, has_feedback: bool | None) -> RouterConfig:
    """Return the configuration to build, which the option may overrule."""
    if has_feedback is None:
        return config
    return with_settings(config, settings_for(config, None, has_feedback=has_feedback))
