"""Kept-alive connections to one container, so that a warm call costs one write and one read."""

from __future__ import annotations

import http.client
import select
import socket
from collections import deque
from collections.abc import Mapping

from localcloud.config import HOST


class Connections:
    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: deque[http.client.HTTPConnection] = deque()

    def call(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], seconds: float
    ) -> tuple[int, dict[str, str], bytes]:
        """Raises TimeoutError, or another OSError or HTTPException when no answer came."""
        connection = self._take(seconds)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, content

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _take(self, seconds: float) -> http.client.HTTPConnection:
        while self._idle:
            try:
                found = self._idle.pop()
            except IndexError:  # another thread took it
                break
            if found.sock is not None and not _readable(found.sock):
                found.sock.settimeout(seconds)
                return found
            found.close()  # the container has closed it
        made = http.client.HTTPConnection(HOST, self._port, timeout=seconds)
        made.connect()
        made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made


def _readable(sock: socket.socket) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
