"""`glioscope analyze` on real files: what it writes, says and returns."""

import hashlib
import json
import re
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PIL import Image as Picture
from tests.lgg_folder import write_case
from tests.model.grids import head_grid, head_study
from tests.model.strangers import STRANGERS, study_of
from tests.toy_model import toy_bundle

from glioscope.cli.main import exit_code
from glioscope.model.bundle import REFERENCE, shipped_model, write_hashes
from glioscope.model.plan_parts import FEATURE_NAMES, Assessment
from glioscope.study import Channel

CASE = "TCGA_CS_0001_19990101"
OTHER = "TCGA_DU_0002_19990101"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return toy_bundle(tmp_path_factory.mktemp("model") / "toy", size=64)


@pytest.fixture
def run(model, tmp_path, capsys, monkeypatch):
    """Call `analyze` with the toy model into tmp_path/out; exit code, stdout, stderr."""
    for name in ("GLIOSCOPE_LANG", "GLIOSCOPE_BEST_MODEL", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GLIOSCOPE_MODEL", str(model))

    def call(*words):
        code = exit_code(["analyze", *map(str, words), "-o", str(tmp_path / "out")])
        return code, *capsys.readouterr()

    return call


def head_stack():
    """Five slices of a round head, with a FLAIR-bright box of 8 x 4 px in slices 2 to 4."""
    y, x = np.mgrid[:48, :48] - 23.5
    stack = np.zeros((5, 48, 48, 3), np.uint8)
    stack[:, np.hypot(y, x) < 20] = (90, 100, 95)
    masks = np.zeros((5, 48, 48), bool)
    masks[1:4, 12:20, 26:30] = True
    stack[..., 1][masks] = 250
    return stack, masks


@pytest.fixture
def case(tmp_path):
    return write_case(tmp_path / "set", CASE, *head_stack())


def write_nifti(folder, sequences=tuple(Channel)):
    """One file per sequence, `name` to path."""
    study = head_study(head_grid("sagittal", (96, 80, 24)))
    paths = {s: folder / f"p1_{s.value.lower()}.nii.gz" for s in sequences}
    for sequence, path in paths.items():
        image = study.images[sequence]
        nib.Nifti1Image(image.array, image.grid.affine).to_filename(path)
    return paths


def left_behind(folder: Path):
    return sorted(p.name for p in folder.rglob("*")) if folder.exists() else []


# 0: done


def test_a_case_is_analysed_and_written(run, case, tmp_path):
    code, out, err = run(case)
    results = tmp_path / "out" / CASE
    assert code == 0, err
    assert CASE in out and "suspicious" in out and str(results / "analysis.json") in out
    assert "warning: " in err and "no voxel spacing" in err and "\x1b" not in err
    assert "━" not in err, "a bar without a terminal"
    document = json.loads((results / "analysis.json").read_text("utf-8"))
    assert [s["decision"] == "tumour" for s in document["slices"]] == [False, *[True] * 3, False]
    assert document["slices"][2]["box_px"] == pytest.approx([26, 12, 30, 20], abs=1)
    assert next(iter(document["timings_s"])) == "read"
    mask = np.asarray(Picture.open(results / "masks" / f"{CASE}_3_mask.tif"))
    assert mask.shape == (48, 48) and set(np.unique(mask)) == {0, 255}
    names = {"mask.nii.gz", "overview.png", "report.html", "report.pdf"}
    assert names <= {p.name for p in results.iterdir()}
    assert not (results / "probability.nii.gz").exists()


def test_json_is_one_line_per_study_and_nothing_else(run, case, tmp_path):
    write_case(case.parent, OTHER, *head_stack())
    code, out, _ = run(case.parent, "--json", "--quiet", "--save-probability")
    first, second = (json.loads(line) for line in out.splitlines())
    assert code == 0
    assert (first["study_id"], second["study_id"]) == (CASE, OTHER)
    assert first["status"] == "done" and first["decision"] == "tumour"
    assert (first["tumour_slices"], first["slice_count"]) == (3, 5)
    assert first["conclusion"]["text"].startswith("FLAIR shows")
    assert all(Path(path).exists() for path in first["files"].values())
    assert "probability.nii.gz" in first["files"]


def test_quiet_says_nothing_on_stderr_and_verbose_gives_timings_and_what_is_fast(run, case):
    assert run(case, "--quiet")[2] == ""
    said = run(case, "--verbose", "--overwrite", "--fast", "--threads", "1")[2]
    assert "network" in said and "--fast" in said


def test_spacing_gives_millilitres(run, case):
    _, out, _ = run(case, "--spacing", "1.5,2,5", "--json")
    (lesion,) = json.loads(out)["findings"]
    assert lesion["volume_ml"] == pytest.approx(lesion["voxels"] * 0.015)


def test_nifti_files_make_one_study(run, tmp_path):
    paths = write_nifti(tmp_path)
    words = [w for s, p in paths.items() for w in (f"--{s.value.lower()}", p)]
    code, out, _ = run(*words, "--json")
    (lesion,) = json.loads(out)["findings"]
    assert code == 0
    assert lesion["centroid_ras_mm"] == pytest.approx((25.0, 15.0, 8.0), abs=1.5)


def test_the_table_speaks_the_language_asked_for(run, case, monkeypatch):
    table = run(case, "--lang", "ru", "--spacing", "1.5,2,5")[1]
    assert "не типично" in table and re.search(r"\d,\d\sмл", table)
    monkeypatch.setenv("GLIOSCOPE_LANG", "ru")
    assert "подозрение" in run(case, "--overwrite")[1]
    assert "suspicious" in run(case, "--overwrite", "--lang", "en")[1]


def test_the_operating_point_is_the_users(run, case, tmp_path, monkeypatch):
    """Nothing of this case reaches the balanced threshold; the promised one takes every slice."""
    folder = toy_bundle(
        tmp_path / "points",
        size=64,
        presence_threshold=0.5,
        balanced_threshold=1 - 1e-7,
        miss_curve=((1e-5, 0.0), (0.4, 0.2)),
        miss_patients=19,
    )
    monkeypatch.setenv("GLIOSCOPE_MODEL", str(folder))

    def found(*words):
        code, out, err = run(case, "--json", "--overwrite", *words)
        assert code == 0, err
        document = json.loads(out)
        names = ("operating_point", "max_miss_rate", "threshold")
        return document["tumour_slices"], tuple(document[name] for name in names)

    assert found() == (3, ("sensitive", None, 0.5))
    assert found("--operating-point", "balanced") == (0, ("balanced", None, 1 - 1e-7))
    assert found("--max-miss-rate", "0.06") == (5, ("miss_rate", 0.06, 1e-5))
    code, _, err = run(case, "--overwrite", "--max-miss-rate", "0.01")
    assert code == 2 and "from 0.050" in err


def test_the_table_says_agreement_in_words_and_json_the_expected_dice(run, case, tmp_path):
    weights, ones = (0.0,) * len(FEATURE_NAMES), (1.0,) * len(FEATURE_NAMES)
    sure = Assessment(FEATURE_NAMES, ones, ones, weights, 0.84, 0.9)
    bundle = toy_bundle(tmp_path / "judging", size=64, assessment=sure)
    table = run(case, "--model", bundle)[1]
    assert "review" in table and "0.84" not in table
    assert "проверка" in run(case, "--model", bundle, "--overwrite", "--lang", "ru")[1]
    line = json.loads(run(case, "--model", bundle, "--overwrite", "--json")[1])
    assert (line["expected_dice"], line["review"]) == (0.84, True)
    line = json.loads(run(case, "--model", bundle, "--overwrite", "--json", "--fast")[1])
    assert (line["expected_dice"], line["review"]) == (None, None)


def test_an_earlier_result_is_compared_in_the_report(run, case, tmp_path):
    assert run(case, "--spacing", "1.5,2,5")[0] == 0
    earlier = (tmp_path / "out" / CASE).rename(tmp_path / "earlier")
    code, out, err = run(case, "--spacing", "1.5,2,5", "--compare-with", earlier, "--json")
    assert code == 0, err
    document = json.loads(Path(json.loads(out)["files"]["comparison.json"]).read_text("utf-8"))
    assert document["response"] in ("stable disease", None)
    assert [c["percent"] for c in document["changes"]] == [0.0] * 4
    page = (tmp_path / "out" / CASE / "report.html").read_text("utf-8")
    assert "Comparison with the earlier study" in page


def test_a_comparison_that_cannot_be_leaves_nothing(run, case, tmp_path):
    assert run(case)[0] == 0
    earlier = (tmp_path / "out" / CASE).rename(tmp_path / "earlier")
    code, _, err = run(case, "--spacing", "1.5,2,5", "--compare-with", earlier)
    assert code == 3 and "--spacing" in err
    assert left_behind(tmp_path / "out") == []
    other = write_case(case.parent, OTHER, *head_stack())
    code, _, err = run(case, other, "--compare-with", earlier)
    assert code == 2 and "--compare-with is for one study" in err


def test_only_dicom_can_name_the_patient(run, case, tmp_path):
    code, _, err = run(case, "--with-identity")
    assert code == 2 and "--with-identity" in err
    assert left_behind(tmp_path / "out") == []


def test_pseudonymous_is_about_dicom_and_names_nobody(run, case, tmp_path):
    code, _, err = run(case, "--pseudonymous")
    assert code == 2 and "is no DICOM study; leave out" in err and "--pseudonymous" in err
    code, _, err = run(case, "--pseudonymous", "--with-identity")
    assert code == 2 and "leave out --with-identity" in err
    assert left_behind(tmp_path / "out") == []


def test_best_runs_the_bundle_that_the_settings_name(run, case, tmp_path, monkeypatch):
    best = toy_bundle(tmp_path / "best", size=32)
    monkeypatch.setenv("GLIOSCOPE_BEST_MODEL", str(best))
    hashes = []
    for words in ((), ("--quality", "best"), ("--quality", "standard")):
        code, out, _ = run(case, "--json", "--overwrite", *words)
        assert code == 0
        hashes.append(json.loads(out)["model"]["sha256"])
    assert hashes[1] == hashlib.sha256((best / "model.onnx").read_bytes()).hexdigest()
    assert hashes[0] == hashes[2] != hashes[1]


# 2: usage


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "at least one INPUT"),
        (("CASE", "--spacing", "1,2"), "--spacing: expected"),
        (("CASE", "--spacing", "1,2,-3"), "--spacing: expected"),
        (("CASE", "--spacing", "1,2,nan"), "--spacing: expected"),
        (("CASE", "--lang", "fr"), "--lang: expected ru or en"),
        (("CASE", "--threads", "-1"), "threads"),
        (("CASE", "--quality", "good"), "--quality"),
        (("CASE", "--quality", "best", "--fast"), "leave out --fast"),
        (("CASE", "--quality", "best", "--model", "m"), "leave out --model"),
        (("CASE", "--flair", "f.nii"), "leave out INPUT"),
        (("--flair", "f.nii", "--spacing", "1,1,1"), "leave out --spacing"),
        (("CASE", "--operating-point", "lax"), "expected one of ['sensitive', 'balanced']"),
        (("CASE", "--max-miss-rate", "0.5"), "having 0 patients to go by"),
        (("CASE", "--max-miss-rate", "0.1", "--operating-point", "balanced"), "leave out"),
        (("CASE", "--colour"), "--colour"),
    ],
)
def test_usage_is_2(run, case, tmp_path, words, said):
    code, out, err = run(*(case if word == "CASE" else word for word in words))
    assert (code, out) == (2, "")
    assert said in err
    assert not (tmp_path / "out").exists()


