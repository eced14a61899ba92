"""Two things that stand between a deploy and PostgreSQL: one that cuts a connection, one that shares servers out."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

_START_OF_SSL = b"\x04\xd2\x16\x2f"


@dataclass
class Proxy:
    """Listens on a port of its own; each connection is served by `serve` until it ends."""

    to: int                           # the server's port
    serve: Callable[[Proxy, socket.socket, socket.socket], None]
    port: int = field(init=False)
    cuts: int = field(default=0, init=False)

    def __enter__(self) -> Proxy:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._open: list[socket.socket] = []
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            close(one)
        for thread in self._threads:
            thread.join()

    def url(self, url: str) -> str:
        """Return a database's URL that leads through here."""
        return url.replace(f":{self.to}/", f":{self.port}/")

    def connect(self) -> socket.socket:
        """Open one more connection to the server."""
        server = socket.create_connection(("127.0.0.1", self.to))
        self._open.append(server)
        return server

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        server = self.connect()
        try:
            self.serve(self, client, server)
        except OSError:
            pass  # one of the two has gone, and so goes the other
        finally:
            close(client)
            close(server)


def close(one: socket.socket) -> None:
    """Close a connection, whoever is reading from it."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


# --- Cut before or after the COMMIT of the release ---


LATE_SECONDS = 1.5


def cutting(*, after: bool, late: bool = False) -> Callable[[Proxy, socket.socket, socket.socket], None]:
    """Pass everything on, until the transaction that writes a release commits: then the line is dead.

    `late`: the server hears of the COMMIT when the client has asked already what became of it.
    """

    def serve(proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        silent, answered = threading.Event(), threading.Event()
        back = threading.Thread(target=_pass_on, args=(server, client, silent, answered))
        back.start()
        armed = False
        try:
            while data := client.recv(1 << 20):
                armed = armed or b'INSERT INTO "crmspec_release"' in data
                if armed and b"COMMIT" in data and not proxy.cuts:
                    proxy.cuts += 1
                    silent.set()  # what the server answers reaches nobody
                    if late:
                        client.shutdown(socket.SHUT_RDWR)
                        time.sleep(LATE_SECONDS)
                    if after:
                        with suppress(OSError):  # it may have been ended
                            server.sendall(data)
                            answered.wait(LATE_SECONDS)
                            server.shutdown(socket.SHUT_WR)
                    return
                server.sendall(data)
        finally:
            close(client)
            close(server)
            back.join()

    return serve


def _pass_on(
    source: socket.socket, target: socket.socket, silent: threading.Event | None = None,
    answered: threading.Event | None = None,
) -> None:
    try:
        while data := source.recv(1 << 20):
            if silent is not None and answered is not None and silent.is_set():
                answered.set()
                continue
            with suppress(OSError):
                target.sendall(data)
    except OSError:
        return
    finally:
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


# --- Share servers out by transaction, as a pooler does ---


def pooling(proxy: Proxy, client: socket.socket, first: socket.socket) -> None:
    """Serve one client with two server processes in turns: after each transaction it is the other's turn."""
    servers = [first, proxy.connect()]
    start = _startup(client)
    for number, server in enumerate(servers):
        server.sendall(start)
        answer = _until_ready(server)
        if number == 0:
            client.sendall(answer)
    turn = 0
    while message := _message(client):
        servers[turn].sendall(message)
        if message[:1] == b"X":
            return
        if message[:1] in (b"Q", b"S"):  # a simple query, or the end of a series of messages
            answer = _until_ready(servers[turn])
            client.sendall(answer)
            if answer[-1:] == b"I":      # no transaction is open
                turn = 1 - turn


def _startup(client: socket.socket) -> bytes:
    while True:
        length = _exactly(client, 4)
        rest = _exactly(client, int.from_bytes(length, "big") - 4)
        if rest[:4] not in (_START_OF_SSL, b"\x04\xd2\x16\x30"):
            return length + rest
        client.sendall(b"N")


def _until_ready(server: socket.socket) -> bytes:
    answer = b""
    while True:
        message = _message(server)
        answer += message
        if message[:1] in (b"Z", b""):
            return answer


def _message(one: socket.socket) -> bytes:
    kind = one.recv(1)
    if not kind:
        return b""
    length = _exactly(one, 4)
    return kind + length + _exactly(one, int.from_bytes(length, "big") - 4)


def _exactly(one: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = one.recv(count - len(data))
        if not part:
            raise ConnectionError
        data += part
    return data
