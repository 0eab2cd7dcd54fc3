"""Who has registered at the Extensions API of one environment, and who has asked for its next event.

Every extension here is an internal one, a thread of the runtime's own process: external ones come
in layers, which the edge does not have. Rules and error types are those of Lambda's own
emulator (Lambda guide has the summary); no sockets, no clock.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_EXTENSIONS = 10
"""Lambda registers no more per function."""


class Refusal(NamedTuple):
    """Why the Extensions API says no: the two fields of the error's body. The status is 403."""

    error_type: str
    message: str


@dataclass(slots=True, eq=False)
class Extension:
    """One registered extension."""

    name: str
    wants_invoke: bool
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    has_asked: bool = False
    """It waits for its next event: nothing keeps the environment awake on its account."""


class Extensions:
    """The registrations of one environment."""

    def __init__(self, *, are_allowed: bool) -> None:
        self._are_allowed = are_allowed
        self._is_open = True
        self._by_identifier: dict[str, Extension] = {}

    @property
    def are_ready(self) -> bool:
        """Whether every registered extension has asked for its next event."""
        return all(extension.has_asked for extension in self._by_identifier.values())

    @property
    def count(self) -> int:
        """How many have registered."""
        return len(self._by_identifier)

    def close_registration(self) -> None:
        """The runtime has asked for its first event: nobody can register any more."""
        self._is_open = False

    def register(self, name: str, body: bytes) -> Extension | Refusal:
        """Register an extension by its name and the body of its request."""
        if not self._are_allowed:
            return Refusal("Extension.RegistrationClosed", "Extensions are switched off at this edge")
        if not name:
            return Refusal("Extension.InvalidExtensionName", "Empty extension name")
        events = _events(body)
        if events is None:
            return Refusal("InvalidRequestFormat", 'The body is not JSON of the form {"events": ["INVOKE"]}')
        refusal = _refusal_of_events(events) or self._refusal_of_name(name)
        if refusal is not None:
            return refusal
        extension = Extension(name, "INVOKE" in events)
        self._by_identifier[extension.identifier] = extension
        return extension

    def find(self, identifier: str | None) -> Extension | Refusal:
        """Return the extension that an identifier belongs to."""
        if not identifier:
            return Refusal("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
        extension = self._by_identifier.get(identifier)
        if extension is None:
            return Refusal("Extension.UnknownExtensionIdentifier", f"Unknown extension {identifier}")
        return extension

    def _refusal_of_name(self, name: str) -> Refusal | None:
        if not self._is_open:
            return Refusal("Extension.RegistrationClosed", "Extension registration closed already")
        if any(extension.name == name for extension in self._by_identifier.values()):
            return Refusal("Extension.InvalidExtensionState", "Extension with this name already registered")
        if len(self._by_identifier) >= MAX_EXTENSIONS:
            return Refusal("Extension.TooManyExtensions", f"Extension limit ({MAX_EXTENSIONS}) reached")
        return None


def _events(body: bytes) -> list[str] | None:
    try:
        events = json.loads(body)["events"]
    except (ValueError, TypeError, KeyError):
        return None
    return events if isinstance(events, list) and all(isinstance(event, str) for event in events) else None


def _refusal_of_events(events: list[str]) -> Refusal | None:
    for event in events:
        if event == "SHUTDOWN":
            return Refusal("Extension.InvalidEventType", "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension")
        if event != "INVOKE":
            return Refusal("Extension.InvalidEventType", f"{event}: ErrorInvalidEventType")
    return None
