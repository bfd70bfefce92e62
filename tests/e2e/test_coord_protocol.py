# SPDX-License-Identifier: Apache-2.0
"""Connections and sessions as they are on the wire: frames, handshake, order, end."""

import contextlib
import select

import pytest

from coord import servers, wire
from coord.fixtures import client, connect, connect_to, differing, quick, root, server
from coord.wire import Client, Connection, Event

REFUSED = (0, 0, 0, wire.NO_PASSWORD, False)
FRAME_MAX = 1048575


def shake(server, record):
    """The answer to one frame; None when the server closes instead."""
    connection = Connection(server.address)
    connection.send_frame(record)
    payload = connection.read_frame()
    connection.close()
    return None if payload is None else wire.decode_handshake(payload)


# The handshake.


def test_a_new_session_has_an_id_and_a_password(connect):
    one, other = connect(), connect()
    assert one.handshake.version == 0
    assert one.handshake.timeout_ms == 30000
    assert one.session not in (0, other.session)
    assert len(one.password) == 16 and one.password not in (wire.NO_PASSWORD, other.password)
    assert one.handshake.read_only is False


def test_a_client_of_old_gets_an_answer_without_the_last_byte(connect):
    client = connect(read_only=None)
    assert client.session != 0
    assert client.handshake.read_only is None
    assert client.exists("/")


@pytest.mark.parametrize(
    "asked, given",
    [(0, 4000), (-1, 4000), (3999, 4000), (4001, 4001), (40000, 40000), (2**31 - 1, 40000)],
)
def test_the_timeout_is_kept_within_2_and_20_ticks(connect, asked, given):
    assert connect(timeout_ms=asked).handshake.timeout_ms == given


@pytest.mark.parametrize("password", [None, b"", b"abc", b"x" * 40])
def test_the_password_of_a_new_session_means_nothing(connect, password):
    assert len(connect(password=password).password) == 16


def test_version_and_bytes_behind_the_record_are_ignored(server):
    record = wire.connect_record(30000)
    assert shake(server, wire.integer(7) + record[4:]).session != 0
    assert shake(server, record + b"more").session != 0
    assert shake(server, wire.connect_record(30000, read_only=True)).read_only is False


@pytest.mark.parametrize(
    "record",
    [b"", b"\0", wire.connect_record(30000)[:20], wire.connect_record(30000)[:24] + b"\xff" * 4]
    + [wire.connect_record(30000)[:24] + wire.integer(size) for size in (-5, 16, 2**31 - 1)],
)
def test_a_malformed_handshake_is_closed_without_an_answer(server, record):
    if record[24:] == b"\xff" * 4:
        assert shake(server, record).session != 0  # a null password
    else:
        assert shake(server, record) is None


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 4, b"\x16\x03\x01\x02\0"])
def test_other_protocols_are_closed_without_an_answer(server, data):
    connection = Connection(server.address)
    connection.send_bytes(data)
    assert connection.read_frame() is None
    connection.close()


def test_a_session_is_taken_over_with_its_password(connect):
    owner = connect()
    again = connect(5000, owner.session, owner.password)
    assert again.handshake == owner.handshake._replace(timeout_ms=5000)
    assert owner.is_closed()
    assert again.exists("/")


def test_ephemerals_stay_with_the_session_and_watches_go_with_the_connection(connect, root):
    owner = connect()
    path = owner.create(root + "/mine", flags=wire.EPHEMERAL)
    owner.get(path, watch=True)
    again = connect(30000, owner.session, owner.password)
    assert again.get(path)[1].owner == owner.session
    again.set(path)
    assert again.took() == []
    again.end_session()
    assert connect().exists(path) is None


@pytest.mark.parametrize("wrong", [b"y" * 16, b"", None, "half", "longer"])
def test_a_wrong_password_is_refused(server, connect, wrong):
    owner = connect()
    passwords = {"half": owner.password[:8], "longer": owner.password + b"\0"}
    record = wire.connect_record(30000, owner.session, passwords.get(wrong, wrong))
    assert shake(server, record) == REFUSED
    # Stated difference: ZooKeeper closes the owner's connection before it looks at the password.
    if differing(server, zookeeper=True, gale=False):
        assert owner.is_closed()
    else:
        assert owner.exists("/")
    assert connect(30000, owner.session, owner.password).session == owner.session


@pytest.mark.parametrize("session", [12345, -1, -(2**63), 2**63 - 1])
def test_an_unknown_session_is_refused_and_closed(server, session):
    connection = Connection(server.address)
    connection.send_frame(wire.connect_record(30000, session))
    assert wire.decode_handshake(connection.read_frame()) == REFUSED
    assert connection.read_frame() is None
    connection.close()


