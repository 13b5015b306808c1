"""An installation of its own: database, web server and worker as real processes to be killed."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from creditdesk.plumbing import embedded
from creditdesk.plumbing.embedded import processes
from creditdesk.plumbing.embedded.homes import find_home

ROOT = Path(__file__).resolve().parents[2]
# Only a hang takes this long: the loop also runs beside other work, at the lowest priority, where
# proving the books alone may take minutes. Who waits longer is told what never came.
PATIENCE = 900.0
GENTLE = 120.0
VICTIMS = ("database", "web", "worker", "all", "command")
_MARKS = {"web": "granian", "worker": "worker", "scheduler": "schedule"}


def clean_environment(home: Path) -> dict[str, str]:
    """Return the environment of an installation that shares nothing with the test's own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATABASE", "CREDITDESK", "PYTEST", "DJANGO"))
    }
    return kept | {
        "CREDITDESK_HOME": str(home),
        "CREDITDESK_SECRET_KEY": "only for crashes",
        "CREDITDESK_DROP_FOLDER": str(home / "drop"),
    }


class House:
    """The processes of one installation."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "postgres"
        self.drop = home / "drop"
        self.log = home / "serve.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._serve: subprocess.Popen[bytes] | None = None
        self._commands: set[subprocess.Popen[str]] = set()

    def found(self, *, customers: int, keys: int) -> dict[str, Any]:
        """Make the installation; return what its clients need."""
        answer: dict[str, Any] = json.loads(self.run("found", str(customers), str(keys)))
        return answer

    def settle(self) -> None:
        """Let nobody serve any more, give back what lost its worker, and end every job."""
        self.stop_serving()
        self.run("settle")

    def run(self, module: str, *words: str) -> str:
        """Return the last line that a module of this loop says in this installation."""
        done = subprocess.run(
            [sys.executable, "-m", f"tests.crash.{module}", *words],
            env=clean_environment(self.home), cwd=ROOT, check=False, capture_output=True,
            text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.splitlines()[-1]

    def creditdesk(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the product in this installation; it may be killed."""
        running = subprocess.Popen(
            [sys.executable, "-m", "creditdesk", *words],
            env=clean_environment(self.home), cwd=ROOT, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._commands.add(running)
        try:
            said, complained = running.communicate(timeout=PATIENCE)
        finally:
            self._commands.discard(running)
            running.kill()  # nothing, unless it was given up
        return subprocess.CompletedProcess(words, running.returncode, said, complained)

    def start(self) -> None:
        """Start everything and wait until the web server answers."""
        with self.log.open("ab") as log:
            self._serve = subprocess.Popen(
                [sys.executable, "-m", "creditdesk", "serve", "--port", str(self.port)],
                env=clean_environment(self.home), cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip
        self.wait_until_healthy()

    def wait_until_healthy(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._is_healthy():
            if time.monotonic() > deadline:
                raise AssertionError(f"no answer; the log ends:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.1)

    def _is_healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/api/v1/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self, victim: str) -> None:
        """End one part, or all, by SIGKILL at this very moment."""
        found = [] if victim in ("database", "command") else self._parts(victim)
        if victim in ("database", "all"):
            found += self._database()
        if victim in ("command", "all"):
            for command in list(self._commands):
                command.kill()
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def _parts(self, victim: str) -> list[psutil.Process]:
        assert self._serve is not None
        try:
            parent = psutil.Process(self._serve.pid)
            below = parent.children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        if victim == "all":
            return [parent, *below]
        found = []
        for process in below:
            with suppress(psutil.Error):
                if _MARKS[victim] in process.cmdline():
                    found += [process, *process.children(recursive=True)]
        return found

    def _database(self) -> list[psutil.Process]:
        home = find_home(self.data)
        return processes.members(home) if home else []

    def rise(self, victim: str) -> None:
        """Bring up again what was killed; a killed database is recovered under the web server."""
        if victim == "database":
            embedded.start(self.data)
            self.wait_until_healthy()
            return
        if victim == "all":
            self._end_serve()
            self.start()
        elif victim != "command":
            self._wait_for_the_new_part()

    def _wait_for_the_new_part(self) -> None:
        """A part that died is started again by the server, unless it died too often."""
        assert self._serve is not None
        deadline = time.monotonic() + PATIENCE
        while not self._is_healthy():
            if self._serve.poll() is not None:
                self.start()
            assert time.monotonic() < deadline, self.log.read_text()[-2000:]
            time.sleep(0.1)

    def _end_serve(self) -> None:
        """Wait until the server has noticed that a part of it is gone."""
        if self._serve is None:
            return
        try:
            self._serve.wait(GENTLE)
        except subprocess.TimeoutExpired:
            self._serve.kill()
            self._serve.wait()

    def stop_serving(self) -> None:
        """End web, worker and scheduler, gently."""
        if self._serve is not None and self._serve.poll() is None:
            self._serve.terminate()
            self._end_serve()

    def stop(self) -> None:
        """End everything, gently."""
        self.stop_serving()
        embedded.stop(self.data)

    def remove(self) -> None:
        """Leave nothing of the database."""
        self.stop()
        embedded.remove(self.data)

    def database_url(self) -> str | None:
        """Return the address of the database for its owner while it accepts connections."""
        server = embedded.status(self.data).server
        return server.url("creditdesk", embedded.OWNER) if server else None
