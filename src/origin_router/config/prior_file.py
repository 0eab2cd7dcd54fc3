"""origin-router.prior.json: prior knowledge that a program measured, beside the file that people write.

    {"pools": {"web": {"eu-central-1": {"eu": 12.3, "us": 95.0}}}}

It is merged into `prior` of each pool. What the TOML says wins: a person wrote it on purpose. What it
says about pools and origins that are gone is passed over: a program wrote it before they went.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from origin_router.config.check_prior import check_prior
from origin_router.config.node import Node
from origin_router.config.problems import ConfigError, ConfigProblem, Finding, Location, did_you_mean, format_path, show
from origin_router.routing.config import RouterConfig

NAME = "origin-router.prior.json"
"""In the directory of the configuration, whatever that is called."""

FORM = '{"pools": {POOL: {REGION: {ORIGIN: MILLISECONDS}}}}'

PASSED_OVER = ": passed over; `origin-router learn` writes the file anew"

Prior = dict[str, dict[str, dict[str, float]]]
"""Pool -> Region -> origin -> expected ms."""


class ReadPrior(NamedTuple):
    """What a file says, as far as it is about this configuration, and what was passed over."""

    prior: Prior
    warnings: tuple[ConfigProblem, ...] = ()


class WithPrior(NamedTuple):
    """A configuration with what the file adds, and what of the file was passed over."""

    router: RouterConfig
    warnings: tuple[ConfigProblem, ...] = ()


def with_prior_file(router: RouterConfig, path: Path) -> WithPrior:
    """Add what the file says, if there is one; raise ConfigError with every mistake in it."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):  # with the latter, the configuration does not lie there either
        return WithPrior(router)
    except OSError as error:
        raise _error(path, f"cannot be read: {error.strerror}") from error
    read = read_prior(data, path, router)
    return WithPrior(merged(router, read.prior), read.warnings)


def read_prior(data: bytes, path: Path, router: RouterConfig) -> ReadPrior:
    """Read and check the content of the file. Raises ConfigError."""
    try:
        document = json.loads(data)
    except UnicodeDecodeError as error:
        raise _error(path, "is not UTF-8 text") from error
    except ValueError as error:
        raise _error(path, f"is not JSON: {error}") from error
    except RecursionError as error:
        raise _error(path, "is nested too deeply") from error
    root = Node(document)
    findings = [*_check_types(root)]
    wrong_types = {each.location for each in findings}
    known, gone = _without_the_gone(root, router)
    findings += (each for each in _check_numbers(known, router) if each.location not in wrong_types)
    if findings:
        raise ConfigError(str(path), [each.problem() for each in findings], is_read=True)
    return ReadPrior(known, tuple(ConfigProblem(f"{path.name} {format_path(place)}", what) for place, what in gone))


def merged(router: RouterConfig, prior: Mapping[str, Mapping[str, Mapping[str, float]]]) -> RouterConfig:
    """Return the configuration with a file's values wherever it has none of its own."""
    pools = dict(router.pools)
    for name, regions in prior.items():
        own = pools[name].prior
        both = {region: {**regions.get(region, {}), **own.get(region, {})} for region in (*own, *regions)}
        pools[name] = replace(pools[name], prior=both)
    return replace(router, pools=pools)


def _check_types(root: Node) -> Iterator[Finding]:
    if not isinstance(root.value, dict):
        yield Finding((), f"{_shown(root.value)} is not an object; the form is {FORM}")
    for key, node in root.entries():
        if key == "pools":
            yield from _check_objects(node, depth=3)
        elif key not in ("format", "learned_at"):  # what `origin-router learn` says about itself
            yield Finding(node.location, f"is not a key of this file; the form is {FORM}")


def _check_objects(node: Node, depth: int) -> Iterator[Finding]:
    """Yield what has the wrong type: objects down to `depth`, numbers below."""
    if depth > 0 and not isinstance(node.value, dict):
        yield Finding(node.location, f"{_shown(node.value)} is not an object; the form is {FORM}")
    elif depth == 0 and not _is_number(node.value):
        yield Finding(node.location, f"{_shown(node.value)} is not a number of milliseconds")
    for _, child in node.entries() if depth > 0 else ():
        yield from _check_objects(child, depth - 1)


def _without_the_gone(root: Node, router: RouterConfig) -> tuple[Prior, list[tuple[Location, str]]]:
    """Return what is about pools and origins that there are, and where the rest stands and why it does not count."""
    known: Prior = {}
    gone: dict[Location, str] = {}
    for pool, regions in root.child("pools").entries():
        if pool not in router.pools:
            gone[regions.location] = f"there is no pool {show(pool)}{did_you_mean(pool, router.pools)}{PASSED_OVER}"
            continue
        ids = dict.fromkeys(each.id for each in router.pools[pool].origins)
        for region, table in regions.entries():
            row = {name: node.value for name, node in table.entries() if name in ids}
            if row:
                known.setdefault(pool, {})[region] = row
            for name, _ in table.entries():
                if name not in ids:  # said once, not for every Region
                    what = f"{show(name)} is no origin of this pool{did_you_mean(name, ids)}{PASSED_OVER}"
                    gone[(*regions.location, name)] = what
    return known, [(location[:2], what) for location, what in gone.items()]


def _check_numbers(prior: Prior, router: RouterConfig) -> Iterator[Finding]:
    for name, table in Node({"pools": prior}).child("pools").entries():
        yield from check_prior(table, [each.id for each in router.pools[name].origins])


def _is_number(value: Any) -> bool:
    """Whether it is a finite number; an integer may be too large for a float."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def _shown(value: Any) -> str:
    return "null" if value is None else show(value)


def _error(path: Path, message: str) -> ConfigError:
    return ConfigError(str(path), [ConfigProblem("", message)], is_read=True)
