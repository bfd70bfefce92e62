# SPDX-License-Identifier: Apache-2.0
"""gale-ui as a server: whom it lets in, what it refuses, how it bears clients that mean harm or are slow, what those
see who follow it, and how it ends. The cluster state is a real one, and nimbus is played by the test, so that it can be
silent when the test wants it. What the routes answer is tested elsewhere."""

import contextlib
import json
import os
import re
import select
import socket
import subprocess
import time

import fake_nimbus
import pytest
from broker.servers import Broker
from conftest import uses_librdkafka
from ui_rig import GALE_UI, TIMEOUT_S, Ui, coord, error_of, memory_of, nimbus, ui

TOKEN = "a-token-of-some-length"
USAGE, FAILED = 2, 1


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


@pytest.mark.parametrize("host", ["evil.example.org", "localhost.evil.org:8080", "10.0.0.7", "[2001:db8::1]:80", "127.", "127.1"])
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


def test_a_page_of_another_site_may_link_here_but_not_ask(ui):
    for site in ("cross-site", "same-site"):
        for dest in ("empty", "image", "iframe"):
            assert ui.ask("GET", "/api/v2/session", Sec_Fetch_Site=site, Sec_Fetch_Dest=dest).status == 403
        assert ui.ask("GET", "/", Sec_Fetch_Site=site, Sec_Fetch_Dest="document").status == 200
    assert ui.ask("GET", "/api/v2/session", Sec_Fetch_Site="same-origin", Sec_Fetch_Dest="empty").status == 200


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


def with_token(tmp_path, coord):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    file.chmod(0o600)
    return Ui(tmp_path, coord.hosts, ui__token__file=file)


def guess(ui, path, token, source="127.0.0.1"):
    method = "GET" if path == "/api/v2/session" else "POST"
    return ui.ask(method, path, source=source, X_Gale_Action="1", Authorization=f"Bearer {token}")


def test_who_guesses_the_token_is_slowed(coord, nimbus, tmp_path):
    path = "/api/v2/topologies/wc/kill"
    with with_token(tmp_path, coord) as ui:
        wrong = [guess(ui, path, f"a-guess-of-some-length-{i}").status for i in range(10)]
        assert wrong == [401] * 10
        refused = guess(ui, path, TOKEN)
        assert refused.status == 429 and 1 <= int(refused.headers["Retry-After"]) <= 60
        assert error_of(refused)["code"] == "denied"
        assert ui.ask("GET", "/api/v2/pulse", Authorization=f"Bearer {TOKEN}").status == 200, "looking needs none"
        assert guess(ui, path, TOKEN, source="127.0.0.2").status == 200, "another address has its own count"
        assert nimbus.server.names().count("topology.kill") == 1
        while (answer := guess(ui, path, TOKEN)).status == 429:  # a second is not long
            assert int(answer.headers["Retry-After"]) == 1
        assert answer.status == 200
        assert guess(ui, path, "one-more-wrong-token").status == 401, "the right one has ended it"
        lines = [line for line in ui.log.read_text().splitlines() if "token.guesses" in line]
        assert len(lines) == 1 and "address=127.0.0.1" in lines[0]


def test_who_asks_whether_a_guess_is_right_is_not_told_for_ever(coord, nimbus, tmp_path):
    """He is answered, for he may look; but what he shows is not compared any more."""
    path = "/api/v2/session"
    with with_token(tmp_path, coord) as ui:
        def seen(token, source="127.0.0.1"):
            return json.loads(guess(ui, path, token, source).text)["token"]

        assert seen(TOKEN) == "given"
        assert [seen(f"a-guess-of-some-length-{i}") for i in range(10)] == ["required"] * 10
        assert seen(TOKEN) == "required" and seen(TOKEN, source="127.0.0.2") == "given"
        while seen(TOKEN) != "given":
            pass


def test_a_page_with_an_old_token_holds_up_nobody(coord, nimbus, tmp_path):
    """It shows it with all that it asks for."""
    with with_token(tmp_path, coord) as ui:
        for _ in range(30):
            assert ui.ask("GET", "/api/v2/pulse", Authorization="Bearer of-the-server-of-before").status == 200
        assert guess(ui, "/api/v2/topologies/wc/kill", TOKEN).status == 200


def test_of_two_names_none_is_believed(ui):
    for first, second in (("localhost", "evil.example.org"), ("evil.example.org", "localhost"), ("localhost", "localhost")):
        with ui.connect() as wire:
            wire.sendall(f"GET / HTTP/1.1\r\nHost: {first}\r\nhost: {second}\r\n\r\n".encode())
            assert wire.makefile("rb").readline().split(b" ")[1] == b"400"


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


