# SPDX-License-Identifier: Apache-2.0
"""What gale-ui does while somebody waits for a profile: it waits as long as the profile takes, whatever its setting says
of others; who waits takes nobody's thread; few wait at a time; whoever goes, or a server that ends, waits no longer.
Nimbus and the supervisor are played by the test. What workers answer is test_rest_threads.py."""

import concurrent.futures
import contextlib
import json
import os
import socket
import threading
import time

import fake_nimbus
import pytest
from ui_rig import TIMEOUT_S, Nimbus, Ui, coord

AT_A_TIME = 4
WORKER = "/api/v2/topologies/wc/workers/s/0"
PROFILE = f"{WORKER}/profile?seconds=60"
ANSWERS = {
    "worker.stacks": {"threads": []},
    "worker.profile": {"samples": 0, "dropped": 0, "ms": 1000, "hz": 99, "stacks": []},
}


class Supervisor(fake_nimbus.Server):
    """Answers about threads when the test says so."""

    def __init__(self):
        self.may_answer = threading.Event()
        self.held = []
        super().__init__({op: lambda args, body: None for op in ANSWERS})

    def _run(self):
        while not self.stopping:
            if self.socket.poll(20):
                message = self.socket.recv_multipart()
                self.held.append(message)
                self._answer(*message)
            while self.may_answer.is_set() and self.held:
                peer, head, _ = self.held.pop()
                request = json.loads(head)
                reply = {"v": 1, "id": request["id"], "ok": ANSWERS[request["op"]]}
                self.socket.send_multipart([peer, json.dumps(reply).encode(), b""])


@pytest.fixture
def supervisor(coord):
    """Of the one worker that nimbus knows."""
    from kazoo.client import KazooClient

    client = KazooClient(hosts=coord.hosts)
    client.start()
    nimbus = Nimbus(client)
    supervisor = Supervisor().start()
    status = {"id": "wc-1", "name": "wc", "workers": [{"supervisor": "s", "slot": 0, "host": "h"}]}
    nodes = {"nimbuses": [], "supervisors": [fake_nimbus.supervisor("s", supervisor.address)]}
    nimbus.server.ops |= {"topology.status": lambda args, body: status, "cluster.nodes": lambda args, body: nodes}
    yield supervisor
    supervisor.stop()
    nimbus.end()
    client.stop()
    client.close()


def wait_until(condition):
    """For far less time than the profile takes."""
    end = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < end, "it has not come"
        os.sched_yield()


def send(ui, path):
    wire = ui.connect()
    wire.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return wire


def is_refused(ui):
    answer = ui.ask("GET", PROFILE)
    return answer.status == 503 and "as many look at the threads" in answer.text.decode()


def test_a_profile_has_its_own_time(coord, supervisor, tmp_path):
    """The time of others is up when the supervisor answers, and a client's time for a request is, too."""
    settings = {"ui__backend__timeout__ms": 2000, "ui__request__timeout__secs": 3}
    with Ui(tmp_path, coord.hosts, **settings) as ui, concurrent.futures.ThreadPoolExecutor() as pool:
        asked = pool.submit(ui.ask, "GET", PROFILE)
        wait_until(lambda: supervisor.names() or asked.done())
        with ui.connect() as idle:  # who says nothing is disconnected when that time is up
            assert idle.recv(1) == b""
        assert not asked.done()
        supervisor.may_answer.set()
        answer = asked.result()
        assert answer.status == 200, answer.text
        assert json.loads(answer.text)["hz"] == 99


def test_who_waits_takes_no_thread_and_few_wait_at_a_time(coord, supervisor, tmp_path):
    with Ui(tmp_path, coord.hosts, ui__threads=1) as ui, contextlib.ExitStack() as stack:
        paths = [PROFILE, f"{WORKER}/stacks", "/api/v1/dumps/wc/s%3A0/stacks.txt", PROFILE]
        wires = [stack.enter_context(send(ui, path)) for path in paths]
        wait_until(lambda: len(supervisor.asked) == AT_A_TIME)
        assert ui.ask("GET", "/api/v2/topologies/wc").status == 200
        refused = ui.ask("GET", PROFILE)
        assert refused.status == 503 and refused.headers["Retry-After"]
        error = json.loads(refused.text)["error"]
        assert error["code"] == "unavailable" and "ask again when one of them has his answer" in error["text"]
        storm = ui.ask("GET", "/api/v1/dumps/wc/s%3A0/profile.folded")
        assert storm.status == 503 and json.loads(storm.text)["error"] == "503 Service Unavailable"

        supervisor.may_answer.set()
        for wire in wires:
            assert wire.recv(12) == b"HTTP/1.1 200"
        assert ui.ask("GET", PROFILE).status == 200


@pytest.mark.parametrize("how", ["close", "end", "reset"])
def test_who_goes_is_waited_for_no_longer(coord, supervisor, tmp_path, how):
    with Ui(tmp_path, coord.hosts) as ui:
        wires = [send(ui, PROFILE) for _ in range(AT_A_TIME)]
        wait_until(lambda: len(supervisor.asked) == AT_A_TIME)
        assert is_refused(ui)
        for wire in wires:
            if how == "end":
                wire.shutdown(socket.SHUT_WR)
            elif how == "reset":
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                wire.close()
            else:
                wire.close()
        wait_until(lambda: not is_refused_soon(ui, supervisor))
        for wire in wires:
            wire.close()


def is_refused_soon(ui, supervisor):
    """Asks once more; what reaches the supervisor was let in."""
    before = len(supervisor.asked)
    with send(ui, PROFILE) as wire:
        wire.setblocking(False)
        while len(supervisor.asked) == before:
            with contextlib.suppress(BlockingIOError):
                return wire.recv(12) == b"HTTP/1.1 503"
            os.sched_yield()
    return False


def test_a_server_that_ends_waits_for_nobody(coord, supervisor, tmp_path):
    with contextlib.ExitStack() as stack:
        with Ui(tmp_path, coord.hosts) as ui:
            wires = [stack.enter_context(send(ui, PROFILE)) for _ in range(AT_A_TIME)]
            wait_until(lambda: len(supervisor.asked) == AT_A_TIME)
        for wire in wires:
            assert wire.recv(12) in (b"HTTP/1.1 503", b"")


def test_another_worker_is_not_asked_in_vain(coord, supervisor, tmp_path):
    with Ui(tmp_path, coord.hosts) as ui:
        for path in (f"{WORKER}/profile?seconds=61", "/api/v2/topologies/wc/workers/s/1/stacks"):
            assert ui.ask("GET", path).status in (400, 404)
        assert supervisor.asked == []
