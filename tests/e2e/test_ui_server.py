# SPDX-License-Identifier: Apache-2.0
"""gale-ui as a server: whom it lets in, what it refuses, how it bears clients that mean harm or are slow, what those
see who follow it, and how it ends. The cluster state is a real one, and nimbus is played by the test, so that it can be
silent when the test wants it. What the routes answer is tested elsewhere."""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path

import fake_nimbus
import pytest
from conftest import BUILD
from coord.servers import Server
from nimbus.servers import cluster_state

GALE_UI = BUILD / "bin" / "gale-ui"
TIMEOUT_S = 30
TOKEN = "a-token-of-some-length"
USAGE, FAILED = 2, 1


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

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection(*self.address, timeout=TIMEOUT_S)
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


# ---- whom it lets in --------------------------------------------------------------------------


def test_what_every_answer_says(ui):
    for path in ("/", "/topologies/wc", "/api/v2/pulse", "/api/v2/nothing", "/metrics"):
        answer = ui.ask("GET", path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'") and "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] in ("no-store", "no-cache")
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("host", ["evil.example.org", "localhost.evil.org:8080", "10.0.0.7", "[2001:db8::1]:80"])
def test_a_name_that_is_not_ours_leads_nowhere(ui, host):
    for path in ("/", "/api/v2/pulse", "/metrics", "/api/v2/stream"):
        answer = ui.ask("GET", path, Host=host)
        assert (answer.status, error_of(answer)["code"]) == (421, "denied")


def test_names_of_ours_are_served(ui):
    for host in ("localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080"):
        assert ui.ask("GET", "/", Host=host).status == 200


def test_a_change_needs_what_no_other_page_can_send(ui, nimbus):
    assert ui.change().status == 200
    assert ui.change(Origin=f"http://{ui.hosts}", Sec_Fetch_Site="same-origin").status == 200
    asked = nimbus.server.names().count("topology.kill")
    for headers in (
        {"X_Gale_Action": None},
        {"Origin": "http://evil.example.org"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ):
        assert ui.change(**headers).status == 403, headers
    answer = ui.ask("POST", "/api/v2/topologies/wc/kill", body="wait_ms=1", X_Gale_Action="1")
    assert answer.status == 415
    answer = ui.ask("POST", "/api/v2/topologies/wc/kill", body="{", X_Gale_Action="1", Content_Type="application/json")
    assert answer.status == 400
    assert nimbus.server.names().count("topology.kill") == asked


def test_other_methods_are_refused(ui):
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = ui.ask(method, "/api/v2/pulse")
        assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD, POST"
    assert ui.ask("POST", "/api/v2/pulse", X_Gale_Action="1").status == 405
    head = ui.ask("HEAD", "/api/v2/pulse")
    assert head.status == 200 and head.text == b"" and int(head.headers["Content-Length"]) > 0


def test_without_actions_nothing_changes(coord, nimbus, tmp_path):
    with Ui(tmp_path, coord.hosts, ui__actions="false") as ui:
        answer = ui.change()
        assert answer.status == 403 and "ui.actions is false" in error_of(answer)["text"]
        session = json.loads(ui.ask("GET", "/api/v2/session").text)
        assert session["actions"] is False and "ui.actions" in session["why_not"]


def test_a_token_is_asked_for(coord, nimbus, tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    file.chmod(0o600)
    with Ui(tmp_path, coord.hosts, ui__token__file=file) as ui:
        answer = ui.change()
        assert answer.status == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
        assert ui.change(Authorization="Bearer " + TOKEN[:-1]).status == 401
        assert ui.change(Authorization=f"Bearer {TOKEN}").status == 200
        assert nimbus.server.args_of("topology.kill")["by"] == "token"
        assert ui.ask("GET", "/api/v2/pulse").status == 200


def run(coord, *words):
    return subprocess.run(
        [GALE_UI, "-c", f"coord.servers={coord.hosts}", *words],
        capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
    )


def test_others_must_not_be_able_to_read_the_token(coord, tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o644)
    result = run(coord, "-l", "127.0.0.1:0", "-c", f"ui.token.file={file}")
    assert result.returncode == FAILED and "chmod 600" in result.stderr
    result = run(coord, "-l", "127.0.0.1:0", "-c", f"ui.token.file={tmp_path}/none")
    assert result.returncode == FAILED and "cannot read" in result.stderr
    os.mkfifo(tmp_path / "pipe", 0o600)
    result = run(coord, "-l", "127.0.0.1:0", "-c", f"ui.token.file={tmp_path}/pipe")
    assert result.returncode == FAILED and "is no file" in result.stderr


def test_a_folder_without_the_page_is_told_at_the_start(coord, tmp_path):
    result = run(coord, "-l", "127.0.0.1:0", "-c", f"ui.dir={tmp_path}/none")
    assert result.returncode == FAILED and "ui.dir: cannot read" in result.stderr


def test_an_address_for_others_must_be_meant(coord):
    result = run(coord, "-l", "0.0.0.0:0")
    assert result.returncode == USAGE and "set ui.public=true" in result.stderr


def test_a_public_server_without_a_token_is_read_only(coord, nimbus, tmp_path):
    with Ui(tmp_path, coord.hosts, ui__public="true", ui__hosts="gale.example.org") as ui:
        pass  # one that listens on loopback is not public, whatever the setting says
    ui.values["ui.listen"] = f"*:{ui.port}"
    ui.command = lambda: [GALE_UI, *[w for k, v in ui.values.items() for w in ("-c", f"{k}={v}")]]
    with ui:
        answer = ui.change()
        assert answer.status == 403 and "ui.token.file" in error_of(answer)["text"]
        assert ui.ask("GET", "/", Host="192.0.2.7:8080").status == 200
        assert ui.ask("GET", "/", Host="gale.example.org").status == 200
        assert ui.ask("GET", "/", Host="evil.example.org").status == 421
        assert "other machines may reach this server" in ui.log_end()


# ---- the page ---------------------------------------------------------------------------------


def test_the_page_comes_for_views_and_not_for_files_that_are_gone(ui):
    index = ui.ask("GET", "/")
    assert index.status == 200 and index.text.startswith(b"<!doctype html>")
    for path in ("/topologies/wc?tab=graph", "/workers/s1/4", "/log/topics/a.json"):
        assert ui.ask("GET", path).text == index.text
    for path in ("/app-0123456789.js", "/favicon.ico", "/api", "/api/v3/x"):
        assert ui.ask("GET", path).status == 404
    tag = index.headers["ETag"]
    known = ui.ask("GET", "/", If_None_Match=tag)
    assert (known.status, known.text, known.headers["ETag"]) == (304, b"", tag)


def test_files_of_the_page_are_packed_and_keep(ui):
    index = ui.ask("GET", "/").text.decode()
    for path in re.findall(r'(?:src|href)="(/[^"]+)"', index):
        plain = ui.ask("GET", path)
        if not re.search(r"-[0-9A-Za-z]{8,16}\.(js|css)$", path):
            continue
        packed = ui.ask("GET", path, Accept_Encoding="gzip, br")
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert packed.headers["Content-Encoding"] == "gzip" and len(packed.text) < len(plain.text)
        assert ui.ask("GET", path, Accept_Encoding="gzip;q=0").text == plain.text


@pytest.mark.parametrize("path", [
    "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/topologies/..%00",
    "/a/%ff", "/%", "/./x", "/x/%2E", "//../x", "/api/v2/logs/../../x",
])
def test_no_way_leads_out(ui, path):
    with ui.connect() as wire:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = wire.makefile("rb").read()
    assert answer.split(b" ")[1] in (b"400", b"404") or b"<!doctype html>" in answer
    assert b"root:" not in answer


def test_a_folder_is_served_as_it_is_and_nothing_beside_it(coord, nimbus, tmp_path):
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("one")
    (tmp_path / "page" / ".secret.js").write_text("secret")
    (tmp_path / "beside.js").write_text("secret")
    with Ui(tmp_path, coord.hosts, ui__dir=tmp_path / "page") as ui:
        assert ui.ask("GET", "/x").text == b"one"
        (tmp_path / "page" / "index.html").write_text("two")
        assert ui.ask("GET", "/").text == b"two"
        for path in ("/.secret.js", "/..%2fbeside.js", "/x%2f..%2f..%2fbeside.js", "/../beside.js"):
            assert b"secret" not in ui.ask("GET", path).text


# ---- what it bears ----------------------------------------------------------------------------


def test_what_is_too_large_is_refused(ui):
    body = json.dumps({"wait_ms": 1, "filling": "x" * 70000})
    answer = ui.ask("POST", "/api/v2/topologies/wc/kill", body=body, X_Gale_Action="1", Content_Type="application/json")
    assert answer.status == 413
    assert ui.ask("GET", "/" + "x" * 9000).status == 414
    assert ui.ask("GET", "/?" + "&".join(f"a{i}=b" for i in range(70))).status == 414
    with ui.connect() as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40000)
        assert wire.makefile("rb").readline().split(b" ")[1] in (b"413", b"431", b"400")
    deep = "[" * 40 + "]" * 40
    answer = ui.ask("POST", "/api/v2/topologies/wc/kill", body=f'{{"a":{deep}}}', X_Gale_Action="1",
                    Content_Type="application/json")
    assert answer.status == 400


def test_a_body_in_pieces_is_limited_too(ui):
    with ui.connect() as wire:
        wire.sendall(b"POST /api/v2/topologies/wc/kill HTTP/1.1\r\nHost: localhost\r\nX-Gale-Action: 1\r\n"
                     b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            wire.sendall(b"2000\r\n" + b" " * 0x2000 + b"\r\n")
        wire.sendall(b"0\r\n\r\n")
        assert wire.makefile("rb").readline().split(b" ")[1] == b"413"


def test_requests_for_figures_reach_nimbus_once_a_second(ui, nimbus):
    begin = time.monotonic()
    for _ in range(50):
        assert ui.ask("GET", "/api/v2/pulse").status == 200
    seconds = time.monotonic() - begin
    assert nimbus.server.names().count("pulse") <= 2 + seconds


def ended(wire):
    """Whether the other side has closed it, waiting for that."""
    with contextlib.suppress(ConnectionError):
        while wire.recv(65536):
            pass
    return True


def test_who_never_finishes_a_request_is_disconnected(coord, nimbus, tmp_path):
    with Ui(tmp_path, coord.hosts, ui__request__timeout__secs=1) as ui:
        with ui.connect() as silent, ui.connect() as slow, ui.connect() as half:
            half.sendall(b"POST /api/v2/topologies/wc/kill HTTP/1.1\r\nHost: localhost\r\nX-Gale-Action: 1\r\n"
                         b"Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{")
            slow.settimeout(0.1)
            slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
            begin = time.monotonic()
            is_open = True
            while is_open:  # a byte each tenth of a second, for ever
                try:
                    slow.sendall(b"x")
                    is_open = slow.recv(1) != b""
                except TimeoutError:
                    assert time.monotonic() - begin < TIMEOUT_S
                except ConnectionError:
                    is_open = False
            assert ended(silent) and ended(half)
        assert ui.ask("GET", "/").status == 200


def test_connections_are_limited_and_come_back(coord, nimbus, tmp_path):
    with Ui(tmp_path, coord.hosts, ui__connections__max=16) as ui, contextlib.ExitStack() as stack:
        def get(wire):
            wire.sendall(b"GET /api/v2/session HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return wire.recv(12)

        def is_served():
            wire = stack.enter_context(ui.connect())
            wire.settimeout(2)
            with contextlib.suppress(OSError):
                return get(wire) == b"HTTP/1.1 200"
            return False

        wires = []
        while len(wires) < 16:  # those of is_ready() may still be there
            wire = ui.connect()
            with contextlib.suppress(OSError):
                if get(wire) == b"HTTP/1.1 200":
                    wires.append(stack.enter_context(wire))
                    continue
            wire.close()
        assert not is_served()
        stack.close()
        while not is_served():
            pass


def test_streams_are_limited(coord, nimbus, tmp_path):
    with Ui(tmp_path, coord.hosts, ui__streams__max=3) as ui, contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(ui.follow()).await_("pulse")
        refused = stack.enter_context(ui.follow())
        assert refused.answer.status == 503 and refused.answer.headers["Retry-After"]
        assert ui.ask("GET", "/api/v2/stream?panels=nonsense").status == 400


def test_hundreds_that_say_nothing_harm_nobody(ui):
    with contextlib.ExitStack() as stack:
        for _ in range(400):
            stack.enter_context(ui.connect())
        assert ui.ask("GET", "/api/v2/pulse").status == 200


# ---- streams ----------------------------------------------------------------------------------


def test_a_stream_tells_what_a_get_tells(ui):
    with ui.follow("pulse,topology:wc:10,events") as follower:
        figures = follower.await_("figures")
        events = follower.await_("events")
        pulse = follower.await_("pulse")
    assert figures.pop("panel") == "topology:wc:10" and events.pop("panel") == "events"
    assert pulse.pop("panel") == "pulse"
    got = json.loads(ui.ask("GET", "/api/v2/topologies/wc/figures?window=10").text)
    assert {**got, "tick": 0} == {**figures, "tick": 0}
    got = json.loads(ui.ask("GET", "/api/v2/events").text)
    assert got == events
    assert pulse["text"] == "all well"


def test_many_that_follow_the_same_ask_for_it_once(ui, nimbus):
    with contextlib.ExitStack() as stack:
        followers = [stack.enter_context(ui.follow("topology:wc,pulse")) for _ in range(40)]
        for follower in followers:
            follower.await_("figures")
        before = nimbus.server.names().count("topology.figures"), nimbus.tick
        for follower in followers:
            follower.await_("pulse", lambda pulse: pulse["tick"] >= before[1] + 3)
        asked = nimbus.server.names().count("topology.figures") - before[0]
        assert asked <= nimbus.tick - before[1] + 1


def test_what_is_not_there_is_gone(ui):
    with ui.follow("topology:nothing") as follower:
        gone = follower.await_("gone")
        assert gone == {"panel": "topology:nothing", "text": "there is no topology 'nothing'"}


def test_who_comes_back_gets_the_events_between(ui, nimbus):
    with ui.follow("events") as follower:
        assert [event["id"] for event in follower.await_("events")["events"]] == [1, 2, 3]
        last = follower.last
    assert last.endswith("-3")
    nimbus.events = 6
    with ui.follow("events", last=last) as follower:
        seen = []
        while len(seen) < 3:
            seen += [event["id"] for event in follower.await_("events")["events"]]
        assert seen == [4, 5, 6]
        nimbus.events = 7
        assert [event["id"] for event in follower.await_("events")["events"]] == [7]


def test_trouble_is_told_and_its_end(ui, nimbus):
    with ui.follow("pulse,topology:wc") as follower:
        follower.await_("figures")
        nimbus.end()
        trouble = follower.await_("trouble")
        assert "gives no answer" in trouble["text"]
        answer = ui.ask("GET", "/api/v2/pulse")
        assert answer.status == 503 and answer.headers["Retry-After"]
        assert ui.ask("GET", "/").status == 200
        nimbus.begin()
        follower.await_("pulse")
        follower.await_("figures")
        assert ui.ask("GET", "/api/v2/pulse").status == 200


def test_another_leader_is_found(ui, nimbus):
    with ui.follow("pulse") as follower:
        follower.await_("pulse")
        nimbus.end()
        nimbus.address = None
        nimbus.begin()
        nimbus.tell_address()
        tick = nimbus.tick
        follower.await_("pulse", lambda pulse: pulse["tick"] > tick)


def memory_of(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1])


def test_who_never_reads_costs_little_and_harms_nobody(ui, nimbus):
    """200 KB a tick come to each of them: none is kept for who does not read."""
    with contextlib.ExitStack() as stack:
        for _ in range(30):
            wire = stack.enter_context(ui.connect())
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.sendall(b"GET /api/v2/stream?panels=topology:wc HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with ui.follow("topology:wc") as follower:
            follower.await_("figures")
            before = memory_of(ui.process.pid)
            tick = nimbus.tick
            follower.await_("figures", lambda figures: figures["tick"] >= tick + 5)
            assert memory_of(ui.process.pid) - before < 16 * 1024
        assert ui.ask("GET", "/api/v2/pulse").status == 200


# ---- its end ----------------------------------------------------------------------------------


def test_it_ends_at_once_with_streams_open(coord, nimbus, tmp_path):
    with contextlib.ExitStack() as stack:
        ui = Ui(tmp_path, coord.hosts)
        with ui:
            followers = [stack.enter_context(ui.follow("pulse,events")) for _ in range(20)]
            for follower in followers:
                follower.await_("pulse")
        for follower in followers:
            while follower.read() is not None:
                pass


def test_it_ends_while_requests_wait_for_a_nimbus_that_is_silent(coord, nimbus, tmp_path):
    ui = Ui(tmp_path, coord.hosts, ui__backend__timeout__ms=60000)
    with ui, contextlib.ExitStack() as stack:
        assert ui.ask("GET", "/api/v2/pulse").status == 200
        nimbus.server.ops["topology.kill"] = lambda args, body: None
        wires = [stack.enter_context(ui.connect()) for _ in range(4)]
        for wire in wires:
            wire.sendall(b"POST /api/v2/topologies/wc/kill HTTP/1.1\r\nHost: localhost\r\nX-Gale-Action: 1\r\n\r\n")
        while nimbus.server.names().count("topology.kill") < 4:
            os.sched_yield()
