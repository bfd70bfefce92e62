# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that disturb a run of through.c. Import them by name: `world` needs `so_file`."""

import contextlib

import pytest

from cluster.cluster import Cluster
from cluster.through import WORKERS, Through, compile_through

THIRD = 1 / 3
LONG = 24000  # numbers, for what takes some seconds


@pytest.fixture(scope="module")
def so_file(tmp_path_factory):
    return compile_through(tmp_path_factory.mktemp("through"))


@pytest.fixture
def world(so_file, tmp_path):
    """world(*words of submit, numbers=, settings=, ...of the cluster) gives a cluster with a run that
    began."""
    with contextlib.ExitStack() as stack:

        def make(*words, numbers=None, settings=None, **of_cluster):
            cluster = stack.enter_context(Cluster(**of_cluster))
            more = {} if numbers is None else {"numbers": numbers}
            run = Through(cluster, so_file, tmp_path / "out", **more)
            run.start(*words, **(settings or {}))
            return cluster, run

        yield make


@pytest.fixture
def tell(request, capsys):
    """tell(text) writes beside the test's name, whatever pytest does with output."""

    def write(text):
        with capsys.disabled():
            print(f"\n{request.node.name}: {text}", end=" ", flush=True)

    return write


def finish(run, tell):
    """The run ends and is right. Gives how many numbers arrived more than once."""
    run.await_end()
    twice = run.check()
    tell(f"{twice} of {run.numbers} arrived more than once")
    return twice


def in_the_middle(cluster, run):
    """A third has arrived, and all workers run. Gives their processes."""
    cluster.await_running(run.name, WORKERS)
    run.await_part(THIRD)
    before = cluster.processes(run.name)
    assert len(before) == WORKERS, cluster.picture(run.name)
    return before
