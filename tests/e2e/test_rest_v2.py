# SPDX-License-Identifier: Apache-2.0
"""/api/v2 of a real cluster, which `gale up` has started and which counts words from log to log: every answer is held against ui/api/schema.json, and
what it says against what stands in files and in the log, and what `gale` says."""

import contextlib
import http.client
import json
import re
import signal
import subprocess
import threading
import time
import urllib.parse
from pathlib import Path

import jsonschema
import pytest

from conftest import BUILD, GALE, TIMEOUT_S, run_gale, uses_librdkafka

pytestmark = uses_librdkafka

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "ui" / "api" / "schema.json").read_text())
WORD_COUNT = BUILD / "topologies" / "word_count_log.so"
LINES = 500
LINE = "the cow jumped over the moon"
COMPONENTS = ["reader", "splitter", "counter", "writer"]


def complaints(definition, value):
    validator = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{definition}", "$defs": SCHEMA["$defs"]})
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator.iter_errors(value)]


def route_of(method, path):
    """The route of the schema that a path takes: a word goes before a parameter."""
    found = []
    for route in SCHEMA["x-routes"]:
        pattern = re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(route["path"]))
        match = re.fullmatch(pattern, path)
        if match and route["method"] == method:
            found.append((len(match.groups()), route["path"], route))
    return min(found)[2] if found else None


class World:
    def __init__(self, folder):
        self.state = folder / "state"
        self.process = None
        self.ready = None

    def start(self):
        words = [str(GALE), "up", "--dir", str(self.state), "--slots", "2", "--json"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        assert line, "gale up has ended"
        self.ready = json.loads(line)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(TIMEOUT_S) in (0, 130)

    def gale(self, *words, stdin=""):
        result = run_gale(*words, env={"GALE_CONFIG": self.ready["config"]}, stdin=stdin)
        assert result.returncode == 0, f"gale {' '.join(map(str, words))}: {result.stderr}"
        return result.stdout

    def ask(self, method, path, body=None):
        """Status, headers and bytes."""
        connection = http.client.HTTPConnection(self.ready["ui"].removeprefix("http://"), timeout=TIMEOUT_S)
        with contextlib.closing(connection):
            headers = {"X-Gale-Action": "1", "Content-Type": "application/json"} if method == "POST" else {}
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def get(self, path, /, **query):
        """The answer, which must be what the schema says."""
        return self.checked("GET", path, query, None)

    def post(self, path, body=None):
        return self.checked("POST", path, {}, body)

    def checked(self, method, path, query, body):
        path = f"/api/v2{path}"
        target = f"{path}?{urllib.parse.urlencode(query)}" if query else path
        status, _, answer = self.ask(method, target, body)
        assert status == 200, f"{target}: {status} {answer[:500]}"
        value = json.loads(answer)
        assert complaints(route_of(method, path)["answer"], value) == [], target
        return value

    def refused(self, method, path, status, body=None):
        """The text of a refusal."""
        got, _, answer = self.ask(method, f"/api/v2{path}", body)
        value = json.loads(answer)
        assert got == status, f"{path}: {got} {value}"
        assert complaints("Fault", value) == []
        return value["error"]["text"]

    def await_(self, what, look):
        end = time.monotonic() + TIMEOUT_S
        while True:
            value = look()
            if value:
                return value
            assert time.monotonic() < end, f"{what} has not come"

    def completed(self):
        return self.get("/topologies/words/figures", window=0)["trees"]["completed"]

    def events(self, kind):
        return [event for event in self.get("/events")["events"] if event["kind"] == kind]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("rest"))
    made.start()
    try:
        for topic in ("lines", "counts"):
            made.gale("topic", "create", topic, "--partitions", "2")
        made.gale("submit", WORD_COUNT, "--name", "words", "-c", "topology.workers=2")
        made.gale("produce", "lines", stdin=f"{LINE}\n" * LINES)
        made.await_("every line", lambda: made.completed() == LINES)
        yield made
    finally:
        made.stop()


# ---- what is shown ----


