# SPDX-License-Identifier: Apache-2.0
"""gale-ui as a process of a test, with a real cluster state and a nimbus that is played by the test, so that it can be
silent when the test wants it."""

import contextlib
import http.client
import json
import re
import socket
from pathlib import Path

import fake_nimbus
import pytest
from conftest import BUILD
from coord.servers import Server
from nimbus.servers import cluster_state

GALE_UI = BUILD / "bin" / "gale-ui"
TIMEOUT_S = 30


class Nimbus:
    """Ticks with each pulse that is asked for."""

    def __init__(self, coord):
        self.coord = coord
        self.events = 3
        self.tick = 0
        self.address = None
        self.server = None
        self.begin()
        self.tell_address()

    def begin(self):
        ops = {"info": lambda args, body: fake_nimbus.info(), "pulse": self.pulse, "events": self.list_events,
               "topology.kill": lambda args, body: {"id": "wc-1", "status": "killed"},
               "topology.figures": self.figures}
        address = "127.0.0.1:*" if self.address is None else self.address
        self.server = fake_nimbus.Server(ops, f"tcp://{address}").start()
        self.address = self.server.address

    def end(self):
        self.server.stop()

    def tell_address(self):
        who = {"version": 1, "id": "n1", "address": self.address, "gale": "0.1.0", "since_ms": 1}
        data = f"1 seat\n{json.dumps(who)}"
        for path, value in (("/gale", ""), ("/gale/nimbus", ""), ("/gale/nimbus/leader", data)):
            self.coord.ensure_path(path)
            self.coord.set(path, value.encode())

    def pulse(self, args, body):
        self.tick += 1
        return {"tick": self.tick, "at_ms": 1, "interval_ms": 1000, "topologies": [], "text": "all well"}

    def figures(self, args, body):
        if args["name"] != "wc":
            raise fake_nimbus.Fault("not_found", f"there is no topology '{args['name']}'")
        return {"tick": self.tick, "at_ms": 1, "interval_ms": 1000, "name": "wc", "filling": "x" * 200000}

    def list_events(self, args, body):
        after = args.get("after", 0)
        events = [{"id": id, "at_ms": 1, "kind": "submitted"} for id in range(after + 1, self.events + 1)]
        return {"events": events, "first_id": 1, "last_id": self.events}


class Ui(Server):
    kind = "gale-ui"

    def __init__(self, folder, coord, **settings):
        super().__init__(folder, None)
        self.values = {"coord.servers": coord, "coord.session_timeout_ms": 1000}
        self.values |= {key.replace("__", "."): value for key, value in settings.items()}

    def command(self):
        options = [word for key, value in self.values.items() for word in ("-c", f"{key}={value}")]
        return [GALE_UI, "--listen", self.hosts, *options]

    def is_ready(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("GET", "/").status == 200
        return False

    def ask(self, method, path, body=None, source=None, **headers):
        """From the address `source`, if that is to be another one."""
        here = None if source is None else (source, 0)
        connection = http.client.HTTPConnection(*self.address, timeout=TIMEOUT_S, source_address=here)
        with contextlib.closing(connection):
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            answer.text = answer.read()
            return answer

    def change(self, **headers):
        sent = {"X_Gale_Action": "1"} | headers
        return self.ask("POST", "/api/v2/topologies/wc/kill", **{k: v for k, v in sent.items() if v is not None})

    def connect(self):
        return socket.create_connection(self.address, timeout=TIMEOUT_S)

    def follow(self, panels="pulse", last=None):
        return Follower(self, panels, last)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.kill()
            return
        status = self.stop()
        assert status == 0, f"gale-ui ended with {status}:\n{self.log_end()}"


class Follower:
    """Reads events as a browser does."""

    def __init__(self, ui, panels, last):
        self.connection = http.client.HTTPConnection(*ui.address, timeout=TIMEOUT_S)
        headers = {} if last is None else {"Last-Event-ID": last}
        self.connection.request("GET", f"/api/v2/stream?panels={panels}", headers=headers)
        self.answer = self.connection.getresponse()
        self.last = None

    def read(self):
        """The next (event, data); None at the end; ("comment", text)."""
        event = {}
        while line := self.answer.readline().decode():
            if line == "\n":
                self.last = event.get("id", self.last)
                return event.get("event", "comment"), json.loads(event.get("data", "null"))
            name, _, value = line.rstrip("\n").partition(": ")
            event[name] = value
        return None

    def await_(self, wanted, condition=lambda data: True):
        while True:
            event = self.read()
            assert event is not None, "the stream has ended"
            if event[0] == wanted and condition(event[1]):
                return event[1]

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture(scope="module")
def coord(tmp_path_factory):
    with cluster_state(tmp_path_factory.mktemp("coord")) as server:
        yield server


@pytest.fixture
def nimbus(coord):
    from kazoo.client import KazooClient

    client = KazooClient(hosts=coord.hosts)
    client.start()
    nimbus = Nimbus(client)
    yield nimbus
    nimbus.end()
    client.stop()
    client.close()


@pytest.fixture
def ui(coord, nimbus, tmp_path):
    with Ui(tmp_path, coord.hosts) as server:
        yield server


def error_of(answer):
    assert answer.headers["Content-Type"] == "application/json"
    return json.loads(answer.text)["error"]


def memory_of(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])
