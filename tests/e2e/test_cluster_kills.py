# SPDX-License-Identifier: Apache-2.0
"""Numbers through three workers under two supervisors, while processes are killed or stopped: each
number arrives at least once, and each test says how many arrived more than once.

    source --shuffle--> relay --by value--> owner --shuffle--> files
"""

import contextlib
import os
import signal
import time

import pytest

from cluster.cluster import await_true, is_alive
from cluster.fixtures import LONG, finish, in_the_middle, so_file, tell, world  # noqa: F401
from cluster.through import WORKERS, Through

PATIENT = {"topology.message.timeout.secs": 60}


def test_undisturbed_each_arrives_once(world, tell):
    _, run = world(settings=PATIENT)
    assert finish(run, tell) == 0


def test_short_runs_end_and_end_once(world):
    """What has ended is not started again, however close a worker's last words and its end are."""
    cluster, run = world(numbers=100)
    run.await_end()
    for number in range(20):
        again = Through(cluster, run.so_file, run.folder.parent / f"out{number}", f"t{number}", 100)
        again.start(workers=5)
        again.await_end()
        assert again.check() == 0
    for supervisor in cluster.supervisors:
        assert "worker.trouble" not in supervisor.log.read_text()


# ---- workers ----


@pytest.mark.parametrize("which", range(WORKERS))
def test_a_worker_is_killed(world, tell, which):
    cluster, run = world()
    before = in_the_middle(cluster, run)
    place = sorted(before)[which]
    os.kill(before[place][0], signal.SIGKILL)

    def is_replaced():
        worker = cluster.workers(run.name).get(place)
        return worker is not None and worker["restarts"] == 1 and worker

    worker = await_true(is_replaced, lambda: f"a new worker: {cluster.picture(run.name)}")
    assert worker["last_exit"].startswith("killed by SIGKILL")
    assert worker["incarnation"] > before[place][1]
    now = cluster.processes(run.name)
    assert {p: v for p, v in now.items() if p != place} == {
        p: v for p, v in before.items() if p != place
    }
    finish(run, tell)


def test_all_workers_are_killed_at_once(world, tell):
    cluster, run = world()
    before = in_the_middle(cluster, run)
    for pid, _ in before.values():
        os.kill(pid, signal.SIGKILL)
    cluster.await_running(run.name, WORKERS, but={pid for pid, _ in before.values()})
    finish(run, tell)


def test_a_worker_that_stands_still_is_replaced(world, tell):
    cluster, run = world(**{"supervisor.worker.timeout.secs": 1.5})
    before = in_the_middle(cluster, run)
    pid = before[sorted(before)[0]][0]
    os.kill(pid, signal.SIGSTOP)
    cluster.await_running(run.name, WORKERS, but={pid})
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
    await_true(lambda: not is_alive(pid), "the old one is gone")
    finish(run, tell)


def test_a_machine_that_stands_still_is_replaced_and_does_no_harm_when_it_comes_back(world, tell):
    """A supervisor and its workers are stopped until others have their work, and then go on."""
    cluster, run = world(numbers=LONG, **{"nimbus.supervisor.timeout.secs": 2})
    before = in_the_middle(cluster, run)
    supervisor = cluster.supervisors[1]
    stopped = [pid for (name, _), (pid, _) in before.items() if name == supervisor.name]
    assert stopped
    supervisor.pause()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)

    def has_moved():
        return {name for name, _ in cluster.processes(run.name)} == {"s1"}

    await_true(has_moved, lambda: f"it moves: {cluster.picture(run.name)}")
    cluster.await_running(run.name, WORKERS, but=stopped)
    supervisor.resume()
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)
    await_true(lambda: not any(map(is_alive, stopped)), "the old ones end themselves")
    finish(run, tell)


def test_what_killed_workers_have_counted_stays(world, tell):
    """Killed when nimbus has heard all of it, so to the one; what they count after their last set dies with them."""
    cluster, run = world()
    before = in_the_middle(cluster, run)

    def executed():
        components = cluster.status(run.name)["components"]
        return next(one for one in components if one["name"] == "sink")["executed"]

    cluster.gale("deactivate", run.name)
    run.await_rest()
    lines = len(list(run.rows()))
    await_true(lambda: executed() == lines, lambda: f"{lines}: {cluster.picture(run.name)}")
    for pid, _ in before.values():
        os.kill(pid, signal.SIGKILL)
    cluster.await_running(run.name, WORKERS, but={pid for pid, _ in before.values()})
    assert executed() == lines
    cluster.gale("activate", run.name)
    finish(run, tell)
    ended = cluster.ended(run.name)
    sink = next(one for one in ended["components"] if one["name"] == "sink")
    assert sink["executed"] == sink["acked"] == len(list(run.rows()))


# ---- daemons ----


