# SPDX-License-Identifier: Apache-2.0
"""gale-supervisor between a real gale-coord, a nimbus made of Python, and workers that run nothing."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest
import zmq
from conftest import BUILD, ROOT
from coord import servers
from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoNodeError

SUPERVISOR = BUILD / "bin" / "gale-supervisor"
FULL_DISK = BUILD / "test-bin" / "full_disk.so"
WORKER = ROOT / "tests" / "support" / "fake_worker"
TIMEOUT_S = 60
PLAN = b'{"plan": 1}' * 40000  # more than one chunk
SO = b"\x7fELF" + bytes(1000)


def hash_of(content):
    return hashlib.sha256(content).hexdigest()


def await_true(condition, what):
    """Asks again and again; the moment between is what an event that never comes takes."""
    deadline = time.monotonic() + TIMEOUT_S
    never = threading.Event()
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not in time: {what}"
        never.wait(0.02)
    return result


class Nimbus:
    """Answers supervisor.report and blob.get. What it holds may be spoilt on purpose."""

    def __init__(self):
        self.blobs = {}
        self.reports = []
        self.figures = []  # (topology, slot, incarnation, part), and the reports as "report"
        self.news = threading.Condition()
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.over = threading.Event()
        self.mute = threading.Event()  # takes requests and answers none
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def put(self, content, held=None):
        self.blobs[hash_of(content)] = content if held is None else held
        return hash_of(content)

    def serve(self):
        while not self.over.is_set():
            if self.socket.poll(50):
                peer, head, body = self.socket.recv_multipart()
                if self.mute.is_set():
                    continue
                request = json.loads(head)
                if request["op"] == "supervisor.figures":
                    self.take_figures(request["args"], body)
                answer, body = self.answer(request["op"], request["args"])
                head = json.dumps({"v": 1, "id": request["id"], **answer}).encode()
                self.socket.send_multipart([peer, head, body])

    def take_figures(self, args, body):
        assert args["supervisor"] == "s1" and len(body) <= 1 << 20
        for worker in args["workers"]:
            assert set(worker) == {"topology", "slot", "incarnation", "sizes"}
            for size in worker["sizes"]:
                part, body = body[:size].decode(), body[size:]
                self.figures.append(
                    (worker["topology"], worker["slot"], worker["incarnation"], part))
        assert not body

    def answer(self, op, args):
        if op == "supervisor.figures":
            return {"ok": {"restart": []}}, b""
        if op == "supervisor.report":
            with self.news:
                self.figures.append("report")
                self.reports.append(args)
                self.news.notify_all()
            return {"ok": {}}, b""
        content = self.blobs.get(args["hash"])
        if content is None:
            text = f"no blob {args['hash']}"
            return {"error": {"code": "not_found", "text": text}}, b""
        size = len(PLAN) if content == b"cut" else len(content)
        offset = args["offset"]
        return {"ok": {"size": size}}, content[offset : offset + args["length"]]

    def wait_for(self, condition, what):
        """The first report from now on, or the last one before, that the condition is true of."""
        deadline = time.monotonic() + TIMEOUT_S
        with self.news:
            seen = max(len(self.reports) - 1, 0)
            while True:
                for report in self.reports[seen:]:
                    if result := condition(report):
                        return result
                seen = len(self.reports)
                last = self.reports[-1] if self.reports else None
                assert self.news.wait(deadline - time.monotonic()), f"not in time: {what}: {last}"

    def close(self):
        self.over.set()
        self.thread.join()
        self.socket.close()
        self.context.term()


class Supervisor:
    def __init__(self, folder, coord, **settings):
        self.folder = folder
        self.data = folder / "data"
        self.orders = folder / "orders"
        self.port_file = folder / "port"
        self.log = folder / "log"
        self.process = None
        self.full = folder / "full"
        self.environment = {**os.environ, "GALE_FAKE_WORKER": str(folder)}
        self.settings = {
            "coord.servers": f"127.0.0.1:{coord.port}",
            "supervisor.id": "s1",
            "supervisor.slots": 2,
            "supervisor.restart.backoff.min.ms": 10,
            "supervisor.restart.backoff.max.ms": 200,
        } | {key.replace("_", "."): value for key, value in settings.items()}
        if os.geteuid() == 0:  # the folders of tests are root's alone
            self.settings["supervisor.worker.user"] = "root"

    def start(self, *words):
        options = [w for key, value in self.settings.items() for w in ("-c", f"{key}={value}")]
        command = [SUPERVISOR, "--data", self.data, "--worker", WORKER, *options]
        self.port_file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*map(str, command), "--port-file", str(self.port_file), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
            )
        await_true(self.port_file.exists, "a port")
        return self

    @property
    def port(self):
        return int(self.port_file.read_text())

    def order(self, **orders):
        path = self.folder / "orders.new"
        path.write_text(json.dumps(orders))
        path.rename(self.orders)

    def preload_full_disk(self):
        """Its disk is full while the file `full` is there; see tests/support/full_disk.c."""
        assert FULL_DISK.exists(), f"not built: {FULL_DISK}"
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.environment |= {
            "LD_PRELOAD": str(FULL_DISK),
            "FULL_DISK_WHILE": str(self.full),
            "ASAN_OPTIONS": sanitizer,
        }

    def kill(self):
        self.process.kill()
        self.process.wait(TIMEOUT_S)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(TIMEOUT_S) == 0, self.log.read_text()

    def ask(self, op, **args):
        """(ok, error, body)"""
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.linger = 0
            dealer.connect(f"tcp://127.0.0.1:{self.port}")
            head = json.dumps({"v": 1, "id": 1, "op": op, "args": args}).encode()
            dealer.send_multipart([head, b""])
            assert dealer.poll(TIMEOUT_S * 1000), f"no answer to {op}"
            head, body = dealer.recv_multipart()
        answer = json.loads(head)
        return answer.get("ok"), answer.get("error"), body


class Cluster:
    """What nimbus would write, by hand."""

    def __init__(self, coord):
        self.server = coord
        self.client = KazooClient(hosts=f"127.0.0.1:{coord.port}")
        self.client.start(TIMEOUT_S)
        for path in ("topologies", "assignments", "workers", "errors", "nimbus/members"):
            self.client.ensure_path(f"/gale/{path}")

    def lead(self, nimbus, epoch=1):
        state = {
            "version": 1,
            "id": "n1",
            "address": f"127.0.0.1:{nimbus.port}",
            "gale": "0",
            "since_ms": 1,
        }
        seat = "00ff00ff00ff00ff-x-0000000012"
        data = f"{epoch} {seat}\n{json.dumps(state)}".encode()
        self.put("/gale/nimbus/leader", data)
        self.put("/gale/nimbus/members/n1", json.dumps(state).encode())

    def put(self, path, data):
        try:
            self.client.set(path, data)
        except NoNodeError:
            self.client.create(path, data)

    def submit(self, topology, plan_hash, so_hash):
        state = {
            "version": 1,
            "id": topology,
            "name": topology,
            "owner": "ann",
            "status": "active",
            "status_before": "active",
            "plan_hash": plan_hash,
            "so_hash": so_hash,
            "epoch": 1,
            "submitted_ms": 1,
            "deadline_ms": 0,
            "args": [],
            "settings": [],
            "pending": [],
        }
        self.client.create(f"/gale/workers/{topology}")
        self.client.create(f"/gale/errors/{topology}")
        self.put(f"/gale/topologies/{topology}", json.dumps(state).encode())

    def assign(self, topology, slot=0, epoch=1):
        worker = {"supervisor": "s1", "slot": slot, "loops": 1, "executors": [[0, 0]]}
        state = {
            "version": 1,
            "topology": topology,
            "epoch": epoch,
            "assignment": 1,
            "executors": [1],
            "workers": [worker],
        }
        self.put(f"/gale/assignments/{topology}", json.dumps(state).encode())

    def unassign(self, topology):
        self.client.delete(f"/gale/assignments/{topology}")

    def read(self, path):
        try:
            return json.loads(self.client.get(path)[0])
        except NoNodeError:
            return None

    def close(self):
        self.client.stop()
        self.client.close()


def is_alive(pid):
    """A zombie whose new parent does not look after it is dead."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def world(tmp_path):
    """start(**settings) gives (supervisor, nimbus, cluster); one topology "t-1" is there."""
    with contextlib.ExitStack() as stack:
        coord = stack.enter_context(servers.running("gale", tmp_path / "coord"))
        cluster = Cluster(coord)
        stack.callback(cluster.close)
        nimbus = Nimbus()
        stack.callback(nimbus.close)
        cluster.lead(nimbus)
        cluster.submit("t-1", nimbus.put(PLAN), nimbus.put(SO))

        def start(*words, full_disk=False, **settings):
            supervisor = Supervisor(tmp_path, coord, **settings)
            if full_disk:
                supervisor.preload_full_disk()
            stack.callback(end, supervisor)
            return supervisor.start(*words), nimbus, cluster

        def end(supervisor):
            """Without sanitizers' complaints, and with no worker left."""
            if supervisor.process.poll() is None:
                supervisor.stop()
            workers = find_workers(supervisor)
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
            assert "Sanitizer" not in supervisor.log.read_text()

        yield start


