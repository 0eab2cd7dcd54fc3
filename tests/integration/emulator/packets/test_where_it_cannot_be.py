"""What is missing is said in one line, together with what to do; and CAP_NET_ADMIN alone is enough where it can be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

START = """
import asyncio
from origin_router.emulator.links import CarriedLink
from origin_router.emulator.packets.carrier import PacketCarrier

async def main():
    carrier = PacketCarrier(print)
    await carrier.start([CarriedLink(edge="eu-central-1", origin="o:443", target=("127.0.0.1", 9))])
    print("started")
    await carrier.close()

try:
    asyncio.run(main())
except OSError as error:
    print(error)
"""

PROGRAMS = ("setpriv", "unshare", "ip", "mount")

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, PROGRAMS)),
    reason=f"taking rights away needs root and {', '.join(PROGRAMS)}",
)


def start_after(*command: str) -> str:
    """What starting says in surroundings that a command makes."""
    done = subprocess.run([*command, sys.executable, "-c", START], capture_output=True, text=True, timeout=60)
    if "Operation not permitted" in done.stderr:
        pytest.skip(f"this machine does not allow it: {done.stderr.strip()}")
    assert done.stderr == ""
    return done.stdout.strip()


def shell(line: str) -> tuple[str, ...]:
    """A command that does something first and then what follows."""
    return ("sh", "-c", f'{line} && exec "$@"', "sh")


LACKING = [
    # (surroundings, what is said to be missing, what to do)
    (("setpriv", "--bounding-set=-all", "--inh-caps=-all"), "a network device cannot be made", "CAP_NET_ADMIN"),
    (("unshare", "-m", *shell("mount -t tmpfs none /dev/net")), "/dev/net/tun is missing", "--device /dev/net/tun"),
    (
        ("unshare", "-m", *shell("mount -t tmpfs -o nodev none /dev/net && mknod /dev/net/tun c 10 200")),
        "/dev/net/tun cannot be opened (Permission denied)",
        "--device /dev/net/tun",
    ),
    (
        ("unshare", "-Urn", *shell("echo 0 > /proc/sys/user/max_net_namespaces")),
        "a private network namespace cannot be made",
        "run as root",
    ),
    (
        (
            "unshare",
            "-n",
            *shell("ip tuntap add held0 mode tun && ip link set held0 up && ip route add 198.18.0.0/15 dev held0"),
        ),
        "all of 198.18.0.0/15 is routed already (198.18.0.0/15 over held0)",
        "remove that route",
    ),
]


@pytest.mark.parametrize(
    ("surroundings", "missing", "remedy"), LACKING, ids=["capability", "device", "right to it", "namespace", "range"]
)
def test_what_is_missing_is_said_in_one_line(surroundings: tuple[str, ...], missing: str, remedy: str) -> None:
    """Where, what, what to do; and that relays need none of it."""
    said = start_after(*surroundings)

    assert said.startswith(f"real packets: {missing}")
    assert remedy in said
    assert said.endswith("or use --links relay")
    assert "\n" not in said


def test_root_is_not_needed_where_net_admin_is_given() -> None:
    """A container with `--cap-add NET_ADMIN`: a user namespace stands in for the rights to make the private network."""
    said = start_after("setpriv", "--bounding-set=-all,+net_admin", "--inh-caps=-all")
    if "namespace cannot be made" in said:
        pytest.skip(f"user namespaces are not allowed here: {said}")

    assert said == "started"