def test_older_results_are_kept_unless_told(run, case, tmp_path):
    assert run(case)[0] == 0
    report = tmp_path / "out" / CASE / "report.pdf"
    before = report.stat().st_mtime_ns
    code, _, err = run(case)
    assert code == 2 and "--overwrite" in err
    assert report.stat().st_mtime_ns == before
    assert run(case, "--overwrite")[0] == 0
    assert report.stat().st_mtime_ns > before
    assert left_behind(tmp_path / "out").count("report.pdf") == 1


def test_two_inputs_of_one_name_are_given_names_of_their_own(run, case, tmp_path):
    twin = write_case(tmp_path / "elsewhere", CASE, *head_stack())
    code, _, err = run(case, twin)
    assert code == 0 and f"{CASE} holds {CASE} once more; this one is written as {CASE}-2" in err
    assert {p.parent.name for p in (tmp_path / "out").glob("*/report.pdf")} == {CASE, f"{CASE}-2"}


# 3: bad input


def truncated(case):
    path = case / f"{CASE}_3.tif"
    path.write_bytes(path.read_bytes()[:500])


def constant(case):
    for path in case.glob("*[0-9].tif"):
        Picture.fromarray(np.full((48, 48, 3), 7, np.uint8)).save(path)


def wrong_size(case):
    Picture.fromarray(np.zeros((32, 40, 3), np.uint8)).save(case / f"{CASE}_2.tif")


