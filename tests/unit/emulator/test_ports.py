"""Listening sockets: asked for, preferred, or any."""

from __future__ import annotations

import socket

import pytest

from origin_router.emulator.ports import PortUnavailable, listen


def test_a_port_that_is_taken() -> None:
    """Asked for: one line says so. Only preferred: another one is found."""
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]

    with pytest.raises(PortUnavailable, match=rf"^port {port} for the edge is in use; .*"):
        listen(port, 0, purpose="the edge")
    other = listen(None, port, purpose="the edge")
    assert other.getsockname()[0] == "127.0.0.1"
    assert other.getsockname()[1] != port
    other.close()
    taken.close()


def test_a_port_that_is_free(unused_tcp_port: int) -> None:
    """Asked for or preferred, it is the one."""
    for port, preferred in ((unused_tcp_port, 1), (None, unused_tcp_port)):
        listener = listen(port, preferred, purpose="the edge")
        assert listener.getsockname()[1] == unused_tcp_port
        listener.close()
