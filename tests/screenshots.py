"""Draw the pictures of the documentation from the demo: `python -m tests.screenshots docs/images`.

The demo is the one in CREDITDESK_HOME; without that variable a fresh one is lived in a folder of
its own, which is removed afterwards. PICTURES says which page, how wide and in which colours.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import typst
from playwright.sync_api import Browser, Page, sync_playwright

from creditdesk.config import database
from creditdesk.invoices.documents.totals import totals
from tests.invoices.documents import samples
from tests.support import machine

HOME = "CREDITDESK_HOME"
HOST = "127.0.0.1"
START_SECONDS = 60
KIB_MAX = 150
PAPER = "invoice-page"
PAPER_PPI = 100
COLOURS_MAX = 256
APART_MIN = 60  # squared distance of two colours of the palette
# Chromium decodes its own picture, so that nothing here need read PNG, only write it.
PIXELS = """async source => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const {data} = context.getImageData(0, 0, image.width, image.height);
    let text = '';
    for (let at = 0; at < data.length; at += 32768)
        text += String.fromCharCode(...data.subarray(at, at + 32768));
    return [image.width, image.height, btoa(text)];
}"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file, the page, and the window it is seen in."""

    name: str
    address: str
    scheme: Literal["light", "dark"] = "light"
    width: int = 1440
    height: int = 900
    # Follow this link of the page first: what is best to look at differs from demo to demo.
    follow: str = ""
    # Who is signed in; the first login of the demo where nobody is named.
    who: str = ""


APPLIER = "aisha"
ANALYST = "edward"
EXPOSURE = "/customers/D10154/exposure"
STATEMENT = "/customers/D10154/statement?from=2026-10-01&to=2026-10-31"
PICTURES = (
    Picture("morning", "/"),
    Picture("morning-dark", "/", scheme="dark"),
    Picture("morning-phone", "/", width=390, height=844),
    Picture("worklist", "/worklist/"),
    Picture("customer", "/worklist/", follow="open the account"),
    Picture("matching", "/cash/exceptions/?view=proposed", who=APPLIER),
    Picture("matching-dark", "/cash/exceptions/?view=proposed", scheme="dark", who=APPLIER),
    Picture("exception", "/cash/exceptions/", follow="PAY-", who=APPLIER),
    Picture("exception-dark", "/cash/exceptions/", scheme="dark", follow="PAY-", who=APPLIER),
    Picture("returns", "/cash/returns/", who=APPLIER),
    Picture("returns-dark", "/cash/returns/", scheme="dark", who=APPLIER),
    Picture("refunds", "/refunds/"),
    Picture("refunds-dark", "/refunds/", scheme="dark"),
    Picture("figures", "/cash/figures/"),
    Picture("statement", "/cash/statements/", follow="DE24990501230004711007"),
    Picture("statement-dark", "/cash/statements/", scheme="dark", follow="DE24990501230004711007"),
    Picture("invoice", "/invoices/?q=INV-2026", follow="INV-2026-000001"),
    Picture("invoice-dark", "/invoices/?q=INV-2026", scheme="dark", follow="INV-2026-000001"),
    Picture("account-statement", STATEMENT),
    Picture("account-statement-dark", STATEMENT, scheme="dark"),
    Picture("ageing", "/ageing/"),
    Picture("recurring", "/invoices/recurring/", follow="Tool store, monthly rent"),
    Picture("policy", "/policy/"),
    Picture("policy-draft", "/policy/draft/", who=ANALYST),
    Picture("policy-draft-dark", "/policy/draft/", scheme="dark", who=ANALYST),
    Picture("policy-simulated", "/policy/draft/simulate", who=ANALYST),
    Picture("policy-simulated-dark", "/policy/draft/simulate", scheme="dark", who=ANALYST),
    Picture("application", "/applications/", follow="Wren Electrical", who=ANALYST),
    Picture(
        "application-dark", "/applications/", scheme="dark", follow="Wren Electrical", who=ANALYST
    ),
    Picture("held-orders", "/held-orders/", who=ANALYST),
    Picture("held-orders-dark", "/held-orders/", scheme="dark", who=ANALYST),
    Picture("exposure", EXPOSURE, who=ANALYST),
    Picture("exposure-dark", EXPOSURE, scheme="dark", who=ANALYST),
    Picture("held-order", "/held-orders/", follow="AB-", who=ANALYST),
    Picture("held-order-dark", "/held-orders/", scheme="dark", follow="AB-", who=ANALYST),
    Picture("alerts", "/alerts/", who=ANALYST),
    Picture("alerts-dark", "/alerts/", scheme="dark", who=ANALYST),
    Picture("review", "/reviews/", follow="REV-", who=ANALYST),
    Picture("review-dark", "/reviews/", scheme="dark", follow="REV-", who=ANALYST),
    Picture("payers", "/payer-ratings/", who=ANALYST),
    Picture("payers-dark", "/payer-ratings/", scheme="dark", who=ANALYST),
)


