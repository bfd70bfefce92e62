# SPDX-License-Identifier: Apache-2.0
"""What a cluster does with what is wrong, spoilt, too much, or has no room: it says so in one sentence,
loses nothing, and goes on when the cause is gone."""

import os
import re
import signal

import pytest

from cluster.cluster import Cluster, await_true, is_alive
from cluster.fixtures import so_file, tell  # noqa: F401
from cluster.through import Through
from conftest import BUILD, edited

CONFLICT, UNREACHABLE, TOPOLOGY = 5, 3, 8

CYCLE_WITHOUT_RESERVE = edited(
    (".name = \"writer\",", ".name = \"writer\",\n    .emits = {&lines.stream},"),
    ("static const struct gale_component writer = {", "static const struct gale_component writer;\n"
     "static const struct gale_component writer = {"),
    (".by = GALE_SHUFFLE}}", ".by = GALE_SHUFFLE},\n"
     "               {.from = &writer, .stream = &lines.stream, .by = GALE_SHUFFLE}}"),
)


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as cluster:
        yield cluster


def expect_one_sentence(result, code, *texts):
    assert result.returncode == code, (result.returncode, result.stderr)
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("gale submit: "), lines
    for text in texts:
        assert text in lines[0], lines


def expect_refused(cluster, so_file, code, *texts):
    """And nothing is left of it: no topology, no process."""
    expect_one_sentence(cluster.run("submit", so_file, "--quiet"), code, *texts)
    assert cluster.names() == set()
    assert not cluster.worker_logs()


def test_a_so_for_another_abi_is_refused(cluster, compile_so):
    so_file = compile_so(edited((".abi = GALE_ABI", ".abi = GALE_ABI + 1")))
    expect_refused(cluster, so_file, TOPOLOGY, "was built for ABI 2", "this gale has ABI 1")


def test_what_is_not_elf_is_refused(cluster, tmp_path):
    file = tmp_path / "text.so"
    file.write_text("to be or not to be\n" * 100)
    expect_refused(cluster, file, TOPOLOGY, "text.so")


def test_a_so_that_crashes_when_it_is_opened_is_refused(cluster, compile_so):
    crash = "__attribute__((constructor)) static void start(void)\n{\n    *(volatile int *)0 = 1;\n}\n"
    expect_refused(cluster, compile_so(edited() + crash), TOPOLOGY, "crashed while it was opened")


def test_a_cycle_without_a_reserve_is_refused(cluster, compile_so):
    so_file = compile_so(CYCLE_WITHOUT_RESERVE)
    expect_refused(cluster, so_file, TOPOLOGY, "cycle", "reserve_bytes")


def test_a_name_in_use_is_refused(cluster):
    so_file = BUILD / "topologies" / "word_count.so"
    cluster.submit(so_file, "wc", "--inactive", **{"reader.path": "/dev/null"})
    again = cluster.run("submit", so_file, "--name", "wc", "--quiet")
    expect_one_sentence(again, CONFLICT, "wc")
    assert cluster.names() == {"wc"}
    cluster.gale("kill", "wc", "--yes", "--drain", "0", "--wait")


def test_what_crashes_on_the_cluster_only_is_named_as_a_crash_loop(cluster, compile_so):
    """Its bolts are opened on workers, and nowhere else."""
    source = edited(
        (".bolt = {.execute = writer_execute}", ".bolt = {.execute = writer_execute, .open = die}"),
        (
            "static const struct gale_component writer",
            "static enum gale_err die(void *self, struct gale_task *task)\n"
            "{\n    (void)self;\n    (void)task;\n    *(volatile int *)0 = 1;\n"
            "    return GALE_OK;\n}\n\nstatic const struct gale_component writer",
        ),
    )
    cluster.submit(compile_so(source), "crasher")

    def is_told():
        texts = [w["last_exit"] or "" for w in cluster.workers("crasher").values()]
        return any("crash loop" in text and "SIGSEGV" in text for text in texts)

    await_true(is_told, lambda: f"it is told: {cluster.picture('crasher')}")
    await_true(lambda: "SIGSEGV" in cluster.gale("errors", "crasher"), "it is among the errors")
    cluster.gale("kill", "crasher", "--yes", "--drain", "0", "--wait")


def test_more_workers_than_slots_run_with_what_there_is(so_file, tmp_path, tell):
    with Cluster(slots=1) as cluster:
        run = Through(cluster, so_file, tmp_path / "out")
        words = ["-c", "topology.workers=20", "-c", f"sink.path={run.folder / 'out'}"]
        words += ["-c", f"source.to={run.numbers}"]
        said = cluster.run("submit", so_file, "--name", run.name, "--inactive", *words)
        assert said.returncode == 0, said.stderr
        assert re.search(r"2 of (20|12) workers", said.stdout + said.stderr), said
        cluster.await_running(run.name, 2)
        (listed,) = cluster.json("list")["topologies"]
        assert listed["workers"] == 2 < listed["workers_wanted"]
        assert listed["unplaced"] == 0
        assert "slot" in listed["why_not"]
        assert listed["why_not"] in cluster.gale("list")
        assert cluster.status(run.name)["why_not"] == listed["why_not"]
        assert listed["why_not"] in cluster.gale("status", run.name)
        cluster.gale("activate", run.name)
        run.await_end()
        tell(f"{run.check()} of {run.numbers} arrived more than once")