def find_workers(supervisor):
    path = str(supervisor.data / "workers.sock").encode()
    pids = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
            if path in file.read().split(b"\0") and is_alive(pid):
                pids.append(int(pid))
    return pids


def worker_in(report, slot=0, **wanted):
    """The worker of the slot if it is as wanted: phase="running", ..."""
    for worker in report["workers"]:
        if worker["slot"] == slot and all(worker[key] == value for key, value in wanted.items()):
            return worker
    return None


def running(nimbus, slot=0, but=None):
    """Waits for a worker that runs, and is not the one of that pid."""

    def find(report):
        worker = worker_in(report, slot, phase="running")
        return worker if worker and worker["pid"] != but else None

    return nimbus.wait_for(find, f"a worker in slot {slot}")


def test_an_assignment_starts_a_worker(world):
    supervisor, nimbus, cluster = world()
    cluster.assign("t-1")
    worker = running(nimbus)

    assert worker["topology"] == "t-1" and worker["restarts"] == 0 and worker["last_exit"] is None
    assert worker["rss_bytes"] == 1 << 20 and worker["version"] == 1
    assert find_workers(supervisor) == [worker["pid"]]
    node = await_true(lambda: cluster.read("/gale/workers/t-1/s1:0"), "the worker's node")
    assert node["incarnation"] == worker["incarnation"]
    assert re.fullmatch(r"127\.0\.0\.1:\d+", node["address"])
    state = cluster.read("/gale/supervisors/s1")
    assert state["address"] == f"127.0.0.1:{supervisor.port}" and state["slots"] == 2
    assert (supervisor.data / "blobs" / hash_of(PLAN)).read_bytes() == PLAN
    assert "coord.servers=" in (supervisor.data / "logs/t-1/0/worker.log").read_text()


