"""Makes the two devices of a run, and says in one line what is missing where that fails."""

from __future__ import annotations

import errno
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from origin_router.emulator.packets.namespace import enter_private_network
from origin_router.emulator.packets.ranges import RANGE, Piece, obstacle, pieces
from origin_router.emulator.packets.tun import DEVICE, configure, open_tun

NAME_PREFIX = "edge"
"""The near device is called so and by eight random digits; `ip link` shows it."""
FAR_NAME = "far"
ROUTES = Path("/proc/net/route")
ELSE = "or use --links relay"


class PacketsUnavailable(OSError):  # noqa: N818 - says what is the matter
    """Real packets cannot be had on this machine. The text is one line: what is missing, what to do."""


@dataclass(frozen=True, slots=True)
class Devices:
    """Descriptors of both ends, and the addresses of this run."""

    near_fd: int
    far_fd: int
    name: str
    """Of the near device."""
    piece: Piece


def make_devices() -> Devices:
    """Make the near device in this machine's network, then move this process into a network with the far one.

    Raises PacketsUnavailable.
    """
    near_fd, name, piece = _make_near()
    try:
        enter_private_network()
    except OSError as error:
        raise PacketsUnavailable(
            f"a private network namespace cannot be made ({error.strerror}); run as root, in a container "
            f"with CAP_SYS_ADMIN as well, {ELSE}"
        ) from error
    far_fd = _open(FAR_NAME)
    configure(FAR_NAME, piece.far, peer=piece.near)
    configure("lo", piece.links[1], netmask=piece.links.netmask)
    return Devices(near_fd, far_fd, name, piece)


def _make_near() -> tuple[int, str, Piece]:
    """Make the near device with addresses that are routed nowhere else, also not by a run that starts just now."""
    in_the_way = ""
    for piece in secrets.SystemRandom().sample(pieces(), len(pieces())):
        if not (found := obstacle(piece, ROUTES.read_text())):
            name = NAME_PREFIX + secrets.token_hex(4)
            near_fd = _open(name)
            configure(name, piece.near, netmask=piece.network.netmask)
            if not (found := obstacle(piece, ROUTES.read_text(), ours=name)):
                return near_fd, name, piece
            os.close(near_fd)
        in_the_way = found
    raise PacketsUnavailable(f"all of {RANGE} is routed already ({in_the_way}); remove that route, {ELSE}")


def _open(name: str) -> int:
    try:
        return open_tun(name)
    except OSError as error:
        raise PacketsUnavailable(f"{_missing(error)}, {ELSE}") from error


def _missing(error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return f"{DEVICE} is missing; load the kernel module tun, give a container the device (--device {DEVICE})"
    if error.filename == DEVICE:
        return f"{DEVICE} cannot be opened ({error.strerror}); run as root, give a container --device {DEVICE}"
    return f"a network device cannot be made ({error.strerror}); run as root or with CAP_NET_ADMIN"
