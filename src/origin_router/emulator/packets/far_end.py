"""Where a link ends: takes connections in the far network, and continues them in this machine's.

The listening socket is refused and opened again without being closed, since only the process in
the far network could make another: Linux ends the listening of a socket that is shut down, keeps
its address, and lets it listen again. While it does not listen, the kernel answers with a reset.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from origin_router.emulator.links import Address
from origin_router.emulator.mirrored_refusal import MirroredRefusal
from origin_router.emulator.relay_link import Link
from origin_router.emulator.tasks import Tasks

BACKLOG = 128
"""Connections the kernel completes before we take them; as many as a common server's default."""


class FarEnd:
    """Listens at the far end of one link. Refuses while it is told to, and while its target refuses."""

    def __init__(self, listener: socket.socket, target: Address, *, is_refused: bool) -> None:
        self._listener = listener
        self._target = target
        self._is_refused = is_refused
        self._is_listening = False
        self._loop = asyncio.get_running_loop()
        self._connections: set[Link] = set()
        self._tasks = Tasks()
        self._mirrored = MirroredRefusal(self._tasks, self._listen_or_not)
        self._listen_or_not()

    def set_refused(self, is_refused: bool) -> None:
        """Refuse connections and reset those that stand, or accept again."""
        self._is_refused = is_refused
        self._listen_or_not()
        if is_refused:
            self._reset_all()

    async def close(self) -> None:
        """End everything."""
        self.set_refused(True)
        self._listener.close()
        await self._tasks.end()

    def _reset_all(self) -> None:
        for connection in list(self._connections):
            connection.reset()

    def _listen_or_not(self) -> None:
        wanted = not (self._is_refused or self._mirrored.is_refusing)
        if wanted and not self._is_listening:
            self._listener.listen(BACKLOG)
            self._loop.add_reader(self._listener, self._take_connections)
        elif self._is_listening and not wanted:
            self._loop.remove_reader(self._listener)
            self._listener.shutdown(socket.SHUT_RD)
        self._is_listening = wanted

    def _take_connections(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            while True:
                client, _ = self._listener.accept()
                client.setblocking(False)
                self._tasks.spawn(self._continue(client))

    async def _continue(self, client: socket.socket) -> None:
        connection = Link(self._connections.discard)
        self._connections.add(connection)
        try:
            await self._loop.connect_accepted_socket(connection.client_endpoint, client)
            if not connection.has_ended:
                await self._loop.create_connection(connection.origin_endpoint, *self._target)
        except OSError as error:
            connection.reset()
            if isinstance(error, ConnectionRefusedError):
                self._mirrored.notice(self._target)
        except asyncio.CancelledError:
            connection.reset()
            raise
        if connection.has_ended:  # while we connected
            connection.reset()
