"""Files beside the configuration: prior knowledge that a program measured, and bodies of responses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from origin_router.config import ConfigError, LoadedConfig, load
from tests.support.configs import document

RESPOND = {"pool": 'when_all_down = "respond"', "end": '[pools.web.response]\nbody_file = "pages/down.html"'}


def loaded(directory: Path, *, prior: Any = None, **parts: str) -> LoadedConfig:
    """Load a configuration with a prior file beside it: an object, or bytes as they are."""
    if prior is not None:
        data = prior if isinstance(prior, bytes) else json.dumps(prior).encode()
        (directory / "origin-router.prior.json").write_bytes(data)
    path = directory / "shop.toml"
    path.write_text(document(**parts))
    return load(path)


def test_the_prior_file_adds_to_what_the_toml_says(tmp_path: Path) -> None:
    """Per origin: a Region may be known from both."""
    measured = {"pools": {"web": {"eu-central-1": {"eu": 12.3, "us": 95}, "us-east-1": {"us": 4.5}}}}
    config = loaded(tmp_path, prior=measured, pool="prior = { eu-central-1 = { us = 80 }, eu-west-1 = { eu = 20 } }")

    assert config.router.pools["web"].prior == {
        "eu-central-1": {"eu": 12.3, "us": 80},
        "eu-west-1": {"eu": 20},
        "us-east-1": {"us": 4.5},
    }


@pytest.mark.parametrize("prior", [None, {}, {"pools": {}}, {"pools": {"web": {}}}])
def test_without_prior_knowledge_nothing_is_added(tmp_path: Path, prior: Any) -> None:
    """No file, or an empty one."""
    assert loaded(tmp_path, prior=prior).router.pools["web"].prior == {}


def test_the_prior_file_is_looked_for_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where the command runs."""
    (tmp_path / "a").mkdir()
    loaded(tmp_path / "a", prior={"pools": {"web": {"us-east-1": {"us": 4.5}}}})
    monkeypatch.chdir(tmp_path)

    assert load(Path("a/shop.toml")).router.pools["web"].prior == {"us-east-1": {"us": 4.5}}


BAD_PRIORS: list[tuple[Any, list[tuple[str, str]]]] = [
    (b"{", [("", "is not JSON: ")]),
    (b"\xff", [("", "is not UTF-8 text")]),
    (b"[" * 100_000, [("", "is nested too deeply")]),
    ([], [("", "an array is not an object; the form is {")]),
    ({"pool": {}}, [("pool", "is not a key of this file")]),
    ({"pools": None}, [("pools", "null is not an object")]),
    ({"pools": {"web": 3}}, [("pools.web", "3 is not an object")]),
    (
        {"pools": {"web": {"eu-central-9": {"eu": 1}}}},
        [("pools.web.eu-central-9", "is not a Region where CloudFront executes functions")],
    ),
    ({"pools": {"web": {"us-east-1": []}}}, [("pools.web.us-east-1", "an array is not an object")]),
    (
        {"pools": {"web": {"us-east-1": {"fr": 1, "eu": True, "us": 0}}}},
        [
            ("pools.web.us-east-1.eu", "true is not a number of milliseconds"),
            ("pools.web.us-east-1.us", "0 ms is not a time to expect"),
        ],
    ),
    (b'{"pools": {"web": {"us-east-1": {"eu": NaN}}}}', [("pools.web.us-east-1.eu", "is not a number")]),
    (b'{"pools": {"web": {"us-east-1": {"eu": 1e999}}}}', [("pools.web.us-east-1.eu", "is not a number")]),
    (
        b'{"pools": {"web": {"us-east-1": {"eu": 1' + b"0" * 400 + b"}}}}",
        [("pools.web.us-east-1.eu", "ms is not a time to expect")],
    ),
]


@pytest.mark.parametrize(("prior", "expected"), BAD_PRIORS, ids=lambda value: str(value)[:60])
def test_mistakes_of_the_prior_file_are_reported_under_its_name(
    tmp_path: Path, prior: Any, expected: list[tuple[str, str]]
) -> None:
    """Every one, once; the TOML is not blamed."""
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, prior=prior)
    found = sorted(caught.value.problems)

    assert caught.value.source == str(tmp_path / "origin-router.prior.json")
    assert [path for path, _ in expected] == [each.path for each in found]
    assert all(fragment in each.message for (_, fragment), each in zip(expected, found, strict=True))
    assert all("\n" not in each.message for each in found)


def test_what_a_prior_file_says_of_origins_that_are_gone_is_passed_over(tmp_path: Path) -> None:
    """A program wrote it before they went: that must not stop a deployment, nor `learn`, which would renew it."""
    regions = {region: {"eu": 3.0, "us": 4.0, "asia": 5.0} for region in ("eu-west-1", "us-east-1")}
    config = loaded(tmp_path, prior={"pools": {"web": regions, "old": {"eu-west-1": {"eu": 1.0}}}})

    assert config.router.pools["web"].prior == {region: {"eu": 3.0, "us": 4.0} for region in regions}
    assert [(each.path, each.message.partition(";")[0]) for each in config.warnings] == [
        ("origin-router.prior.json pools.web", '"asia" is no origin of this pool'),
        ("origin-router.prior.json pools.old", 'there is no pool "old"'),
    ]
    assert all("passed over" in each.message for each in config.warnings)


def test_a_prior_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    """A directory of that name, which is unreadable even for root."""
    (tmp_path / "origin-router.prior.json").mkdir()

    with pytest.raises(ConfigError, match=r"origin-router\.prior\.json: cannot be read: Is a directory"):
        loaded(tmp_path)


def test_the_body_of_a_response_is_read_from_beside_the_configuration(tmp_path: Path) -> None:
    """UTF-8, every character of it."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/down.html").write_bytes("<h1>Gleich zurück</h1>\r\n".encode())
    response = loaded(tmp_path, **RESPOND).router.pools["web"].response

    assert response.body == "<h1>Gleich zurück</h1>\r\n"
    assert response.body_file == "pages/down.html"


@pytest.mark.parametrize(
    ("data", "fragment"),
    [
        (b"x" * 102_401, "has more than the 102400 bytes that are built into the zip"),
        (b"\x89PNG\xff", "is not UTF-8 text"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_body_that_cannot_be_built_in_is_one_line(tmp_path: Path, data: bytes | None, fragment: str) -> None:
    """With the file's full name, at the key that names it."""
    (tmp_path / "pages").mkdir()
    if data is not None:
        (tmp_path / "pages/down.html").write_bytes(data)

    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, **RESPOND)
    assert [tuple(each) for each in caught.value.problems] == [
        ("pools.web.response.body_file", f"{tmp_path / 'pages/down.html'} {fragment}")
    ]


def test_a_body_of_the_largest_size_is_taken(tmp_path: Path) -> None:
    """To the byte."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/down.html").write_bytes(b"x" * 102_400)

    assert len(loaded(tmp_path, **RESPOND).router.pools["web"].response.body) == 102_400