def main(folder: Path) -> int:
    """Draw every picture; return 1, and say which, when one is too large for the repository."""
    folder.mkdir(parents=True, exist_ok=True)
    with _demo(), _served() as url, sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=machine.chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        large = [one.name for one in PICTURES if not _drawn(browser, url, one, folder)]
        if not paper(browser, folder):
            large.append(PAPER)
        browser.close()
    return 1 if large else 0


def paper(browser: Browser, folder: Path) -> bool:
    """Draw the page of the sample invoice, set as the product sets it; whether it is small."""
    shown = import_module("creditdesk.invoices.paper.page").data(
        samples.invoice(), totals(samples.invoice())
    )
    drawn = typst.compile(
        b"".join(
            files("creditdesk.invoices.paper").joinpath(f"{part}.typ").read_bytes()
            for part in ("frame", "invoice")
        ),
        format="png",
        ppi=PAPER_PPI,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(shown), "attachment": ""},
    )
    assert isinstance(drawn, bytes)
    page = browser.new_page()
    content = _small(page, drawn)
    page.close()
    (folder / f"{PAPER}.png").write_bytes(content)
    size_kib = len(content) // 1024
    sys.stdout.write(f"{PAPER}.png: {size_kib} KiB\n")
    return size_kib <= KIB_MAX


@contextmanager
def _demo() -> Iterator[None]:
    """Within the block HOME names a finished demo, whose database runs."""
    if HOME in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="creditdesk-screenshots-") as home:
        os.environ[HOME] = home
        try:
            for command in ("init", "simulate", "day"):
                _creditdesk(command)
            yield
        finally:
            os.environ.pop("DATABASE_URL", None)
            os.environ.pop("DATABASE_OWNER_URL", None)
            _creditdesk("stop")
            del os.environ[HOME]


def _creditdesk(*arguments: str) -> None:
    command = [sys.executable, "-m", "creditdesk", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _served() -> Iterator[str]:
    """Serve the desk as a process of its own; yield its address."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "creditdesk", "serve", "--web", "--port", str(port)]
    server = subprocess.Popen(command)
    try:
        _wait(server, port)
        yield f"http://{HOST}:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        connection = HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", "/login/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
        finally:
            connection.close()
    raise SystemExit("The desk did not answer; is there a finished demo in CREDITDESK_HOME?")


def _logins() -> Any:
    """Return who may sign in at the demo; the rooms are loaded only once the database is up."""
    database.prepare()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditdesk.config.settings")
    import_module("django").setup()
    return import_module("creditdesk.simulation.services").LOGINS


def _drawn(browser: Browser, url: str, picture: Picture, folder: Path) -> bool:
    """Draw one picture; return whether it is small enough."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.scheme,
        locale="en-GB",
        reduced_motion="reduce",
    )
    page = context.new_page()
    _sign_in(page, picture.who)
    page.goto(picture.address)
    if picture.follow:
        page.get_by_role("link", name=picture.follow).first.click()
    page.wait_for_load_state("networkidle")
    drawn = page.screenshot(animations="disabled", caret="hide")
    path = folder / f"{picture.name}.png"
    path.write_bytes(_small(page, drawn))
    context.close()
    size_kib = path.stat().st_size / 1024
    sys.stdout.write(f"{path}  {size_kib:.0f} KiB\n")
    return size_kib <= KIB_MAX


def _small(page: Page, drawn: bytes) -> bytes:
    """Return the picture as a PNG of a palette, about a third of the size."""
    page.goto("about:blank")
    source = "data:image/png;base64," + base64.b64encode(drawn).decode()
    width, height, encoded = page.evaluate(PIXELS, source)
    raw = base64.b64decode(encoded)
    pixels = [raw[at : at + 3] for at in range(0, len(raw), 4)]
    counts = Counter(pixels)
    palette = _palette(counts)
    place = {colour: _nearest(colour, palette) for colour in counts}
    indices = bytes(place[one] for one in pixels)
    rows = b"".join(b"\0" + indices[at : at + width] for at in range(0, len(indices), width))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", b"".join(palette)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _palette(counts: Counter[bytes]) -> list[bytes]:
    """Return the commonest colours that are well apart, so that a small badge keeps its own."""
    chosen: list[bytes] = []
    for colour, _ in counts.most_common():
        if len(chosen) < COLOURS_MAX and _is_new(colour, chosen):
            chosen.append(colour)
    return chosen


def _is_new(colour: bytes, chosen: list[bytes]) -> bool:
    return all(apart >= APART_MIN for apart in _distances(colour, chosen))


def _nearest(colour: bytes, palette: list[bytes]) -> int:
    """Return the place of the colour, or of the one most like it, in the palette."""
    distances = list(_distances(colour, palette))
    return distances.index(min(distances))


def _distances(colour: bytes, others: list[bytes]) -> Iterator[int]:
    red, green, blue = colour
    return ((red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2 for r, g, b in others)


def _sign_in(page: Page, who: str) -> None:
    logins = _logins()
    login = next((one for one in logins if one.username == who), logins[0])
    page.goto("/login/")
    page.get_by_label("User name").fill(login.username)
    page.get_by_label("Password").fill(login.password)
    page.get_by_role("button", name="Sign in", exact=True).click()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m tests.screenshots FOLDER")
    sys.exit(main(Path(sys.argv[1])))
