# SPDX-License-Identifier: Apache-2.0
"""What a cluster says of a topology that has ended is exact: every tuple that was sent was counted where it was
sent and where it was executed, by whichever worker."""

import re

import pytest
from cluster.cluster import Cluster
from conftest import BUILD, ROOT

SAMPLE = ROOT / "topologies" / "word_count" / "sample.txt"
WORDS = re.findall(r"[a-z']+", SAMPLE.read_text().lower())
WORKERS = 3


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as cluster:
        yield cluster


def components_at_the_end(cluster, **settings):
    """Name -> what the last status says."""
    cluster.submit(BUILD / "topologies" / "word_count.so", "figures", "--inactive",
                   **{"topology.workers": WORKERS, "reader.path": SAMPLE, "splitter.tasks": 3,
                      "counter.tasks": 4}, **settings)
    cluster.await_running("figures", WORKERS)
    cluster.gale("activate", "figures")
    cluster.await_gone("figures")
    ended = cluster.ended("figures")
    assert ended["status"] == "ended"
    return {component["name"]: component for component in ended["components"]}


def test_the_totals_of_a_run_shorter_than_a_second_are_exact(cluster):
    """Nobody waits until it runs: it has ended before nimbus ticks, or in a tick."""
    for number, workers in enumerate((1, 3, 1, 2)):
        cluster.submit(BUILD / "topologies" / "word_count.so", f"short{number}",
                       **{"topology.workers": workers, "reader.path": SAMPLE})
        cluster.await_gone(f"short{number}")
        found = {one["name"]: one for one in cluster.ended(f"short{number}")["components"]}
        lines, words = found["reader"]["emitted"], found["splitter"]["emitted"]
        assert lines == len(SAMPLE.read_text().splitlines())
        assert found["reader"]["acked"] == found["splitter"]["executed"] == lines
        assert found["counter"]["executed"] == words == len(WORDS)


@pytest.mark.parametrize("stats", ["true", "false"])
def test_the_totals_of_a_topology_that_has_ended_are_exact(cluster, stats):
    words = len(WORDS)
    found = components_at_the_end(cluster, **{"topology.stats": stats})

    lines = found["reader"]["emitted"]
    assert lines > 0 and found["reader"]["acked"] == lines and found["reader"]["failed"] == 0
    assert found["splitter"]["executed"] == lines
    assert found["splitter"]["emitted"] == found["splitter"]["sent"] == words
    assert found["counter"]["executed"] == found["counter"]["acked"] == words