def test_every_get_is_what_the_schema_says(world):
    topology = world.get("/topologies/words")
    identity = topology["id"]
    file = world.get(f"/logs/{identity}")["files"][0]
    log = f"/logs/{identity}/{file['supervisor']}/{file['slot']}/{file['file']}"
    world.get("/session")
    world.get("/pulse")
    world.get("/topologies")
    world.get("/topologies", spark=1)
    for window in (0, 10, 60, 600, 10800, 86400):
        world.get("/topologies/words/figures", window=window)
    world.get("/topologies/words/tasks")
    world.get("/topologies/words/tasks", component="counter", window=60)
    world.get("/topologies/words/errors")
    world.get("/topologies/words/history", metrics="in_per_s,done_per_s,failed_per_s,latency_p50_ns,latency_p99_ns,out_per_s,open,lag")
    world.get("/topologies/words/history", component="counter", metrics="in_per_s,out_per_s,failed_per_s,capacity,blocked,queue_fill,open", seconds=86400)
    world.get("/topologies/words/history", component="counter", tasks=1, metrics="per_s,capacity,blocked,queue_fill")
    world.get("/topologies/words/samples", component="splitter", count=1)
    worker = topology["workers"][0]
    at = f"/topologies/words/workers/{worker['supervisor']}/{worker['slot']}"
    assert world.get(f"{at}/stacks")["threads"] != []
    assert world.get(f"{at}/profile", seconds=1)["hz"] == 99
    world.get("/ended")
    world.get("/events")
    world.get("/nodes")
    world.get("/settings")
    world.get("/settings", topology="words")
    world.get("/coord")
    world.get("/logs")
    world.get(f"/logs/{identity}/search", q="worker")
    world.get(log)
    world.get("/log/topics")
    world.get("/log/topics/lines")
    world.get("/log/topics/lines/records")
    world.get("/log/groups")
    for group in world.get("/log/groups")["groups"]:
        world.get(f"/log/groups/{group['group']}")


def test_what_there_is_not_is_not_found_and_said(world):
    for path, named in {
        "/topologies/nothing": "nothing",
        "/topologies/nothing/figures": "nothing",
        "/topologies/nothing/tasks": "nothing",
        "/topologies/nothing/history?metrics=open": "nothing",
        "/topologies/nothing/errors": "nothing",
        "/topologies/nothing/samples?component=a": "nothing",
        "/topologies/words/samples?component=nothing": "nothing",
        "/settings?topology=nothing": "nothing",
        "/coord?path=/nothing": "nothing",
        "/logs/nothing": "nothing",
        "/logs/nothing/search?q=a": "nothing",
        "/logs/nothing/s/0/worker.log": "",
        "/log/topics/nothing": "nothing",
        "/log/topics/nothing/records": "nothing",
        "/log/groups/nothing": "nothing",
    }.items():
        assert named in world.refused("GET", path, 404)
    for action, body in {"activate": None, "deactivate": None, "kill": {}, "rebalance": {"workers": 1},
                         "log-level": {"level": "info"}, "debug": {"percent": 0}, "restart-worker": {"supervisor": "supervisor-1", "slot": 0}}.items():
        assert "nothing" in world.refused("POST", f"/topologies/nothing/{action}", 404, body)


def test_what_is_wrong_is_refused_and_named(world):
    assert "'windows'" in world.refused("GET", "/topologies/words/figures?windows=10", 400)
    assert "'window'" in world.refused("GET", "/topologies/words/figures?window=11", 400)
    assert "'wait'" in world.refused("POST", "/topologies/words/kill", 400, {"wait": 1})
    assert "'workers'" in world.refused("POST", "/topologies/words/rebalance", 400, {"workers": "2"})
    assert "'by'" in world.refused("POST", "/topologies/words/kill", 400, {"by": "root"})


def test_the_figures_are_those_of_the_command_line(world):
    shown = json.loads(world.gale("status", "words", "--json"))
    figures = world.get("/topologies/words/figures", window=0)
    assert {one["name"]: one["total"]["executed"] for one in figures["components"]} == {
        one["name"]: one["executed"] for one in shown["components"]
    }
    words = len(LINE.split())
    total = {one["name"]: one["total"] for one in figures["components"]}
    assert total["reader"]["acked"] == LINES
    assert total["splitter"]["executed"] == LINES
    assert total["counter"]["executed"] == total["writer"]["executed"] == LINES * words
    assert figures["trees"]["completed"] == LINES and figures["trees"]["failed"] == 0
    assert [edge["executed"] for edge in figures["edges"] if edge["to"] == "counter"] == [LINES * words]


