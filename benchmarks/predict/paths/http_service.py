"""A server in a process of its own, asked over one kept connection on this machine."""

import atexit
import http.client
import json
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any


def asked(
    command: Callable[[int], list[str]],
    rows: list[dict[str, Any]],
    path: str,
    body: Callable[[list[dict[str, Any]]], Any],
    score: Callable[[Any], float],
    **environment: Any,
) -> Any:
    """Ends the server when this process ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(command(port), stdin=subprocess.DEVNULL, **environment)
    atexit.register(_end, server)
    connection = _connected(port, server)
    headers = {"content-type": "application/json"}
    singles = [json.dumps(body([row])) for row in rows[:500]]
    whole = json.dumps(body(rows))

    def ask(text: str) -> Any:
        try:
            connection.request("POST", path, text, headers)
            answer = connection.getresponse()
        except ConnectionError:  # a server closes what was idle while the others had their turn
            connection.close()
            connection.request("POST", path, text, headers)
            answer = connection.getresponse()
        found = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {str(found)[:500]}")
        return found

    return lambda i: score(ask(singles[i])), lambda: ask(whole)


def _connected(port: int, server: Any) -> http.client.HTTPConnection:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.connect()
        except OSError:
            time.sleep(0.005)
        else:
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
    raise RuntimeError("the server did not start")


def _end(server: Any) -> None:
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
