"""Rules: the first whose conditions all hold takes the request; patterns are CloudFront's own."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.scenario.routing.player import START_AT, origin

from origin_router.routing.config import PoolConfig, RouterConfig, RuleConfig
from origin_router.routing.model import Decision, OriginRef, Reason
from origin_router.routing.router import Router
from origin_router.routing.rules import Rules

PATTERNS = [
    # (pattern, URI, does it match)
    ("*", "/", True),
    ("/*", "/", True),
    ("/*", "/any/thing.html", True),
    ("/api/*", "/api/", True),
    ("/api/*", "/api/v1/users", True),
    ("/api/*", "/api", False),
    ("/api/*", "/API/v1", False),
    ("/api/*", "/my/api/v1", False),
    ("/api*", "/api", True),
    ("/api*", "/apiary", True),
    ("api/*", "/api/v1", True),
    ("api/*", "/my/api/v1", False),
    ("index.html", "/index.html", True),
    ("index.html", "/indexxhtml", False),
    ("/index.html", "/index.html.bak", False),
    ("*.jpg", "/a/b/c.jpg", True),
    ("*.jpg", "/c.JPG", False),
    ("*.jpg", "/c.jpg2", False),
    ("/*.jpg", "/a/b/c.jpg", True),
    ("/a?c", "/abc", True),
    ("/a?c", "/a/c", True),
    ("/a?c", "/ac", False),
    ("/a?c", "/abbc", False),
    ("?ndex", "/index", True),
    ("/?*", "/", False),
    ("/?*", "/x", True),
    ("/?*", "/xyz", True),
    ("/*/css/*", "/a/b/css/x", True),
    ("/*/css/*", "/css/x", False),
    ("/a*b*c", "/abcbc", True),
    ("/a*b*c", "/acb", False),
    ("/a*ab", "/aab", True),
    ("/a*ab", "/ab", False),
    ("/*a?b*", "/xaab.axb", True),
    ("/**/x", "/x", False),
    ("/**/x", "//x", True),
    ("/a.b+(c)[d]^$|\\{e}", "/a.b+(c)[d]^$|\\{e}", True),
    ("/a.b", "/axb", False),
    ("/caf%C3%A9", "/caf%C3%A9", True),
    ("/a*b", "/a\nb", True),
    ("/a?b", "/a\nb", True),
    ("/a", "/a\n", False),
]


@pytest.mark.parametrize(("pattern", "uri", "matches"), PATTERNS)
def test_path_patterns(pattern: str, uri: str, matches: bool) -> None:
    """`*` is any run of characters (slashes too), `?` any single one, case counts, nothing else is special."""
    rules = Rules(_config(RuleConfig(pool="primary", path=pattern)))

    assert (("primary", 0) if matches else ("web", None)) == rules.match(_Request(uri=uri))


METHODS = [
    ((), "GET", True),
    ((), "POST", True),
    (("POST", "PUT"), "POST", True),
    (("POST", "PUT"), "PUT", True),
    (("POST", "PUT"), "GET", False),
    (("GET",), "HEAD", False),
]


@pytest.mark.parametrize(("methods", "method", "matches"), METHODS)
def test_methods(methods: tuple[str, ...], method: str, matches: bool) -> None:
    """No methods: any. HEAD is not GET: what is not named does not match."""
    rules = Rules(_config(RuleConfig(pool="primary", methods=methods)))

    assert (("primary", 0) if matches else ("web", None)) == rules.match(_Request(method=method))


FIRST_WINS = [
    ("GET", "/api/x", ("web", None)),
    ("POST", "/api/x", ("primary", 0)),
    ("POST", "/img/x", ("web", None)),
    ("GET", "/img/private/x", ("primary", 1)),
    ("GET", "/img/x", ("images", 2)),
    ("DELETE", "/img/private/x", ("primary", 1)),
]


@pytest.mark.parametrize(("method", "uri", "taken"), FIRST_WINS)
def test_the_first_rule_whose_conditions_all_hold_wins(method: str, uri: str, taken: tuple[str, int | None]) -> None:
    """Order decides, both conditions count, and what no rule takes goes to the default pool."""
    rules = Rules(
        _config(
            RuleConfig(pool="primary", path="/api/*", methods=("POST",)),
            RuleConfig(pool="primary", path="/img/private/*"),
            RuleConfig(pool="images", path="/img/*", methods=("GET", "HEAD")),
        )
    )

    assert taken == rules.match(_Request(method=method, uri=uri))


def test_a_decision_names_its_rule_and_pools_do_not_share_what_they_know() -> None:
    """Two rules and the default lead to two pools: each decision carries the right one of each."""
    router = Router(
        _config(
            RuleConfig(pool="images", path="/img/*"),
            RuleConfig(pool="web", path="/a"),
            RuleConfig(pool="images", path="/b"),
        ),
        lambda: 0.0,
    )

    decided = [router.decide(_Request(uri=uri), START_AT) for uri in ("/img/x", "/a", "/b", "/c", "/a", "/img/y")]

    images, web = OriginRef("images", "i"), OriginRef("web", "w")
    assert [
        Decision(images, Reason.ONLY_ORIGIN, 0),
        Decision(web, Reason.ONLY_ORIGIN, 1),
        Decision(images, Reason.ONLY_ORIGIN, 2),
        Decision(web, Reason.ONLY_ORIGIN, None),
        Decision(web, Reason.ONLY_ORIGIN, 1),
        Decision(images, Reason.ONLY_ORIGIN, 0),
    ] == decided


HOSTILE = [
    ("/*a*a*a*a*a*a*b", "/" + "a" * 8000),
    ("/*/api/*/v*/v*/x", "/" + "/api/v" * 1300),
    ("*?a?*?a?*?a?*?a?*b", "/" + "a" * 8000),
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("pattern", "uri"), HOSTILE)
def test_no_uri_can_make_a_pattern_slow(pattern: str, uri: str) -> None:
    """A viewer writes the URI: trying every way to share it among the stars would take years."""
    rules = Rules(_config(RuleConfig(pool="primary", path=pattern)))

    assert rules.match(_Request(uri=uri)) == ("web", None)


@dataclass(frozen=True)
class _Request:
    method: str = "GET"
    uri: str = "/"

    def header(self, name: str) -> str | None:
        return None


def _config(*rules: RuleConfig) -> RouterConfig:
    pools = {name: PoolConfig(origins=(origin(name[0]),)) for name in ("web", "primary", "images")}
    return RouterConfig(name="shop", pool="web", pools=pools, rules=rules)
