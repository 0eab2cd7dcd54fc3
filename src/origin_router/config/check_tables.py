"""The checks of the tables that concern the whole router: feedback, control and journal."""

from __future__ import annotations

from collections.abc import Iterator

from origin_router.config import values_aws
from origin_router.config.node import Node
from origin_router.config.problems import Finding
from origin_router.routing.config import ControlConfig, FeedbackConfig

FEEDBACK_DEFAULTS = FeedbackConfig()
CONTROL_DEFAULTS = ControlConfig()


def check_feedback(feedback: Node) -> Iterator[Finding]:
    """Yield what needs feedback where there is none."""
    if feedback.child("enabled").is_true():
        return
    for key in ("debug_header", "explore_pct"):
        if feedback.child(key).is_changed(getattr(FEEDBACK_DEFAULTS, key)):
            yield Finding(feedback.at(key), "needs feedback; write enabled = true beside it")


def check_control(control: Node) -> Iterator[Finding]:
    """Yield the mistakes of where the control document lies."""
    url, bucket = control.child("url"), control.child("bucket")
    if url.read(str) and bucket.read(str):
        yield Finding(bucket.location, "the document is read from url; write one of the two")
    if url.read(str):
        yield from url.check(values_aws.control_url_problem)
    if bucket.read(str):
        yield from bucket.check(values_aws.bucket_problem)
    yield from control.child("region").check(values_aws.bucket_region_problem)
    yield from control.child("key").check(values_aws.object_key_problem)
    yield from control.child("key").check(values_aws.object_key_warning, is_warning=True)
    yield from _check_use(control, is_bucket=bool(bucket.read(str)), is_url=bool(url.read(str)))


def _check_use(control: Node, *, is_bucket: bool, is_url: bool) -> Iterator[Finding]:
    for key, is_read, needed in (
        ("key", is_bucket, "bucket"),
        ("region", is_bucket, "bucket"),
        ("refresh_s", is_bucket or is_url, "bucket or url"),
    ):
        if not is_read and control.child(key).is_changed(getattr(CONTROL_DEFAULTS, key)):
            yield Finding(control.at(key), f"has no effect without {needed}", is_warning=True)


def check_journal(journal: Node) -> Iterator[Finding]:
    """Yield the mistakes of the summary."""
    yield from journal.child("namespace").check(values_aws.namespace_problem)
