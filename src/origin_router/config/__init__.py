"""origin-router.toml: read, validated, written for the first time."""

from origin_router.config.dev import DevConfig
from origin_router.config.load import LoadedConfig, load, parse
from origin_router.config.problems import ConfigError, ConfigProblem
from origin_router.config.schema import json_schema

__all__ = ["ConfigError", "ConfigProblem", "DevConfig", "LoadedConfig", "json_schema", "load", "parse"]
