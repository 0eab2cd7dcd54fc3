"""Where one edge and its function find origins at the moment: fixed addresses, links, names that fail.

The edge asks this object; the function's processes read a file that follows it (see `launcher`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from origin_router.emulator.links import Address


class EdgeAddresses(Mapping[str, Address]):
    """Addresses by `host:port`; what is not there is asked from DNS, unless its name fails."""

    def __init__(self, fixed: Mapping[str, Address], file: Path | None = None) -> None:
        self.file = file
        self._fixed = dict(fixed)
        self._links: dict[str, Address] = {}
        self._failing: frozenset[str] = frozenset()
        self._write()

    def __getitem__(self, key: str) -> Address:
        return self._links[key] if key in self._links else self._fixed[key]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._fixed, *self._links]))

    def __len__(self) -> int:
        return len(self._fixed.keys() | self._links.keys())

    def fails(self, host: str) -> bool:
        """Whether looking this name up fails."""
        return host in self._failing

    def fixed(self, key: str) -> Address | None:
        """Where it is without a link; None: wherever DNS says."""
        return self._fixed.get(key)

    def lead(self, key: str, address: Address) -> None:
        """Lead `host:port` to a link."""
        self._links[key] = address
        self._write()

    def set_failing(self, hosts: Iterable[str]) -> None:
        """Let these names fail and no others."""
        failing = frozenset(hosts)
        if failing != self._failing:
            self._failing = failing
            self._write()

    def _write(self) -> None:
        """Replace the file in one step: a process may be reading it."""
        if self.file is None:
            return
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps({"addresses": dict(self), "failing": sorted(self._failing)}), encoding="utf-8")
        new.replace(self.file)
