"""`check --probe` and `explain --probe` against real sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.support.commands import EVENT, printed, run
from tests.support.origins import Origin, Script

from origin_router.emulator.certificates import Authority


class Site(NamedTuple):
    """Origins of every kind, and a configuration that names them."""

    config: Path
    origins: dict[str, Origin]
    refused_port: int


HEAD = """
name = "shop"
pool = "web"
[pools.web]
fallback = "refused"
[pools.web.probe]
connect_timeout_ms = 2000
response_timeout_ms = 300
"""


def origin_toml(name: str, protocol: str, port: int) -> str:
    """Write an origin whose port is the one it really listens on."""
    return f'[[pools.web.origins]]\nid = "{name}"\nhost = "{name}.test"\nprotocol = "{protocol}"\nport = {port}\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One origin for each way to answer and to fail."""
    directory = tmp_path_factory.mktemp("site")
    authority = Authority(directory)
    good, other = authority.issue("good.test"), authority.issue("other.test")
    with ExitStack() as stack:
        origins = {
            "good": Origin(tls=(good, good)),
            "wrong-name": Origin(tls=(other, other)),
            "plain": Origin(Script(delay_s=0.08)),
            "error": Origin(Script(status=503)),
            "silent": Origin(Script(is_silent=True)),
            "garbage": Origin(Script(raw=b"SSH-2.0-OpenSSH_9\r\n\r\n")),
        }
        for origin in origins.values():
            stack.enter_context(origin)
        unused = stack.enter_context(socket.socket())
        unused.bind(("127.0.0.1", 0))  # bound and not listening: connecting is refused, and nobody else can have it
        refused_port = unused.getsockname()[1]
        ports = {name: origin.port for name, origin in origins.items()} | {"refused": refused_port}
        text = HEAD + "".join(
            origin_toml(name, "https" if name in ("good", "wrong-name") else "http", port)
            for name, port in ports.items()
        )
        resolve = ", ".join(f'"{name}.test" = "127.0.0.1"' for name in ports)
        config = directory / "origin-router.toml"
        config.write_text(f'{text}[dev]\nresolve = {{ {resolve} }}\nca_file = "ca.pem"\n')
        yield Site(config, origins, refused_port)


@pytest.fixture(scope="module")
def probes(site: Site) -> dict[str, dict[str, Any]]:
    """What `check --probe --dev --json` says of each origin."""
    result = run("check", "--probe", "--dev", "--json", "--config", site.config)

    assert result.exit_code == 1
    document = printed(result)
    assert document["errors"] == []
    return {probe["origin"]: probe for probe in document["probes"]}


def test_every_failure_is_told_apart(probes: dict[str, dict[str, Any]]) -> None:
    """By what an operator would do about it."""
    assert {name: probe["outcome"] for name, probe in probes.items()} == {
        "good": "ok",
        "wrong-name": "tls",
        "plain": "ok",
        "error": "bad_status",
        "silent": "response_timeout",
        "garbage": "protocol",
        "refused": "refused",
    }
    assert (probes["good"]["status"], probes["error"]["status"]) == (200, 503)


def test_the_phases_that_were_reached_have_times(probes: dict[str, dict[str, Any]]) -> None:
    """And the others have none."""
    times = ("dns_ms", "connect_ms", "tls_ms", "response_ms")
    reached = {name: [probes[name][key] is not None for key in times] for name in ("good", "plain", "refused")}

    assert reached == {
        "good": [True, True, True, True],
        "plain": [True, True, False, True],
        "refused": [True, False, False, False],
    }
    assert probes["plain"]["response_ms"] >= 80


def test_the_table_has_a_row_for_each_and_an_advice_for_each_failure(site: Site) -> None:
    """For people."""
    result = run("check", "--probe", "--dev", "--config", site.config)
    rows = [line.split() for line in result.stdout.splitlines()]

    assert result.exit_code == 1
    assert ["web", "good", "ok", "200"] in [row[:4] for row in rows]
    assert ["web", "refused", "refused", "-"] in [row[:4] for row in rows]
    assert "web.refused: refused" in result.stdout
    assert "web.good: " not in result.stdout


def test_only_dev_uses_the_dev_table(site: Site, tmp_path: Path) -> None:
    """A plain probe asks the system for the address, as the function in AWS would."""
    path = tmp_path / "origin-router.toml"
    path.write_text(
        'name = "shop"\npool = "web"\n[[pools.web.origins]]\nid = "here"\nhost = "localhost"\nprotocol = "http"\n'
        f'port = {site.origins["plain"].port}\n[dev]\nresolve = {{ "localhost" = "127.0.0.1:{site.refused_port}" }}\n'
    )

    assert run("check", "--probe", "--config", path).exit_code == 0
    assert run("check", "--probe", "--dev", "--config", path).exit_code == 1


def test_a_site_that_answers_is_exit_code_0(site: Site, tmp_path: Path) -> None:
    """Only failures make it 1."""
    path = tmp_path / "origin-router.toml"
    path.write_text(
        'name = "shop"\npool = "web"\n'
        + origin_toml("plain", "http", site.origins["plain"].port)
        + '[dev]\nresolve = { "plain.test" = "127.0.0.1" }\n'
    )

    assert run("check", "--probe", "--dev", "--config", path).exit_code == 0


def test_explain_decides_by_what_it_measured(site: Site) -> None:
    """The fallback does not answer, the slower of the two that answer is not taken."""
    explained = printed(run("explain", EVENT, "--probe", "--dev", "--json", "--config", site.config))
    candidates = {each["origin"]: each for each in explained["candidates"]}

    assert explained["is_measured"] is True
    assert (explained["origin"], explained["reason"]) == ("good", "fastest")
    assert candidates["plain"]["estimate_ms"] >= 80
    assert candidates["refused"]["estimate_ms"] is None
    assert "refused" in candidates["refused"]["why"]
