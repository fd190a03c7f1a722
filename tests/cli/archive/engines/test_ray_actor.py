"""What a worker refuses before its first study, wherever it is; no cluster is needed for that."""

from dataclasses import replace

import pytest

from glioscope import __version__
from glioscope.cli.archive.engines.ray_actor import RayActor, Sign
from glioscope.cli.archive.sources import find_studies
from glioscope.cli.batch.tasks import tasks_of

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
    unseen = actor.analyse(replace(task, path=archive / "elsewhere"))
    assert "nothing where study A_1 lies" in str(unseen)
    assert actor.analyse(task).status == "done"