def test_tasks_add_up_to_their_component(world):
    figures = world.get("/topologies/words/figures", window=0)
    tasks = world.get("/topologies/words/tasks", window=0)["tasks"]
    for component in figures["components"]:
        own = [task for task in tasks if task["component"] == component["name"]]
        assert len(own) == component["tasks"]
        assert sum(task["total"]["executed"] for task in own) == component["total"]["executed"]


def test_the_graph_is_that_of_the_topology(world):
    graph = world.get("/topologies/words")["graph"]["components"]
    assert [one["name"] for one in graph] == COMPONENTS
    assert [one["inputs"][0]["component"] for one in graph[1:]] == COMPONENTS[:-1]
    assert graph[2]["inputs"][0]["grouping"] == "fields"


@contextlib.contextmanager
def writing_lines(world):
    """Lines are written all the time."""
    is_over = threading.Event()

    def write():
        while not is_over.is_set():
            world.gale("produce", "lines", stdin=f"{LINE}\n" * 20)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        is_over.set()
        writer.join()


def test_samples_flow(world):
    with writing_lines(world):
        samples = world.await_("a sample", lambda: world.get("/topologies/words/samples", component="splitter", count=3)["tuples"])
    for sample in samples:
        assert sample["component"] == "splitter" and sample["to"] == "counter"
        assert set(sample["values"].values()) <= set(LINE.split())
    rest = world.get("/log/topics/lines")["partitions"]
    world.await_("the rest", lambda: world.completed() == sum(one["next"] for one in rest))


def test_nodes_have_what_is_registered(world):
    nodes = world.get("/nodes")
    assert [one["id"] for one in nodes["supervisors"]] == ["supervisor-1", "supervisor-2"]
    assert f"{nodes['brokers'][0]['host']}:{nodes['brokers'][0]['port']}" == world.ready["log"]
    assert nodes["controller"] == nodes["brokers"][0]["id"]
    assert nodes["coord"]["servers"] == world.ready["coord"].split(",")
    assert nodes["coord"]["connected"] in nodes["coord"]["servers"]
    assert nodes["coord"]["why_not"] is None


def test_the_cluster_state_is_what_stands_in_it(world):
    root = world.get("/coord", path="/")
    assert "gale" in root["children"]
    leader = world.get("/coord", path="/gale/nimbus/leader")
    assert world.ready["nimbus"] in leader["text"] and not leader["json"]  # a line stands before its JSON
    broker = world.get("/coord", path="/gale/brokers/ids/0")
    assert broker["json"] and f":{json.loads(broker['text'])['port']}" in world.ready["log"]
    assert re.fullmatch("0x[0-9a-f]+", broker["stat"]["ephemeral_owner"])


def test_settings_say_who_has_set_them(world):
    own = {one["key"]: one for one in world.get("/settings")["settings"]}
    assert own["ui.listen"]["value"] == world.ready["ui"].removeprefix("http://")
    assert own["ui.listen"]["origin"] != "default"
    of_topology = {one["key"]: one for one in world.get("/settings", topology="words")["settings"]}
    assert (of_topology["topology.workers"]["value"], of_topology["topology.workers"]["origin"]) == ("2", "submit")


# ---- logs ----


def logs_of(world):
    """Each file that is listed, with its path on the disk."""
    identity = world.get("/topologies/words")["id"]
    for file in world.get(f"/logs/{identity}")["files"]:
        found = [path for path in world.state.rglob(file["file"]) if identity in path.parts and file["supervisor"] in path.parts and str(file["slot"]) in path.parts]
        assert len(found) == 1, f"{file}: {found}"
        yield f"/logs/{identity}/{file['supervisor']}/{file['slot']}/{file['file']}", found[0]


