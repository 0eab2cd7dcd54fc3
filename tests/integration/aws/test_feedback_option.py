"""`--feedback` holds for one deployment, the configuration for all; a trigger that goes is named, also with --yes."""

from __future__ import annotations

from origin_router.aws.attachment import association_arn
from tests.support import distributions
from tests.support.ministack import Ministack
from tests.support.shell import Shell

TAKEN_OFF = "the router is taken off origin-response"


def test_a_response_trigger_never_goes_without_a_word(ministack: Ministack, shell: Shell) -> None:
    """Attached by the option, warned of by plan and deploy, kept by the configuration."""
    with ministack.aws() as aws:
        id_ = distributions.create(aws)

        def listens() -> bool:
            return association_arn(distributions.read(aws, id_), "default", "origin-response") is not None

        said = shell.run("deploy", "--distribution", id_, "--feedback", "--yes")
        assert "note: --feedback: holds for this deployment" in said
        assert listens()

        planned = shell.run("plan")
        assert f"warning: behavior default: {TAKEN_OFF}" in planned
        assert "- DefaultCacheBehavior > LambdaFunctionAssociations > origin-response" in planned
        assert listens()

        said = shell.run("deploy", "--yes")
        assert TAKEN_OFF in said
        assert "Write enabled = true under [feedback] into the configuration to keep it" in said
        assert not listens()

        shell.add("[feedback]\nenabled = true")
        assert TAKEN_OFF not in shell.run("deploy", "--yes")
        assert listens()
        (finding,) = (
            each for each in shell.json("deploy", "--no-feedback", "--yes")["findings"] if TAKEN_OFF in each["what"]
        )
        assert (finding["severity"], finding["where"]) == ("warning", "behavior default")
        assert not listens()
