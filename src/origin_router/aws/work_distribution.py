"""Carries out changes of a distribution: read, change what the plan names, write unless somebody else did, verify."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from origin_router.aws.document import Edit, Path, apply_edits, differences, show_path
from origin_router.aws.errors import AGAIN, AwsError, Kind, translated
from origin_router.aws.model import DistributionState
from origin_router.aws.observe_distribution import observe_distribution
from origin_router.aws.session import Aws
from origin_router.aws.steps import AwaitDistribution, DistributionStep, UpdateDistribution
from origin_router.aws.waiting import Patience

DEPLOY_POLL_S = 10.0
DEPLOY_LIMIT_S = 35 * 60.0
"""What boto3's own waiter of this state allows; a change usually takes a few minutes."""

PERMISSION_LIMIT_S = 60.0
"""CloudFront looks at the function and its role itself, and may not see for a while what was just made."""


class DistributionWork:
    """The distribution's executor."""

    def __init__(self, aws: Aws, patience: Patience) -> None:
        self._aws = aws
        self._patience = patience

    def do(self, step: DistributionStep) -> None:
        """Carry out one step."""
        match step:
            case UpdateDistribution():
                self._update(step)
            case AwaitDistribution(distribution):
                self._patience.until(
                    f"waiting for CloudFront to deploy distribution {distribution}",
                    lambda: observe_distribution(self._aws, distribution).is_deployed,
                    every_s=DEPLOY_POLL_S,
                    limit_s=DEPLOY_LIMIT_S,
                )

    def _update(self, step: UpdateDistribution) -> None:
        current = observe_distribution(self._aws, step.distribution)
        where = f"changing distribution {step.distribution}"
        if step.etag and step.etag != current.etag:
            raise AwsError(where, "somebody else changed it meanwhile", AGAIN, kind=Kind.CHANGED)
        wanted = apply_edits(current.config, step.edits)
        stray = unnamed_differences(current.config, wanted, step.edits)
        if stray:
            raise AwsError(
                where, f"would also change {_list(stray)}, which the plan does not name: nothing was changed"
            )
        etag = self._patience.insist(
            "waiting until CloudFront sees the new function",
            lambda: self._write(where, current, wanted),
            lambda error: error.code == "InvalidLambdaFunctionAssociation",
            every_s=5.0,
            limit_s=PERMISSION_LIMIT_S,
        )
        self._verify(where, step, wanted, etag)

    def _write(self, where: str, current: DistributionState, wanted: Mapping[str, Any]) -> str:
        with translated(where):
            answer = self._aws.cloudfront.update_distribution(
                Id=current.id, IfMatch=current.etag, DistributionConfig=cast(Any, wanted)
            )
        return answer["ETag"]

    def _verify(self, where: str, step: UpdateDistribution, wanted: Mapping[str, Any], etag: str) -> None:
        """See that CloudFront holds what it was sent; whatever somebody else did after us is theirs."""
        after = observe_distribution(self._aws, step.distribution)
        if after.etag != etag:
            return
        stray = unnamed_differences(wanted, after.config, step.edits)
        if stray:
            raise AwsError(
                where,
                f"done, but CloudFront changed {_list(stray)} as well",
                "Look at these fields in the console; origin-router destroy takes back its own changes",
            )


def unnamed_differences(one: Mapping[str, Any], other: Mapping[str, Any], edits: Iterable[Edit]) -> list[Path]:
    """Return where two documents differ outside of what the edits name."""
    named = [edit.path for edit in edits]
    return [path for path in differences(one, other) if not any(path[: len(each)] == each for each in named)]


def _list(paths: list[Path]) -> str:
    return ", ".join(show_path(path) for path in paths)
