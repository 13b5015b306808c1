"""Going live and a day beside the ERP as they are typed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from creditdesk.controls import queries as controls
from creditdesk.faces.cli import main
from creditdesk.golive import queries, services
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from creditdesk.policy import queries as policies
from tests.golive import erp
from tests.golive.erp import CUT_OVER, TODAY

REFUSED, SOME_REFUSED = 2, 3
Type = Callable[..., tuple[int, str]]


@pytest.fixture
def here(
    committed_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Type:
    """Type a command that runs in this process; return its status and what it said."""

    def type_(*words: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["creditdesk", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out + err

    return type_


def test_from_an_empty_company_to_the_first_comparison(
    here: Type, tmp_path: Path, actor_of: Callable[..., Actor]
) -> None:
    clock.move(datetime(TODAY.year, TODAY.month, TODAY.day, 9, 0, tzinfo=UTC))
    assert here("init", "--company", "shop", "--book", "nobody")[0] == REFUSED
    assert here("init", "--company", "shop", "--name", "The Shop", "--book", "erp")[0] == 0
    of = controls.company_by_code("shop")
    assert of.book == "erp"
    status, said = here("go-live")
    assert (status, "golive_not_begun" in said) == (REFUSED, True)
    status, said = here("go-live", "--cut-over", CUT_OVER)
    assert (status, "No open items have been loaded" in said) == (SOME_REFUSED, True)

    drop = tmp_path / "drop"
    drop.mkdir()
    for kind, text in erp.EVERYTHING:
        dropped(drop, f"{kind}.csv", text)
    assert here("import", "--watch", drop, "--once")[0] == 0
    status, said = here("go-live")
    assert status == 0, said
    assert "3710.49 owed in 5 documents" in said
    status, said = here("go-live", "--json")
    report = json.loads(said)
    assert report["report"]["loaders"] == ["command line"]

    signer = replace(actor_of(of.id, name="Marta", today=TODAY), user_id=1002)
    services.sign(signer, report_sha256=report["sha256"])
    assert "is live since 2026-03-15; Marta signed" in here("go-live")[1]
    assert here("verify") == (0, "shop: the books hold\n")

    dropped(
        drop, "open_items.csv",
        f"Document No,Customer No,Currency,Open amount,As of\nR-1,C-1,EUR,1190.00,{TODAY}\n",
    )  # fmt: skip
    dropped(drop, "nonsense.csv", "a,b\n1,2\n")
    assert here("import", "--watch", drop, "--once")[0] == SOME_REFUSED
    status, said = here("reconcile")
    assert (status, "R-3" in said, "Closed in the ERP, open here" in said) == (1, True, True)
    found = json.loads(here("reconcile", "--json")[1])
    assert (found["run"]["is_repeat"], len(found["differences"])) == (True, 6)

    out = tmp_path / "decisions.csv"
    status, said = here("export", "decisions", out)
    assert (status, "DEC-2026-000001" in said) == (0, True)
    first = out.read_text()
    assert first.startswith("id,kind,recorded_at,by,customer,")
    assert here("export", "decisions", out)[0] == 0
    assert out.read_text().count("\n") == 1
    assert here("export", "decisions", out, "--again", "DEC-2026-000001")[0] == 0
    assert out.read_text() == first

    rates = tmp_path / "rates.csv"
    rates.write_text("From,To,Date,Rate\nUSD,EUR,2026-03-13,0.9150\n")
    assert here("rates", rates)[0] == 0
    assert "USD" in policies.rates_into("EUR", TODAY)
    assert here("import")[0] == REFUSED
    row = queries.going_live(of.id)
    assert row is not None
    assert row.is_signed


def dropped(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.write_text(text)
    written = file.stat().st_mtime - 60
    os.utime(file, (written, written))
