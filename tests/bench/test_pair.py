"""Two toy checkouts that answer at once, alike or not."""

import json
import shutil
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import pair
from phantom import write_case

# Copies an answer that is there already, under a time of its own.
TOY = """
import json, pathlib, shutil, sys, time
words = sys.argv[1:]
out = pathlib.Path(words[words.index("-o") + 1])
if words[0] == "data":
    (out / pathlib.Path(words[2]).name).mkdir(parents=True)
    sys.exit()
time.sleep({seconds})
{change}
study = out / ({name!r} or pathlib.Path(words[1]).name)
shutil.copytree({answer!r}, study)
document = json.loads((study / "analysis.json").read_text())
document["timings_s"] = {{"all": time.time()}}
(study / "analysis.json").write_text(json.dumps(document))
"""


def document(seconds: float) -> dict:
    return {
        "probability": 0.1 + 0.2,
        "decision": "tumour",
        "versions": {"glioscope": f"{seconds}"},
        "slices": [{"probability": 0.5, "area_px": 4}],
        "model": {"name": "toy", "version": f"{seconds}", "sha256": "abc"},
    }


def ball() -> np.ndarray:
    mask = np.zeros((4, 5, 6), np.uint8)
    mask[1:3, 1:3, 1:3] = 1
    return mask


def toy(
    folder: Path,
    said: dict | None = None,
    mask: np.ndarray | None = None,
    *,
    spacing: float = 2,
    seconds: float = 0,
    name: str = "",
    change: str = "",
) -> Path:
    """A checkout that answers at once, or after some seconds."""
    package, answer = folder / "src" / "glioscope", folder / "answer"
    package.mkdir(parents=True)
    answer.mkdir()
    said = document(seconds) if said is None else said
    (answer / "analysis.json").write_text(json.dumps(said))
    image = nib.Nifti1Image(ball() if mask is None else mask, np.diag([1, 1, spacing, 1]))
    image.to_filename(answer / "mask.nii.gz")
    (package / "__init__.py").touch()
    code = TOY.format(seconds=seconds, change=change, name=name, answer=str(answer))
    (package / "__main__.py").write_text(code)
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data" / "case_b").mkdir(parents=True)
    (tmp_path / "data" / "case_a").mkdir()
    for number in range(pair.SLICES):
        (tmp_path / "data" / "case_b" / f"case_b_{number}_mask.tif").touch()
    return tmp_path / "data"


def run(old: Path, new: Path, data: Path, *options: str) -> tuple[int, dict]:
    output = data.parent / "pair.json"
    python = ["--python-old", sys.executable, "--python-new", sys.executable]
    words = [str(old), str(new), *python, "--data", str(data), "-o", str(output)]
    code = pair.main([*words, "--rounds", "1", "--warm-up", "0", *options])
    return code, json.loads(output.read_text())


def test_equal_answers_pass_and_are_timed(
    tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow, fast = toy(tmp_path / "old", seconds=1.5), toy(tmp_path / "new")
    code, result = run(slow, fast, data, "--rounds", "2", "--warm-up", "1")
    assert code == 0
    for part in result["inputs"].values():
        assert part["equal"] and not part["only_new"] and len(part["runs"]["old"]) == 2
        one, other = (part["runs"][side][0]["wall_s"] for side in ("old", "new"))
        ratios = sorted(
            new["wall_s"] / old["wall_s"]
            for old, new in zip(part["runs"]["old"], part["runs"]["new"], strict=True)
        )
        assert one >= 1.5 and other > 0
        found = part["ratio"]["wall_s"]
        assert [found["min"], found["max"]] == pytest.approx(ratios, abs=1e-4)
        assert found["median"] == pytest.approx(sum(ratios) / 2, abs=2e-4)
        assert part["old"]["peak_mb"]["min"] > 5 and part["old"]["cpu_s"]["min"] > 0
    assert "masks and figures are equal" in capsys.readouterr().out
    assert str(tmp_path) not in (data.parent / "pair.json").read_text()


def without(document: dict, key: str) -> dict:
    return {k: v for k, v in document.items() if k != key}


def changed(*, area: float = 4, sha256: str = "abc", **values: object) -> dict:
    found = document(0)
    found["slices"][0]["area_px"] = area
    found["model"]["sha256"] = sha256
    return found | values


def one_more() -> np.ndarray:
    mask = ball()
    mask[3, 4, 5] = 1
    return mask


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ({"mask": one_more()}, "mask: 1 voxels differ"),
        ({"mask": ball()[:-1]}, "mask: (4, 5, 6)"),
        ({"said": changed(probability=0.3)}, "probability: 0.30000000000000004 and 0.3"),
        ({"said": changed(area=5)}, "slices[0].area_px: 4 and 5"),
        ({"said": changed(slices=[])}, "slices: "),
        ({"said": changed(sha256="def")}, "model.sha256"),
        ({"said": without(document(0), "decision")}, "decision: only the old one has it"),
        ({"name": "other"}, "studies: "),
        ({"spacing": 3}, "mask: the affines differ"),
    ],
)
def test_a_difference_is_found(tmp_path: Path, data: Path, new: dict, said: str) -> None:
    code, result = run(toy(tmp_path / "old"), toy(tmp_path / "new", **new), data)
    assert code == 1
    for part in result["inputs"].values():
        [difference] = part["differences"]
        assert difference.startswith(said) and not part["equal"]


def test_a_key_that_only_the_new_one_has_is_listed(tmp_path: Path, data: Path) -> None:
    said = document(0) | {"codes": []}
    said["slices"][0]["risk"] = 1
    code, result = run(toy(tmp_path / "old"), toy(tmp_path / "new", said), data)
    assert code == 0 and result["inputs"]["pictures"]["only_new"] == ["codes", "slices[].risk"]


def test_a_named_key_may_differ(tmp_path: Path, data: Path) -> None:
    old, new = toy(tmp_path / "old"), toy(tmp_path / "new", changed(sha256="def"))
    assert run(old, new, data, "--ignore", "model.sha256")[0] == 0


def test_the_case_has_34_slices(data: Path) -> None:
    assert pair.first_case(data).name == "case_b"
    shutil.rmtree(data / "case_b")
    assert pair.first_case(data).name == "case_a"


def test_a_run_that_fails_ends_it(tmp_path: Path, data: Path) -> None:
    with pytest.raises(SystemExit, match="analyze left with 3"):
        run(toy(tmp_path / "old", change="sys.exit(3)"), toy(tmp_path / "new"), data)


def test_a_folder_without_interpreter_is_refused(tmp_path: Path, data: Path) -> None:
    with pytest.raises(SystemExit, match="old: python is not there"):
        pair.main([str(toy(tmp_path / "old")), str(toy(tmp_path / "new")), "--data", str(data)])


def test_the_phantom_is_a_case(tmp_path: Path) -> None:
    write_case(tmp_path / "phantom", size=32, slices=pair.SLICES)
    assert pair.first_case(tmp_path).name == "phantom"