def emptied(case):
    (case / f"{CASE}_1.tif").write_bytes(b"")


@pytest.mark.parametrize("damage", [truncated, constant, wrong_size, emptied])
def test_bad_input_is_3_and_leaves_nothing(run, case, tmp_path, damage):
    damage(case)
    code, out, err = run(case)
    assert (code, out) == (3, "")
    assert err.startswith("error: ") and CASE in err
    assert str(tmp_path) not in err, "no path in a message"
    assert left_behind(tmp_path / "out") == []


def test_nan_is_3(run, tmp_path):
    paths = write_nifti(tmp_path, (Channel.FLAIR,))
    image = nib.load(paths[Channel.FLAIR])
    array = image.get_fdata(dtype=np.float32)
    array[0, 0, 0] = np.nan
    nib.Nifti1Image(array, image.affine).to_filename(tmp_path / "nan.nii.gz")
    code, _, err = run("--flair", tmp_path / "nan.nii.gz")
    assert code == 3 and "nan.nii.gz" in err


def test_a_path_that_is_not_there_is_3(run, tmp_path):
    code, _, err = run(tmp_path / "nowhere")
    assert code == 3 and "nowhere" in err


# 4: required sequence missing


def test_without_flair_it_is_4(run, tmp_path):
    paths = write_nifti(tmp_path, (Channel.T1,))
    code, _, err = run("--t1", paths[Channel.T1])
    assert code == 4 and "--flair" in err
    assert not (tmp_path / "out").exists()


