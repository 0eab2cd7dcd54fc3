"""The rules of registration, without HTTP."""

from __future__ import annotations

import json

import pytest

from origin_router.emulator.extensions import MAX_EXTENSIONS, Extension, Extensions, Refusal

INVOKE = json.dumps({"events": ["INVOKE"]}).encode()


def registered(extensions: Extensions, name: str = "probe", body: bytes = INVOKE) -> Extension:
    extension = extensions.register(name, body)
    assert isinstance(extension, Extension)
    return extension


def test_an_environment_waits_for_every_registered_extension() -> None:
    """Ready with none; then with all that have asked."""
    extensions = Extensions(are_allowed=True)
    assert extensions.are_ready

    first, second = registered(extensions, "a"), registered(extensions, "b")
    first.has_asked = True
    assert not extensions.are_ready
    second.has_asked = True
    assert extensions.are_ready
    assert extensions.find(first.identifier) is first


def test_an_extension_may_want_no_events() -> None:
    """It is ready once it has asked, and is never told of an invocation."""
    assert not registered(Extensions(are_allowed=True), body=b'{"events": []}').wants_invoke


@pytest.mark.parametrize(
    ("name", "body", "error_type"),
    [
        ("", INVOKE, "Extension.InvalidExtensionName"),
        ("a", b"", "InvalidRequestFormat"),
        ("a", b"[]", "InvalidRequestFormat"),
        ("a", b"{}", "InvalidRequestFormat"),
        ("a", b'{"events": "INVOKE"}', "InvalidRequestFormat"),
        ("a", b'{"events": [1]}', "InvalidRequestFormat"),
        ("a", b'{"events": ["SHUTDOWN"]}', "Extension.InvalidEventType"),
        ("a", b'{"events": ["TELEMETRY"]}', "Extension.InvalidEventType"),
    ],
)
def test_refused_registrations(name: str, body: bytes, error_type: str) -> None:
    """Each with Lambda's error type."""
    refusal = Extensions(are_allowed=True).register(name, body)

    assert isinstance(refusal, Refusal)
    assert refusal.error_type == error_type


def test_registration_ends_with_the_first_next_and_with_the_tenth_extension() -> None:
    """Later and further ones are refused."""
    extensions = Extensions(are_allowed=True)
    for number in range(MAX_EXTENSIONS):
        registered(extensions, f"extension-{number}")
    eleventh = extensions.register("eleventh", INVOKE)
    extensions.close_registration()
    late = extensions.register("late", INVOKE)

    assert isinstance(eleventh, Refusal)
    assert eleventh.error_type == "Extension.TooManyExtensions"
    assert isinstance(late, Refusal)
    assert late.error_type == "Extension.RegistrationClosed"


def test_where_extensions_are_off_nobody_registers() -> None:
    """And the environment is ready without."""
    extensions = Extensions(are_allowed=False)

    assert isinstance(extensions.register("a", INVOKE), Refusal)
    assert extensions.are_ready
