"""What holds for every configuration and for every document that is none."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from origin_router.bundle.bundler import compile_config
from origin_router.config.schema import tables
from origin_router.config.template import toml
from origin_router.routing.compiled import decode
from origin_router.routing.config import RouterConfig
from tests.support.configs import as_tables, as_toml, parsed, problems
from tests.support.generated_configs import router_configs


@settings(deadline=None)  # a busy machine is no defect
@given(router_configs())
def test_the_edge_reads_back_the_configuration_that_was_compiled(config: RouterConfig) -> None:
    """Nothing is lost or changed between the build and the edge."""
    assert asdict(config) == as_tables(decode(json.loads(compile_config(config))))


@settings(deadline=None)  # a busy machine is no defect
@given(router_configs())
def test_a_file_that_says_every_key_gives_the_configuration_it_says(config: RouterConfig) -> None:
    """Every valid configuration can be written, is accepted, and means itself."""
    assert config == parsed(as_toml(config)).router


_keys = st.sampled_from(sorted({key for _, table in tables() for key in table["properties"]} | {"x", "", "a b"}))
_scalars: st.SearchStrategy[Any] = st.one_of(
    st.text(max_size=8), st.integers(), st.floats(), st.booleans(), st.sampled_from(["web", "eu", "TCP", "10.0.0.1"])
)
_values = st.recursive(
    _scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_keys, inner, max_size=4))
)


@settings(deadline=None)  # a busy machine is no defect
@given(st.dictionaries(_keys, _values, max_size=5), st.dictionaries(_keys, _values, max_size=5))
def test_any_document_is_either_valid_or_answered_with_problems(top: dict[str, Any], pool: dict[str, Any]) -> None:
    """Never another exception, whatever stands where; and each problem says something in one line."""
    document = {**top, "pools": {"web": pool}} if pool else top
    text = "\n".join(f"{toml(key)} = {_toml(value)}" for key, value in document.items())
    found = problems(text)

    assert found or parsed(text)
    assert all(message and "\n" not in path + message for path, message in found)


def _toml(value: Any) -> str:
    if isinstance(value, float):
        return repr(value)  # TOML writes inf and nan as Python does, JSON does not
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{toml(key)} = {_toml(each)}" for key, each in value.items()) + " }"
    return toml(value)