def test_figures_are_passed_on_as_they_are(world):
    supervisor, nimbus, cluster = world()
    supervisor.order(figures=["one", "two", "x" * 98304])
    cluster.assign("t-1")
    worker = running(nimbus)
    source = ("t-1", 0, worker["incarnation"])

    await_true(lambda: (*source, "x" * 98304) in nimbus.figures, "figures")
    first = nimbus.figures.index((*source, "one"))
    assert nimbus.figures[first + 1 : first + 3] == [(*source, "two"), (*source, "x" * 98304)]
    assert nimbus.figures[first + 3] == "report"


def test_the_last_figures_of_a_worker_are_passed_on_before_its_end(world):
    supervisor, nimbus, cluster = world()
    supervisor.order(figures=["a"], last_figures=["z"], ended=True)
    cluster.assign("t-1")
    worker = nimbus.wait_for(
        lambda report: worker_in(report, phase="ended", pid=0), "the end")

    last = ("t-1", 0, worker["incarnation"], "z")
    reports = [i for i, seen in enumerate(nimbus.figures) if seen == "report"]
    assert last in nimbus.figures and nimbus.figures.index(last) < reports[-1]


def test_figures_that_are_none_cut_the_worker_off(world):
    supervisor, nimbus, cluster = world()
    supervisor.order(figures=["x" * 98305])
    cluster.assign("t-1")

    await_true(lambda: "worker.message" in supervisor.log.read_text(), "a complaint")
    assert all(seen == "report" for seen in nimbus.figures)


