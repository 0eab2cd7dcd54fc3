"""Carries out a plan, step by step.

Stopping anywhere is safe: the next plan is made from what is there, so it holds exactly
what is left to do.
"""

from __future__ import annotations

import io
import zipfile
from typing import Protocol, assert_never

from origin_router.aws import steps as kinds
from origin_router.aws.control_store import control_store
from origin_router.aws.dashboard import delete_dashboard, put_dashboard
from origin_router.aws.errors import AwsError, Kind
from origin_router.aws.naming import Names
from origin_router.aws.record import record_key
from origin_router.aws.session import Aws
from origin_router.aws.steps import NEW_VERSION, Step, resolve
from origin_router.aws.store import Store
from origin_router.aws.waiting import Patience
from origin_router.aws.work_canary import CanaryWork
from origin_router.aws.work_distribution import DistributionWork
from origin_router.aws.work_function import FunctionWork
from origin_router.aws.work_logs import LogWork
from origin_router.aws.work_role import RoleWork
from origin_router.bundle import Bundle
from origin_router.bundle.bundler import CONFIG_NAME
from origin_router.routing.config import RouterConfig

DELETE_LIMIT_S = 6 * 3600.0
"""How long a command goes on asking whether the function can be deleted."""


class Watcher(Protocol):
    """Told about each step."""

    def began(self, step: Step, number: int, count: int) -> None:
        """A step begins."""

    def ended(self, step: Step) -> None:
        """It is done."""


class Unwatched:
    """Nobody is told."""

    def began(self, step: Step, number: int, count: int) -> None:
        """Say nothing."""

    def ended(self, step: Step) -> None:
        """Say nothing."""


class Apply:
    """The executor that does it."""

    def __init__(
        self,
        aws: Aws,
        names: Names,
        config: RouterConfig,
        bundle: Bundle | None = None,
        *,
        watcher: Watcher | None = None,
        patience: Patience | None = None,
        delete_limit_s: float = DELETE_LIMIT_S,
    ) -> None:
        patience = patience or Patience()
        self._aws = aws
        self._config = config
        self._bundle = bundle
        self._watcher = watcher or Unwatched()
        self._store = Store(aws, names)
        self._control = control_store(aws, names, config)
        self._role = RoleWork(aws)
        self._logs = LogWork(aws)
        self._function = FunctionWork(aws, bundle, patience, delete_limit_s=delete_limit_s)
        self._distribution = DistributionWork(aws, patience)
        self._canary = CanaryWork(aws)
        self.known: dict[str, str] = {}
        """What became of the plan's stand-ins."""

    def run(self, steps: tuple[Step, ...]) -> None:
        """Carry out the steps. AwsError CHANGED: somebody else was faster; plan again."""
        for number, step in enumerate(steps, start=1):
            known = resolve(step, self.known)
            self._watcher.began(known, number, len(steps))
            try:
                self._do(known)
            except AwsError as error:
                if error.kind is Kind.EXISTS:  # made by an earlier attempt, or by somebody else just now
                    error.kind = Kind.CHANGED
                raise
            self._watcher.ended(resolve(step, self.known))

    def _do(self, step: Step) -> None:
        match step:
            case kinds.CreateRole() | kinds.UpdateTrust() | kinds.PutRolePolicy() | kinds.DeleteRole():
                self._role.do(step)
            case kinds.PrepareLogGroups() | kinds.DeleteLogGroups():
                self._logs.do(step)
            case (
                kinds.CreateFunction()
                | kinds.UpdateCode()
                | kinds.UpdateFunction()
                | kinds.PublishVersion()
                | kinds.DeleteFunction()
            ):
                version = self._function.do(step)
                if version is not None:
                    self.known[NEW_VERSION] = version
            case kinds.PutDashboard() | kinds.DeleteDashboard() | kinds.CreateControl() | kinds.DeleteControl():
                self._do_beside(step)
            case kinds.UpdateDistribution() | kinds.AwaitDistribution():
                self._distribution.do(step)
            case (
                kinds.CreateBucket()
                | kinds.ProtectBucket()
                | kinds.SaveRecord()
                | kinds.SaveConfig()
                | kinds.DeleteRecord()
                | kinds.DeleteBucket()
            ):
                self._do_bucket(step)
            case (
                kinds.CopyDistribution()
                | kinds.CreatePolicy()
                | kinds.UpdatePolicy()
                | kinds.PromoteStaging()
                | kinds.DeletePolicy()
                | kinds.DeleteDistribution()
            ):
                self.known.update(self._canary.do(step))
            case _:
                assert_never(step)

    def _do_beside(self, step: kinds.DashboardStep | kinds.ControlStep) -> None:
        match step:
            case kinds.PutDashboard(_, distributions):
                put_dashboard(self._aws, self._config, distributions)
            case kinds.DeleteDashboard():
                delete_dashboard(self._aws, self._config)
            case kinds.CreateControl():
                self._control.create()
            case kinds.DeleteControl():
                self._control.delete()

    def _do_bucket(self, step: kinds.BucketStep) -> None:
        match step:
            case kinds.CreateBucket():
                self._store.create()
            case kinds.ProtectBucket():
                self._store.protect()
            case kinds.SaveRecord():
                self._store.save(step.record, step.etag)
            case kinds.SaveConfig():
                self._store.save_config(step.key, _config_in(self._bundle))
            case kinds.DeleteRecord():
                self._store.delete(record_key(step.distribution))
            case kinds.DeleteBucket():
                self._delete_bucket(step)

    def _delete_bucket(self, step: kinds.DeleteBucket) -> None:
        """Versions are listed now: deleting a record, earlier in the plan, has left another one."""
        if step.is_versioned:
            for version in self._store.versions():
                if version.key in step.keys:
                    self._store.delete_version(version)
        else:
            for key in step.keys:
                self._store.delete(key)
        if not step.is_kept:
            self._store.delete_bucket()


def _config_in(bundle: Bundle | None) -> bytes:
    if bundle is None:
        raise RuntimeError("a plan that brings code needs the bundle")
    with zipfile.ZipFile(io.BytesIO(bundle.zip_bytes)) as archive:
        return archive.read(CONFIG_NAME)
