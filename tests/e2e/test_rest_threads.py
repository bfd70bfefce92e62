# SPDX-License-Identifier: Apache-2.0
"""Stacks and CPU profiles of a worker over REST: both interfaces name the user's function and the component that runs
it, what there is not is said, and asking leaves nothing behind."""

import concurrent.futures
import json
import re
from pathlib import Path

import jsonschema
import pytest

from cluster.burner import SIGNALS_ARE_LATE, SOURCE, WHY_LATE, executed
from cluster.cluster import Cluster, await_true
from cluster.ui import Ui
from conftest import ROOT

SCHEMA = json.loads((ROOT / "ui" / "api" / "schema.json").read_text())
pytestmark = pytest.mark.skipif(SIGNALS_ARE_LATE, reason=WHY_LATE)


@pytest.fixture(scope="module")
def cluster():
    with Cluster(supervisors=1) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def ui(cluster):
    with Ui(cluster) as running:
        yield running


@pytest.fixture
def place(cluster, compile_so):
    """Supervisor and slot of the worker of a topology whose bolt burns."""
    if "burner" not in cluster.names():
        cluster.submit(compile_so(SOURCE, "-O1"), "burner", **{"topology.workers": 1})
    await_true(lambda: executed(cluster) > 10, "it executes tuples")
    (place,) = cluster.workers("burner")
    return place


def path_of(place, what):
    return f"/api/v2/topologies/burner/workers/{place[0]}/{place[1]}/{what}"


def check(definition, value):
    schema = {"$ref": f"#/$defs/{definition}", "$defs": SCHEMA["$defs"]}
    jsonschema.Draft202012Validator(schema).validate(value)
    return value


def get(ui, place, what, definition):
    answer = ui.get(path_of(place, what))
    assert answer.status == 200, answer.body
    value = check(definition, answer.json)
    assert (value["topology"], value["supervisor"], value["slot"]) == ("burner", *place)
    return value


def refused(ui, path, status):
    answer = ui.get(path)
    assert answer.status == status, answer.body
    return check("Fault", answer.json)["error"]["text"]


# ---- /api/v2 ----


def test_stacks_name_the_function_and_the_component(ui, place):
    def burning():
        threads = get(ui, place, "stacks", "WorkerStacks")["threads"]
        assert any(thread["thread"] == "member" for thread in threads)
        for thread in threads:
            names = [frame["function"] for frame in thread["frames"]]
            if "burn_the_time" in names:
                return thread, thread["frames"][names.index("burn_the_time")]
        return None

    thread, frame = await_true(burning, "a loop is in the bolt")
    assert (thread["component"], thread["doing"]) == ("writer", "execute")
    assert frame["file"] == "x.c" and frame["line"] > 0


def test_a_profile_names_what_burns(ui, place):
    def burning():
        profile = get(ui, place, "profile?seconds=1", "WorkerProfile")
        assert profile["samples"] == sum(stack["count"] for stack in profile["stacks"])
        assert profile["ms"] >= 1000 and profile["hz"] == 99
        return [stack for stack in profile["stacks"] if stack["frames"][-1] == "burn_the_time"]

    for stack in await_true(burning, "it has been seen"):
        assert stack["component"] == "writer"
        assert stack["frames"].index("run_loop") < stack["frames"].index("writer_execute")


def test_both_are_those_that_the_supervisor_gives_to_the_command_line(ui, cluster, place):
    worker = f"{place[0]}:{place[1]}"
    ours = get(ui, place, "stacks", "WorkerStacks")
    theirs = json.loads(cluster.gale("debug", "stacks", "burner", worker, "--json"))
    assert set(ours) - {"at_ms", "topology", "supervisor", "slot"} == set(theirs) - {"v"}
    assert [thread["thread"] for thread in ours["threads"]] == [thread["thread"] for thread in theirs["threads"]]


def test_one_looks_at_a_time_and_the_other_is_told(ui, place):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda _: ui.get(path_of(place, "profile?seconds=3")), range(3)))
    assert sorted(answer.status for answer in answers) == [200, 503, 503]
    for answer in answers:
        assert answer.status == 200 or "somebody else looks at the threads" in answer.json["error"]["text"]