def test_a_killed_worker_is_started_again(world):
    _, nimbus, cluster = world()
    cluster.assign("t-1")
    first = running(nimbus)
    os.kill(first["pid"], signal.SIGKILL)
    second = running(nimbus, but=first["pid"])

    assert second["restarts"] == 1 and second["last_exit"].startswith("killed by SIGKILL")
    assert second["incarnation"] > first["incarnation"]
    await_true(
        lambda: (cluster.read("/gale/workers/t-1/s1:0") or {}).get("incarnation")
        == second["incarnation"],
        "the new node",
    )
    errors = await_true(lambda: cluster.read("/gale/errors/t-1/__worker"), "an error")
    assert "killed by SIGKILL" in errors["errors"][0]["text"]


def test_a_crash_loop_is_named(world):
    supervisor, nimbus, cluster = world()
    supervisor.order(start="exit", code=3)
    cluster.assign("t-1")

    def find(report):
        worker = worker_in(report, phase="backoff")
        return worker if worker and "crash loop" in worker["last_exit"] else None

    worker = nimbus.wait_for(find, "a crash loop")
    assert "exit 3: gale-worker: as ordered" in worker["last_exit"]

    def find_error():
        errors = cluster.read("/gale/errors/t-1/__worker") or {"errors": []}
        return [e for e in errors["errors"] if e["text"].startswith("crash loop")]

    assert await_true(find_error, "the error")[0]["supervisor"] == "s1"
    supervisor.order(start="run")
    assert running(nimbus)["restarts"] >= 5


def test_a_silent_worker_is_killed(world):
    supervisor, nimbus, cluster = world(
        supervisor_worker_start_timeout_secs=0.3, supervisor_worker_timeout_secs=1
    )
    supervisor.order(start="silent")
    cluster.assign("t-1")

    def find(report):
        worker = worker_in(report)
        exit_text = worker and worker["last_exit"]
        return exit_text if exit_text and "no sign of life" in exit_text else None

    assert "300 ms after the start" in nimbus.wait_for(find, "the end of a silent start")
    supervisor.order(start="run")
    worker = running(nimbus)
    os.kill(worker["pid"], signal.SIGSTOP)
    running(nimbus, but=worker["pid"])
    assert not is_alive(worker["pid"])


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_workers_outlive_their_supervisor(world, end):
    supervisor, nimbus, cluster = world()
    cluster.assign("t-1")
    worker = running(nimbus)
    getattr(supervisor, end)()
    assert is_alive(worker["pid"])
    nimbus.reports.clear()
    supervisor.start()
    again = running(nimbus)

    assert again["pid"] == worker["pid"] and again["incarnation"] == worker["incarnation"]
    assert again["restarts"] == 0
    assert find_workers(supervisor) == [worker["pid"]]
    os.kill(worker["pid"], signal.SIGKILL)
    assert running(nimbus, but=worker["pid"])["restarts"] == 1


