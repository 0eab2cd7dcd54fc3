"""Where a version looks for its orders, by what it was built from."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from origin_router import bundle
from origin_router.aws.order_readers import Readers, Running, Unread, place_in
from origin_router.bundle.bundler import CONFIG_NAME
from origin_router.routing.config import ControlConfig
from tests.support.wanted import router_config


@pytest.mark.parametrize(
    ("control", "place"),
    [
        (ControlConfig(), ""),
        (ControlConfig(bucket="b"), "s3://b/control.json"),
        (ControlConfig(bucket="b", key="k.json", region="eu-west-1"), "s3://b/k.json"),
        (ControlConfig(url="https://example.com/c.json"), "https://example.com/c.json"),
    ],
)
def test_a_built_configuration_says_where(control: ControlConfig, place: str) -> None:
    """As the zip holds it, which may leave out what is the default."""
    built = bundle.build(replace(router_config(), control=control))
    with zipfile.ZipFile(io.BytesIO(built.zip_bytes)) as archive:
        assert place_in(archive.read(CONFIG_NAME)) == place


@pytest.mark.parametrize("data", [b"<html>", b"[]", b'{"control": 5}'])
def test_what_nobody_can_read_says_nothing(data: bytes) -> None:
    """Rather than that nothing is read."""
    assert place_in(data) is None


def test_nobody_reads_if_everybody_is_known_not_to() -> None:
    """One version of which nothing is known may read it."""
    one, two = Running("E1", "1"), Running("E2", "2")
    deaf = tuple(Unread(*each, "") for each in (one, two))

    assert Readers((one, two), deaf).has_none
    assert not Readers((one, two), deaf[:1]).has_none
    assert not Readers((), ()).has_none