def test_a_closed_session_cannot_be_taken_over(server, connect):
    client = connect()
    client.end_session()
    assert shake(server, wire.connect_record(30000, client.session, client.password)) == REFUSED


def test_a_client_that_has_seen_more_is_closed_without_an_answer(server, client):
    client.create("/test", flags=wire.SEQUENTIAL)
    assert shake(server, wire.connect_record(30000, last_zxid=client.zxid)).session != 0
    assert shake(server, wire.connect_record(30000, last_zxid=-1)).session != 0
    assert shake(server, wire.connect_record(30000, last_zxid=2**62)) is None


def test_opening_and_closing_a_session_take_a_zxid_each(connect):
    watcher = connect()
    before = watcher.ping().zxid
    visitor = connect()
    opened = watcher.ping().zxid
    visitor.end_session()
    assert before < opened < watcher.ping().zxid


# Frames.


@pytest.mark.parametrize(
    "data",
    [wire.integer(0), wire.framed(b"\0" * 4), wire.framed(b"\0" * 7), wire.integer(-1)]
    + [wire.integer(FRAME_MAX + 1), b"ruok"],
)
def test_a_frame_that_cannot_be_a_request_closes_the_connection(connect, data):
    client = connect()
    client.send_bytes(data)
    assert client.is_closed()


def test_the_session_outlives_a_bad_frame(connect):
    client = connect()
    client.send_bytes(wire.integer(-1))
    assert client.is_closed()
    assert connect(30000, client.session, client.password).session == client.session


def test_the_longest_frame_is_taken_and_no_longer_one(client, root):
    room = FRAME_MAX - len(wire.create_record(root + "/big")) - 8
    client.create(root + "/big", b"x" * room)
    data, stat = client.get(root + "/big")
    assert data == b"x" * room and stat.data_length == room
    with contextlib.suppress(ConnectionError):  # it may close before all is sent
        client.send(wire.SET_DATA, wire.set_data_record(root + "/big", b"y" * FRAME_MAX))
        assert client.is_closed()


def test_frames_may_come_in_pieces_and_together(client, root):
    record = wire.integer(1) + wire.integer(wire.CREATE) + wire.create_record(root + "/slow")
    for byte in wire.framed(record):
        client.send_bytes(bytes([byte]))
    assert client.reply(1).path() == root + "/slow"
    ping = wire.framed(wire.integer(wire.XID_PING) + wire.integer(wire.PING))
    client.send_bytes(ping * 3)
    assert [client.frame().xid for _ in range(3)] == [wire.XID_PING] * 3


@pytest.mark.parametrize("xid", [0, -1, -2, -3, -4, -8, 2**31 - 1, -(2**31)])
def test_the_xid_of_a_request_comes_back_whatever_it_is(client, xid):
    client.send(wire.EXISTS, wire.watched_record("/"), xid)
    assert wire.Reader(client.read_frame()).integer() == xid


def test_a_ping_has_its_own_xid(client):
    for xid in (wire.XID_PING, 7):
        client.send(wire.PING, b"behind it", xid)
        assert client.frame() == (wire.XID_PING, client.zxid, wire.OK, b"")


@pytest.mark.parametrize("op", [0, 10, 23, 99, 108, 2**31 - 1, -2, -9, -100])
def test_an_unknown_operation_is_told_and_the_connection_closed(connect, op):
    client = connect()
    assert client.call(op, b"anything")[1:] == (-1, wire.UNIMPLEMENTED, b"")
    assert client.is_closed()


INTERNAL = {wire.CREATE_SESSION: wire.integer(1000), wire.DELETE_CONTAINER: b"/zookeeper/x"}


@pytest.mark.parametrize("op", INTERNAL)
def test_operations_of_servers_among_themselves_are_refused(server, connect, op):
    client = connect()
    xid = client.send(op, INTERNAL[op])
    refusal = wire.integer(xid) + wire.long(-1) + wire.integer(wire.UNIMPLEMENTED)
    # Stated difference: ZooKeeper takes these two from clients.
    if differing(server, zookeeper=True, gale=False):
        assert client.read_frame() not in (None, refusal)
        assert client.exists("/")
    else:
        assert client.read_frame() == refusal
        assert client.is_closed()