@pytest.mark.parametrize("request_", [
    b"GET /<script> HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"<script>" * 5000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: <script>\r\n\r\n",
    b"GET /<script> HTTP/1.1\r\n\r\n",
])
def test_what_the_library_refuses_repeats_nothing_of_the_request(ui, request_):
    """Its answers have no headers of ours: so there must be nothing in them that a browser could run."""
    with ui.connect() as wire:
        wire.sendall(request_)
        with contextlib.suppress(ConnectionError):
            answer = b""
            while piece := wire.recv(65536):
                answer += piece
    assert answer.split(b" ")[1] in (b"400", b"431", b"413", b"505") and b"<script" not in answer


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


# ---- whoever is silent holds up nobody else -------------------------------------------------------

WAITING = 12  # more than there are threads for any of them


@contextlib.contextmanager
def waiting_for(ui, path):
    """Requests that get no answer. At the end none of them has, so that nobody was waited for less."""
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(ui.connect()) for _ in range(WAITING)]
        for wire in wires:
            wire.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        yield wires
        assert select.select(wires, [], [], 0)[0] == []


def expect_the_rest(ui, but=()):
    for path in {"/", "/api/v2/session", "/api/v2/settings", "/api/v2/pulse", "/api/v2/coord?path=/"} - set(but):
        assert ui.ask("GET", path).status == 200, path


def test_a_silent_cluster_state_holds_up_nothing_else(coord, nimbus, tmp_path):
    patient = {"ui.backend.timeout.ms": 60000, "coord.session_timeout_ms": 60000}
    with Ui(tmp_path, coord.hosts, **patient) as ui:
        expect_the_rest(ui)
        coord.pause()
        try:
            with waiting_for(ui, "/api/v2/coord?path=/"):
                expect_the_rest(ui, but=["/api/v2/coord?path=/"])
        finally:
            coord.resume()
        expect_the_rest(ui)


def test_a_silent_supervisor_holds_up_nothing_else(coord, nimbus, tmp_path):
    supervisor = fake_nimbus.Server({"logs.topologies": lambda args, body: None}).start()
    nodes = {"supervisors": [{"id": "s1", "host": "here", "address": supervisor.address}]}
    nimbus.server.ops["cluster.nodes"] = lambda args, body: nodes
    try:
        with Ui(tmp_path, coord.hosts, ui__backend__timeout__ms=60000) as ui:
            expect_the_rest(ui)
            with waiting_for(ui, "/api/v2/logs"):
                while "logs.topologies" not in supervisor.names():
                    os.sched_yield()
                expect_the_rest(ui)
    finally:
        supervisor.stop()


@uses_librdkafka
def test_a_silent_log_holds_up_nothing_else(coord, nimbus, tmp_path):
    broker = Broker(tmp_path / "broker")
    broker.start()
    try:
        with Ui(tmp_path, coord.hosts, ui__backend__timeout__ms=60000, log__brokers=broker.hosts) as ui:
            assert ui.ask("GET", "/api/v2/log/topics").status == 200
            broker.pause()
            with waiting_for(ui, "/api/v2/log/topics"):
                expect_the_rest(ui)
            broker.resume()
            assert ui.ask("GET", "/api/v2/log/topics").status == 200
    finally:
        broker.stop()


def test_who_is_silent_is_named_and_asked_by_one_at_a_time(coord, nimbus, tmp_path):
    with Ui(tmp_path, coord.hosts, ui__backend__timeout__ms=500) as ui:
        expect_the_rest(ui)
        nimbus.server.ops["topology.status"] = nimbus.server.ops["pulse"] = lambda args, body: None
        text = error_of(ui.ask("GET", "/api/v2/topologies/a"))["text"]
        since = re.fullmatch(r"nimbus at \S+ gives no answer \(since (\S+Z)\); look whether it runs, and at its log", text)
        asked = len(nimbus.server.asked)
        begin = time.monotonic()
        for number in range(200):
            answer = ui.ask("GET", f"/api/v2/topologies/b{number}")
            assert answer.status == 503 and answer.headers["Retry-After"]
            assert since[1] in error_of(answer)["text"], "it has been silent since then"
        assert len(nimbus.server.asked) - asked <= 1 + time.monotonic() - begin
        nimbus.server.ops["topology.status"] = lambda args, body: {"name": args["name"]}
        while ui.ask("GET", "/api/v2/topologies/a").status != 200:
            pass
        assert ui.ask("GET", "/api/v2/topologies/c").status == 200


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
