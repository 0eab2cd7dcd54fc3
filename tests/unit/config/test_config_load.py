"""From file to types, and everything that can be wrong with a file as such."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from tests.support.configs import document, parsed

from origin_router.config import ConfigError, DevConfig, load
from origin_router.emulator.certificates import Authority
from origin_router.routing.config import HealthConfig, OriginConfig, PoolConfig, ProbeConfig, RouterConfig, RuleConfig

EVERY_KEY = """
name = "shop"
pool = "web"

[pools.web]
policy = "priority"
band_ms = 5.5
refresh_s = 20
fallback = "eu"

[pools.web.probe]
method = "GET"
path = "/health?full=1"
expect = ["2xx", "404"]
connect_timeout_ms = 200
response_timeout_ms = 700
budget_ms = 100
after_answer_ms = 0
wait_share_pct = 1
connection_max_age_s = 30

[pools.web.health]
fall = 2
rise = 4

[[pools.web.origins]]
id = "eu"
host = "eu.example.com"
port = 8443
protocol = "https"
path = "/shop%20front"
host_header = "viewer"
priority = 2
weight = 0
response_timeout_s = 20
keepalive_timeout_s = 10

[[pools.web.origins]]
id = "us"
host = "us.example.com"

[[rules]]
path = "/api/*"
methods = ["POST", "PUT"]
pool = "web"

[dev]
resolve = { "eu.example.com" = "127.0.0.2", "us.example.com" = "127.0.0.1:8443" }
"""


def raised(path: Path) -> ConfigError:
    """Load a file that cannot be loaded."""
    with pytest.raises(ConfigError) as caught:
        load(path)
    return caught.value


def test_every_key_reaches_its_field() -> None:
    """A file that gives every key another value than the default."""
    loaded = parsed(EVERY_KEY)

    assert loaded.router == RouterConfig(
        name="shop",
        pool="web",
        pools={
            "web": PoolConfig(
                policy="priority",
                band_ms=5.5,
                refresh_s=20,
                fallback="eu",
                probe=ProbeConfig(
                    method="GET",
                    path="/health?full=1",
                    expect=("2xx", "404"),
                    connect_timeout_ms=200,
                    response_timeout_ms=700,
                    budget_ms=100,
                    after_answer_ms=0,
                    wait_share_pct=1,
                    connection_max_age_s=30,
                ),
                health=HealthConfig(fall=2, rise=4),
                origins=(
                    OriginConfig(
                        id="eu",
                        host="eu.example.com",
                        port=8443,
                        path="/shop%20front",
                        host_header="viewer",
                        priority=2,
                        weight=0,
                        response_timeout_s=20,
                        keepalive_timeout_s=10,
                    ),
                    OriginConfig(id="us", host="us.example.com"),
                ),
            )
        },
        rules=(RuleConfig(pool="web", path="/api/*", methods=("POST", "PUT")),),
    )
    assert loaded.dev == DevConfig(resolve={"eu.example.com": "127.0.0.2", "us.example.com": "127.0.0.1:8443"})
    assert loaded.warnings == ()


def test_whole_numbers_stand_for_fractions_but_not_the_other_way() -> None:
    """`band_ms = 10` is fine where a fraction may stand."""
    assert parsed(document(pool="band_ms = 10")).router.pools["web"].band_ms == 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'name = "x"\npool = = 3\n', "line 2, column 8: is not valid TOML: invalid value"),
        (b'name = "x"\nname = "y"\n', "is not valid TOML: cannot overwrite a value"),
        (b'name = "x', "is not valid TOML: "),
        (b'name = "x"\n\npool = "\xff"\n', "line 3: is not UTF-8 text"),
        (b"a = " + b"[" * 100_000, "is nested too deeply"),
        (b"a = " + b"9" * 5_000, "is not valid TOML: "),
    ],
)
def test_a_file_that_is_no_toml_gives_one_line(tmp_path: Path, text: bytes, message: str) -> None:
    """Position first, then what is wrong."""
    path = tmp_path / "origin-router.toml"
    path.write_bytes(text)
    error = raised(path)

    assert error.is_read
    assert len(error.problems) == 1
    assert error.problems[0].path == ""
    assert message in error.problems[0].message
    assert "\n" not in str(error)


def test_a_hexadecimal_number_of_any_length_is_an_ordinary_mistake() -> None:
    """tomllib reads it, JSON could not carry it."""
    with pytest.raises(ConfigError) as caught:
        parsed(document(probe=f"budget_ms = 0x{'f' * 5_000}"))

    assert [tuple(each) for each in caught.value.problems] == [
        ("pools.web.probe.budget_ms", "is an integer of more than 64 bits")
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_taken(tmp_path: Path) -> None:
    """What editors of other systems write."""
    path = tmp_path / "origin-router.toml"
    path.write_bytes(b"\xef\xbb\xbf" + document().replace("\n", "\r\n").encode())

    assert load(path).router.name == "shop"


def test_a_missing_file_is_one_line_with_what_to_do(tmp_path: Path) -> None:
    """The newcomer's first command."""
    path = tmp_path / "none.toml"
    error = raised(path)

    assert not error.is_read
    assert f"{path}: cannot be read: No such file or directory; `origin-router init` writes one" == str(error)


