"""The file that `init` writes."""

from __future__ import annotations

import re

import pytest
from tests.support.configs import PATH, parsed

from origin_router.config.template import Answers, OriginAnswer, parse_origin, render, toml
from origin_router.routing.config import OriginConfig, PoolConfig, RouterConfig

ANSWERS = Answers(
    name="shop",
    origins=[
        OriginAnswer(id="eu", host="eu.example.com"),
        OriginAnswer(id="us", host="us.example.com", port=8080, protocol="http", path="/shop"),
    ],
)

EXPECTED = RouterConfig(
    name="shop",
    pool="web",
    pools={
        "web": PoolConfig(
            origins=(
                OriginConfig(id="eu", host="eu.example.com"),
                OriginConfig(id="us", host="us.example.com", port=8080, protocol="http", path="/shop"),
            )
        )
    },
)


def test_the_file_says_what_was_answered_and_nothing_else() -> None:
    """Everything but the answers is a comment."""
    loaded = parsed(render(ANSWERS))

    assert loaded.router == EXPECTED
    assert loaded.warnings == ()


def test_the_keys_in_comments_are_valid_and_show_the_defaults() -> None:
    """Taking the # away changes nothing, up to the examples at the end."""
    text = re.sub(r"^#(?=\S)", "", render(ANSWERS), flags=re.MULTILINE)
    before_examples = text.partition("# Sends some requests")[0]

    assert parsed(before_examples).router == EXPECTED


def test_the_examples_in_comments_are_valid() -> None:
    """A rule and a [dev] table that can be had by taking the # away."""
    from origin_router.config import parse

    text = re.sub(r"^#(?=\S)", "", render(ANSWERS), flags=re.MULTILINE)
    loaded = parse(text.encode(), PATH, needs_dev_files=False)

    assert [(rule.path, rule.pool) for rule in loaded.router.rules] == [("/api/*", "web")]
    assert loaded.dev.target("eu.example.com", 443) == ("127.0.0.1", 8443)
    assert PATH.parent / "certs/ca.pem" == loaded.dev.ca_file


def test_comments_come_from_the_docstrings_and_fit_the_screen() -> None:
    """Each key of an origin is explained once."""
    text = render(ANSWERS)

    assert text.count("# DNS name of the origin. CloudFront refuses IP addresses.") == 1
    assert "Allowed: fastest, priority." in text
    assert all(len(line) <= 120 for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("eu.example.com", OriginAnswer(id="eu", host="eu.example.com")),
        ("eu.example.com:8443", OriginAnswer(id="eu", host="eu.example.com", port=8443)),
        ("main=EU.example.com", OriginAnswer(id="main", host="eu.example.com")),
        ("https://eu.example.com/", OriginAnswer(id="eu", host="eu.example.com")),
        ("http://eu.example.com", OriginAnswer(id="eu", host="eu.example.com", port=80, protocol="http")),
        (
            "x=http://eu.example.com:8080/a/b/",
            OriginAnswer(id="x", host="eu.example.com", port=8080, protocol="http", path="/a/b"),
        ),
        ("www.example.com", OriginAnswer(id="www-example-com", host="www.example.com")),
    ],
)
def test_an_origin_can_be_said_in_several_ways(text: str, answer: OriginAnswer) -> None:
    """A name, with a port, as a URL, with an id; `www` is taken here."""
    assert answer == parse_origin(text, taken={"www"})


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "names no host"),
        ("eu=", "names no host"),
        ("ftp://eu.example.com", "is not a protocol of origins"),
        ("https://me@eu.example.com", "more than protocol, host, port and path"),
        ("eu.example.com/?a=b", "more than protocol, host, port and path"),
        ("eu.example.com:x", "is not understood"),
        ("eu.example.com:99999", "is not understood"),
        ("https://[eu", "is not understood"),
    ],
)
def test_what_is_no_origin_is_refused(text: str, fragment: str) -> None:
    """With what to write instead, or what is too much."""
    with pytest.raises(ValueError, match=re.escape(fragment)):
        parse_origin(text)


def test_strings_survive_whatever_they_hold() -> None:
    """Quotes, control characters, DEL and letters beyond ASCII."""
    import tomllib

    value = {'a"b': ['\\"\n\t\x7f\x00ü', 1, 0.5, True]}

    assert value == tomllib.loads(f"x = {toml(value)}")["x"]