def test_a_download_is_the_file_byte_for_byte(world):
    files = list(logs_of(world))
    assert len(files) == 2
    for path, file in files:
        before = file.read_bytes()
        status, headers, body = world.ask("GET", f"/api/v2{path}/download")
        assert status == 200 and body[: len(before)] == before and len(before) > 0
        assert headers["Content-Disposition"].startswith("attachment")


def test_pieces_of_a_log_are_those_of_the_file(world):
    for path, file in logs_of(world):
        whole = file.read_bytes()
        for offset, length in ((0, 10), (1, 100), (7, len(whole)), (len(whole) - 5, 5)):
            piece = world.get(path, offset=offset, length=length)
            assert piece["text"].encode() == whole[offset : offset + length][: piece["length"]]
            assert piece["offset"] == offset
        first = whole.split(b"\n", 1)[0]
        assert world.get(path, offset=0, length=len(first) + 1)["complete_lines"]
        assert not world.get(path, offset=1, length=len(first))["complete_lines"]


def test_a_search_finds_the_lines_that_have_the_text(world):
    identity = world.get("/topologies/words")["id"]
    found = world.get(f"/logs/{identity}/search", q="INFO")
    assert found["is_complete"] and found["matches"]
    expected = 0
    for path, file in logs_of(world):
        for line in file.read_text().splitlines():
            expected += "info" in line.lower()
    assert len(found["matches"]) == expected
    for match in found["matches"]:
        path = f"/logs/{identity}/{match['supervisor']}/{match['slot']}/{match['file']}"
        piece = world.get(path, offset=match["offset"], length=len(match["line"].encode()))
        assert piece["text"] == match["line"]
        assert abs(match["at"] - time.time() * 1000) < 3600 * 1000 and match["level"] == "info"
    assert world.get(f"/logs/{identity}/search", q="INFO", case=1)["matches"] == []


def test_a_search_can_be_done_in_steps(world):
    identity = world.get("/topologies/words")["id"]
    whole = world.get(f"/logs/{identity}/search", q="info")["matches"]
    steps, more = [], {}
    while True:
        step = world.get(f"/logs/{identity}/search", q="info", max=1, **more)
        steps += step["matches"]
        if step["next"] is None:
            break
        more = {"next": step["next"]}
    assert steps == whole


def test_storms_log_viewer_shows_the_same(world):
    for path, file in logs_of(world):
        _, _, identity, supervisor, slot, name = path.split("/")
        query = urllib.parse.urlencode({"file": f"{identity}/{slot}/{name}", "supervisor": supervisor})
        whole = file.read_bytes()
        status, _, body = world.ask("GET", f"/api/v1/download?{query}")
        assert status == 200 and body[: len(whole)] == whole
        status, headers, body = world.ask("GET", f"/api/v1/log?{query}&start=0")
        assert status == 200 and headers["Content-Type"].startswith("text/html") and b"<pre" in body
        status, _, body = world.ask("GET", f"/api/v1/search?{query}&search-string=info&num-matches=3")
        found = json.loads(body)
        assert status == 200 and found["searchString"] == "info" and found["isDaemon"] == "no"
        for match in found["matches"]:
            at = match["byteOffset"]
            assert whole[at : at + 4] == b"info" == match["matchString"].encode()
            assert whole[max(0, at - 128) : at].decode() == match["beforeString"]
    _, _, body = world.ask("GET", f"/api/v1/listLogs?topoId={identity}")
    assert f"{identity}/{slot}/worker.log" in json.loads(body)
    _, _, body = world.ask("GET", f"/api/v1/deepSearch/{identity}?search-string=info&num-matches=2")
    assert {len(worker["matches"][0]["matches"]) for worker in json.loads(body)} == {2}


def test_no_name_leads_out_of_the_logs(world):
    identity = world.get("/topologies/words")["id"]
    for path in (
        f"/api/v2/logs/{identity}/supervisor-1/0/..%2f..%2f..%2fgale.yaml",
        f"/api/v2/logs/..%2f..%2f/supervisor-1/0/worker.log",
        f"/api/v2/logs/{identity}/supervisor-1/0/worker.log%2f..%2f..%2fx/download",
        "/api/v1/log?file=../../../etc/passwd",
        f"/api/v1/download?file={identity}/0/../../../gale.yaml",
        f"/api/v1/search?file={identity}/../worker.log&search-string=a",
        "/api/v1/daemonlog?file=../../gale.yaml",
    ):
        status, _, body = world.ask("GET", path)
        assert status == 404 and b"coord.servers" not in body and b"root:" not in body, path


