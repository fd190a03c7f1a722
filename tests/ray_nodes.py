"""Ray nodes on this computer, and the processes that work there."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

# One core, no more memory than this for objects, and nobody who watches or grows the cluster.
SMALL = {
    "num_cpus": 1,
    "object_store_memory": 80 * 2**20,
    "include_dashboard": False,
    "include_log_monitor": False,
    "no_monitor": True,
}


@contextmanager
def ray_cluster_here(*paths: str, **environment: str) -> Iterator[Any]:
    """A cluster of one node; its workers, and what the block starts, have the environment.

    Their Python looks for modules at `paths` first.
    """
    environment["RAY_USAGE_STATS_ENABLED"] = "0"
    # Other programs of a busy computer would leave its workers next to nothing.
    environment["RAY_worker_niceness"] = "0"
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (*paths, *sys.path)))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        from ray.cluster_utils import Cluster

        # Ray takes 127.0.0.1 for whatever address the computer has outside.
        made = Cluster(True, head_node_args={**SMALL, "node_ip_address": "127.0.0.2"})
        try:
            yield made
        finally:
            made.shutdown()


def add_node(cluster: Any) -> Any:
    """One more node, of one core."""
    return cluster.add_node(**SMALL, node_ip_address="127.0.0.3")


def workers(node: Any, name: str) -> list[int]:
    """Processes of a node that do what is called `name`."""
    found = [pid for raylet in node.all_processes["raylet"] for pid in below(raylet.process.pid)]
    return [pid for pid in found if name.encode() in _title(pid)]


def below(pid: int) -> list[int]:
    """Children of a process."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