# 5: model


def test_a_damaged_model_is_5(run, case, tmp_path):
    broken = toy_bundle(tmp_path / "broken", size=64)
    (broken / "plan.json").write_text("{}", encoding="utf-8")
    code, out, err = run(case, "--model", broken)
    assert (code, out) == (5, "")
    assert "plan.json is damaged" in err
    assert not (tmp_path / "out").exists()


def test_a_missing_model_is_5(run, case, tmp_path):
    assert run(case, "--model", tmp_path / "nowhere")[0] == 5


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_an_ensemble_that_is_not_installed_is_5(run, case, tmp_path, monkeypatch, folder):
    monkeypatch.setenv("GLIOSCOPE_BEST_MODEL", folder)
    code, out, err = run(case, "--quality", "best")
    assert (code, out) == (5, "")
    assert "glioscope export --ensemble" in err and "GLIOSCOPE_BEST_MODEL" in err
    assert not (tmp_path / "out").exists()


# 6: some of a batch


def test_one_bad_study_does_not_stop_the_others(run, case, tmp_path):
    good = write_case(case.parent, OTHER, *head_stack())
    truncated(case)
    code, out, err = run(case, good)
    assert code == 6
    assert err.count("error: ") == 2 and CASE in err and "1 of 2 studies failed" in err
    assert OTHER in out and CASE not in out
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [OTHER, "studies.csv"]


