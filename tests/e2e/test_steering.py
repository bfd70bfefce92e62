# SPDX-License-Identifier: Apache-2.0
"""What is changed while a topology runs, and the events of a cluster: levels, tuples in the log,
restarts, and who did it."""

import json
import os
import pwd
import re
import signal
import subprocess

import pytest

from cluster.cluster import Cluster, await_true
from cluster.fixtures import LONG, finish, in_the_middle, so_file, tell, world  # noqa: F401
from cluster.through import WORKERS
from conftest import CC, ROOT, TIMEOUT_S as COMPILER_TIMEOUT_S

SOURCES = ROOT / "tests" / "e2e" / "cluster"
HEADERS = ROOT / "sdk" / "include"
ME = pwd.getpwuid(os.geteuid()).pw_name
WORD = re.compile(r" (debug|info|error) .*\b(?:a debug|an info|an error) word ")
TUPLE = re.compile(
    r"^(\S+) info tuple component=teller task=0 stream=numbers to=hearer to_task=0 "
    r'values=\{"value":\d+\}$'
)


def compile_one(folder, name):
    built = folder / f"{name}.so"
    words = [CC, "-shared", "-fPIC", "-g", f"-I{HEADERS}", SOURCES / f"{name}.c", "-o", built]
    subprocess.run(list(map(str, words)), check=True, timeout=COMPILER_TIMEOUT_S)
    return built


@pytest.fixture(scope="module")
def chatty(tmp_path_factory):
    """A cluster on which chatty.c runs, until the tests are over."""
    built = compile_one(tmp_path_factory.mktemp("chatty"), "chatty")
    with Cluster(supervisors=1) as cluster:
        cluster.submit(built, "chatty")
        cluster.await_running("chatty", 1)
        yield cluster
        cluster.gale("kill", "chatty", "--yes", "--drain", "0", "--wait")


def events(cluster, *words):
    return cluster.json("events", *words)["events"]


def kinds(cluster, *words):
    return [event["kind"] for event in events(cluster, *words)]


class Tail:
    """What a worker writes to its log from now on."""

    def __init__(self, cluster):
        (self.path,) = cluster.folder.glob("s1/data/logs/*/0/worker.log")
        self.begin = self.path.stat().st_size

    def lines(self):
        with self.path.open("rb") as file:
            file.seek(self.begin)
            return file.read().decode(errors="replace").split("\n")[:-1]

    def levels(self):
        """Of the words that were said, each with its line."""
        return [found[1] for line in self.lines() if (found := WORD.search(line))]


def await_levels(cluster, levels, count=20):
    """The last words are of these levels, and no other."""
    tail = Tail(cluster)

    def only_these():
        said = tail.levels()
        if len(said) < count:
            return False
        if set(said) == levels:
            return True
        tail.begin = tail.path.stat().st_size  # some were on their way
        return False

    return await_true(only_these, lambda: f"only {levels}: {tail.levels()[-20:]}")


# ---- levels ----


def test_a_level_changes_without_a_restart_and_goes_back(chatty):
    before = chatty.processes("chatty")
    await_levels(chatty, {"info", "error"})
    tail = Tail(chatty)
    told = chatty.gale("log-level", "chatty", "debug")
    assert told == "chatty logs with level debug\n"
    await_true(lambda: "debug" in tail.levels(), "it says everything")
    assert chatty.status("chatty")["log_level"] == {"level": "debug", "until_ms": 0}
    assert "log level: debug\n" in chatty.gale("status", "chatty")

    chatty.gale("log-level", "chatty", "error", "--for", "3")
    await_levels(chatty, {"error"})
    assert "log level: error for " in chatty.gale("status", "chatty")
    await_levels(chatty, {"info", "error"})
    assert chatty.status("chatty")["log_level"] is None

    chatty.gale("log-level", "chatty", "warn")
    await_levels(chatty, {"error"})
    assert chatty.gale("log-level", "chatty", "--reset") == "chatty logs as its settings say\n"
    await_levels(chatty, {"info", "error"})
    assert chatty.processes("chatty") == before

    last = [event for event in events(chatty, "chatty") if event["kind"] == "log_level"][-4:]
    assert [event["args"]["level"] for event in last] == ["error", None, "warn", None]
    assert [event["by"] for event in last] == [ME, None, ME, ME]
    assert [event["via"] for event in last] == ["cli", None, "cli", "cli"]


