"""What a worker refuses before its first study, wherever it is; no cluster is needed for that."""

from contextlib import ExitStack
from dataclasses import replace

import pytest
from tests.cli.archive.conftest import NAMES

from glioscope import __version__
from glioscope.cli.archive.engines import ray_actor
from glioscope.cli.archive.engines.ray_actor import RayActor, Sign
from glioscope.cli.archive.sources.find import find_studies
from glioscope.cli.batch.elsewhere import Turn
from glioscope.cli.batch.tasks import Here, tasks_of
from glioscope.files import claimed

pytest.importorskip("ray", reason="Ray is not installed; pip install 'glioscope[cluster]'")


def test_a_worker_elsewhere_refuses_to_begin(order, model, archive) -> None:
    sign = Sign(".batch/.sign", b"1", __version__)
    bundle = {path.name: path.read_bytes() for path in model.iterdir()}
    actor = RayActor()
    assert "does not see out" in str(actor.begin(order, bundle, sign))
    order.results.write(sign.name, sign.content)
    old = actor.begin(order, bundle, replace(sign, version="0.0.1"))
    assert "this one 0.0.1" in str(old)
    assert actor.begin(order, bundle, sign) is None
    [task, *_] = tasks_of(find_studies([str(archive)], order.wishes))
    assert isinstance(task.where, Here)
    elsewhere = replace(task.where, path=archive / "elsewhere")
    unseen = actor.analyse(replace(task, where=elsewhere))
    assert "nothing where study A_1 lies" in str(unseen)
    assert [one.status for one in actor.analyse(task)] == ["done"]


def test_a_worker_brings_what_lies_elsewhere(order, model, archive) -> None:
    sign = Sign(".batch/.sign", b"1", __version__)
    actor = RayActor()
    order.results.write(sign.name, sign.content)
    bundle = {path.name: path.read_bytes() for path in model.iterdir()}
    assert actor.begin(order, bundle, sign) is None
    tasks = tasks_of(find_studies([f"file://{archive}"], order.wishes))
    assert {type(task.where) for task in tasks} == {Turn} and len(tasks) == len(NAMES)
    [outcome] = actor.analyse(tasks[0])
    assert (outcome.study_id, outcome.status) == (NAMES[0], "done")
    assert order.results.studies() >= {NAMES[0]}
    place = order.results.read(f".batch/{NAMES[0]}.place")
    assert outcome.place and place == outcome.place.key.encode()


def test_a_worker_waits_for_one_that_was_thought_lost(order, model, archive, monkeypatch) -> None:
    sign = Sign(".batch/.sign", b"1", __version__)
    order.results.write(sign.name, sign.content)
    actor = RayActor()
    actor.begin(order, {path.name: path.read_bytes() for path in model.iterdir()}, sign)
    [task, *_] = tasks_of(find_studies([str(archive)], order.wishes))
    with ExitStack() as lost:
        assert lost.enter_context(claimed(order.job.out / task.name))
        monkeypatch.setattr(ray_actor, "sleep", lambda _: lost.close())
        assert [one.status for one in actor.analyse(task)] == ["done"]
