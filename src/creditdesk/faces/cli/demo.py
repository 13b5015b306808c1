"""`creditdesk demo`: from nothing to a working desk with a demo company."""

from __future__ import annotations

import os
import re
import sys
import time
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from creditdesk.controls import queries as controls
from creditdesk.faces.cli import install, running, work
from creditdesk.faces.cli.tongue import gettext, gettext_noop
from creditdesk.kernel.errors import DomainError
from creditdesk.simulation import services as simulation

HOST = "127.0.0.1"
DAYS, CUSTOMERS, SEED, UNTIL = 182, 120, 7, "2026-11-16"
TITLES = (
    gettext_noop("credit manager"),
    gettext_noop("collector"),
    gettext_noop("cash applier"),
    gettext_noop("credit analyst"),
    gettext_noop("dispute resolver"),
    gettext_noop("auditor"),
    gettext_noop("administrator"),
    gettext_noop("biller"),
    gettext_noop("master data"),
    gettext_noop("treasurer"),
)
START_SECONDS = 60
OK = 200
_MENU_LINK = re.compile(r'<a[^>]+data-menu[^>]*href="([^"]+)"|<a[^>]+href="([^"]+)"[^>]*data-menu')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def demo(*, port: int, check_and_exit: bool) -> int:
    """Build what is missing, work the day, serve; or check every page of the menu and stop."""
    if not install.is_up_to_date():
        print("·", gettext("making the database"), flush=True)
        install.bring_up_to_date()
    if not simulation.is_complete():
        status = build()
        if status:
            return status
    print("·", gettext("working today's date"), flush=True)
    work.day(company="", on="", bank=[], as_json=False)
    say_hello(port)
    if not check_and_exit:
        return running.serve(parts=[], host=HOST, port=port)
    return check(port)


def build() -> int:
    """Live the demo company's days; what an interrupted build left is refused plainly."""
    if controls.companies():
        home = Path(os.environ.get("CREDITDESK_HOME", ".data")).resolve()
        told = gettext(
            "%(home)s holds a company that is not the finished demo."
            " Remove it (make clean), or set CREDITDESK_HOME to another folder.",
            home=home,
        )
        print(f"creditdesk: {told}", file=sys.stderr)
        return 1
    return work.simulate(days=DAYS, customers=CUSTOMERS, seed=SEED, until=UNTIL)


def say_hello(port: int) -> None:
    """Print where the desk is and who may sign in."""
    desk = gettext("The desk:")
    print(f"\n  {desk}  http://{HOST}:{port}/\n")
    for login in simulation.logins():
        print(f"  {login.username:10} {login.password:12} {gettext(login.title)}")
    print(flush=True)


def check(port: int) -> int:
    """Serve, open every page of the manager's menu, stop; status 1 when one does not answer."""
    parts = running.start([], HOST, port)
    try:
        _wait(port)
        failed = [path for path in _pages(port) if not _is_fine(port, path)]
        late = [name for name, process in parts.items() if process.poll() is not None]
    finally:
        running.end(parts)
    for name in late:
        told = gettext("%(part)s did not stay up", part=name)
        print(f"creditdesk: {told}", file=sys.stderr)
    return 1 if failed or late else 0


_session: dict[str, str] = {}


def _ask(port: int, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """Send one request with the session's cookies; return status and body."""
    connection = HTTPConnection(HOST, port, timeout=30)
    cookies = "; ".join(f"{name}={value}" for name, value in _session.items())
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, urlencode(form or {}), headers)
    answer = connection.getresponse()
    for header, value in answer.getheaders():
        if header.lower() == "set-cookie":
            _session.update({k: morsel.value for k, morsel in SimpleCookie(value).items()})
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def _wait(port: int) -> None:
    """Return once the web server answers; DomainError when it does not in time."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _ask(port, "GET", "/login/")
        except OSError:
            if time.monotonic() > deadline:
                raise DomainError("web_silent", "The web server does not answer") from None
            time.sleep(0.2)
        else:
            return


def _pages(port: int) -> list[str]:
    """Sign in as the manager and return every address of the menu."""
    _, form = _ask(port, "GET", "/login/")
    token = _TOKEN.search(form)
    login = simulation.LOGINS[0]
    _ask(
        port, "POST", "/login/",
        {"username": login.username, "password": login.password,
         "csrfmiddlewaretoken": token.group(1) if token else ""},
    )  # fmt: skip
    status, page = _ask(port, "GET", "/")
    found = [a or b for a, b in _MENU_LINK.findall(page)]
    if status != OK or not found:
        raise DomainError("menu_missing", f"The morning page answered {status} without a menu")
    return sorted({"/", *found})


def _is_fine(port: int, path: str) -> bool:
    started = time.perf_counter()
    status, _ = _ask(port, "GET", path)
    print(f"  {status}  {path:32} {1000 * (time.perf_counter() - started):5.0f} ms")
    return status == OK
