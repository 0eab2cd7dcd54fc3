"""Carries out what concerns the log groups, in many Regions at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from origin_router.aws.errors import AwsError, Kind, if_there, translated
from origin_router.aws.naming import REPLICA_REGIONS
from origin_router.aws.session import Aws
from origin_router.aws.steps import DeleteLogGroups, LogStep, PrepareLogGroups


class LogWork:
    """The log groups' executor."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def do(self, step: LogStep) -> None:
        """Carry out one step."""
        match step:
            case PrepareLogGroups():
                self._each(step.create, lambda region: self._create(region, step.name))
                self._each(step.retain, lambda region: self._retain(region, step.name, step.days))
            case DeleteLogGroups(groups):
                for name in sorted({name for _, name in groups}):
                    self._each([region for region, each in groups if each == name], self._deleter(name))

    def _create(self, region: str, name: str) -> None:
        try:
            with translated(f"creating log group {name} in {region}"):
                self._aws.logs(region).create_log_group(logGroupName=name)
        except AwsError as error:
            if error.kind is not Kind.EXISTS:  # a replica was faster
                raise

    def _retain(self, region: str, name: str, days: int) -> None:
        with translated(f"setting the retention of log group {name} in {region}"):
            self._aws.logs(region).put_retention_policy(logGroupName=name, retentionInDays=days)

    def _deleter(self, name: str) -> Callable[[str], None]:
        def delete(region: str) -> None:
            client = self._aws.logs(region)
            if_there(f"deleting log group {name} in {region}", lambda: client.delete_log_group(logGroupName=name))

        return delete

    def _each(self, regions: Sequence[str], work: Callable[[str], None]) -> None:
        for region in regions:
            self._aws.logs(region)  # boto3 makes clients on one thread only
        with ThreadPoolExecutor(len(REPLICA_REGIONS), thread_name_prefix="regions") as threads:
            list(threads.map(work, regions))