def test_a_worker_that_starts_later_has_the_level_too(chatty):
    chatty.gale("log-level", "chatty", "error")
    await_levels(chatty, {"error"})
    ((place, (pid, _)),) = chatty.processes("chatty").items()
    os.kill(pid, signal.SIGKILL)
    chatty.await_running("chatty", 1, but={pid})
    await_levels(chatty, {"error"})
    chatty.gale("log-level", "chatty", "--reset")
    await_levels(chatty, {"info", "error"})


# ---- tuples ----


def test_tuples_are_written_and_not_too_many(chatty):
    before = chatty.processes("chatty")
    tail = Tail(chatty)
    told = chatty.gale("debug", "log", "chatty", "teller", "--percent", "100")
    assert told.startswith("100 % of the tuples of teller are written to the logs of chatty")
    assert chatty.status("chatty")["debug"] == [{"component": "teller", "percent": 100}]
    assert "tuples in the log: 100 % of teller\n" in chatty.gale("status", "chatty")

    def tuples():
        return [found[1] for line in tail.lines() if (found := TUPLE.match(line))]

    await_true(lambda: len(tuples()) >= 45, lambda: f"tuples: {tail.lines()[-10:]}")
    whole = [stamp[:19] for stamp in tuples()]
    per_second = [whole.count(second) for second in sorted(set(whole))]
    assert max(per_second) <= 20, "at most ten in any second, which may be two halves of ours"
    sampled = chatty.gale("debug", "sample", "chatty", "teller", "-n", "3").splitlines()
    assert len(sampled) == 3, "samples go on beside it"

    chatty.gale("debug", "log", "chatty", "--off")
    assert chatty.status("chatty")["debug"] == []

    def is_quiet():
        tail.begin = tail.path.stat().st_size
        await_true(lambda: len(tail.levels()) > 100, "half a second of words")
        return not tuples()

    await_true(is_quiet, "no more tuples")
    assert chatty.processes("chatty") == before


# ---- restarts ----


def test_a_worker_is_restarted_and_nothing_is_lost(world, tell):
    cluster, run = world(numbers=LONG)
    before = in_the_middle(cluster, run)
    place = sorted(before)[1]
    name = f"{place[0]}:{place[1]}"
    told = cluster.gale("restart-worker", run.name, name, "--yes")
    assert told == f"worker {name} of {run.name} is being restarted\n"

    def is_replaced():
        worker = cluster.workers(run.name).get(place)
        return worker is not None and worker["incarnation"] > before[place][1] and worker

    worker = await_true(is_replaced, lambda: f"a new worker: {cluster.picture(run.name)}")
    assert worker["last_exit"] == "restarted on request"
    assert worker["restarts"] == 1
    now = cluster.await_running(run.name, WORKERS, but={before[place][0]})
    others = {p: (w["pid"], w["incarnation"]) for p, w in now.items() if p != place}
    assert others == {p: v for p, v in before.items() if p != place}
    finish(run, tell)
    told = [event for event in events(cluster, run.name) if event["supervisor"] == place[0]
            and event["slot"] == place[1]]
    assert [event["kind"] for event in told[:3]] == [
        "worker_started", "restart_asked", "worker_restarted"]
    assert (told[1]["by"], told[1]["via"]) == (ME, "cli")
    assert "worker_failed" not in kinds(cluster, run.name)
    for supervisor in cluster.supervisors:
        assert "worker.trouble" not in supervisor.log.read_text()


