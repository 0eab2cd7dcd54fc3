"""Preflight: what becomes of the origin-response trigger.

`feedback.enabled` decides, because it is kept with the configuration, and the function that
is built from it stamps requests for the response trigger. `--feedback` overrules it for one
deployment. So a later one without the option would take the trigger away: nobody is to find
that out from a dashboard.
"""

from __future__ import annotations

from collections.abc import Iterator

from origin_router.aws.attachment import RESPONSE, attached
from origin_router.aws.findings import Finding, note, warning
from origin_router.aws.model import Desired, Observed

KEEP = "Write enabled = true under [feedback] into the configuration to keep it"


def is_as_configured(desired: Desired, observed: Observed) -> Iterator[Finding]:
    """Say what an option does for this deployment alone, and whether a trigger that is there goes."""
    if desired.settings.has_feedback:
        if desired.overrules_feedback:
            yield note(
                "--feedback",
                "holds for this deployment: feedback.enabled is false, so the next one without this option takes the"
                " function off origin-response again",
                KEEP,
            )
        return
    leaving = _listening(desired, observed)
    if not leaving:
        return
    where = f"behavior {', '.join(leaving)}"
    what = "the router is taken off origin-response and learns no more from real responses"
    if desired.overrules_feedback:
        yield warning(
            where,
            f"{what}, because of --no-feedback; feedback.enabled is true, so the next deployment without this option"
            " attaches it again",
            "Write enabled = false under [feedback] into the configuration to leave it off",
        )
    else:
        yield warning(
            where,
            f"{what}: feedback.enabled is false, and --feedback holds only for the deployment that is given it",
            f"{KEEP}, or give --feedback again",
        )


def _listening(desired: Desired, observed: Observed) -> list[str]:
    """Return the behaviors that the router stays on and now listens at; of a canary that is there, its own."""
    config = (observed.canary.staging or observed.distribution).config
    return [
        pattern
        for pattern, trigger in attached(config, desired.names)
        if trigger == RESPONSE and pattern in desired.settings.behaviors
    ]
