# SPDX-License-Identifier: Apache-2.0
"""Numbers through three workers under two supervisors, while an operator changes something, or links
are cut: each number arrives at least once, and each test says how many arrived more than once.
"""

import contextlib
import json
import time

import pytest
from kazoo.client import KazooClient

from cluster.cluster import await_true, is_alive
from cluster.fixtures import LONG, finish, in_the_middle, so_file, tell, world  # noqa: F401
from cluster.proxy import Proxy
from cluster.through import WORKERS

PATIENT = {"topology.message.timeout.secs": 60}


# ---- what an operator does ----


def parts(status):
    """(supervisor, slot) -> its tasks, as (component, first, last)"""
    found = {}
    for component in status["components"]:
        for part in component["placement"]:
            tasks = found.setdefault((part["supervisor"], part["slot"]), set())
            tasks |= {(component["name"], first, last) for first, last in part["tasks"]}
    return found


@pytest.mark.parametrize(
    "words, workers, executors",
    [
        ((), 3, 12),
        (("--workers", "2"), 2, 12),
        (("--workers", "5"), 5, 12),
        (("--executors", "relay=2"), 3, 10),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
def test_a_topology_is_rebalanced(world, tell, words, workers, executors):
    cluster, run = world(numbers=LONG)
    before = in_the_middle(cluster, run)
    parts_before = parts(cluster.status(run.name))
    command = cluster.begin("rebalance", run.name, *words, "--drain", "5", "--wait")
    pause_s = run.longest_pause_s(lambda: command.poll() is not None)
    assert command.wait() == 0, command.stderr.read()
    pause_s = max(pause_s, run.longest_pause_s(lambda: cluster.all_run(run.name, workers)))
    now = cluster.await_running(run.name, workers)
    status = cluster.status(run.name)
    assert sum(component["executors"] for component in status["components"]) == executors
    assert sum(worker["executors"] for worker in now.values()) == executors
    processes, parts_now = cluster.processes(run.name), parts(status)
    same = [place for place in before if parts_now.get(place) == parts_before[place]]
    kept = [place for place in same if processes[place] == before[place]]
    if not words:
        assert sorted(kept) == sorted(before)
    elif words[0] == "--workers":
        assert sorted(kept) == sorted(same)
    tell(f"{len(kept)} of {WORKERS} workers stayed, the longest pause took {pause_s:.2f} s;")
    finish(run, tell)


def test_a_topology_pauses_and_goes_on(world, tell):
    cluster, run = world(settings=PATIENT)
    before = in_the_middle(cluster, run)
    cluster.gale("deactivate", run.name)
    run.await_rest()
    assert cluster.status(run.name)["status"] == "inactive"
    size = run.size()
    await_true(
        lambda: sum(c["open"] for c in cluster.status(run.name)["components"]) == 0, "all is done"
    )
    assert run.size() == size
    cluster.gale("activate", run.name)
    run.await_growth()
    assert cluster.processes(run.name) == before
    assert finish(run, tell) == 0


def test_what_is_under_way_arrives_before_a_topology_is_killed(world):
    """Each of two tasks counts in steps of two: what it has sent has no holes."""
    cluster, run = world(numbers=LONG)
    before = in_the_middle(cluster, run)
    since = time.monotonic()
    cluster.gale("kill", run.name, "--yes", "--drain", "60", "--wait")
    assert time.monotonic() < since + 60, "it waits for no longer than there is something"
    numbers = [number for number, _ in run.rows()]
    assert len(set(numbers)) == len(numbers) < run.numbers
    for parity in (0, 1):
        mine = [number for number in numbers if number % 2 == parity]
        assert sorted(mine) == list(range(parity, max(mine) + 1, 2))
    await_true(lambda: not any(is_alive(pid) for pid, _ in before.values()), "its workers end")


# ---- links ----


class Detour:
    """All links between the workers of a run go through proxies: the addresses in the cluster state
    are replaced."""

    def __init__(self, cluster, run):
        self.proxies = []
        session = KazooClient(hosts=cluster.coord.hosts)
        session.start()
        folder = f"/gale/workers/{run.identity}"
        for name in session.get_children(folder):
            state = json.loads(session.get(f"{folder}/{name}")[0])
            self.proxies.append(Proxy(state["address"]))
            state["address"] = self.proxies[-1].address
            session.set(f"{folder}/{name}", json.dumps(state).encode())
        session.stop()
        session.close()

    def await_use(self):
        def is_used():
            return all(proxy.accepted >= WORKERS - 1 for proxy in self.proxies)

        await_true(is_used, "the links go through the proxies")

    def cut(self):
        for proxy in self.proxies:
            proxy.cut()

    def heal(self):
        for proxy in self.proxies:
            proxy.heal()

    def close(self):
        for proxy in self.proxies:
            proxy.close()


def test_a_link_that_is_cut_loses_and_doubles_nothing(world, tell):
    """For two seconds, which is less than the trees may take."""
    cluster, run = world("--inactive", settings=PATIENT)
    before = cluster.await_running(run.name, WORKERS)
    with contextlib.closing(Detour(cluster, run)) as detour:
        detour.await_use()
        cluster.gale("activate", run.name)
        in_the_middle(cluster, run)
        detour.cut()
        since = time.monotonic()
        await_true(lambda: time.monotonic() > since + 2, "the time is over")
        assert len({number for number, _ in run.rows()}) < run.numbers
        detour.heal()
        run.await_growth()
        now = cluster.processes(run.name)
        assert {pid for pid, _ in now.values()} == {worker["pid"] for worker in before.values()}
        assert finish(run, tell) == 0


def test_trees_fail_while_a_link_is_cut_and_are_played_again(world, tell):
    """For longer than the trees may take."""
    cluster, run = world("--inactive", settings={"topology.message.timeout.secs": 1})
    cluster.await_running(run.name, WORKERS)
    with contextlib.closing(Detour(cluster, run)) as detour:
        detour.await_use()
        cluster.gale("activate", run.name)
        in_the_middle(cluster, run)
        detour.cut()

        def has_failed():
            return sum(c["timed_out"] for c in cluster.status(run.name)["components"]) > 0

        await_true(has_failed, lambda: f"trees fail: {cluster.picture(run.name)}")
        detour.heal()
        finish(run, tell)
