# SPDX-License-Identifier: Apache-2.0
"""Transactions: all or nothing, one zxid, and the encoding of their results."""

import pytest

from coord import wire
from coord.fixtures import client, connect, root, server
from coord.wire import OPEN, RUNTIME_INCONSISTENCY, Event


def create(path, data=b"", acl=OPEN, flags=wire.PERSISTENT, op=wire.CREATE):
    return op, wire.create_record(path, data, acl, flags)


def create_ttl(path, flags=wire.TTL, ttl_ms=10**9):
    return wire.CREATE_TTL, wire.create_ttl_record(path, flags=flags, ttl_ms=ttl_ms)


def delete(path, version=-1):
    return wire.DELETE, wire.versioned_record(path, version)


def change(path, data=b"", version=-1):
    return wire.SET_DATA, wire.set_data_record(path, data, version)


def check(path, version=-1):
    return wire.CHECK, wire.versioned_record(path, version)


def get(path, watch=False):
    return wire.GET_DATA, wire.watched_record(path, watch)


def children(path, watch=False):
    return wire.GET_CHILDREN, wire.watched_record(path, watch)


def failed(*codes):
    return [(wire.ERROR, code) for code in codes]


def raw_error(client, body, op=wire.MULTI):
    """The outer error; what may stand behind it is not for clients."""
    return client.call(op, body).err


# Success.


def test_every_kind_of_item_has_its_result(client, root):
    x, y = root + "/x", root + "/y"
    results = client.multi(
        create(x),
        create(y, b"abc", op=wire.CREATE2),
        change(x, b"data", 0),
        check(x, 1),
        delete(y, 0),
    )
    assert results == [
        (wire.CREATE, x),
        (wire.CREATE, y),  # of a create2 as well
        (wire.SET_DATA, client.stat(x)),
        (wire.CHECK, None),
        (wire.DELETE, None),
    ]


def test_an_empty_multi_succeeds(client):
    assert client.multi() == []
    assert client.call(wire.MULTI_READ, wire.multi_record()).results() == []


def test_all_items_have_one_zxid_and_one_time(client, root):
    client.multi(create(root + "/x"), create(root + "/x/y"), change(root), change(root + "/x"))
    stats = [client.stat(path) for path in (root, root + "/x", root + "/x/y")]
    assert {stat.mzxid for stat in stats} == {client.zxid}
    assert len({stat.mtime for stat in stats}) == 1
    assert stats[0].pzxid == stats[1].pzxid == stats[2].czxid == client.zxid


def test_an_item_sees_what_the_ones_before_it_did(client, root):
    x = root + "/x"
    results = client.multi(
        *(create(x), change(x, b"1", 0), change(x, b"22", 1), check(x, 2)),
        *(create(x + "/y"), delete(x + "/y"), delete(x), create(x, b"new")),
    )
    assert [kind for kind, _ in results] == [1, 5, 5, 13, 1, 2, 2, 1]
    assert [results[n][1].version for n in (1, 2)] == [1, 2]
    assert [results[n][1].data_length for n in (1, 2)] == [1, 2]
    data, stat = client.get(x)
    assert data == b"new" and stat[4:10] == (0, 0, 0, 0, 3, 0)
    assert client.stat(root)[4:10] == (0, 3, 0, 0, 0, 1)


def test_sequential_items_count_on(client, root):
    path = root + "/s-"
    results = client.multi(
        create(path, flags=wire.SEQUENTIAL),
        create(root + "/plain"),
        create(path, flags=wire.EPHEMERAL_SEQUENTIAL),
    )
    assert [value for _, value in results] == [
        *(path + "0000000000", root + "/plain", path + "0000000002")
    ]
    assert client.create(path, flags=wire.SEQUENTIAL) == path + "0000000003"


def test_ephemerals_of_a_multi_belong_to_the_session(connect, root):
    owner, watcher = connect(), connect()
    owner.multi(*(create(f"{root}/{n}", flags=wire.EPHEMERAL) for n in range(3)))
    assert watcher.stat(root + "/1").owner == owner.session
    assert len(owner.call(wire.GET_EPHEMERALS, wire.text("/")).names()) == 3
    owner.end_session()
    assert watcher.children(root) == []


@pytest.mark.parametrize("op", [wire.CREATE, wire.CREATE2, wire.CREATE_CONTAINER])
def test_the_flags_make_a_container_whatever_the_operation(client, root, op):
    path = root + "/box"
    results = client.multi(create(path, flags=wire.CONTAINER, op=op))
    assert results == [(wire.CREATE2, (path, client.stat(path)))]
    client.exists(path, watch=True)
    client.multi(create(path + "/x"), delete(path + "/x"))
    assert client.frame() == Event(wire.DELETED, path)