def test_only_a_worker_that_there_is_can_be_restarted(chatty):
    before = chatty.processes("chatty")
    for words, code, text in (
        (("chatty", "s9:0", "--yes"), 4, "topology 'chatty' has no worker s9:0"),
        (("chatty", "s1:7", "--yes"), 4, "topology 'chatty' has no worker s1:7"),
        (("chaty", "s1:0", "--yes"), 4, "there is no topology 'chaty'; did you mean 'chatty'?"),
        (("chatty", "s1", "--yes"), 2, "the worker is 's1', but must be SUPERVISOR:SLOT"),
        (("chatty", "s1:0"), 2, "without a terminal nobody can be asked: --yes restarts 's1:0'"),
    ):
        result = chatty.run("restart-worker", *words)
        assert result.returncode == code, result
        assert result.stderr.startswith(f"gale restart-worker: {text}"), result.stderr
        assert result.stdout == ""
    assert chatty.processes("chatty") == before


# ---- events ----


def test_events_name_the_signal_of_a_worker_that_was_killed(chatty):
    ((place, (pid, incarnation)),) = chatty.processes("chatty").items()
    after = chatty.json("events")["last_id"]
    os.kill(pid, signal.SIGKILL)
    chatty.await_running("chatty", 1, but={pid})

    def told():
        new = [event for event in events(chatty, "chatty") if event["id"] > after]
        return new if "worker_restarted" in [event["kind"] for event in new] else None

    failed, restarted = await_true(told, lambda: str(events(chatty)))[:2]
    assert failed["kind"] == "worker_failed"
    assert failed["text"].startswith(f"worker s1:{place[1]} of chatty failed: killed by SIGKILL")
    assert (failed["supervisor"], failed["slot"]) == place
    assert failed["args"]["incarnation"] == incarnation
    assert restarted["args"]["incarnation"] > incarnation
    shown = chatty.gale("events", "chatty").splitlines()
    assert any("  watch    worker s1:0 of chatty failed: killed by SIGKILL" in line
               for line in shown), shown


def test_a_life_is_told_and_followed(chatty, tmp_path):
    built = compile_one(tmp_path, "chatty")
    follow = chatty.begin("events", "brief", "--follow", "--json")
    chatty.submit(built, "brief", "--inactive")
    chatty.await_running("brief", 1)
    chatty.gale("activate", "brief")
    chatty.gale("deactivate", "brief")
    chatty.gale("kill", "brief", "--yes", "--drain", "0", "--wait")
    seen = []
    while "removed" not in [event["kind"] for event in seen]:
        seen.append(json.loads(follow.stdout.readline()))
    follow.send_signal(signal.SIGINT)
    assert follow.wait(timeout=60) == 130
    assert all(event["topology"] == "brief" for event in seen)
    done = [event for event in seen if event["via"] == "cli"]
    assert [event["kind"] for event in done] == ["submitted", "activated", "deactivated", "killed"]
    assert {event["by"] for event in done} == {ME}
    assert {"placed", "worker_started"} < {event["kind"] for event in seen}
    ids = [event["id"] for event in seen]
    assert ids == sorted(ids)


def test_a_crash_loop_is_told_of_a_few_times_only(chatty, tmp_path):
    built = compile_one(tmp_path, "hostile")
    chatty.submit(built, "crasher", **{"sink.crash": "true"})

    def has_looped():
        (worker,) = chatty.workers("crasher").values()
        return (worker["restarts"] or 0) >= 8

    await_true(has_looped, lambda: f"a loop: {chatty.picture('crasher')}")
    told = events(chatty, "crasher")
    chatty.gale("kill", "crasher", "--yes", "--drain", "0", "--wait")
    failed = [event for event in told if event["kind"] == "worker_failed"]
    began = [event for event in told if event["kind"] in ("worker_started", "worker_restarted")]
    assert 1 <= len(failed) <= 7, [event["text"] for event in failed]
    assert len(began) <= 6, [event["text"] for event in began]
    assert failed[-1]["severity"] == "trouble"
    assert "crash loop" in failed[-1]["text"]


def test_supervisors_that_come_and_go_are_told_of(chatty):
    after = chatty.json("events")["last_id"]
    supervisor = chatty.add_supervisor()
    chatty.await_supervisors(2)
    supervisor.stop()

    def told():
        return [(event["kind"], event["supervisor"]) for event in events(chatty)
                if event["id"] > after and event["kind"].startswith("supervisor_")]

    await_true(lambda: told() == [("supervisor_joined", "s2"), ("supervisor_lost", "s2")],
               lambda: str(told()))
