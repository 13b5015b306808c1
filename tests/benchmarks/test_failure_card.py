"""The firm-failure card beats the unfitted Z, learns from one file only, and survives bad files."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import failure_card
from creditdesk.assessment import history
from creditdesk.kernel.errors import Invalid, Refused
from tests.support.machine import shared_data

HEADER = (
    "company_id,fyear,current_assets,total_assets,total_current_liabilities,net_income,ebit,status"
)
ANSWER = ["auc_train", "auc_validation", "auc_test", "gini", "ks", "brier"]


def firms(seed: int, count: int) -> Iterator[list[str]]:
    """Two years of firms, a fifth of which fail after losing money and liquidity."""
    chance = random.Random(seed)
    for n in range(count):
        fails = n % 5 == 0
        assets = chance.lognormvariate(5, 1)
        for year in (2020, 2021):
            sick = fails and year == 2021
            current = assets * chance.uniform(0.2, 0.5 if sick else 0.7)
            owed = assets * chance.uniform(0.25 if sick else 0.1, 0.6 if sick else 0.4)
            income = assets * chance.gauss(-0.1 if sick else 0.05, 0.08)
            yield [f"F{n}", str(year), *(f"{one:.3f}" for one in (current, assets, owed, income)),
                   "7", str(int(fails))]  # fmt: skip


def written(path: Path, rows: Iterator[list[str]] | list[list[str]], header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n", "utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], **files: Path) -> dict[str, float | None]:
    arguments = [part for name, path in files.items() for part in (f"--{name}", str(path))]
    assert failure_card.main(arguments) == 0
    answer: dict[str, float | None] = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(answer) == ANSWER
    return answer


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("cards") / "train.csv", firms(1, 300))


def told(answer: dict[str, float | None], name: str) -> float:
    found = answer[name]
    assert found is not None
    return found


def test_it_learns_and_answers_about_each_file(
    train: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh = written(tmp_path / "validation.csv", firms(2, 200))
    answer = run(capsys, train=train, validation=fresh, test=train)
    assert told(answer, "auc_validation") > 0.8
    assert answer["auc_test"] == answer["auc_train"]
    assert told(answer, "gini") == pytest.approx(2 * told(answer, "auc_validation") - 1, abs=2e-4)
    assert told(answer, "brier") < 0.16  # what guessing a fifth for everybody would get
    # Nothing is learned from the other files: turned upside down they tell the opposite.
    turned = [[*row[:-1], str(1 - int(row[-1]))] for row in firms(2, 200)]
    upside_down = run(capsys, train=train, validation=written(tmp_path / "turned.csv", turned))
    assert told(upside_down, "auc_validation") == pytest.approx(
        1 - told(answer, "auc_validation"), abs=2e-4
    )
    assert upside_down["auc_train"] == answer["auc_train"]


def test_units_change_no_figure(
    train: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = list(firms(2, 100))
    plain = run(capsys, train=train, validation=written(tmp_path / "plain.csv", rows))
    for n, row in enumerate(rows):  # every third row, also within a firm, stands in thousands
        if n % 3 == 0:
            row[2:7] = [f"{float(value) / 1000:.6f}" for value in row[2:7]]
    odd = run(capsys, train=train, validation=written(tmp_path / "odd.csv", rows))
    assert told(odd, "auc_validation") == pytest.approx(told(plain, "auc_validation"), abs=0.02)


def test_bad_cells_extra_columns_and_one_kind_of_firm_break_nothing(
    train: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = list(firms(3, 60))
    for n, cell in enumerate(("", "inf", "-inf", "nan", "n/a", "1e400", "0", "-5", "1e17")):
        rows[n][2 + n % 5] = cell
    rows = [[*row[:-1], "é;x", row[-1]] for row in rows]
    header = HEADER.replace(",status", ",remark,status")
    mixed = run(capsys, train=train, validation=written(tmp_path / "bad.csv", rows, header))
    assert told(mixed, "auc_validation") > 0.7
    alive = [[*row[:-1], "0"] for row in firms(4, 20)]
    answer = run(capsys, train=train, validation=written(tmp_path / "alive.csv", alive))
    assert [answer[name] for name in ("auc_validation", "gini", "ks")] == [None] * 3
    assert answer["brier"] is not None


def test_too_few_failures_to_learn_from_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "few.csv", firms(1, 40))
    with pytest.raises(Refused) as caught:
        failure_card.main(["--train", str(path), "--validation", str(path)])
    assert caught.value.code == "fitting_lacks_outcomes"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\x00", "history_not_text"),
        (b"", "history_lacks_column"),
        (b"company_id,fyear\nA,2020\n", "history_lacks_column"),
        (b"company_id,fyear,status\n", "history_lacks_column"),
        (b"company_id,fyear,status\nA,soon,0\n", "history_row_unreadable"),
        (b"company_id,fyear,status\nA,2020,maybe\n", "history_row_unreadable"),
        (b"company_id,fyear,status\n,2020,0\n", "history_row_unreadable"),
        (b'company_id,fyear,status\n"A"x,2020,0\n', "history_not_text"),
    ],
)
def test_what_is_no_history_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        history.read(content)
    assert caught.value.code == code


@pytest.mark.needs("shared-data")
def test_it_beats_the_unfitted_z_on_real_firms(capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared_data()
    assert folder is not None
    answer = run(
        capsys,
        train=folder / "credit" / "american_w5_train.csv",
        validation=folder / "credit" / "american_w5_validation.csv",
    )
    # Altman's Z reaches 0.763 here.
    assert told(answer, "auc_validation") > 0.83
    assert told(answer, "ks") > 0.55
    assert told(answer, "brier") < 0.105