def test_a_directory_in_place_of_the_file_is_one_line(tmp_path: Path) -> None:
    """As unreadable as a file without permission, which root could read."""
    assert f"{tmp_path}: cannot be read: Is a directory" == str(raised(tmp_path))


def test_the_authority_file_is_found_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to the file, not to where the command runs."""
    (tmp_path / "certs").mkdir()
    authority = Authority(tmp_path / "certs")
    (tmp_path / "x.toml").write_text(document(end='[dev]\nca_file = "certs/ca.pem"'))
    monkeypatch.chdir(tmp_path)
    loaded = load(Path("x.toml"))
    monkeypatch.chdir("/")

    assert loaded.dev.ca_file == authority.ca_file
    assert ssl.create_default_context(cafile=loaded.dev.ca_file).get_ca_certs()


@pytest.mark.parametrize(
    ("name", "message"),
    [("key.pem", "holds no certificate in PEM form"), (".", "cannot be read"), ("empty.pem", "holds no certificate")],
)
def test_an_authority_file_that_is_of_no_use_is_said_so(tmp_path: Path, name: str, message: str) -> None:
    """Before TLS fails in a way that nobody can read."""
    (tmp_path / "key.pem").write_text("-----BEGIN NONSENSE-----\n")
    (tmp_path / "empty.pem").write_bytes(b"")
    path = tmp_path / "x.toml"
    path.write_text(document(end=f'[dev]\nca_file = "{name}"'))

    assert message in str(raised(path))


def test_a_build_does_not_need_the_files_of_the_local_edge(tmp_path: Path) -> None:
    """A build machine has no use for the developer's certificates."""
    path = tmp_path / "x.toml"
    path.write_text(document(end='[dev]\nca_file = "missing.pem"'))

    assert load(path, needs_dev_files=False).dev.ca_file == tmp_path / "missing.pem"


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("127.0.0.2", ("127.0.0.2", 443)),
        ("127.0.0.1:8443", ("127.0.0.1", 8443)),
        ("::1", ("::1", 443)),
        ("[::1]:8443", ("::1", 8443)),
    ],
)
def test_resolve_names_an_address_and_perhaps_a_port(value: str, target: tuple[str, int]) -> None:
    """What has no port of its own keeps the origin's."""
    dev = parsed(document(end=f'[dev]\nresolve = {{ "eu.example.com" = "{value}" }}')).dev

    assert target == dev.target("eu.example.com", 443)
    assert dev.target("us.example.com", 443) is None


def test_warnings_are_reported_beside_mistakes() -> None:
    """So that both can be mended in one go."""
    with pytest.raises(ConfigError) as caught:
        parsed(document(top='pool = "wbe"', origin='host = "eu"'))

    assert [each.path for each in caught.value.problems] == ["pool"]
    assert [each.path for each in caught.value.warnings] == ["pools.web.origins[0].host"]
