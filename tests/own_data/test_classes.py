"""Classes that an import keeps apart."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glioscope.cli.main import exit_code
from glioscope.errors import InputError, InvalidImage, UsageError
from glioscope.own_data.candidate import Outline
from glioscope.own_data.check import check_set
from glioscope.own_data.classes import Classes
from glioscope.own_data.importing import import_cases
from glioscope.own_data.labels import Labels
from glioscope.own_data.layouts.known import labelled_cases
from glioscope.own_data.layouts.nnunet import nnunet_cases
from glioscope.reading.labelled import class_names, data_hash, list_labelled, read_classes
from own_data_sets import case, classes, write, write_nnunet


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    return nnunet_cases(write_nnunet(tmp_path_factory.mktemp("nn"), range(2)))


@pytest.fixture(scope="module")
def kept(cases, tmp_path_factory) -> Path:
    """1 is `solid`, which the source calls core (2), and 2 is `swelling`, its 1."""
    root = tmp_path_factory.mktemp("sets") / "kept"
    import_cases(cases, root, Classes.parse("solid=core,swelling=1"))
    return root


def test_values_become_the_classes_that_were_named(kept) -> None:
    first, _ = list_labelled(kept)
    source = classes(case(0)[1])
    found = first.classes()
    assert found is not None and found.names == ("solid", "swelling")
    assert np.array_equal(found.values, np.choose(source, [0, 2, 1]))
    assert np.array_equal(first.reference().array, source > 0)
    labels = json.loads((kept / "dataset.json").read_text())["labels"]
    assert labels == {"background": 0, "solid": 1, "swelling": 2}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("all", ("edema", "core")),
        ("core,edema", ("core", "edema")),
        ("core=2,rest=*", ("core", "rest")),
    ],
)
def test_classes_by_the_sources_labels_and_by_what_is_left(cases, tmp_path, text, names) -> None:
    import_cases(cases, tmp_path / "set", Classes.parse(text))
    assert class_names(tmp_path / "set") == names
    found = list_labelled(tmp_path / "set")[0].classes()
    source = classes(case(0)[1])
    assert found is not None
    assert np.array_equal(found.values == names.index("core") + 1, source == 2)
    assert (found.values > 0).sum() == (source > 0).sum()


def test_what_is_not_named_is_background(cases, tmp_path) -> None:
    def three(one):
        def outline(study):
            found = one.outline(study)
            values = found.values.copy()
            values[:, ::2] = np.where(values[:, ::2] > 0, 4, 0)
            return Outline(values, found.grid, found.names)

        return replace(one, outline=outline)

    import_cases([three(one) for one in cases], tmp_path / "set", Classes.parse("a=1,b=2"))
    first = list_labelled(tmp_path / "set")[0]
    expected = classes(case(0)[1]) > 0
    expected[:, ::2] = False
    assert np.array_equal(first.reference().array, expected)


def test_a_set_with_classes_is_a_source_of_classes_or_of_one_tumour(kept, tmp_path) -> None:
    import_cases(labelled_cases(kept), tmp_path / "again", Classes.parse("all"))
    assert class_names(tmp_path / "again") == ("solid", "swelling")
    assert data_hash(tmp_path / "again") == data_hash(kept)
    import_cases(labelled_cases(kept), tmp_path / "one", Labels.parse("swelling"))
    one = list_labelled(tmp_path / "one")[0]
    assert one.classes() is None
    assert np.array_equal(one.reference().array, classes(case(0)[1]) == 1)


def test_other_names_are_another_set(kept, cases, tmp_path) -> None:
    import_cases(cases, tmp_path / "set", Classes.parse("a=core,b=1"))
    assert data_hash(tmp_path / "set") != data_hash(kept)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a=1,a=2", "a is named twice"),
        ("a=1,A=2", "named twice"),
        ("a=1+2,b=2", "2 is in two classes"),
        ("a=core,b=Core", "core is in two classes"),
        ("a=*,b=*", "is in two classes"),
        ("a=1", "at least two"),
        ("", "at least two"),
        ("1,2", "value 1 has no name"),
        ("a=1,b=", "'b' is no class"),
        ("a=1,=2", "is no class"),
        ("a=1,background=2", "'background' is no class"),
        ("a=1,b=0", "0 is background"),
        (",".join(f"c{n}={n}" for n in range(1, 258)), "more than 255"),
    ],
)
def test_classes_that_cannot_be_are_refused(text, said) -> None:
    with pytest.raises(UsageError, match=said):
        Classes.parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a=1,b=7", "class b has no voxel in any case"),
        ("edema,kore", "class kore has no voxel"),
        ("a=2,b=core", "value 2 is in two classes"),
    ],
)
def test_what_the_outlines_do_not_hold_is_refused_and_nothing_is_written(
    cases, tmp_path, text, said
) -> None:
    with pytest.raises(InputError, match=said):
        import_cases(cases, tmp_path / "set", Classes.parse(text))
    assert not (tmp_path / "set").exists()


def test_all_needs_names_and_two_classes(cases, tmp_path) -> None:
    def with_names(names):
        def outline(study):
            return replace(cases[0].outline(study), names=names)

        return [replace(cases[0], outline=outline)]

    with pytest.raises(InputError, match="does not say what its values mean"):
        import_cases(with_names({}), tmp_path / "set", Classes.parse("all"))
    with pytest.raises(InputError, match="found tumour"):
        import_cases(with_names({1: "tumour", 2: "Tumour"}), tmp_path / "set", Classes())
    assert not (tmp_path / "set").exists()


def test_more_classes_than_a_byte_holds_are_refused(cases, tmp_path) -> None:
    def outline(study):
        values = np.arange(study.grid.shape[0] * study.grid.shape[1] * study.grid.shape[2])
        values = (values.reshape(study.grid.shape) % 300).astype(np.int32)
        return Outline(values, study.grid, {n: f"class {n}" for n in range(1, 300)})

    with pytest.raises(InputError, match="more than 255"):
        import_cases([replace(cases[0], outline=outline)], tmp_path / "set", Classes())


def test_the_command_shows_each_class_and_check_counts_them(tmp_path, capsys) -> None:
    source, ours = write_nnunet(tmp_path / "nn", range(2)), tmp_path / "ours"
    words = ["data", "import", str(source), "-o", str(ours), "--classes", "edema=1,solid=2"]
    assert exit_code([*words, "--labels", "1"]) == 2
    assert exit_code(words) == 0
    page = (ours / "look.html").read_text(encoding="utf-8")
    assert re.search(r"rgb\(86, 180, 233\)\"></i>\s*edema \(in 2 cases\)", page)
    assert "solid (in 2 cases)" in page
    capsys.readouterr()
    assert exit_code(["data", "check", str(ours)]) == 0
    assert "cases with each class: edema (2), solid (2)" in capsys.readouterr().out


def test_check_tells_of_a_class_that_is_nowhere_and_of_values_that_are_none(kept, tmp_path) -> None:
    report = check_set(kept)
    assert report.classes == {"solid": 2, "swelling": 2}
    first = report.to_dict()["cases"][0]
    assert sum(first["classes"].values()) == case(0)[1].array.sum()
    document = json.loads((kept / "dataset.json").read_text())
    document["labels"]["third"] = 3
    (kept / "dataset.json").write_text(json.dumps(document))
    assert [said.code for said in check_set(kept).problems] == ["own_data.check.no_class"]
    del document["labels"]["third"]
    (kept / "dataset.json").write_text(json.dumps(document))
    _, truth = case(0)
    strange = write(truth.array.astype(np.uint8) * 3, truth.grid, tmp_path / "case0.nii.gz")
    with pytest.raises(InvalidImage, match="value 3 is no class"):
        read_classes(strange, ("solid", "swelling"))
