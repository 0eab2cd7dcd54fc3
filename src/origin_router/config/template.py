"""The first origin-router.toml: written from a few answers, every other key with its default in a comment.

Keys, comments and defaults come from the JSON Schema, hence from the types: what the
file says about a key cannot drift from what the router does with it.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from origin_router.config.problems import Location, show
from origin_router.config.schema import follow, header, number_range, schema_at

COMMENT_CHARS = 100
"""Width of the comments."""

POOL = "web"
"""Name of the pool that `init` writes."""

EXAMPLE_RULE: dict[str, Any] = {"pool": POOL, "path": "/api/*", "methods": ["POST", "PUT", "PATCH", "DELETE"]}

EXAMPLE_TABLES: dict[Location, dict[str, Any]] = {
    ("pools", POOL, "adaptive_timeout"): {"multiple": 4, "floor_s": 2, "ceiling_s": 30},
    ("pools", POOL, "response"): {
        "status": 503,
        "retry_after_s": 30,
        "headers": {"Content-Type": "text/html; charset=utf-8"},
        "body": "<h1>We are back soon</h1>",
    },
    ("feedback",): {"enabled": True},
    ("control",): {"bucket": "shop-control", "key": "control.json", "region": "us-east-1"},
}
"""Tables that few need at once: only the keys that somebody would begin with."""

_ORIGIN = re.compile(r"(?:([A-Za-z0-9_-]+)=)?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginAnswer:
    """An origin as `init` was told of it."""

    id: str
    host: str
    port: int = 443
    protocol: Literal["https", "http"] = "https"
    path: str = ""

    def values(self) -> dict[str, Any]:
        """Return the keys to write: port and protocol always belong together."""
        keys = {"id": self.id, "host": self.host, "port": self.port, "protocol": self.protocol}
        return keys | ({"path": self.path} if self.path else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What `init` asks for."""

    name: str
    origins: Sequence[OriginAnswer]
    policy: str = "fastest"
    probe_path: str = "/"


def parse_origin(text: str, taken: Collection[str] = ()) -> OriginAnswer:
    """Read `[ID=]HOST`, `[ID=]HOST:PORT` or `[ID=]URL`; raise ValueError saying what is wrong.

    Without an id the first label of the name is taken, or if that is taken already, the
    whole name. Whether name, port and path are valid is left to the validation of the file.
    """
    match = _ORIGIN.fullmatch(text.strip())
    given_id, url = match.groups() if match else (None, "")
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"{show(text)} is not understood: {error}") from None
    if not host:
        raise ValueError(f'{show(text)} names no host; write "eu.example.com" or "eu=https://eu.example.com:8443/path"')
    if parts.scheme not in ("https", "http"):
        raise ValueError(f"{show(parts.scheme)} is not a protocol of origins; allowed: https, http")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{show(text)} has more than protocol, host, port and path")
    label = host.partition(".")[0]
    is_http = parts.scheme == "http"
    return OriginAnswer(
        id=given_id or (label if label not in taken else host.replace(".", "-")),
        host=host,
        port=port or (80 if is_http else 443),
        protocol="http" if is_http else "https",
        path=parts.path.rstrip("/"),
    )


def render(answers: Answers) -> str:
    """Write the file."""
    sections = [
        _intro(),
        _section((), {"name": answers.name, "pool": POOL}),
        _section(("pools", POOL), {"policy": answers.policy}),
        _section(("pools", POOL, "probe"), {"path": answers.probe_path}),
        _section(("pools", POOL, "health"), {}),
        *(
            _section(("pools", POOL, "origins", index), origin.values(), explain=index == 0)
            for index, origin in enumerate(answers.origins)
        ),
        *(_example(_section(place, keys, is_short=True)) for place, keys in EXAMPLE_TABLES.items()),
        _example(_section(("rules", 0), EXAMPLE_RULE)),
        _example(
            _section(("dev",), {"resolve": {answers.origins[0].host: "127.0.0.1:8443"}, "ca_file": "certs/ca.pem"})
        ),
    ]
    return "\n\n".join(sections) + "\n"


def _intro() -> str:
    return (
        "# Configuration of the CloudFront Origin Router. A key behind a # shows its default.\n"
        "# `origin-router check` looks this file over, `origin-router check --schema` prints a JSON Schema for editors."
    )


def _section(location: Location, values: Mapping[str, Any], *, explain: bool = True, is_short: bool = False) -> str:
    """Write a table: the given values, and with `explain` every other key as a comment, unless it is to be short."""
    schema = schema_at(location)
    lines = [*(_comment(schema["description"]) if explain and location else ()), *filter(None, [header(location)])]
    for key, child in schema["properties"].items():
        if _is_table(child) or (is_short and key not in values):
            continue
        if explain:
            lines += _comment(describe(child))
        if key in values:
            lines.append(f"{key} = {toml(values[key])}")
        elif explain and (default := _default(child)) is not None:
            lines.append(f"#{key} = {toml(default)}")
    return "\n".join(lines)


def _default(child: dict[str, Any]) -> Any:
    """Return the default of a key: a table that need not be there is empty."""
    return {} if child.get("type") == "object" else child.get("default")


def describe(child: dict[str, Any]) -> str:
    """Return the documentation of a key with what is allowed."""
    if "enum" in child:
        return f"{child['description']} Allowed: {', '.join(child['enum'])}."
    if "minimum" in child:
        return f"{child['description']} Allowed: {number_range(child)}."
    return str(child["description"])


def _is_table(child: dict[str, Any]) -> bool:
    """Whether a key holds tables of ours, which have sections of their own."""
    kind = follow(child)
    inner = follow(kind.get("items") or kind.get("additionalProperties") or {})
    return "properties" in kind or "properties" in inner


def _comment(text: str) -> Iterator[str]:
    return (f"# {line}" for line in textwrap.wrap(text, COMMENT_CHARS - 2))


def _example(section: str) -> str:
    """Turn a section into a comment."""
    return "\n".join(line if line.startswith("#") else f"#{line}" for line in section.splitlines())


def toml(value: Any) -> str:
    """Write a value in TOML. JSON's strings are TOML's, except that DEL must be escaped."""
    if isinstance(value, dict) and value:
        return "{ " + ", ".join(f"{toml(key)} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