def test_nothing_is_left_of_it_and_the_worker_goes_on(ui, cluster, place):
    worker = cluster.workers("burner")[place]
    get(ui, place, "profile?seconds=1", "WorkerProfile")
    assert Path(f"/proc/{worker['pid']}/timers").read_text() == ""
    before = executed(cluster)
    await_true(lambda: executed(cluster) > before, "it executes more")
    assert cluster.workers("burner")[place]["pid"] == worker["pid"]


def test_what_there_is_not_is_said_with_what_there_is(ui, place):
    supervisor, slot = place
    assert f"'{supervisor}:{slot}'" in refused(ui, path_of(("nobody", 0), "stacks"), 404)
    assert f"'{supervisor}:{slot}'" in refused(ui, path_of((supervisor, 77), "profile"), 404)
    assert "burnr" in refused(ui, "/api/v2/topologies/burnr/workers/s/0/stacks", 404)
    for seconds in ("0", "61", "x"):
        assert refused(ui, path_of(place, f"profile?seconds={seconds}"), 400) == (
            "'seconds' must be a whole number from 1 to 60")


# ---- /api/v1 ----


def storm(ui, path, kind="application/json"):
    answer = ui.get(f"/api/v1/{path}")
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == kind
    return answer


def test_storms_calls_say_where_to_read(ui, cluster, place):
    worker = f"{place[0]}:{place[1]}"
    at = "topology/burner/profiling"
    identity = cluster.status("burner")["id"]
    dumps = f"/api/v1/dumps/{identity}/{place[0]}%3A{place[1]}"
    assert storm(ui, f"{at}/start/{worker}/10").json == {
        "status": "ok", "id": worker, "timeout": "10", "dumplink": dumps}
    assert storm(ui, f"{at}/stop/{worker}").json == {"status": "ok", "id": worker}
    assert storm(ui, f"{at}/dumpprofile/{worker}").json == {
        "status": "ok", "id": worker, "dumplink": f"{dumps}/profile.folded"}
    assert storm(ui, f"{at}/dumpjstack/{worker}").json == {
        "status": "ok", "id": worker, "dumplink": f"{dumps}/stacks.txt"}
    page = ui.get(dumps)
    links = re.findall('href="([^"]*)"', page.body)
    assert links == [f"{dumps}/stacks.txt", f"{dumps}/profile.folded"]


def test_storms_stacks_are_text(ui, place):
    path = f"dumps/burner/{place[0]}%3A{place[1]}/stacks.txt"

    def burning():
        return re.search(r"^loop \d: writer\[[01]\] in execute\n  at burn_the_time \(x\.c:\d+\)\n  at writer_execute ",
                         storm(ui, path, "text/plain; charset=utf-8").body, re.M)

    await_true(burning, "a loop is in the bolt")


def test_storms_profile_is_folded(ui, place):
    path = f"dumps/burner/{place[0]}%3A{place[1]}/profile.folded?seconds=1"

    def burning():
        text = storm(ui, path, "text/plain; charset=utf-8").body
        assert all(re.fullmatch(r"[^;]*(;[^;]*)* \d+", line) for line in text.splitlines()), text
        return re.search(r"^loop \d;writer\[[01]\];.*;writer_execute;burn_the_time \d+$", text, re.M)

    await_true(burning, "it has been seen")


def test_storms_errors_have_its_shape(ui, place):
    for path, status in (("dumps/burner/nobody%3A0/stacks.txt", 404), ("dumps/burnr/s%3A0", 404),
                         (f"dumps/burner/{place[0]}%3A{place[1]}/heap.bin", 404),
                         (f"dumps/burner/{place[0]}%3A{place[1]}/profile.folded?seconds=0", 400)):
        answer = ui.get(f"/api/v1/{path}")
        assert answer.status == status, answer.body
        assert set(answer.json) == {"error", "errorMessage"}