def test_without_its_flags_a_container_is_a_plain_node(client, root):
    path = root + "/plain"
    assert client.multi(create(path, op=wire.CREATE_CONTAINER)) == [(wire.CREATE, path)]
    client.multi(create(root + "/box", flags=wire.CONTAINER), create(root + "/box/x"))
    for node in (path, root + "/box"):
        client.exists(node, watch=True)
    client.multi(create(path + "/x"), delete(path + "/x"), delete(root + "/box/x"))
    assert client.frame() == Event(wire.DELETED, root + "/box")
    assert client.exists(path)


def test_a_node_with_a_time_to_live_has_a_stat(client, root):
    path = root + "/short"
    results = client.multi(create_ttl(path))
    assert results == [(wire.CREATE2, (path, client.stat(path)))]
    assert client.multi(create_ttl(root + "/s", wire.TTL_SEQUENTIAL))[0][1][0].endswith("1")


def test_bytes_behind_the_end_are_ignored(client, root):
    body = wire.multi_record(create(root + "/x")) + b"more"
    assert client.call(wire.MULTI, body).results() == [(wire.CREATE, root + "/x")]


def test_a_large_multi_is_done(client, root):
    count = 2000
    results = client.multi(*(create(f"{root}/{n}") for n in range(count)))
    assert results == [(wire.CREATE, f"{root}/{n}") for n in range(count)]
    stat = client.stat(root)
    assert (stat.children, stat.cversion, stat.pzxid) == (count, count, client.zxid)


# Failure.


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_the_first_item_that_fails_stops_all(client, root, at):
    parts = [create(f"{root}/{n}") for n in range(3)]
    parts.insert(at, delete(root + "/none"))
    codes = [wire.OK] * at + [wire.NO_NODE] + [RUNTIME_INCONSISTENCY] * (3 - at)
    assert client.multi(*parts) == failed(*codes)
    assert client.children(root) == []


@pytest.mark.parametrize(
    "part, code",
    [
        (lambda root: create(root), wire.NODE_EXISTS),
        (lambda root: create(root + "/none/x"), wire.NO_NODE),
        (lambda root: create(root + "/mine/x"), wire.NO_CHILDREN_FOR_EPHEMERALS),
        (lambda root: create(root + "/x", acl=()), wire.INVALID_ACL),
        (lambda root: create(root + "/x", flags=9), wire.BAD_ARGUMENTS),
        (lambda root: create("bad"), wire.BAD_ARGUMENTS),
        (lambda root: delete(root), wire.NOT_EMPTY),
        (lambda root: delete(root + "/none"), wire.NO_NODE),
        (lambda root: delete(root + "/mine", 1), wire.BAD_VERSION),
        (lambda root: delete("/zookeeper"), wire.BAD_ARGUMENTS),
        (lambda root: change(root, b"", 1), wire.BAD_VERSION),
        (lambda root: change(root + "/none"), wire.NO_NODE),
        (lambda root: change("bad"), wire.BAD_ARGUMENTS),
        (lambda root: check(root, 1), wire.BAD_VERSION),
        (lambda root: check(root + "/none"), wire.NO_NODE),
        (lambda root: check(""), wire.BAD_ARGUMENTS),
    ],
)
def test_an_item_fails_as_it_would_alone(client, root, part, code):
    client.create(root + "/mine", flags=wire.EPHEMERAL)
    before = client.stat(root)
    assert client.multi(create(root + "/first"), part(root), change(root)) == failed(
        wire.OK, code, RUNTIME_INCONSISTENCY
    )
    assert client.stat(root) == before


def test_a_failed_multi_leaves_nothing_behind(client, root):
    x, y = client.create(root + "/x", b"old"), client.create(root + "/y")
    client.create(x + "/kept")
    before = [client.get(path) for path in (root, x, y, x + "/kept")]
    acl = client.get_acl(x)
    results = client.multi(
        *(change(x, b"new"), delete(y), create(y, b"again"), delete(x + "/kept"), delete(x)),
        *(create(root + "/s", flags=wire.EPHEMERAL_SEQUENTIAL), create(root + "/s/x")),
    )
    assert results == failed(*[wire.OK] * 6, wire.NO_NODE)
    assert [client.get(path) for path in (root, x, y, x + "/kept")] == before
    assert client.get_acl(x) == acl
    assert client.call(wire.GET_EPHEMERALS, wire.text(root)).names() == []
    assert client.create(root + "/s", flags=wire.SEQUENTIAL) == root + "/s0000000002"