def test_json_names_the_failed_study(run, case):
    write_case(case.parent, OTHER, *head_stack())
    truncated(case)
    code, out, _ = run(case.parent, "--json")
    failed, done = (json.loads(line) for line in out.splitlines())
    assert code == 6
    assert (failed["status"], failed["study_id"], failed["exit_code"]) == ("failed", CASE, 3)
    assert failed["error"] == "UnreadableFile" and done["status"] == "done"


def test_a_batch_that_fails_as_a_whole_has_the_code_of_its_cause(run, case):
    other = write_case(case.parent, OTHER, *head_stack())
    truncated(case)
    (other / f"{OTHER}_1.tif").write_bytes(b"")
    code, _, err = run(case, other)
    assert code == 3 and "all 2 studies failed for the reasons above" in err


def test_a_path_that_holds_nothing_does_not_stop_a_batch(run, case, tmp_path):
    (tmp_path / "notes.txt").write_text("no slice", encoding="utf-8")
    code, out, err = run(tmp_path / "notes.txt", case)
    assert code == 6 and "notes.txt" in err and CASE in out


# 2: an output that cannot be written, seen before any work


def test_a_file_in_place_of_the_output_folder_is_2_before_any_work(
    run, case, tmp_path, monkeypatch
):
    other = write_case(case.parent, OTHER, *head_stack())
    monkeypatch.setattr("glioscope.model.bundle.load_model", lambda *_, **__: pytest.fail("worked"))
    (tmp_path / "out").write_text("a file stands in the way", encoding="utf-8")
    code, out, err = run(case, other)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and str(tmp_path / "out") in err and "-o" in err


def test_bids_layout(run, case, tmp_path):
    code, _, _ = run(case, "--bids")
    assert code == 0
    root = tmp_path / "out" / "derivatives" / "glioscope"
    assert (root / "dataset_description.json").is_file()
    assert len(list(root.glob("sub-*/anat/*_desc-glioma_mask.nii.gz"))) == 1
    other = tmp_path / CASE.replace("_", "-")
    other.mkdir()
    (other / "1.tif").write_bytes((case / f"{CASE}_1.tif").read_bytes())
    code, _, err = run(case, other, "--bids", "--overwrite")
    assert code == 6
    assert f"--bids: {other.name} would be named sub-" in err


def test_what_is_not_fit_is_3_unless_forced(run, model, tmp_path):
    (model / REFERENCE).write_bytes((shipped_model() / REFERENCE).read_bytes())
    write_hashes(model)
    image = study_of(STRANGERS["knees"]()).images[Channel.FLAIR]
    nib.save(nib.Nifti1Image(image.array, image.grid.affine), tmp_path / "knees_flair.nii")
    try:
        code, _, err = run(tmp_path / "knees_flair.nii")
        assert code == 3
        assert "is not fit for model" in err
        assert "--force" in err
        assert not (tmp_path / "out" / "knees").exists()
        code, _, err = run(tmp_path / "knees_flair.nii", "--force")
        assert code == 0
    finally:
        (model / REFERENCE).unlink()
        write_hashes(model)
    document = json.loads((tmp_path / "out" / "knees" / "analysis.json").read_text("utf-8"))
    assert document["quality"]["verdict"] == "refused"
    texts = [fault["text"] for fault in document["quality"]["faults"]]
    assert texts
    assert document["warnings"][: len(texts)] == texts


@pytest.mark.parametrize("name", ["a" * 240, "a\nb", "studies.csv"], ids=["long", "line", "table"])
def test_a_name_that_cannot_be_a_folders_is_refused_before_any_work(
    run, tmp_path, monkeypatch, name
):
    monkeypatch.setattr("glioscope.pipeline.analyze", lambda *_, **__: pytest.fail("worked"))
    made = tmp_path / "head_flair.nii"
    nib.save(nib.Nifti1Image(np.ones((8, 8, 8), np.float32), np.eye(4)), made)
    code, _, said = run(made.rename(tmp_path / f"{name}_flair.nii"))
    assert code == 3
    assert "cannot name a folder" in said
    assert not list(tmp_path.glob("out/*"))