# ---- topics, records, groups ----


def test_topics_have_what_was_written(world):
    topics = {one["name"]: one for one in world.get("/log/topics")["topics"]}
    described = world.get("/log/topics/lines")
    assert topics["lines"]["partitions"] == len(described["partitions"]) == 2
    assert topics["lines"]["records"] == sum(one["next"] - one["first"] for one in described["partitions"])
    assert [one["name"] for one in world.get("/log/topics", q="lin", limit=1)["topics"]] == ["lines"]
    told = json.loads(world.gale("topic", "describe", "counts", "--json"))
    assert world.get("/log/topics/counts")["partitions"] == told["topics"][0]["partitions"]


def test_records_are_those_that_the_command_line_reads(world):
    written = world.gale("consume", "counts", "--from-beginning", "--exit-at-end", "--json", "--partition", "0")
    expected = [json.loads(line) for line in written.splitlines()]
    got, where = [], {"from": "earliest", "partition": 0}
    while True:
        page = world.get("/log/topics/counts/records", limit=500, **where)
        got += page["records"]
        if page["is_complete"]:
            break
        where = {"from": f"offset:{page['next']['0']}", "partition": 0}
    assert len(got) == len(expected) > 0
    assert [(one["offset"], one["key"]["text"], one["value"]["text"]) for one in got] == [
        (one["offset"], one["key"], one["value"]) for one in expected
    ]


def test_every_kind_of_record_is_shown(world):
    world.gale("topic", "create", "kinds", "--partitions", "1")
    lines = ["plain", '{"a": 1}', "x" * 20000, "grün"]
    world.gale("produce", "kinds", stdin="".join(f"{line}\n" for line in lines))
    page = world.get("/log/topics/kinds/records", **{"from": "earliest"})
    values = [one["value"] for one in page["records"]]
    assert [one["kind"] for one in values] == ["text", "json", "text", "text"]
    assert [one["size"] for one in values] == [len(line.encode()) for line in lines]
    assert [one["cut"] for one in values] == [False, False, True, False]
    assert values[2]["text"] == "x" * 16384 and values[3]["text"] == "grün"
    assert [one["key"] for one in page["records"]] == [None] * 4
    assert [one["offset"] for one in world.get("/log/topics/kinds/records", filter='"a"')["records"]] == [1]
    assert [one["offset"] for one in world.get("/log/topics/kinds/records", limit=2)["records"]] == [2, 3]


def test_pages_of_all_partitions_have_every_record_once(world):
    seen, where = set(), "earliest"
    while True:
        page = world.get("/log/topics/lines/records", limit=100, **{"from": where})
        for record in page["records"]:
            place = (record["partition"], record["offset"])
            assert place not in seen
            seen.add(place)
        if page["is_complete"]:
            break
        where = "at:" + ",".join(f"{partition}={offset}" for partition, offset in page["next"].items())
    described = world.get("/log/topics/lines")["partitions"]
    assert len(seen) == sum(one["next"] - one["first"] for one in described)


def test_groups_have_the_lag_that_the_command_line_says(world):
    world.gale("consume", "lines", "--group", "readers", "--from-beginning", "--exit-at-end")
    described = world.get("/log/groups/readers")
    told = json.loads(world.gale("group", "describe", "readers", "--json"))
    assert described["offsets"] == told["offsets"] and described["members"] == []
    row = next(one for one in world.get("/log/groups")["groups"] if one["group"] == "readers")
    assert (row["members"], row["lag"], row["topics"]) == (0, 0, ["lines"])
    groups = world.get("/log/topics/lines")["groups"]
    assert {"group": "readers", "lag": 0, "state": row["state"]} in groups