def test_a_second_topology_waits_for_slots(so_file, tmp_path):
    """It is placed as soon as the first has ended."""
    with Cluster(slots=1, **{"nimbus.monitor.freq.secs": 1}) as cluster:
        first = Through(cluster, so_file, tmp_path / "first", name="first")
        second = Through(cluster, so_file, tmp_path / "second", name="second")
        first.start("--inactive", workers=2)
        cluster.await_running("first", 2)
        second.start(workers=2)
        lines = {line["name"]: line for line in cluster.json("list")["topologies"]}
        assert lines["second"]["workers"] == 0 < lines["second"]["unplaced"]
        assert lines["second"]["why_not"]
        cluster.gale("activate", "first")
        first.await_end()
        second.await_end()
        first.check()
        second.check()


# ---- blobs ----


@pytest.mark.parametrize("how", ["cut short", "altered", "missing"])
def test_a_spoilt_blob_on_a_supervisor_does_no_harm(so_file, tmp_path, tell, how):
    """Between two starts of a worker: it is fetched again, or refused and that told."""
    with Cluster(supervisors=1) as cluster:
        run = Through(cluster, so_file, tmp_path / "out").start()
        before = cluster.await_running(run.name, 3)
        for blob in (cluster.supervisors[0].data / "blobs").iterdir():
            content = blob.read_bytes()
            blob.unlink()
            if how == "cut short":
                blob.write_bytes(content[: len(content) // 2])
            elif how == "altered":
                blob.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        for worker in before.values():
            os.kill(worker["pid"], signal.SIGKILL)
        cluster.await_running(run.name, 3, but={worker["pid"] for worker in before.values()})
        run.await_end()
        tell(f"{run.check()} of {run.numbers} arrived more than once")


# ---- no room ----


def test_a_full_disk_on_nimbus_refuses_what_is_new_and_loses_nothing(so_file, tmp_path):
    with Cluster(full_disk="nimbus") as cluster:
        run = Through(cluster, so_file, tmp_path / "out").start("--inactive")
        cluster.await_running(run.name, 3)
        nimbus = cluster.nimbuses[0]
        nimbus.fill()
        other = BUILD / "topologies" / "word_count.so"
        refused = cluster.run("submit", other, "--name", "other", "--quiet")
        expect_one_sentence(refused, UNREACHABLE, "there is no room on nimbus' disk")
        assert cluster.names() == {run.name}
        cluster.gale("activate", run.name)
        run.await_part(0.1)
        nimbus.kill()
        nimbus.launch()
        nimbus.free()
        nimbus.await_ready()
        nimbus.await_leading()
        cluster.submit(other, "other", **{"reader.path": "/dev/null"})
        cluster.await_gone("other")
        run.await_end()
        run.check()


def test_a_full_disk_on_a_supervisor_is_told_and_waited_for(so_file, tmp_path):
    with Cluster(full_disk="supervisor") as cluster:
        for supervisor in cluster.supervisors:
            supervisor.fill()
        run = Through(cluster, so_file, tmp_path / "out").start()

        def is_told():
            texts = [w["last_exit"] or "" for w in cluster.workers(run.name).values()]
            return texts and all("room" in text for text in texts)

        await_true(is_told, lambda: f"it is told: {cluster.picture(run.name)}")
        assert "room" in cluster.gale("status", run.name)
        for supervisor in cluster.supervisors:
            supervisor.free()
        cluster.await_running(run.name, 3)
        run.await_end()
        run.check()


def test_a_supervisor_whose_disk_becomes_full_keeps_its_workers(so_file, tmp_path):
    """Nothing can be noted any more; what runs goes on."""
    with Cluster(full_disk="supervisor") as cluster:
        run = Through(cluster, so_file, tmp_path / "out").start("--inactive")
        before = cluster.await_running(run.name, 3)
        for supervisor in cluster.supervisors:
            supervisor.fill()
        cluster.gale("deactivate", run.name)
        for supervisor in cluster.supervisors:
            supervisor.kill()
        for supervisor in cluster.supervisors:
            supervisor.free()
            supervisor.restart()
        cluster.await_supervisors(2)
        cluster.await_running(run.name, 3)
        assert all(is_alive(worker["pid"]) for worker in before.values())
        cluster.gale("activate", run.name)
        run.await_end()
        run.check()
