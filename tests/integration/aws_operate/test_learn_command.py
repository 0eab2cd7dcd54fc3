"""`origin-router learn` from the logs of two Regions to the file."""

from __future__ import annotations

import time
from pathlib import Path

from origin_router.aws.naming import Names
from origin_router.aws.session import Aws
from origin_router.config.learned_prior import dump_prior, read_prior
from origin_router.config.prior_file import NAME
from tests.support.aws_commands import printed, run_on
from tests.support.deployed import write_log
from tests.support.ministack import ACCOUNT, Ministack
from tests.support.routers import EU, US, summary

GROUP = Names("shop", ACCOUNT).log_group


def measure(aws: Aws, region: str, eu_ms: float, us_ms: float, samples: int = 25) -> None:
    """Let a Region have measured both origins."""
    now_ms = int(time.time() * 1000) - 60_000
    lines = (summary(EU, 5, [eu_ms] * samples, region), summary(US, 1, [us_ms] * samples, region))
    write_log(aws, region, GROUP, *((now_ms, each) for each in lines))


def test_what_the_regions_measured_is_written_and_compared_with_the_last_time(
    ministack: Ministack, aws: Aws, config: Path
) -> None:
    """Beside the configuration."""
    measure(aws, "eu-central-1", 10.0, 90.0)
    measure(aws, "us-east-1", 95.0, 8.0, samples=3)
    first = run_on(ministack, "learn", "--config", config)

    assert 0 == first.exit_code
    assert {"web": {"eu-central-1": {"eu": 10.0, "us": 90.0}}} == read_prior(config.with_name(NAME))
    assert "too few samples" in first.stdout

    measure(aws, "us-east-1", 95.0, 8.0)
    measure(aws, "eu-central-1", 20.0, 90.0, samples=50)
    second = run_on(ministack, "learn", "--config", config)

    assert {"eu-central-1": {"eu": 20.0, "us": 90.0}, "us-east-1": {"eu": 95.0, "us": 8.0}} == read_prior(
        config.with_name(NAME)
    )["web"]
    assert "+100 %" in second.stdout
    assert "written: the next build includes it" in second.stdout


def test_too_few_measurements_write_nothing(ministack: Ministack, aws: Aws, config: Path) -> None:
    """A table of noise is worse than none; exit code 1."""
    measure(aws, "eu-central-1", 10.0, 90.0, samples=19)
    result = run_on(ministack, "learn", "--config", config)

    assert 1 == result.exit_code
    assert "too few measurements in the last 1h: 19 at most of an origin in a Region, 20 are needed" in result.stderr
    assert not config.with_name(NAME).exists()


def test_the_object_and_another_file(ministack: Ministack, aws: Aws, config: Path, tmp_path: Path) -> None:
    """`--min-samples` is for sites with little traffic."""
    measure(aws, "eu-central-1", 10.0, 90.0, samples=2)
    path = tmp_path / "other.json"
    document = printed(run_on(ministack, "learn", "--config", config, "--output", path, "--min-samples", "2", "--json"))

    assert (str(path), True) == (document["output"], document["is_written"])
    assert {"web": {"eu-central-1": {"eu": 10.0, "us": 90.0}}} == read_prior(path)
    assert {"pool": "web", "region": "eu-central-1", "origin": "eu", "samples": 2}.items() <= document["cells"][
        0
    ].items()


def test_a_file_that_is_none_of_ours_is_not_overwritten(ministack: Ministack, aws: Aws, config: Path) -> None:
    """Exit code 2."""
    measure(aws, "eu-central-1", 10.0, 90.0)
    config.with_name(NAME).write_text("[]")
    result = run_on(ministack, "learn", "--config", config)

    assert 2 == result.exit_code
    assert "name another file with --output" in result.stderr
    assert "[]" == config.with_name(NAME).read_text()


def test_an_origin_that_is_gone_stops_nothing(ministack: Ministack, aws: Aws, config: Path) -> None:
    """The last file still knows it; the new one does not."""
    config.with_name(NAME).write_bytes(dump_prior({"web": {"eu-central-1": {"eu": 9.0, "asia": 3.0}}}, "then"))
    measure(aws, "eu-central-1", 10.0, 90.0)
    result = run_on(ministack, "learn", "--config", config)

    assert 0 == result.exit_code
    assert {"web": {"eu-central-1": {"eu": 10.0, "us": 90.0}}} == read_prior(config.with_name(NAME))