@pytest.mark.parametrize("away_s", [0, 5])
def test_workers_outlive_their_supervisor(world, tell, away_s):
    """Five seconds are longer than its session."""
    cluster, run = world(
        numbers=LONG if away_s else None,
        settings={"relay.pause_ns": 1500000},
        **{"nimbus.supervisor.timeout.secs": 30},
    )
    before = in_the_middle(cluster, run)
    supervisor = cluster.supervisors[0]
    supervisor.kill()
    since = time.monotonic()
    run.await_growth()
    assert all(is_alive(pid) for pid, _ in before.values())
    await_true(lambda: time.monotonic() > since + away_s, "the time is over")
    run.await_growth()
    supervisor.restart()
    cluster.await_supervisors(2)
    now = cluster.await_running(run.name, WORKERS)
    assert cluster.processes(run.name) == before
    assert {worker["restarts"] for worker in now.values()} == {0}
    finish(run, tell)


def test_a_topology_ends_while_a_supervisor_is_away(world, tell):
    """Nobody hears its workers say that it has ended; it must not begin again."""
    cluster, run = world(**{"nimbus.supervisor.timeout.secs": 60})
    before = in_the_middle(cluster, run)
    supervisor = cluster.supervisors[1]
    mine = [pid for (name, _), (pid, _) in before.items() if name == supervisor.name]
    others = [pid for (name, _), (pid, _) in before.items() if name != supervisor.name]
    supervisor.kill()
    await_true(lambda: not any(map(is_alive, others)), lambda: cluster.picture(run.name))
    supervisor.restart()
    finish(run, tell)
    await_true(lambda: not any(map(is_alive, mine)), "they are gone")


def test_a_supervisor_is_killed_and_then_its_workers(world, tell):
    """Nobody sees their end: the next supervisor finds out."""
    cluster, run = world(**{"nimbus.supervisor.timeout.secs": 30})
    before = in_the_middle(cluster, run)
    supervisor = cluster.supervisors[0]
    victims = [pid for (name, _), (pid, _) in before.items() if name == supervisor.name]
    supervisor.kill()
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    supervisor.restart()
    cluster.await_running(run.name, WORKERS, but=victims)
    finish(run, tell)


def test_a_supervisor_that_does_not_come_back_is_replaced(world, tell):
    """Its workers still run when others get their work, and must end."""
    settings = {"nimbus.supervisor.timeout.secs": 1, "worker.supervisor.timeout.secs": 30}
    cluster, run = world(numbers=LONG, **settings)
    before = in_the_middle(cluster, run)
    orphans = [pid for (name, _), (pid, _) in before.items() if name == "s1"]
    cluster.supervisors[0].kill()

    def has_moved():
        workers = cluster.workers(run.name)
        return len(workers) == WORKERS and {name for name, _ in workers} == {"s2"}

    await_true(has_moved, lambda: f"it moves: {cluster.picture(run.name)}")
    await_true(lambda: not any(map(is_alive, orphans)), "the orphans end themselves")
    finish(run, tell)
    cluster.supervisors[0].restart()
    cluster.await_supervisors(2)


def test_a_topology_outlives_nimbus(world, tell):
    cluster, run = world(numbers=LONG)
    before = in_the_middle(cluster, run)
    nimbus = cluster.nimbuses[0]
    nimbus.kill()
    run.await_growth()
    since = time.monotonic()
    nimbus.restart()
    nimbus.await_leading()
    tell(f"leads again after {time.monotonic() - since:.1f} s;")
    await_true(lambda: cluster.processes(run.name) == before, lambda: cluster.picture(run.name))
    finish(run, tell)


def await_standby(nimbus):
    await_true(lambda: nimbus.info()["state"] == "standing", f"a candidate: {nimbus.log_end()}")


def test_a_standby_leads_when_nimbus_is_killed(world, tell):
    cluster, run = world(numbers=LONG, nimbuses=2)
    leader, standby = cluster.nimbuses
    await_standby(standby)
    before = in_the_middle(cluster, run)
    leader.kill()
    since = time.monotonic()
    standby.await_leading()
    tell(f"the standby led after {time.monotonic() - since:.1f} s;")
    await_true(lambda: cluster.processes(run.name) == before, "it knows the workers")
    finish(run, tell)
    leader.restart()
    await_standby(leader)


def test_a_topology_is_killed_through_the_standby(world):
    cluster, run = world(numbers=LONG, nimbuses=2)
    leader, standby = cluster.nimbuses
    await_standby(standby)
    before = in_the_middle(cluster, run)
    leader.kill()
    standby.await_leading()
    cluster.gale("kill", run.name, "--yes", "--drain", "0", "--wait")
    assert cluster.names() == set()
    await_true(lambda: not any(is_alive(pid) for pid, _ in before.values()), "its workers end")


def test_a_topology_outlives_the_cluster_state(world, tell):
    cluster, run = world(numbers=LONG)
    before = in_the_middle(cluster, run)
    cluster.coord.kill()
    run.await_growth()
    cluster.coord.restart()
    await_true(lambda: cluster.processes(run.name) == before, lambda: cluster.picture(run.name))
    finish(run, tell)


def test_a_worker_dies_while_the_cluster_state_is_away(world, tell):
    cluster, run = world()
    before = in_the_middle(cluster, run)
    pid = before[sorted(before)[-1]][0]
    cluster.coord.kill()
    os.kill(pid, signal.SIGKILL)
    await_true(lambda: not is_alive(pid), "it is dead")
    cluster.coord.restart()
    cluster.await_running(run.name, WORKERS, but={pid})
    finish(run, tell)
