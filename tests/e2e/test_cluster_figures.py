# SPDX-License-Identifier: Apache-2.0
"""What a cluster says of a topology that has ended is exact: every tuple that was sent was counted where it was
sent and where it was executed, by whichever worker."""

import os
import re
import signal

import pytest
from cluster.cluster import Cluster, await_true
from kazoo.client import KazooClient
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


# ---- totals, and who leads ----

TOTALS = ("emitted", "sent", "executed", "acked", "failed")


def totals_of(cluster, name):
    """(component, counter) -> total, or None as long as one of them is not known."""
    status = cluster.status(name)
    if not status or not status["components"]:
        return None
    found = {(one["name"], counter): one[counter] for one in status["components"] for counter in TOTALS}
    return None if None in found.values() else found


def kept(cluster, name):
    """How often the totals of those who are over were written into the cluster state."""
    session = KazooClient(hosts=cluster.coord.hosts)
    session.start()
    try:
        stat = session.exists(f"/gale/totals/{cluster.status(name)['id']}")
        return 0 if stat is None else stat.version + 1
    finally:
        session.stop()
        session.close()


def test_totals_outlive_a_worker_and_nimbus():
    with Cluster() as cluster:
        cluster.submit(BUILD / "topologies" / "word_count.so", "wc",
                       **{"topology.workers": 2, "reader.path": SAMPLE, "reader.passes": 0, "reader.max_pending": 64})
        cluster.await_running("wc", 2)
        await_true(lambda: (totals_of(cluster, "wc") or {}).get(("counter", "executed"), 0) > 20000, "it counts")
        cluster.gale("deactivate", "wc")
        before = await_true(lambda: settled(cluster), "nothing is counted any more")
        pid = cluster.processes("wc").popitem()[1][0]
        os.kill(pid, signal.SIGKILL)
        cluster.await_running("wc", 2, but={pid})
        await_true(lambda: kept(cluster, "wc") > 0, "it is written what the dead one has counted")

        cluster.nimbuses[0].kill()
        cluster.nimbuses[0].start()
        await_true(lambda: none_is_less(cluster, before), "all totals are known again")


def none_is_less(cluster, before):
    """Whether all are known; what is not known is null, and nothing that is known has gone back."""
    after = {(one["name"], counter): one[counter]
             for one in (cluster.status("wc") or {"components": []})["components"] for counter in TOTALS}
    less = {key: value for key, value in after.items() if value is not None and value < before[key]}
    assert not less, (before, less)
    return after.keys() == before.keys() and None not in after.values()


def settled(cluster):
    """totals_of() that are the same of two ticks, and more than nothing."""
    first, tick = totals_of(cluster, "wc"), cluster.status("wc")["tick"]
    await_true(lambda: cluster.status("wc")["tick"] > tick + 2, "ticks go on")
    return first if first and first == totals_of(cluster, "wc") else None
