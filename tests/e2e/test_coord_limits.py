# SPDX-License-Identifier: Apache-2.0
"""Limits: what is refused, that the server goes on, and that what is given back can be had."""

import itertools
import random
import re
import subprocess

import pytest

from coord import servers, wire
from coord.fixtures import connect_to
from coord.wire import Connection, Event

QUOTA_EXCEEDED = -125


@pytest.fixture
def gale(tmp_path):
    """gale(name=value, ...) starts gale-coord with these settings of coord.*."""
    with_end = []

    def start(**settings):
        values = {f"coord.{name}": value for name, value in settings.items()}
        running = servers.running("gale", tmp_path, gale=values)
        with_end.append(running)
        return running.__enter__()

    yield start
    for running in with_end:
        running.__exit__(None, None, None)


def try_connecting(server):
    try:
        connection = Connection(server.address)
    except ConnectionError:
        return None  # closed between the accept and us
    try:
        connection.send_frame(wire.connect_record(30000))
        if connection.read_frame():
            return connection
    except ConnectionError:
        pass
    connection.close()
    return None


def await_connection(server):
    """One that was closed may still count for a moment."""
    while not (connection := try_connecting(server)):
        pass
    return connection


# Of both servers.


@pytest.mark.parametrize("kind", servers.KINDS)
def test_connections_of_one_address(kind, tmp_path, connect_to):
    with servers.running(kind, tmp_path, connections_per_address_max=3) as server:
        connections = [await_connection(server) for _ in range(3)]
        assert try_connecting(server) is None
        connections.pop().close()
        connections.append(await_connection(server))
        assert try_connecting(server) is None
        for connection in connections:
            connection.close()


@pytest.mark.parametrize("kind", servers.KINDS)
def test_the_length_of_a_frame(kind, tmp_path, connect_to):
    with servers.running(kind, tmp_path, data_max_bytes=2000) as server:
        client = connect_to(server)
        room = 2000 - len(wire.create_record("/a")) - 8
        client.create("/a", b"x" * room)
        client.send(wire.CREATE, wire.create_record("/b", b"x" * (room + 1)))
        assert client.is_closed()
        again = connect_to(server, 30000, client.session, client.password)
        assert again.children("/") == ["a", "zookeeper"]
        # Answers may be longer.
        for number in range(200):
            again.create(f"/some child with a long name {number}")
        assert len(again.children("/")) == 202


@pytest.mark.parametrize("kind, rounds", [("gale", 8), ("zookeeper", 2)])
def test_crashes_in_the_midst_of_writes(kind, rounds, tmp_path, connect_to):
    """Of what is on its way some is kept, but never a later request without an earlier one."""
    chance = random.Random(kind)
    with servers.running(kind, tmp_path) as server:
        client = connect_to(server)
        owner, password, made = client.session, client.password, 0
        client.create("/made")
        client.create("/count", b"0")
        for _ in range(rounds):
            sent = 300
            for number in range(made, made + sent):
                create = (wire.CREATE, wire.create_record(f"/made/{number}", flags=wire.EPHEMERAL))
                change = (wire.SET_DATA, wire.set_data_record("/count", b"%d" % (number + 1)))
                client.send(wire.MULTI, wire.multi_record(create, change))
            known = chance.randrange(sent)
            replies = [client.frame() for _ in range(known)]
            assert all(reply.err == wire.OK for reply in replies)
            server.kill()
            client.may_be_cut = True
            seen = client.zxid
            while frame := client.frame():  # what was on its way counts too
                known, seen = known + 1, frame.zxid
            server.restart()
            client = connect_to(server, 30000, owner, password, last_zxid=seen)
            assert client.session == owner
            count = int(client.get("/count")[0])
            assert made + known <= count <= made + sent
            names = client.children("/made")
            assert sorted(map(int, names)) == list(range(count))
            assert len(client.call(wire.GET_EPHEMERALS, wire.text("/")).names()) == count
            assert client.stat("/made").cversion == count
            made = count


# Of Gale alone: ZooKeeper has no such limits.


def test_gale_bounds_nodes(gale, connect_to):
    server = gale(nodes_max=100)
    client = connect_to(server)
    made = []
    for number in itertools.count():
        error = client.error(wire.CREATE, wire.create_record(f"/{number}"))
        if error != wire.OK:
            break
        made.append(number)
    assert error == QUOTA_EXCEEDED
    assert 90 <= len(made) <= 100
    assert client.get("/0")
    client.set("/0", b"still")
    parts = [(wire.SET_DATA, wire.set_data_record("/1")), (wire.CREATE, wire.create_record("/x"))]
    assert client.multi(*parts) == [(wire.ERROR, wire.OK), (wire.ERROR, QUOTA_EXCEEDED)]
    assert client.stat("/1").version == 0
    client.delete("/0")
    client.create("/x")
    assert client.error(wire.CREATE, wire.create_record("/y")) == QUOTA_EXCEEDED


def test_gale_bounds_watches(gale, connect_to):
    server = gale(watches_max=10)
    client, other = connect_to(server), connect_to(server)
    for number in range(10):
        assert client.exists(f"/{number}", watch=True) is None
    assert client.exists("/3", watch=True) is None  # which is not one more
    record = wire.watched_record("/", True)
    assert other.error(wire.GET_DATA, record) == QUOTA_EXCEEDED
    assert other.error(wire.ADD_WATCH, wire.kind_record("/", 1)) == QUOTA_EXCEEDED
    assert other.get("/")
    other.create("/3")
    assert client.took() == [Event(wire.CREATED, "/3")]
    assert other.error(wire.GET_DATA, record) == wire.OK
    client.end_session()
    assert other.add_watch("/", wire.MODE_RECURSIVE) == 0


