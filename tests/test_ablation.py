"""The ablation: rows differ by their ingredient alone, and its table is right by hand."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.evaluation.small import SQUARE, TRUTH, A, B, masks, prediction

import ablation
from ablation_rows import INGREDIENTS, Row, differing, rows
from ablation_table import COLUMNS, document, markdown
from glioscope.errors import InputError, UsageError
from glioscope.evaluation.predictions.archive import ARCHIVE, variant_name, write_archive
from glioscope.evaluation.predictions.references import Truth
from glioscope.evaluation.splits.folds import lgg_cases, make_folds
from glioscope.training.config import load_preset
from glioscope.training.folds.cross_validation import RAW
from lgg_folder import head_stack, write_case
from toy_training import step_by_step

pytestmark = pytest.mark.usefixtures("unchecked")

ROBUST = load_preset("robust")


@pytest.fixture(scope="module", autouse=True)
def _eager() -> Iterator[None]:
    with step_by_step():
        yield


@pytest.fixture(scope="module")
def made() -> list[Row]:
    return rows(ROBUST, 128, 8, 2400)


def test_the_first_row_is_the_papers_recipe(made: list[Row]) -> None:
    first = made[0].config
    assert not differing(first, load_preset("paper-small"))
    assert (first.loss, first.optimizer, first.learning_rate) == ("mse", "adam", 3e-4)
    assert (first.network.context, first.network.presence, first.positive_share) == (0, False, 0)
    assert made[0].previous is None


def test_each_row_differs_from_its_previous_by_its_ingredient(made: list[Row]) -> None:
    by_key = {row.key: row for row in made}
    fields = {i.key: set(i.fields) for i in INGREDIENTS}
    for row in made[1:-1]:
        assert row.previous is not None
        changed = differing(by_key[row.previous].config, row.config)
        assert changed and changed <= fields[row.key], row.key
        assert by_key[row.previous].config.stages == row.config.stages


def test_the_last_row_is_the_target_at_the_same_cost_in_epochs(made: list[Row]) -> None:
    last = made[-1].config
    assert not differing(last, ROBUST)
    assert last.stages == ((128, 5), (192, 3))
    assert {row.config.epochs for row in made} == {8}
    assert {row.config.samples_per_epoch for row in made} == {2400}
    assert {(row.config.precision, row.config.jit) for row in made} == {("mixed_bfloat16", False)}


def test_what_no_ingredient_covers_is_refused() -> None:
    with pytest.raises(UsageError, match="patience"):
        rows(replace(ROBUST, patience=3), 128, 8, 2400)
    with pytest.raises(UsageError, match="two epochs"):
        rows(ROBUST, 128, 1, 2400)


def store(folder: Path, key: str, first: list, changed: list | None = None) -> None:
    meta = {"protocol": "by hand", "thresholds": "none"}
    write_archive(folder / key / ARCHIVE, first, meta)
    for column in COLUMNS:
        if column.variant:
            write_archive(folder / key / variant_name(column.variant), changed or first, meta)


@pytest.fixture
def by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The paper's row misses one slice of A; the next does not, but does once FLAIR is alone."""
    references = {study: Truth(mask) for study, mask in TRUTH.items()}
    monkeypatch.setattr("ablation_table.read_references", lambda _, __: references)
    worse = [prediction(A, masks([], SQUARE, [], [])), prediction(B)]
    store(tmp_path, "paper", worse)
    store(tmp_path, "trunk", [prediction(A), prediction(B)], worse)
    return tmp_path


def test_the_table_by_hand(by_hand: Path, made: list[Row]) -> None:
    table = document(made, by_hand, by_hand, seed=1, resamples=300)
    paper, trunk = table["rows"]
    assert (paper["key"], trunk["key"], table["patients"]) == ("paper", "trunk", 2)
    assert paper["figures"]["dice_mean"]["change"]["value"] is None
    dice = trunk["figures"]["dice_mean"]
    assert dice["value"] == pytest.approx((12 / 15 + 4 / 7) / 2)
    gained = (12 / 15 - 8 / 12) / 2
    assert dice["change"]["value"] == pytest.approx(gained)
    # A resample holds A never, once or twice.
    assert (dice["change"]["low"], dice["change"]["high"]) == (0, pytest.approx(2 * gained))
    alone = trunk["figures"]["dice_mean/variant=flair-only"]["change"]
    assert (alone["value"], alone["low"], alone["high"]) == (0, 0, 0)
    page = markdown(table)
    assert "| `trunk` |" in page and f"+{gained:.3f} [+0.000, +{2 * gained:.3f}]" in page
    assert document(made, by_hand, by_hand, seed=1, resamples=300) == table


def test_rows_of_other_patients_are_not_compared(by_hand: Path, made: list[Row]) -> None:
    store(by_hand, "neighbours", [prediction(A)])
    with pytest.raises(InputError, match="row neighbours"):
        document(made, by_hand, by_hand, seed=1, resamples=5)


def test_without_a_trained_row_there_is_no_table(tmp_path: Path, made: list[Row]) -> None:
    with pytest.raises(InputError, match="no row"):
        document(made, tmp_path, tmp_path, seed=1, resamples=5)


TOY = """
stages = [[32, 2]]
loss = "dice_ce"
positive_share = 0.5
samples_per_epoch = 32
[network]
widths = [4, 8, 8]
stem = 2
context = 1
presence = true
"""


def test_rows_are_trained_once_and_the_table_made_again(tmp_path: Path) -> None:
    root, out = tmp_path / "lgg", tmp_path / "out"
    for patient in range(4):
        stack, found = head_stack(slices=9, seed=patient)
        stack[:4], found[:4] = stack[:1], False
        write_case(root, f"TCGA_DU_00{patient:02d}_20000101", stack, found)
    (tmp_path / "toy.toml").write_text(TOY, encoding="utf-8")
    folds = make_folds(lgg_cases(root), 2)
    common = [str(root), "-o", str(out), "--target", str(tmp_path / "toy.toml"), "--side", "32"]
    common += ["--samples", "16", "--resamples", "20", "--folds", "0"]
    train = [*common, "--epochs", "2", "--rows", "paper", "trunk"]
    ablation.main(train, folds)
    times = [(out / key / "fold0" / RAW).stat().st_mtime_ns for key in ("paper", "trunk")]
    table = json.loads((out / "ablation.json").read_text(encoding="utf-8"))
    assert [row["key"] for row in table["rows"]] == ["paper", "trunk"]
    assert all(row["trained_s"] > 0 for row in table["rows"])
    assert "1 of 2 folds" in table["protocol"]

    ablation.main(train, folds)
    assert [(out / k / "fold0" / RAW).stat().st_mtime_ns for k in ("paper", "trunk")] == times
    (out / "ablation.md").unlink()
    ablation.main([*common, "--epochs", "2", "--table"], folds)
    assert "| `trunk` |" in (out / "ablation.md").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="another side"):
        ablation.main([*common, "--epochs", "3", "--rows", "paper"], folds)
    with pytest.raises(UsageError, match="no row 'papr'"):
        ablation.main([*common, "--rows", "papr"], folds)