def test_a_check_of_its_own_is_not_implemented(server, connect):
    client = connect()
    xid = client.send(wire.CHECK, wire.versioned_record("/"))
    # Stated difference: ZooKeeper never answers it, and neither what comes behind.
    if differing(server, zookeeper=True, gale=False):
        watcher = connect()
        assert watcher.exists("/")
        assert not select.select([client.socket], [], [], 0)[0]
    else:
        reply = client.frame()
        assert (reply.xid, reply.err) == (xid, wire.UNIMPLEMENTED)


MALFORMED = [b"", b"\0\0\0", wire.integer(1000) + b"abc", wire.integer(-2) + b"abc"]
MALFORMED += [wire.integer(2**31 - 1) + b"abc", wire.text("/")]
WITH_A_BODY = [*range(wire.CREATE, wire.GET_CHILDREN + 1), wire.GET_CHILDREN2, wire.MULTI]
WITH_A_BODY += [wire.CREATE2, wire.RECONFIG, wire.CHECK_WATCHES, wire.REMOVE_WATCHES]
WITH_A_BODY += [wire.CREATE_CONTAINER, wire.CREATE_TTL, wire.MULTI_READ]
WITH_A_BODY += [wire.SET_WATCHES, wire.SET_WATCHES2, wire.ADD_WATCH]


@pytest.mark.parametrize("op", WITH_A_BODY)
def test_a_malformed_body_is_a_marshalling_error(connect, op):
    client = connect()
    for body in MALFORMED if op != wire.GET_ACL else MALFORMED[:-1]:
        assert client.error(op, body) == wire.MARSHALLING, body
    assert client.exists("/")


@pytest.mark.parametrize("op", [wire.SYNC, wire.GET_EPHEMERALS, wire.GET_ALL_CHILDREN_NUMBER])
def test_a_malformed_path_is_a_marshalling_error(client, op):
    for body in MALFORMED[:-1]:
        assert client.error(op, body) == wire.MARSHALLING, body


@pytest.mark.parametrize("body", MALFORMED[:4])
def test_malformed_credentials_close_the_connection(connect, body):
    client = connect()
    client.send(wire.AUTH, body, wire.XID_AUTH)
    assert client.is_closed()


@pytest.mark.parametrize("op", [wire.CREATE, wire.SET_DATA, wire.DELETE, wire.SET_ACL])
def test_a_malformed_write_changes_nothing_else(client, root, op):
    before = client.stat(root)
    assert client.error(op, wire.text(root + "/x")) == wire.MARSHALLING
    assert client.stat(root) == before


def test_bytes_behind_a_record_are_ignored(client, root):
    assert client.call(wire.CREATE, wire.create_record(root + "/x") + b"more").path() == root + "/x"
    assert client.call(wire.EXISTS, wire.watched_record(root) + b"more").stat()
    assert client.call(wire.WHO_AM_I, b"more").ids()


# Order.


def test_replies_keep_the_order_of_requests(client, root):
    path = root + "/x"
    sent = [client.send(wire.CREATE, wire.create_record(path))]
    for number in range(100):
        sent.append(client.send(wire.SET_DATA, wire.set_data_record(path, b"%d" % number)))
        sent.append(client.send(wire.GET_DATA, wire.watched_record(path)))
        sent.append(client.send(wire.EXISTS, wire.watched_record(root + "/none")))
        sent.append(client.send(wire.SYNC, wire.text("/")))
        sent.append(client.send(wire.DELETE, wire.versioned_record(path, 7777)))
    replies = [client.frame() for _ in sent]
    assert [reply.xid for reply in replies] == sent
    reads = [reply.decoded("buffer", "stat") for reply in replies[2::5]]
    assert [data for data, _ in reads] == [b"%d" % number for number in range(100)]
    assert {reply.err for reply in replies[5::5]} == {wire.BAD_VERSION}


def test_zxids_never_go_back_and_writes_move_them(server, client, root):
    zxids = [client.call(wire.SET_DATA, wire.set_data_record(root)).zxid for _ in range(3)]
    assert zxids == sorted(set(zxids))
    failed = client.call(wire.DELETE, wire.versioned_record(root, 99))
    assert failed.err == wire.BAD_VERSION
    # Stated difference: what changed nothing takes no zxid of Gale's.
    assert failed.zxid == zxids[-1] + differing(server, zookeeper=1, gale=0)
    assert client.call(wire.EXISTS, wire.watched_record(root)).zxid >= failed.zxid
    assert client.ping().zxid >= failed.zxid


def test_a_writer_sees_its_event_before_its_reply(client, root):
    path = root + "/own"
    client.exists(path, watch=True)
    xid = client.send(wire.CREATE, wire.create_record(path))
    assert client.frame() == Event(wire.CREATED, path)
    assert client.frame().xid == xid