def test_what_happens_while_no_supervisor_is_there_is_made_up_for(world):
    supervisor, nimbus, cluster = world()
    cluster.submit("t-2", hash_of(PLAN), hash_of(SO))
    cluster.assign("t-1", slot=0)
    cluster.assign("t-2", slot=1)
    first, second = running(nimbus, 0), running(nimbus, 1)
    supervisor.kill()
    os.kill(first["pid"], signal.SIGKILL)
    cluster.unassign("t-2")
    nimbus.reports.clear()
    supervisor.start()
    again = running(nimbus, 0, but=first["pid"])

    assert again["incarnation"] > first["incarnation"]
    await_true(lambda: not is_alive(second["pid"]), "the end of what is not wanted")
    await_true(lambda: cluster.read("/gale/workers/t-2/s1:1") is None, "no node of it")


def test_a_process_that_slot_json_does_not_know_is_found(world):
    """A supervisor may die between the start of a worker and writing down its number."""
    supervisor, nimbus, cluster = world()
    cluster.assign("t-1")
    worker = running(nimbus)
    supervisor.kill()
    path = supervisor.data / "workers/0/slot.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"pid": 0, "born": 0}))
    nimbus.reports.clear()
    supervisor.start()
    assert running(nimbus)["pid"] == worker["pid"]
    supervisor.kill()
    path.unlink()
    nimbus.reports.clear()
    supervisor.start()
    assert running(nimbus)["pid"] != worker["pid"]
    assert not is_alive(worker["pid"])


@pytest.mark.parametrize("start", ["run", "loiter"])
def test_what_is_not_assigned_any_more_is_stopped(world, start):
    supervisor, nimbus, cluster = world(supervisor_worker_shutdown_sleep_secs=0.3)
    supervisor.order(start=start)
    cluster.assign("t-1")
    worker = running(nimbus)
    await_true(lambda: cluster.read("/gale/workers/t-1/s1:0"), "the worker's node")
    cluster.unassign("t-1")
    nimbus.wait_for(lambda report: not report["workers"], "an empty slot")

    assert not is_alive(worker["pid"])
    await_true(lambda: cluster.read("/gale/workers/t-1/s1:0") is None, "no node")
    killed = "worker.killed" in supervisor.log.read_text()
    assert killed == (start == "loiter")


def test_an_order_of_a_former_leader_is_refused(world):
    supervisor, nimbus, cluster = world()
    cluster.assign("t-1", slot=0, epoch=5)
    worker = running(nimbus)
    cluster.assign("t-1", slot=1, epoch=4)
    await_true(lambda: "assignment.refused" in supervisor.log.read_text(), "a refusal")
    assert find_workers(supervisor) == [worker["pid"]]
    cluster.assign("t-1", slot=1, epoch=6)
    assert running(nimbus, 1)["pid"] != worker["pid"]


def test_a_topology_that_ends_by_itself_is_not_started_again(world):
    supervisor, nimbus, cluster = world()
    supervisor.order(ended=True)
    cluster.assign("t-1")
    worker = nimbus.wait_for(lambda report: worker_in(report, phase="ended"), "the end")
    assert worker["ended"] and worker["pid"] == 0
    supervisor.kill()
    nimbus.reports.clear()
    supervisor.start()
    nimbus.wait_for(lambda report: worker_in(report, phase="ended"), "the end, remembered")
    assert find_workers(supervisor) == []