def test_a_failed_multi_does_not_take_the_zxid_back(client, root):
    before = client.zxid
    assert client.multi(delete(root + "/none")) == failed(wire.NO_NODE)
    assert before <= client.zxid <= client.ping().zxid


def test_a_failed_multi_tells_nobody(connect, root):
    client, watcher = connect(), connect()
    watcher.get(root, watch=True)
    watcher.children(root, watch=True)
    watcher.exists(root + "/x", watch=True)
    watcher.add_watch(root, wire.MODE_RECURSIVE)
    client.multi(create(root + "/x"), change(root), delete(root + "/none"))
    assert watcher.took() == []


def test_events_follow_the_order_of_the_items(connect, root):
    client, watcher = connect(), connect()
    x, y = root + "/x", client.create(root + "/y")
    watcher.exists(x, watch=True)
    watcher.get(root, watch=True)
    watcher.children(root, watch=True)
    watcher.children(y, watch=True)
    client.multi(create(x), change(root), delete(y), delete(x), create(y))
    assert watcher.took() == [
        Event(wire.CREATED, x),
        Event(wire.CHILD, root),
        Event(wire.CHANGED, root),
        Event(wire.DELETED, y),
    ]


def test_a_lasting_watch_sees_every_item(connect, root):
    client, watcher = connect(), connect()
    x = root + "/x"
    watcher.add_watch(root, wire.MODE_RECURSIVE)
    client.multi(create(x), change(x), change(x), delete(x), create(x))
    assert [event.type for event in watcher.took()] == [1, 3, 3, 2, 1]


# Malformed.


def test_a_multi_that_cannot_be_read_fails_as_a_whole(client, root):
    good = wire.multi_record(create(root + "/x"))
    for body in (good[:-9], good[:-1], b"", good[:20], wire.multi_record(create(None))):
        assert raw_error(client, body) == wire.MARSHALLING
    for op in (wire.GET_ACL, wire.SET_ACL, wire.PING, wire.MULTI, wire.CLOSE_SESSION, 99, 0, -2):
        assert raw_error(client, wire.multi_record((op, wire.text(root)))) == wire.MARSHALLING
    for flags in (wire.TTL, wire.TTL_SEQUENTIAL):
        assert raw_error(client, wire.multi_record(create(root, flags=flags))) == wire.MARSHALLING
    assert client.children(root) == []


def test_reads_and_writes_do_not_mix(client, root):
    x = root + "/x"
    for parts in ((get(root),), (create(x), get(root)), (get(root), create(x)), (children(root),)):
        assert raw_error(client, wire.multi_record(*parts)) == wire.MARSHALLING
    for parts in ((create(x),), (check(root),), (get(root), create(x)), (create(x), get(root))):
        assert raw_error(client, wire.multi_record(*parts), wire.MULTI_READ) == wire.MARSHALLING
    assert client.children(root) == []


def test_the_head_of_an_item_says_only_its_type_and_whether_it_is_the_end(client, root):
    head = wire.integer(wire.CREATE) + b"\0" + wire.integer(-77)
    body = head + create(root + "/x")[1] + wire.integer(5) + b"\1" + wire.integer(7)
    assert client.call(wire.MULTI, body).results() == [(wire.CREATE, root + "/x")]


# Reads.


def test_reads_come_together_and_fail_one_by_one(connect, client, root):
    client.create(root + "/x", b"abc")
    client.create(root + "/secret", acl=((wire.ALL, "digest", "a:b"),))
    results = client.call(
        wire.MULTI_READ,
        wire.multi_record(
            *(get(root + "/x"), children(root), get(root + "/none"), children(root + "/none")),
            *(get(root + "/secret"), get(root)),
        ),
    ).results()
    assert results == [
        (wire.GET_DATA, client.get(root + "/x")),
        (wire.GET_CHILDREN, ["secret", "x"]),
        *failed(wire.NO_NODE, wire.NO_NODE, wire.NO_AUTH),
        (wire.GET_DATA, client.get(root)),
    ]


def test_other_reads_are_not_for_multis(client, root):
    for op in (wire.EXISTS, wire.GET_CHILDREN2):
        body = wire.multi_record((op, wire.watched_record(root)))
        assert raw_error(client, body, wire.MULTI_READ) == wire.MARSHALLING


def test_reads_of_a_multi_set_no_watches(client, root):
    body = wire.multi_record(get(root, watch=True), children(root, watch=True))
    assert len(client.call(wire.MULTI_READ, body).results()) == 2
    client.set(root)
    client.create(root + "/x")
    assert client.took() == []