def test_the_parents_event_follows_the_nodes(client, root):
    path = client.create(root + "/own")
    client.children(root, watch=True)
    client.get(path, watch=True)
    client.children(path, watch=True)
    xid = client.send(wire.DELETE, wire.versioned_record(path))
    assert client.frame() == Event(wire.DELETED, path)
    assert client.frame() == Event(wire.CHILD, root)
    assert client.frame().xid == xid


def test_events_and_replies_of_a_pipeline_come_in_order(client, root):
    path = root + "/pipe"
    client.exists(path, watch=True)
    for op, record in (
        (wire.CREATE, wire.create_record(path)),
        (wire.EXISTS, wire.watched_record(path, True)),
        (wire.SET_DATA, wire.set_data_record(path)),
        (wire.GET_DATA, wire.watched_record(path, True)),
        (wire.DELETE, wire.versioned_record(path)),
        (wire.EXISTS, wire.watched_record(path)),
    ):
        client.send(op, record)
    frames = [client.frame() for _ in range(9)]
    names = [
        frame.type if isinstance(frame, Event) else ("reply", frame.err) for frame in frames
    ]
    done = ("reply", wire.OK)
    assert names == [
        *(wire.CREATED, done, done, wire.CHANGED, done, done, wire.DELETED, done),
        ("reply", wire.NO_NODE),
    ]


def test_a_reader_sees_the_event_before_the_new_data(connect, root):
    reader, writer = connect(), connect()
    for number in range(20):
        before, _ = reader.get(root, watch=True)
        writer.set(root, b"%d" % number)
        data, _ = reader.get(root)
        assert data == b"%d" % number != before
        assert reader.events == [Event(wire.CHANGED, root)]
        reader.events.clear()


# The end of a session.


def test_closing_a_session_deletes_its_ephemerals_at_one_zxid(connect, root):
    owner, watcher = connect(), connect()
    parents = [watcher.create(f"{root}/{name}") for name in "abc"]
    paths = [owner.create(parent + "/mine", flags=wire.EPHEMERAL) for parent in parents]
    for path in paths:
        watcher.exists(path, watch=True)
    owner.end_session()
    assert sorted(watcher.took()) == sorted(Event(wire.DELETED, path) for path in paths)
    assert len({watcher.stat(parent).pzxid for parent in parents}) == 1
    assert {watcher.stat(parent)[4:7] for parent in parents} == {(0, 2, 0)}


def test_closing_answers_and_then_closes(connect):
    client = connect()
    xid = client.send(wire.CLOSE_SESSION, b"behind it")
    reply = client.frame()
    assert (reply.xid, reply.err, reply.body) == (xid, wire.OK, b"")
    assert client.is_closed()


def test_what_follows_a_close_is_not_done(connect, root):
    client, watcher = connect(), connect()
    frames = [
        (wire.CREATE, wire.create_record(root + "/before", flags=wire.EPHEMERAL)),
        (wire.CLOSE_SESSION, b""),
        (wire.CREATE, wire.create_record(root + "/after")),
        (wire.EXISTS, wire.watched_record(root)),
    ]
    client.send_bytes(
        b"".join(
            wire.framed(wire.integer(xid) + wire.integer(op) + record)
            for xid, (op, record) in enumerate(frames, 1)
        )
    )
    replies = []
    while frame := client.frame():
        replies.append((frame.xid, frame.err))
    assert replies[:2] == [(1, wire.OK), (2, wire.OK)]
    # A ZooKeeper whose session went between its two looks at it does not know it.
    assert {err for _, err in replies[2:]} <= {wire.SESSION_EXPIRED, wire.UNKNOWN_SESSION}
    assert watcher.children(root) == []


def test_ephemerals_of_a_dropped_connection_stay_until_the_session_ends(connect, root):
    owner, watcher = connect(), connect()
    owner.create(root + "/mine", flags=wire.EPHEMERAL)
    owner.close()
    assert watcher.exists(root + "/mine")
    again = connect(30000, owner.session, owner.password)
    assert again.call(wire.GET_EPHEMERALS, wire.text("/")).names() == [root + "/mine"]


def test_a_silent_session_expires(quick, connect_to):
    watcher = connect_to(quick, 5000)
    owner = connect_to(quick, 500)
    parent = watcher.create("/test", flags=wire.SEQUENTIAL)
    path = owner.create(parent + "/mine", flags=wire.EPHEMERAL)
    watcher.exists(path, watch=True)
    watcher.children(parent, watch=True)
    assert watcher.frame() == Event(wire.DELETED, path)
    assert watcher.frame() == Event(wire.CHILD, parent)
    assert owner.is_closed()
    assert shake(quick, wire.connect_record(500, owner.session, owner.password)) == REFUSED


