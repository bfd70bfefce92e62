# SPDX-License-Identifier: Apache-2.0
"""What gale-ui costs whom it asks, and itself, when there is much: many viewers of one log, a log of 100 MB, a thousand
groups; and what it says when disks are full."""

import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fake_nimbus
import pytest
from broker import wire
from broker.servers import Broker
from cluster.cluster import Cluster, await_true
from cluster.through import Through, compile_through
from cluster.ui import Ui as UiOfCluster
from conftest import uses_librdkafka
from ui_rig import Ui, coord, nimbus

LOG = "/api/v2/logs/wc-1/s1/0/worker.log"
VIEWERS = 100
LINE = 100  # bytes
LINES = 1024 * 1024
WORD = b"a-needle-in-a-haystack"
EVERY = 4001  # lines: one has it
GROUPS = 1000
MANY_KIB = 32 * 1024


class Supervisor(fake_nimbus.Server):
    """One whose log has so many lines, made as they are read."""

    def __init__(self, lines):
        self.size = lines * LINE
        ops = {"logs.list": self.list, "logs.read": self.read, "worker.sample": lambda args, body: {"tuples": []}}
        super().__init__(ops)

    def list(self, args, body):
        file = {"slot": 0, "file": "worker.log", "size": self.size, "modified_ms": 1}
        return {"files": [file] if args["topology"] == "wc-1" else []}

    @staticmethod
    def line(number):
        text = b"%09d " % number + (WORD if number % EVERY == 0 else b"hay")
        return text.ljust(LINE - 1, b".") + b"\n"

    def read(self, args, body):
        begin = args["offset"] if args["offset"] >= 0 else max(0, self.size + args["offset"])
        end = min(self.size, begin + args["length"])
        lines = b"".join(map(self.line, range(begin // LINE, -(-end // LINE)))) if begin < end else b""
        return {"offset": begin, "size": self.size}, lines[begin % LINE :][: max(0, end - begin)]


@pytest.fixture
def supervisor(nimbus, request):
    server = Supervisor(getattr(request, "param", 10000)).start()
    component = {"name": "a", "placement": [{"supervisor": "s1", "slot": 0, "tasks": [[1, 1]]}]}
    status = {"id": "wc-1", "name": "wc", "components": [component], "graph": {"components": []}}
    nimbus.server.ops |= {
        "cluster.nodes": lambda args, body: {"supervisors": [{"id": "s1", "host": "here", "address": server.address}]},
        "topology.status": lambda args, body: status,
    }
    yield server
    server.stop()


def get(ui, path):
    answer = ui.ask("GET", path)
    assert answer.status == 200, answer.text
    return json.loads(answer.text)


# ---- many viewers -----------------------------------------------------------------------------


def paths_of_followers(supervisor):
    """Each is where he was a moment ago; the same piece has it all."""
    return [f"{LOG}?offset={supervisor.size - 50 * number}" for number in range(VIEWERS)]


def paths_of_onlookers(supervisor):
    return ["/api/v2/topologies/wc/samples?component=a&received=1"] * VIEWERS


@pytest.mark.parametrize("paths, op", [(paths_of_followers, "logs.read"), (paths_of_onlookers, "worker.sample")])
def test_all_who_look_at_the_same_cost_their_supervisor_as_much_as_one(coord, nimbus, supervisor, tmp_path, paths, op):
    with Ui(tmp_path, coord.hosts) as ui, ThreadPoolExecutor(20) as pool:
        begin = time.monotonic()
        answers = list(pool.map(lambda path: get(ui, path), paths(supervisor)))
        seconds = time.monotonic() - begin
        assert supervisor.names().count(op) <= 2 * seconds + 2
    if op == "logs.read":
        for number, answer in enumerate(answers):
            assert (answer["offset"], answer["length"]) == (supervisor.size - 50 * number, 50 * number)
            assert answer["text"].endswith("\n") or number == 0


# ---- a long log -------------------------------------------------------------------------------


def peak_of(pid):
    """KiB, since it was begun anew."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1])


def begin_peak(pid):
    Path(f"/proc/{pid}/clear_refs").write_text("5")


@pytest.mark.parametrize("supervisor", [LINES], indirect=True)
def test_a_search_in_a_log_of_100_mb_finds_all_and_takes_little_memory(coord, nimbus, supervisor, tmp_path, monkeypatch):
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1")
    with Ui(tmp_path, coord.hosts, ui__backend__timeout__ms=60000) as ui:
        get(ui, f"{LOG}?offset=0")
        begin_peak(ui.process.pid)
        before = peak_of(ui.process.pid)
        found, searched, following = [], 0, ""
        while following is not None:
            suffix = f"&next={following}" if following else ""
            answer = get(ui, f"/api/v2/logs/wc-1/search?q={WORD.decode()}{suffix}")
            assert len(answer["matches"]) <= 100 and answer["missing"] == []
            found += [(match["offset"], match["line"]) for match in answer["matches"]]
            searched += answer["bytes_searched"]
            following = answer["next"]
            assert answer["is_complete"] == (following is None)
        wanted = range(0, LINES, EVERY)
        assert [offset for offset, _ in found] == [number * LINE for number in wanted]
        assert found[-1][1] == supervisor.line(wanted[-1]).decode().rstrip("\n")
        assert searched >= supervisor.size == 100 * 1024 * 1024
        assert peak_of(ui.process.pid) - before < MANY_KIB


# ---- many groups ------------------------------------------------------------------------------


@uses_librdkafka
def test_a_thousand_groups_come_page_by_page(coord, nimbus, tmp_path):
    broker = Broker(tmp_path / "broker")
    broker.start()
    try:
        with wire.Connection(broker.address) as client:
            assert client.create("t") == wire.NONE
            for number in range(GROUPS):
                assert client.commit(f"group-{number:04}", "t", 0, 0) == wire.NONE
        with Ui(tmp_path, coord.hosts, log__brokers=broker.hosts) as ui:
            names = []
            while len(names) < GROUPS:
                page = ui.ask("GET", f"/api/v2/log/groups?offset={len(names)}")
                assert page.status == 200 and len(page.text) < 100 * 1024
                answer = json.loads(page.text)
                assert answer["total"] == GROUPS and len(answer["groups"]) == 100
                names += [group["group"] for group in answer["groups"]]
            assert names == [f"group-{number:04}" for number in range(GROUPS)]
            assert get(ui, f"/api/v2/log/groups?offset={GROUPS}")["groups"] == []
            assert [group["group"] for group in get(ui, "/api/v2/log/groups?q=0777")["groups"]] == ["group-0777"]
            assert ui.ask("GET", "/api/v2/log/groups?limit=501").status == 400
            topics = get(ui, "/api/v2/log/topics?q=t")
            mine = next(topic for topic in topics["topics"] if topic["name"] == "t")
            assert topics["groups_complete"] is False and 0 < len(mine["groups"]) <= 500
    finally:
        broker.stop()


# ---- full disks -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def so_file(tmp_path_factory):
    return compile_through(tmp_path_factory.mktemp("through"))


def test_what_the_page_says_while_the_disk_of_nimbus_is_full(so_file, tmp_path):
    """Figures, history and events are in memory, and changes in the cluster state: they go on."""
    with Cluster(full_disk="nimbus") as cluster, UiOfCluster(cluster) as ui:
        run = Through(cluster, so_file, tmp_path / "out").start("--inactive")
        cluster.await_running(run.name, 3)
        cluster.nimbuses[0].fill()
        assert ui.post(f"/api/v2/topologies/{run.name}/activate").status == 200
        run.await_part(0.1)
        for path in ("pulse", f"topologies/{run.name}/figures", "events", "nodes"):
            assert ui.get(f"/api/v2/{path}").status == 200, path
        cluster.nimbuses[0].free()
        run.await_end()


def test_what_the_page_says_while_the_disks_of_supervisors_are_full(so_file, tmp_path):
    """Which workers do not run, and that there is no room."""
    with Cluster(full_disk="supervisor") as cluster, UiOfCluster(cluster) as ui:
        for supervisor in cluster.supervisors:
            supervisor.fill()
        run = Through(cluster, so_file, tmp_path / "out").start()

        def pulse():
            return ui.get("/api/v2/pulse").json

        def is_told():
            workers = ui.get(f"/api/v2/topologies/{run.name}").json["workers"]
            return workers and all("room" in (worker["last_exit"] or "") for worker in workers)

        await_true(is_told, "the page says that there is no room")
        await_true(lambda: pulse()["verdict"] != "well", "and that not all is well")
        assert any(problem["topology"] == run.name for problem in pulse()["problems"])
        for supervisor in cluster.supervisors:
            supervisor.free()
        cluster.await_running(run.name, 3)
        run.await_end()
