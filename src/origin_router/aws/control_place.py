"""Where the control document belongs, and what there is. Pure."""

from __future__ import annotations

from typing import NamedTuple

from origin_router.routing.config import ControlConfig


class Place(NamedTuple):
    """What there is where the document belongs."""

    has_bucket: bool
    has_document: bool = False
    is_ours: bool = False
    """The document was written by a command for this router."""


def control_place(control: ControlConfig) -> str:
    """Return where the document lies, for people."""
    return f"s3://{control.bucket}/{control.key}"
