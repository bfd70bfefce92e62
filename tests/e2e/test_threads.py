# SPDX-License-Identifier: Apache-2.0
"""Stacks of the threads of a worker that runs, and a profile of its processor time, name the user's code."""

import concurrent.futures
import json
import re
from pathlib import Path

import pytest

from cluster.burner import SIGNALS_ARE_LATE, SOURCE, STEPS, WHY_LATE, executed
from cluster.cluster import Cluster, await_true

USAGE, NOT_FOUND = 2, 4
pytestmark = pytest.mark.skipif(SIGNALS_ARE_LATE, reason=WHY_LATE)


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def worker(cluster, compile_so):
    """Where the worker of a topology is whose bolt does nothing but burn."""
    cluster.submit(compile_so(SOURCE, "-O1"), "burner", **{"topology.workers": 1})
    await_true(lambda: executed(cluster) > 10, "it executes tuples")
    (place,) = cluster.workers("burner")
    yield f"{place[0]}:{place[1]}"
    cluster.gale("kill", "burner", "--yes", "--drain", "0", "--wait")


def pid_of(cluster):
    (worker,) = cluster.workers("burner").values()
    return worker["pid"]


def has_burning_stack(cluster, worker):
    answer = json.loads(cluster.gale("debug", "stacks", "burner", worker, "--json"))
    for thread in answer["threads"]:
        names = [frame["function"] for frame in thread["frames"]]
        if thread["component"] == "writer" and "burn_the_time" in names:
            return thread, names
    return None


def test_stacks_name_the_function_its_line_and_the_task(cluster, worker):
    thread, names = await_true(lambda: has_burning_stack(cluster, worker), "a loop is in the bolt")
    assert thread["doing"] == "execute"
    assert thread["task"] in (0, 1)
    assert names[names.index("burn_the_time") + 1] == "writer_execute"
    frame = thread["frames"][names.index("burn_the_time")]
    assert frame["file"] == "x.c"
    assert re.fullmatch("[0-9a-f]{64}", frame["module"]), "the code lies in a blob"
    assert SOURCE.splitlines()[frame["line"] - 1].strip() in (
        f"for (int i = 0; i < {STEPS}; i++)", "burnt = burnt * 31 + 7;", "}", "{"), frame
    assert "run_loop" in names


def test_stacks_are_of_all_threads_of_the_runtime(cluster, worker):
    text = cluster.gale("debug", "stacks", "burner", worker)
    heads = re.findall(r"^(\S.*)$", text, re.M)
    assert any(head.startswith("loop 0") for head in heads), text
    assert "member" in heads, text
    assert "did not answer" not in text
    assert text.count("  at ") > len(heads)


def profile(cluster, worker, *words):
    return cluster.gale("debug", "profile", "burner", worker, *words)


def samples_of_bolts(answer):
    """thread -> (samples in the function that burns, samples), of user code in the bolt."""
    found = {}
    for stack in answer["stacks"]:
        if stack["component"] == "writer":
            burning, total = found.get(stack["thread"], (0, 0))
            is_burning = stack["frames"][-1] == "burn_the_time"
            found[stack["thread"]] = (burning + is_burning * stack["count"], total + stack["count"])
    return found


def add_profile(cluster, worker, sums):
    """Whether there are enough samples to judge by: on a busy machine one profile sees few."""
    answer = json.loads(profile(cluster, worker, "--for", "2", "--json"))
    assert answer["hz"] == 99
    assert answer["ms"] >= 2000
    assert answer["samples"] == sum(stack["count"] for stack in answer["stacks"])
    for thread, counts in samples_of_bolts(answer).items():
        sums[thread] = [old + new for old, new in zip(sums.get(thread, (0, 0)), counts)]
    for stack in answer["stacks"]:
        if stack["frames"][-1] == "burn_the_time":
            assert stack["frames"].index("run_loop") < stack["frames"].index("writer_execute")
    return any(total >= 10 for _, total in sums.values())


def test_a_profile_names_what_burns(cluster, worker):
    sums = {}
    await_true(lambda: add_profile(cluster, worker, sums), "a loop has been seen often enough")
    burning, total = max(sums.values(), key=lambda counts: counts[1])
    assert burning > total / 2, sums


def test_a_profile_is_shown_as_a_table_and_folded(cluster, worker):
    def is_table():
        text = profile(cluster, worker, "--for", "1")
        assert re.match(r"\d+ samples in \d+\.\d s, 99 in each second", text), text
        return re.search(r"^ *\d+\.\d%  loop \d writer\[[01]\]$", text, re.M) and re.search(
            r"^ *\d+\.\d% +\d+\.\d%  burn_the_time$", text, re.M)

    def is_folded():
        text = profile(cluster, worker, "--for", "1", "--folded")
        return re.search(
            r"^loop \d;writer\[[01]\];.*;writer_execute;burn_the_time \d+$", text, re.M)

    await_true(is_table, "the table names it")
    await_true(is_folded, "a line names it")


def timers_of(pid):
    return Path(f"/proc/{pid}/timers").read_text()


def test_nothing_is_left_of_it_and_the_worker_goes_on(cluster, worker):
    pid = pid_of(cluster)
    cluster.gale("debug", "profile", "burner", worker, "--for", "1", "--folded")
    assert timers_of(pid) == ""
    before = executed(cluster)
    await_true(lambda: executed(cluster) > before, "it executes more")
    assert pid_of(cluster) == pid
    assert not Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_one_looks_at_a_time(cluster, worker):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        words = ("debug", "profile", "burner", worker, "--for", "5", "--json")
        results = list(pool.map(lambda _: cluster.run(*words), range(3)))
    good = [result for result in results if result.returncode == 0]
    assert len(good) == 1, [result.stderr for result in results]
    for result in results:
        assert result in good or "somebody else looks at the threads" in result.stderr


def test_what_cannot_be_looked_at_is_said(cluster, worker):
    def refused(code, text, *words):
        result = cluster.run("debug", *words)
        assert (result.returncode, result.stdout) == (code, ""), result
        assert text in result.stderr, result.stderr

    supervisor = worker.partition(":")[0]
    refused(NOT_FOUND, "has no worker 'nobody:0'", "stacks", "burner", "nobody:0")
    refused(NOT_FOUND, "has no worker", "stacks", "burner", f"{supervisor}:99")
    refused(NOT_FOUND, "there is no topology 'burnr'", "profile", "burnr", worker)
    for seconds in ("0", "61", "x", "0.9"):
        refused(USAGE, "must be seconds from 1 to 60", "profile", "burner", worker, "--for", seconds)
