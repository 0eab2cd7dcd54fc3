"""A custom header of the router's own name stops a deployment before its first change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import distributions
from tests.support.distribution_parts import custom_origin, listed
from tests.support.distributions import SECRET
from tests.support.ministack import Ministack
from tests.support.shell import Shell


def headers(*names: str) -> dict[str, Any]:
    """Custom headers."""
    return listed(*({"HeaderName": name, "HeaderValue": SECRET} for name in names))


@pytest.mark.parametrize("name", ["X-Origin-Router", "x-origin-router-attempt"])
def test_an_origin_that_gets_such_a_header(ministack: Ministack, shell: Shell, name: str) -> None:
    """Plan and deploy refuse it, and nothing was made; under another name it goes through."""
    with ministack.aws() as aws:
        origins = distributions.config()["Origins"]["Items"]
        mine = custom_origin("mine", "localhost", CustomHeaders=headers(name))
        id_ = distributions.create(aws, Origins=listed(*origins, mine))
        said = shell.run("plan", "--distribution", id_, expect=1)
        told = shell.json("deploy", "--distribution", id_, "--yes", expect=1)

        assert f"blocking: origin mine: is sent the custom header {name}, a name that the router uses itself" in said
        assert f"Give {name} another name, in the distribution and at the origin, or remove it" in said
        assert [each["path"] for each in told["errors"]] == ["origin mine"]
        assert SECRET not in f"{said}{told}"
        assert aws.s3.list_buckets()["Buckets"] == []

        renamed = custom_origin("mine", "localhost", CustomHeaders=headers("x-key"))
        distributions.change(aws, id_, Origins=listed(*origins, renamed))
        shell.run("deploy", "--distribution", id_, "--yes")


def test_a_placeholder_that_somebody_gave_such_a_header(ministack: Ministack, shell: Shell) -> None:
    """The next deployment says which, and leaves everything as it is; destroy works all the same."""
    with ministack.aws() as aws:
        id_ = distributions.create(aws)
        shell.run("deploy", "--distribution", id_, "--yes")
        origins = distributions.read(aws, id_)["Origins"]["Items"]
        for origin in origins:
            if origin["Id"] == "origin-router-shop-2":
                origin["CustomHeaders"] = listed(
                    *origin["CustomHeaders"]["Items"], *headers("x-origin-router")["Items"]
                )
        distributions.change(aws, id_, Origins=listed(*origins))
        before = distributions.read(aws, id_)
        shell.set("band_ms", 25)
        said = shell.run("deploy", "--yes", expect=1)

        assert "blocking: placeholder origin origin-router-shop-2: is sent the custom header x-origin-router" in said
        assert "Remove x-origin-router from it, or give it another name" in said
        assert distributions.read(aws, id_) == before
        shell.run("destroy", "--yes")
        assert distributions.read(aws, id_) == distributions.config()
