"""From origin-router.toml to the typed configuration, or to every mistake in it."""

from __future__ import annotations

import re
import ssl
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from origin_router.config.body_file import read_bodies, with_bodies
from origin_router.config.checks import check
from origin_router.config.dev import DevConfig
from origin_router.config.node import Node
from origin_router.config.prior_file import NAME as PRIOR_NAME
from origin_router.config.prior_file import with_prior_file
from origin_router.config.problems import ConfigError, ConfigProblem, Location, show, unreadable
from origin_router.config.structure import validate
from origin_router.routing.config import RouterConfig

_TOML_POSITION = re.compile(r"(.*) \(at (line \d+, column \d+|end of document)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A valid configuration, where it came from, and what is odd about it.

    The files that it names are read: bodies of responses, and the prior file beside it. Paths in `dev` are absolute.
    """

    path: Path
    router: RouterConfig
    dev: DevConfig
    warnings: tuple[ConfigProblem, ...] = ()


def load(path: Path, *, needs_dev_files: bool = True) -> LoadedConfig:
    """Read and validate a file; raise ConfigError with every mistake.

    The files that `[dev]` names concern those only who use them: a build passes
    `needs_dev_files=False`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    return parse(data, path, needs_dev_files=needs_dev_files)


def parse(data: bytes, path: Path, *, needs_dev_files: bool = True) -> LoadedConfig:
    """Validate the content of a file that lies, or will lie, at `path`."""
    document = _read_toml(data, str(path))
    structure = validate(document)
    root = Node(document)
    ca_file = root.child("dev").child("ca_file")
    bodies, unread = read_bodies(root, _beside(path, ""))
    wrong_types = {each.location for each in structure.findings}
    findings = [*structure.findings, *(each for each in check(root) if each.location not in wrong_types), *unread]
    if needs_dev_files:
        findings += ca_file.check(lambda value: _ca_file_problem(_beside(path, value)))
    findings.sort(key=lambda each: _place(document, each.location))
    warnings = tuple(each.problem() for each in findings if each.is_warning)
    problems = [each.problem() for each in findings if not each.is_warning]
    router, dev = structure.router, structure.dev
    if problems or router is None or dev is None:
        raise ConfigError(str(path), problems, warnings, is_read=True)
    if dev.ca_file is not None:
        dev = replace(dev, ca_file=_beside(path, dev.ca_file))
    known = with_prior_file(with_bodies(router, bodies), _beside(path, PRIOR_NAME))
    return LoadedConfig(path, known.router, dev, (*warnings, *known.warnings))


def _read_toml(data: bytes, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))  # some editors put a mark there
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"line {line}: is not UTF-8 text"
    except tomllib.TOMLDecodeError as error:
        message = _toml_message(str(error))
    except RecursionError:
        message = "is nested too deeply"
    except ValueError as error:  # an integer of thousands of digits is refused by int() itself
        message = f"is not valid TOML: {error}"
    raise ConfigError(source, [ConfigProblem("", message)], is_read=True)


def _toml_message(text: str) -> str:
    """Put the position first, where it is looked for."""
    match = _TOML_POSITION.fullmatch(text)
    what, where = match.groups() if match else (text, "")
    return f"{where + ': ' if where else ''}is not valid TOML: {what[:1].lower()}{what[1:]}"


def _beside(config: Path, file: str | Path) -> Path:
    """Return a path of the configuration as an absolute one: it is relative to the directory of the configuration."""
    return config.absolute().parent / file


def _ca_file_problem(path: Path) -> str | None:
    """Let OpenSSL read the file, as the local edge and the function will."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return f"{path} holds no certificate in PEM form"
    except OSError as error:
        return f"{path} cannot be read: {error.strerror}"
    except ValueError as error:  # a NUL in the name
        return f"{show(str(path))} is not a file name: {error}"
    return None


def _place(document: Any, location: Location) -> tuple[int, ...]:
    """Return where in the file a location stands, as far as it exists; what is missing comes last."""
    place = []
    for step in location:
        keys = list(document) if isinstance(document, dict) else []
        if isinstance(step, int):
            place.append(step)
            document = document[step] if isinstance(document, list) and step < len(document) else None
        else:
            place.append(keys.index(step) if step in keys else len(keys))
            document = document.get(step) if isinstance(document, dict) else None
    return tuple(place)
