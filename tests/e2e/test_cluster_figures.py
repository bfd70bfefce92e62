# SPDX-License-Identifier: Apache-2.0
"""What a cluster says of a topology that has ended is exact: every tuple that was sent was counted where it was
sent and where it was executed, by whichever worker."""

import re

import pytest
from cluster.cluster import Cluster
from conftest import BUILD, ROOT
from nimbus.control import Client

SAMPLE = ROOT / "topologies" / "word_count" / "sample.txt"
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
    with Client(cluster.json("nodes")["nimbuses"][0]["address"]) as client:
        ended = client.ask("topology.ended", name="figures")
    assert ended["status"] == "ended"
    return {component["name"]: component for component in ended["components"]}


@pytest.mark.parametrize("stats", ["true", "false"])
def test_the_totals_of_a_topology_that_has_ended_are_exact(cluster, stats):
    words = len(re.findall(r"[a-z']+", SAMPLE.read_text().lower()))
    found = components_at_the_end(cluster, **{"topology.stats": stats})

    lines = found["reader"]["emitted"]
    assert lines > 0 and found["reader"]["acked"] == lines and found["reader"]["failed"] == 0
    assert found["splitter"]["executed"] == lines
    assert found["splitter"]["emitted"] == found["splitter"]["sent"] == words
    assert found["counter"]["executed"] == found["counter"]["acked"] == words