def test_a_preview_of_a_reset_is_what_the_reset_does(world):
    world.gale("consume", "lines", "--group", "again", "--from-beginning", "--exit-at-end")
    before = world.get("/log/groups/again")["offsets"]
    for where in ("earliest", "offset:3", "latest"):
        body = {"topic": "lines", "to": where}
        preview = world.post("/log/groups/again/reset", {**body, "dry_run": True})
        assert world.get("/log/groups/again")["offsets"] == before
        done = world.post("/log/groups/again/reset", body)
        assert done["partitions"] == preview["partitions"] and done["noted"] and not preview["noted"]
        before = world.get("/log/groups/again")["offsets"]
        assert {one["partition"]: one["committed"] for one in before} == {one["partition"]: one["offset"] for one in preview["partitions"]}
    noted = world.events("reset_offsets")[-1]
    assert noted["args"] == {"group": "again", "topic": "lines", "to": "latest"}
    assert (noted["by"], noted["via"]) == ("127.0.0.1", "ui")


# ---- changes; the last ones, since they change the topology ----


def test_each_change_takes_effect_and_is_noted_with_who_asked(world):
    def status():
        return world.get("/topologies/words")

    def expect(kind, **args):
        event = world.await_(f"event {kind}", lambda: [one for one in world.events(kind) if one["by"]])[-1]
        assert (event["topology"], event["by"], event["via"]) == ("words", "127.0.0.1", "ui")
        assert args.items() <= (event["args"] or {}).items()

    assert world.post("/topologies/words/deactivate")["status"] == "inactive"
    world.await_("inactive", lambda: status()["status"] == "inactive")
    expect("deactivated")
    assert world.post("/topologies/words/activate", {})["status"] == "active"
    expect("activated")
    world.post("/topologies/words/log-level", {"level": "debug", "for_ms": 600000})
    world.await_("the level", lambda: (status()["log_level"] or {}).get("level") == "debug")
    expect("log_level", level="debug")
    world.post("/topologies/words/log-level", {"level": None})
    world.await_("no level", lambda: status()["log_level"] is None)
    world.post("/topologies/words/debug", {"component": "splitter", "percent": 50})
    world.await_("sampling", lambda: status()["debug"] == [{"component": "splitter", "percent": 50}])
    expect("debug", percent=50)
    world.post("/topologies/words/debug", {"component": "splitter", "percent": 0})
    world.await_("no sampling", lambda: status()["debug"] == [])
    worker = status()["workers"][0]
    where = {"supervisor": worker["supervisor"], "slot": worker["slot"]}
    before = world.post("/topologies/words/restart-worker", where)["incarnation"]

    def is_new():
        one = next(one for one in status()["workers"] if (one["supervisor"], one["slot"]) == (where["supervisor"], where["slot"]))
        return one["phase"] == "running" and one["incarnation"] > before

    world.await_("another process", is_new)
    expect("restart_asked")
    version = status()["version"]
    preview = world.post("/topologies/words/rebalance", {"workers": 1, "dry_run": True})
    assert preview["workers"] == 1 and status()["version"] == version
    world.post("/topologies/words/rebalance", {"workers": 1, "wait_ms": 0})
    world.await_("one worker", lambda: len(status()["workers"]) == 1 and status()["status"] == "active")
    expect("rebalancing")
    world.post("/topologies/words/kill", {"wait_ms": 0})
    world.await_("its end", lambda: [one for one in world.get("/ended")["topologies"] if one["name"] == "words"])
    expect("killed")


def test_one_that_has_ended_is_shown_as_it_was(world):
    ended = world.get("/ended")["topologies"][0]
    world.await_("its removal", lambda: "ended_ms" in world.get("/topologies/words"))
    shown = world.get("/topologies/words")
    assert (shown["id"], shown["status"]) == (ended["id"], "killed")
    assert shown["ended_ms"] == ended["ended_ms"]
    world.get("/topologies/words/history", metrics="done_per_s")
    assert "words" in world.refused("GET", "/topologies/words/figures", 404)
    kept = world.get("/logs")["topologies"]
    assert {"id": ended["id"], "name": None}.items() <= next(one for one in kept if one["id"] == ended["id"]).items()