SPOILT = {
    "cut": (b"cut", "cut short"),
    "shorter": (PLAN[:-1], "not what the hash says"),
    "longer": (PLAN + b"x", "not what the hash says"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_blob_is_refused_and_told(world, how):
    held, why = SPOILT[how]
    supervisor, nimbus, cluster = world()
    nimbus.put(PLAN, held)
    cluster.assign("t-1")

    failed(nimbus, why)
    assert not (supervisor.data / "blobs" / hash_of(PLAN)).exists()
    errors = await_true(lambda: cluster.read("/gale/errors/t-1/__worker"), "an error")
    assert why in errors["errors"][0]["text"]
    nimbus.put(PLAN)
    running(nimbus)


def failed(nimbus, why):
    def find(report):
        worker = worker_in(report, phase="failed")
        return worker if worker and why in worker["last_exit"] else None

    return nimbus.wait_for(find, why)


def test_a_full_disk_is_told_and_waited_for(world):
    supervisor, nimbus, cluster = world(full_disk=True)
    supervisor.full.touch()
    cluster.assign("t-1")
    failed(nimbus, "no room on the disk")
    assert list((supervisor.data / "blobs").iterdir()) == []
    supervisor.full.unlink()
    worker = running(nimbus)

    supervisor.full.touch()
    os.kill(worker["pid"], signal.SIGKILL)
    failed(nimbus, "slot.json cannot be written")  # what is not remembered is not started
    assert find_workers(supervisor) == []
    supervisor.full.unlink()
    again = running(nimbus, but=worker["pid"])
    assert again["incarnation"] > worker["incarnation"]


def test_a_nimbus_that_says_nothing_stops_nothing(world):
    supervisor, nimbus, cluster = world()
    cluster.assign("t-1")
    worker = running(nimbus)
    nimbus.mute.set()
    os.kill(worker["pid"], signal.SIGKILL)
    other = await_true(
        lambda: [pid for pid in find_workers(supervisor) if pid != worker["pid"]], "a restart"
    )
    nimbus.reports.clear()
    nimbus.mute.clear()
    assert running(nimbus)["pid"] in other


def test_a_cluster_state_that_is_away_stops_nothing(world):
    supervisor, nimbus, cluster = world()
    cluster.assign("t-1")
    worker = running(nimbus)
    cluster.server.kill()
    os.kill(worker["pid"], signal.SIGKILL)
    again = running(nimbus, but=worker["pid"])
    assert find_workers(supervisor) == [again["pid"]]
    cluster.server.restart()

    def published():
        with contextlib.suppress(KazooException):
            return (cluster.read("/gale/workers/t-1/s1:0") or {}).get("incarnation")
        return None

    await_true(lambda: published() == again["incarnation"], "the new node")
    assert find_workers(supervisor) == [again["pid"]]


def test_errors_of_user_code_are_passed_on(world):
    supervisor, nimbus, cluster = world()
    (supervisor.folder / "error").write_text("no such word")
    cluster.assign("t-1")

    def find(report):
        worker = worker_in(report)
        return worker and worker["errors"]

    assert nimbus.wait_for(find, "an error in the report") == [
        {"component": "counter", "task": 2, "text": "no such word", "count": 1}
    ]
    errors = await_true(lambda: cluster.read("/gale/errors/t-1/counter"), "an error in coord")
    assert errors["errors"][0]["text"] == "no such word" and errors["errors"][0]["task"] == 2
    nimbus.wait_for(lambda report: worker_in(report, errors=[]), "a report without it")


def test_logs_are_turned_listed_and_read(world):
    supervisor, nimbus, cluster = world(
        supervisor_log_bytes_max="4KiB", supervisor_log_files_max=3
    )
    supervisor.order(noise=1000)
    cluster.assign("t-1")
    running(nimbus)

    def listed():
        files, error, _ = supervisor.ask("logs.list", topology="t-1")
        assert error is None
        return files["files"] if len(files["files"]) == 3 else None

    files = await_true(listed, "two turns of the log")
    assert [item["file"] for item in files] == ["worker.log", "worker.log.1", "worker.log.2"]
    args = {"topology": "t-1", "slot": 0, "length": 100}
    ok, _, body = supervisor.ask("logs.read", file="worker.log.1", offset=0, **args)
    assert body.startswith(b"reopened\n") or b"started" in body
    ok, _, body = supervisor.ask("logs.read", file="worker.log.1", offset=-10, **args)
    assert body == b"x" * 9 + b"\n" and ok["offset"] == ok["size"] - 10


def test_only_logs_are_read(world):
    supervisor, nimbus, cluster = world()
    cluster.assign("t-1")
    running(nimbus)
    secret = supervisor.folder / "secret"
    secret.write_text("secret")
    folder = supervisor.data / "logs/t-1/0"
    (folder / "worker.log.1").symlink_to(secret)
    os.link(secret, folder / "worker.log.2")
    os.mkfifo(folder / "worker.log.3")
    (supervisor.data / "logs/linked").symlink_to(supervisor.data / "logs/t-1")
    args = {"slot": 0, "offset": 0, "length": 100}
    names = ["../../../secret", "/etc/passwd", "worker.log.1", "worker.log.2", "worker.log.3", "id"]
    for name in [*names, "worker.log/", "worker.log.01", ""]:
        ok, error, body = supervisor.ask("logs.read", topology="t-1", file=name, **args)
        assert ok is None and error["code"] in ("not_found", "invalid") and body == b"", name
    for topology in ("..", ".", "../logs/t-1", "linked", ""):
        ok, error, _ = supervisor.ask("logs.read", topology=topology, file="worker.log", **args)
        assert ok is None and error["code"] in ("not_found", "invalid"), topology
    ok, error, _ = supervisor.ask("rm", topology="t-1")
    assert error["code"] == "invalid"
    ok, error, _ = supervisor.ask("info")
    assert ok["supervisor"] == "s1"


def test_logs_are_listed_by_topology(world):
    supervisor, nimbus, cluster = world()
    assert supervisor.ask("logs.topologies")[0] == {"topologies": []}
    cluster.assign("t-1")
    running(nimbus)
    (supervisor.data / "logs" / "t-9").mkdir()  # without a log
    (one,) = supervisor.ask("logs.topologies")[0]["topologies"]
    assert one["id"] == "t-1"
    log = supervisor.data / "logs" / "t-1" / "0" / "worker.log"
    assert one["modified_ms"] <= log.stat().st_mtime_ns // 1000000


def tuple_of(number):
    return {
        "component": "a",
        "task": 0,
        "stream": "s",
        "to": "b",
        "to_task": number,
        "tracked": True,
        "values": {"n": number},
    }


SAMPLE = {"topology": "t-1", "slot": 0, "component": "a", "count": 5}


def test_samples_of_a_worker_are_handed_on(world):
    supervisor, nimbus, cluster = world()
    cluster.assign("t-1")
    running(nimbus)
    tuples = [tuple_of(i) for i in range(7)]
    supervisor.order(samples=[tuples[:2], tuples[2:3], []])
    assert supervisor.ask("worker.sample", **SAMPLE)[0] == {"tuples": tuples[:3]}
    asked = json.loads((supervisor.folder / "asked").read_text())
    assert (asked["component"], asked["received"], asked["count"]) == ("a", False, 5)
    supervisor.order(samples=[tuples[:4], tuples[4:], []])
    assert supervisor.ask("worker.sample", **SAMPLE, received=True)[0] == {"tuples": tuples[:5]}
    again = json.loads((supervisor.folder / "asked").read_text())
    assert again["received"] is True and again["request"] > asked["request"]


def test_a_worker_that_is_not_there_has_no_samples(world):
    supervisor, nimbus, cluster = world()
    cluster.assign("t-1")
    running(nimbus)
    for wrong in ({"slot": 1}, {"slot": 700}, {"topology": "t-2"}):
        assert supervisor.ask("worker.sample", **SAMPLE | wrong)[1]["code"] == "not_found"
    for wrong in ({"slot": -1}, {"topology": "../t"}, {"component": ""}, {"count": 0}, {"count": 101}):
        assert supervisor.ask("worker.sample", **SAMPLE | wrong)[1]["code"] == "invalid"


def test_a_worker_that_dies_meanwhile_is_not_waited_for_and_few_are_waited_for_at_all(world):
    supervisor, nimbus, cluster = world()
    cluster.assign("t-1")
    worker = running(nimbus)
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.linger = 0
        dealer.connect(f"tcp://127.0.0.1:{supervisor.port}")
        for i in range(65):
            head = {"v": 1, "id": i, "op": "worker.sample", "args": SAMPLE}
            dealer.send_multipart([json.dumps(head).encode(), b""])

        def answer():
            assert dealer.poll(TIMEOUT_S * 1000)
            head = json.loads(dealer.recv_multipart()[0])
            return head["id"], head["error"]["code"]

        assert answer() == (64, "limit")
        os.kill(worker["pid"], signal.SIGKILL)
        assert sorted(answer() for _ in range(64)) == [(i, "unavailable") for i in range(64)]


def test_a_worker_whose_samples_are_none_is_cut_off(world):
    supervisor, nimbus, cluster = world()
    cluster.assign("t-1")
    running(nimbus)
    supervisor.order(samples=[[{**tuple_of(1), "values": {"n": [[1]]}}]])
    assert supervisor.ask("worker.sample", **SAMPLE)[1]["code"] == "unavailable"
    assert "'values' is not the fields of a tuple" in supervisor.log.read_text()


def test_who_ends_in_order_leaves_no_lock_behind(world):
    supervisor, _, _ = world()
    lock = supervisor.data / "lock"
    assert lock.exists()
    supervisor.stop()
    assert not lock.exists()
    supervisor.start()
    supervisor.kill()
    assert lock.exists()
    supervisor.start()


def test_stop_workers_stops_them_first(world):
    supervisor, nimbus, cluster = world("--stop-workers")
    cluster.assign("t-1")
    worker = running(nimbus)
    supervisor.stop()
    assert not is_alive(worker["pid"])
    await_true(lambda: cluster.read("/gale/supervisors/s1") is None, "no node")


def test_health_scripts_are_heard(world, tmp_path):
    folder = tmp_path / "health"
    folder.mkdir()
    script = folder / "disk"
    script.write_text("#!/bin/sh\necho fine\necho ERROR no room\n")
    script.chmod(0o755)
    _, nimbus, _ = world(supervisor_health_dir=folder, supervisor_health_freq_secs=1)
    report = nimbus.wait_for(lambda report: not report["healthy"] and report, "trouble")
    assert report["health_text"] == "disk: ERROR no room"
    script.unlink()
    nimbus.wait_for(lambda report: report["healthy"], "no trouble")


def test_a_second_supervisor_of_the_folder_is_refused(world):
    supervisor, _, _ = world()
    command = [SUPERVISOR, "--data", supervisor.data, "-c", "supervisor.id=s2"]
    result = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert result.returncode == 1 and "another supervisor" in result.stderr


def test_the_manual_page_is_well_formed(tmp_path):
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    page = tmp_path / "gale-supervisor.1"
    page.write_bytes(subprocess.check_output([str(SUPERVISOR), "--man"], timeout=TIMEOUT_S))
    result = subprocess.run(
        ["mandoc", "-T", "lint", str(page)], capture_output=True, text=True, check=False
    )
    assert result.stdout == "" and result.returncode == 0
    text = subprocess.check_output([str(SUPERVISOR), "--help"], text=True, timeout=TIMEOUT_S)
    assert "supervisor.slots = 4" in text and "nimbus.listen" not in text


def test_a_folder_that_is_no_control_group_is_refused(tmp_path):
    """Rather than running workers without the bounds that somebody counts on."""
    result = subprocess.run(
        [str(SUPERVISOR), "--data", str(tmp_path / "d"), "-c", f"supervisor.cgroup={tmp_path}"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert result.returncode == 1 and "control groups, version 2" in result.stderr


def test_a_data_folder_with_a_long_path_is_refused(tmp_path):
    folder = tmp_path / ("x" * 100)
    result = subprocess.run(
        [str(SUPERVISOR), "--data", str(folder)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert result.returncode == 1 and "shorter supervisor.data" in result.stderr