def test_gale_bounds_sessions(gale, connect_to):
    server = gale(sessions_max=3)
    clients = [connect_to(server) for _ in range(3)]
    assert try_connecting(server) is None
    again = connect_to(server, 30000, clients[0].session, clients[0].password)
    assert again.session == clients[0].session
    clients[1].end_session()
    await_connection(server).close()


def test_gale_answers_a_slow_reader_as_it_reads(gale, connect_to):
    """It stops to take requests meanwhile, and others do not notice."""
    server = gale(output_max_bytes=4 << 20)
    slow, other = connect_to(server), connect_to(server)
    other.create("/big", bytes(1000000))
    sent = [slow.send(wire.GET_DATA, wire.watched_record("/big")) for _ in range(100)]
    assert other.get("/big")[0] == bytes(1000000)
    other.set("/big", b"small")
    for xid in sent:
        data, _ = slow.reply(xid).decoded("buffer", "stat")
        assert data in (bytes(1000000), b"small")
    assert data == b"small"


def test_gale_bounds_the_events_of_a_slow_watcher(gale, connect_to):
    server = gale(output_max_bytes=2 << 20)
    slow, other = connect_to(server), connect_to(server)
    path = other.create("/" + "x" * 1000)
    slow.add_watch(path, wire.MODE_PERSISTENT)
    part = (wire.SET_DATA, wire.set_data_record(path))
    for _ in range(100):
        other.multi(*[part] * 200)  # 20 MB of events
    received = len(slow.read_to_end())
    assert received < 20000 * 1000
    assert other.exists(path)


def test_gale_bounds_the_parts_of_a_frame(gale, connect_to):
    """As many lists, items and watches as a frame may hold do no harm."""
    server = gale(watches_max=100)
    client = connect_to(server)
    paths = [f"/{number}" for number in range(50000)]
    record = wire.set_watches_record(0, [], paths, [])
    assert client.error(wire.SET_WATCHES, record) in (wire.OK, QUOTA_EXCEEDED)
    checks = [(wire.CHECK, wire.versioned_record("/"))] * 40000
    results = client.call(wire.MULTI, wire.multi_record(*checks))
    assert results.err != wire.OK or len(results.results()) == len(checks)
    acl = [(wire.READ, "digest", f"u{number}:x") for number in range(20000)]
    reply = client.call(wire.CREATE, wire.create_record("/acl", acl=acl))
    assert reply.err in (wire.OK, wire.INVALID_ACL, wire.MARSHALLING)
    deep = "/" + "/".join("d" * 400000)
    assert client.error(wire.CREATE, wire.create_record(deep)) in (wire.NO_NODE, wire.BAD_ARGUMENTS)
    assert client.error(wire.EXISTS, wire.watched_record(deep, True)) in (
        *(wire.NO_NODE, wire.BAD_ARGUMENTS, QUOTA_EXCEEDED),
    )
    assert client.exists("/")


def refusal(*words):
    """What gale-coord says when it does not start."""
    command = [servers.GALE_COORD, *words]
    assert servers.GALE_COORD.exists(), f"not built: {servers.GALE_COORD}"
    result = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode > 0 and result.stderr.startswith("gale-coord: "), result
    return result.stderr


def test_gale_refuses_to_share_its_folder(gale, tmp_path):
    server = gale()
    assert str(tmp_path) in refusal("--data", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert wire.ask(server.address, "srvr").startswith("Zookeeper version: ")


def test_gale_refuses_a_port_that_is_taken(gale, tmp_path):
    server = gale()
    said = refusal("--data", tmp_path / "other", "--listen", f"127.0.0.1:{server.port}")
    assert str(server.port) in said


@pytest.mark.parametrize("setting", ["coord.no_such=1", "coord.tick_ms=soon", "coord.tick_ms=-1"])
def test_gale_refuses_settings_that_mean_nothing(tmp_path, setting):
    said = refusal("--data", tmp_path / "data", "--listen", "127.0.0.1:0", "-c", setting)
    assert setting.partition("=")[0] in said


# What it says about itself.


def test_the_help_and_the_manual_page_name_each_option_and_setting(tmp_path):
    def said(option):
        done = subprocess.run(
            [servers.GALE_COORD, option], capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stderr == ""
        return done.stdout

    help_text, page = said("--help"), said("--man")
    options = re.findall(r"--([a-z-]+)", help_text)
    settings = re.findall(r"^  (coord\.[a-z_.]+) =", help_text, re.M)
    assert {"data", "listen", "port-file", "config", "help", "man", "version"} <= set(options)
    assert len(settings) > 15
    assert all(f"Fl -{option}" in page for option in options)
    assert all(f".It Cm {setting} " in page for setting in settings)
    file = tmp_path / "gale-coord.1"
    file.write_text(page)
    lint = subprocess.run(
        ["mandoc", "-T", "lint", str(file)], capture_output=True, text=True, check=False
    )
    assert lint.stdout == ""