def test_pings_keep_a_session(quick, connect_to):
    kept, silent, watcher = (connect_to(quick, timeout_ms) for timeout_ms in (2000, 4000, 5000))
    path = silent.create("/silent", flags=wire.EPHEMERAL)
    watcher.exists(path, watch=True)
    while not select.select([watcher.socket], [], [], 0.1)[0]:
        kept.ping()
    assert watcher.frame() == Event(wire.DELETED, path)
    assert kept.exists("/")


def test_an_event_does_not_keep_a_session(quick, connect_to):
    silent, busy = connect_to(quick, 1000), connect_to(quick, 5000)
    silent.create("/event", flags=wire.EPHEMERAL)
    silent.add_watch("/", wire.MODE_PERSISTENT)
    while busy.exists("/event"):
        busy.set("/")
    while isinstance(silent.frame(), Event):
        pass
    assert shake(quick, wire.connect_record(500, silent.session, silent.password)) == REFUSED


def test_a_connection_that_says_nothing_is_closed(quick):
    connection = Connection(quick.address)
    assert connection.read_frame() is None
    connection.close()


# Restarts.


@pytest.mark.parametrize("kind", servers.KINDS)
def test_a_crash_loses_nothing_that_was_acknowledged(kind, tmp_path, connect_to):
    with servers.running(kind, tmp_path) as server:
        owner = connect_to(server)
        path = owner.create("/kept", b"data")
        owner.set(path, b"newer")
        mine = owner.create("/mine", flags=wire.EPHEMERAL_SEQUENTIAL)
        owner.create("/gone")
        owner.delete("/gone")
        owner.multi(*((wire.CREATE, wire.create_record(f"/part{n}")) for n in range(3)))
        owner.call(wire.DELETE, wire.versioned_record("/none"))
        stats = {name: owner.stat("/" + name) for name in owner.children("/")}
        server.kill()
        server.restart()
        again = connect_to(server, 30000, owner.session, owner.password, last_zxid=owner.zxid)
        assert again.session == owner.session
        assert {name: again.stat("/" + name) for name in again.children("/")} == stats
        assert again.get(path)[0] == b"newer"
        assert again.stat(mine).owner == owner.session
        assert again.create("/next", flags=wire.SEQUENTIAL) == "/next0000000006"
        again.end_session()
        assert connect_to(server).exists(mine) is None


@pytest.mark.parametrize("kind", servers.KINDS)
def test_a_restart_keeps_sessions_and_what_they_may_do(kind, tmp_path, connect_to):
    with servers.running(kind, tmp_path) as server:
        owner = connect_to(server)
        owner.auth("digest", b"a:b")
        owner.create("/secret", b"x", ((wire.ALL, "auth", ""),))
        owner.call(wire.CREATE_CONTAINER, wire.create_record("/box", flags=wire.CONTAINER)).decoded(
            "text", "stat"
        )
        acl = owner.get_acl("/secret")
        last = connect_to(server)
        server.stop()
        server.restart()
        again = connect_to(server, 30000, owner.session, owner.password)
        assert again.error(wire.GET_DATA, wire.watched_record("/secret")) == wire.NO_AUTH
        again.auth("digest", b"a:b")
        assert again.get_acl("/secret") == acl
        assert connect_to(server).session not in (owner.session, last.session)


@pytest.mark.parametrize("kind", servers.KINDS)
def test_a_session_whose_client_stays_away_expires_after_a_restart(kind, tmp_path, connect_to):
    with servers.running(kind, tmp_path, tick_ms=250) as server:
        owner = connect_to(server, 1000)
        owner.create("/mine", flags=wire.EPHEMERAL)
        server.kill()
        server.restart()
        watcher = connect_to(server, 5000)
        if watcher.exists("/mine", watch=True):
            assert watcher.frame() == Event(wire.DELETED, "/mine")


def test_gale_tells_the_port_it_chose(tmp_path):
    server = servers.GaleCoord(tmp_path, servers.Settings())
    server.port = 0
    port_file = tmp_path / "port"
    server.command = lambda: [
        *servers.GaleCoord.command(server),
        *("--port-file", port_file),
    ]
    server.is_ready = lambda: port_file.exists() and port_file.read_text().strip()
    try:
        server.launch()
        server.await_ready()
        assert Client(("127.0.0.1", int(port_file.read_text()))).session != 0
        assert server.stop() == 0
    finally:
        server.kill()
