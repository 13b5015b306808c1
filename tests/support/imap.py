"""A mail server on the loopback interface that knows enough IMAP to be fetched from, and to lie."""

from __future__ import annotations

import re
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

USER, PASSWORD = "desk", "secret word"


@dataclass
class Box:
    """What lies in the mailbox, by UID; what was read; what the server does wrong."""

    mails: dict[int, bytes]
    seen: set[int] = field(default_factory=set)
    fetched: list[int] = field(default_factory=list)
    lies: str = ""
    port: int = 0

    @property
    def url(self) -> str:
        return f"imap://{USER}:secret%20word@127.0.0.1:{self.port}/INBOX"


class _Handler(socketserver.StreamRequestHandler):
    box: Box

    def handle(self) -> None:
        self.say(b"* OK hello")
        while line := self.rfile.readline(10_000):
            tag, _, rest = line.decode("latin-1").strip().partition(" ")
            word, _, rest = rest.partition(" ")
            if word.upper() == "UID":
                word, _, rest = rest.partition(" ")
            done = getattr(self, f"do_{word.lower()}", self.do_unknown)(rest)
            if done is None:
                return
            self.say(f"{tag} {done}".encode())
            if word.upper() == "LOGOUT":
                return

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")
        self.wfile.flush()

    def do_unknown(self, _: str) -> str | None:
        return "BAD what?"

    def do_capability(self, _: str) -> str | None:
        self.say(b"* CAPABILITY IMAP4rev1")
        return "OK done"

    def do_login(self, rest: str) -> str | None:
        return "OK in" if rest == f'{USER} "{PASSWORD}"' else "NO wrong"

    def do_select(self, rest: str) -> str | None:
        self.say(f"* {len(self.box.mails)} EXISTS".encode())
        return "OK selected" if rest == '"INBOX"' else "NO none"

    def do_search(self, _: str) -> str | None:
        found = [str(uid) for uid in self.box.mails if uid not in self.box.seen]
        if self.box.lies == "words":
            found = ["x", "-1", "9" * 400, *found]
        self.say(f"* SEARCH {' '.join(found)}".encode())
        return "OK done"

    def do_fetch(self, rest: str) -> str | None:
        uid = int(rest.partition(" ")[0])
        content = self.box.mails[uid]
        if "RFC822.SIZE" in rest:
            size = 5 if self.box.lies == "size" else len(content)
            self.say(f"* 1 FETCH (UID {uid} RFC822.SIZE {size})".encode())
            return "OK done"
        if "HEADER" in rest:
            content = re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0] + b"\r\n\r\n"
        else:
            self.box.fetched.append(uid)
        if self.box.lies == "hangs up":
            return None
        claimed = 3_000_000_000 if self.box.lies == "size" else len(content)
        self.say(f"* 1 FETCH (UID {uid} BODY[] {{{claimed}}}".encode())
        self.wfile.write(content)
        self.say(b")")
        return "OK done"

    def do_store(self, rest: str) -> str | None:
        self.box.seen.add(int(rest.partition(" ")[0]))
        return "OK done"

    def do_logout(self, _: str) -> str | None:
        self.say(b"* BYE")
        return "OK bye"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def serving(box: Box) -> Iterator[Box]:
    """Serve a mailbox until the block ends."""
    handler = type("Handler", (_Handler,), {"box": box})
    with _Server(("127.0.0.1", 0), handler) as server:
        box.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
