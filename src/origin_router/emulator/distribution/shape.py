"""The whole shape of a configuration, checked by AWS's own model of it where botocore is installed.

What the local edge reads is checked anyway, by reading it. The model adds names and types of
everything else, so that a typing mistake in what is not emulated is seen too. Only the model is
used, which is a file: nothing here speaks to AWS.
"""

from __future__ import annotations

from typing import Any

from origin_router.emulator.distribution.node import Node, Notes

SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "timestamp": (str,),
}


def check_shape(config: Node) -> None:
    """Note what the model does not accept; names that it does not know may only be newer than it."""
    try:
        from botocore.loaders import Loader
        from botocore.model import ServiceModel
    except ImportError:
        config.notes.warning(config.path, "is checked only as far as it is read here: botocore is not installed")
        return
    model = ServiceModel(Loader().load_service_model("cloudfront", "service-2"))
    _check(config.value, model.shape_for("DistributionConfig"), config.path, config.notes)


def _check(value: Any, shape: Any, path: str, notes: Notes) -> None:
    match shape.type_name:
        case "structure":
            if not isinstance(value, dict):
                notes.mistake(path, "must be an object")
                return
            _check_members(value, shape, path, notes)
        case "list":
            if not isinstance(value, list):
                notes.mistake(path, "must be an array")
                return
            for number, each in enumerate(value):
                _check(each, shape.member, f"{path}[{number}]", notes)
        case scalar:
            _check_scalar(value, scalar, getattr(shape, "enum", []), path, notes)


def _check_members(value: dict[str, Any], shape: Any, path: str, notes: Notes) -> None:
    for name in shape.required_members:
        if name not in value:
            notes.mistake(_at(path, name), "is missing")
    for name, each in value.items():
        if name not in shape.members:
            notes.warning(_at(path, name), "is not known to AWS's model of a distribution, and ignored")
        elif each is not None:
            _check(each, shape.members[name], _at(path, name), notes)


def _check_scalar(value: Any, scalar: str, choices: list[str], path: str, notes: Notes) -> None:
    types = SCALARS.get(scalar, (object,))
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        notes.mistake(path, f"must be a {scalar}")
    elif choices and value not in choices:
        notes.mistake(path, f"is {value!r}; allowed: {', '.join(choices)}")


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
