# SPDX-License-Identifier: Apache-2.0
"""Each operation, each of its errors in the order of the checks, and what a Stat says then."""

import pytest

from coord import servers, wire
from coord.fixtures import client, connect, connect_to, differing, root, server
from coord.wire import OPEN, Event

READ_ONLY = ((wire.READ, "world", "anyone"),)
NOBODY = ((wire.ALL, "digest", "nobody:x"),)
BAD_ACL = ((wire.ALL, "no such scheme", "x"),)


def error_of_create(client, path, data=b"", acl=OPEN, flags=wire.PERSISTENT):
    return client.error(wire.CREATE, wire.create_record(path, data, acl, flags))


def error_of_ttl(client, path, flags=wire.TTL, ttl_ms=1000):
    return client.error(wire.CREATE_TTL, wire.create_ttl_record(path, flags=flags, ttl_ms=ttl_ms))


def error_of_delete(client, path, version=-1):
    return client.error(wire.DELETE, wire.versioned_record(path, version))


def error_of_set(client, path, data=b"", version=-1):
    return client.error(wire.SET_DATA, wire.set_data_record(path, data, version))


def error_of_set_acl(client, path, acl=OPEN, version=-1):
    return client.error(wire.SET_ACL, wire.set_acl_record(path, acl, version))


def error_of_check(client, path, version=-1):
    """It exists only within a multi."""
    part = (wire.CHECK, wire.versioned_record(path, version))
    reply = client.call(wire.MULTI, wire.multi_record(part))
    if reply.err:
        return reply.err
    kind, value = reply.results()[0]
    return wire.OK if kind == wire.CHECK else value


def create_container(client, path, flags=wire.CONTAINER):
    reply = client.call(wire.CREATE_CONTAINER, wire.create_record(path, flags=flags))
    return reply.decoded("text", "stat")


# Creating and reading.


def test_a_node_is_created_with_its_data(client, root):
    assert client.create(root + "/x", b"\0data\xff") == root + "/x"
    assert client.get(root + "/x")[0] == b"\0data\xff"
    assert client.children(root) == ["x"]
    assert client.exists(root + "/x").data_length == 6


def test_create2_gives_the_stat(client, root):
    path, stat = client.create2(root + "/x", b"abc")
    assert (path, stat) == (root + "/x", client.stat(root + "/x"))


def test_data_may_be_null(client, root):
    client.create(root + "/x", None)
    assert client.get(root + "/x") == (None, client.stat(root + "/x"))
    assert client.stat(root + "/x").data_length == 0
    client.set(root + "/x", b"")
    assert client.get(root + "/x")[0] == b""
    client.set(root + "/x", None)
    assert client.get(root + "/x")[0] is None


def test_get_children2_gives_the_stat_of_the_parent(client, root):
    for name in ("b", "a", "é"):
        client.create(f"{root}/{name}")
    reply = client.call(wire.GET_CHILDREN2, wire.watched_record(root))
    assert reply.names_and_stat() == (["a", "b", "é"], client.stat(root))


def test_get_acl_gives_the_stat_of_the_node(client, root):
    assert client.get_acl(root) == (list(OPEN), client.stat(root))


def test_a_node_has_many_children(client, root):
    names = [f"child{number:05}" for number in range(3000)]
    for at in range(0, len(names), 500):
        client.multi(
            *((wire.CREATE, wire.create_record(f"{root}/{name}")) for name in names[at : at + 500])
        )
    assert client.children(root) == names
    assert client.stat(root).children == 3000


def test_sync_gives_the_path_back_whatever_it_is(client):
    for path in ("/", "", "/no/such/node", "no path", None):
        assert client.call(wire.SYNC, wire.text(path)).path() == path


def test_the_ephemerals_of_a_session_are_listed_by_prefix(connect, root):
    owner, other = connect(), connect()
    for name in ("a", "ab", "b"):
        owner.create(f"{root}/{name}", flags=wire.EPHEMERAL)
    other.create(root + "/other", flags=wire.EPHEMERAL)
    everything = [f"{root}/{name}" for name in ("a", "ab", "b")]

    def listed(prefix):
        return owner.call(wire.GET_EPHEMERALS, wire.text(prefix)).names()

    for prefix in ("/", "", " ", None, root):
        assert listed(prefix) == everything
    assert listed(root + "/a") == everything[:2]
    assert listed(root + "/a/") == listed("/none") == listed(root[1:]) == []


def test_all_descendants_are_counted(client, root):
    def count(path):
        return client.call(wire.GET_ALL_CHILDREN_NUMBER, wire.text(path)).decoded("integer")

    for name in ("a", "a/b", "a/b/c", "ab"):
        client.create(f"{root}/{name}")
    assert [count(root + name) for name in ("", "/a", "/a/b", "/a/b/c", "/ab")] == [4, 2, 1, 0, 0]
    assert count("/") >= 5 + 3
    assert client.error(wire.GET_ALL_CHILDREN_NUMBER, wire.text(root + "/x")) == wire.NO_NODE


def test_who_am_i_names_the_address_and_the_users(connect):
    client = connect()
    assert client.call(wire.WHO_AM_I).ids() == [("ip", "127.0.0.1")]
    client.auth("digest", b"user:password")
    client.auth("digest", b"user:password")
    client.auth("digest", b"second:x")
    assert sorted(client.call(wire.WHO_AM_I).ids()) == [
        *(("digest", "second"), ("digest", "user"), ("ip", "127.0.0.1"))
    ]


def test_reconfiguration_is_disabled(client):
    record = wire.text(None) * 2 + wire.text("server.1=x") + wire.long(-1)
    assert client.error(wire.RECONFIG, record) == wire.RECONFIG_DISABLED


def test_a_new_server_has_its_own_nodes(server, tmp_path_factory, connect_to):
    with servers.running(server.kind, tmp_path_factory.mktemp("new")) as fresh:
        client = connect_to(fresh)
        born = wire.Stat(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        assert client.children("/") == ["zookeeper"]
        assert client.children("/zookeeper") == ["config", "quota"]
        assert client.get("/") == (b"", born._replace(cversion=-1, children=1))
        assert client.get("/zookeeper") == (b"", born._replace(cversion=-2, children=2))
        assert client.get("/zookeeper/quota") == (b"", born)
        assert client.get("/zookeeper/config") == (b"", born._replace(aversion=-1))
        assert client.get_acl("/zookeeper/config")[0] == list(READ_ONLY)
        assert client.get_acl("/zookeeper")[0] == list(OPEN)
        assert error_of_set(client, "/zookeeper/config") == wire.NO_AUTH
        assert client.create("/first", flags=wire.SEQUENTIAL) == "/first0000000000"


# Paths.

BAD_NAMES = ["", ".", "..", "a//b", "a/./b", "a/../b", "a/", "a\0", "\x01", "a\x1f", "\x7f", "\x80"]
BAD_NAMES += ["\x9f", "\ue000", "\uf8ff", "\ufff0", "\uffff", "\U0001f40a", b"\xff", b"\xc0\x80"]
BAD_NAMES += [b"\xed\xa0\x80", b"\xe2\x82", b"\xf4\x90\x80\x80"]
GOOD_NAMES = ["..a", "...", ".a", "a.", " ", "\xa0", "é", "\ud7ff", "\uf900", "\uffef", "a" * 1000]


def below(root, name):
    """A path as bytes, since some of them are not texts."""
    return root.encode() + b"/" + (name if isinstance(name, bytes) else name.encode())


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_path_is_a_bad_argument_for_writes(client, root, name):
    client.create(root + "/a")
    path = below(root, name)
    parent_is_missing = name in ("a//b", "a/./b", "a/../b")
    wanted = wire.NO_NODE if parent_is_missing else wire.BAD_ARGUMENTS
    assert error_of_create(client, path) == wanted
    assert error_of_set(client, path) == wire.BAD_ARGUMENTS
    assert error_of_set_acl(client, path) == wire.BAD_ARGUMENTS
    assert error_of_check(client, path) == wire.BAD_ARGUMENTS
    has_nul = isinstance(name, str) and "\0" in name
    assert error_of_delete(client, path) == (wire.BAD_ARGUMENTS if has_nul else wire.NO_NODE)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_path_does_not_exist_for_reads(client, root, name):
    client.create(root + "/a")
    path = below(root, name)
    has_nul = isinstance(name, str) and "\0" in name
    wanted = wire.BAD_ARGUMENTS if has_nul else wire.NO_NODE
    assert client.error(wire.EXISTS, wire.watched_record(path)) == wanted
    for op in (wire.GET_DATA, wire.GET_CHILDREN, wire.GET_CHILDREN2):
        assert client.error(op, wire.watched_record(path)) == wire.NO_NODE
    for op in (wire.GET_ACL, wire.GET_ALL_CHILDREN_NUMBER):
        assert client.error(op, wire.text(path)) == wire.NO_NODE


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_good_path_is_taken(client, root, name):
    path = f"{root}/{name}"
    assert client.create(path) == path
    assert client.children(root) == [name]
    client.set(path)
    client.delete(path)


@pytest.mark.parametrize("path", ["a", "a/b", "//", "//a"])
def test_a_path_begins_with_a_single_slash(client, path):
    wanted = wire.NO_NODE if path == "a/b" else wire.BAD_ARGUMENTS
    assert error_of_create(client, path) == wanted
    assert error_of_set(client, path) == wire.BAD_ARGUMENTS
    assert error_of_delete(client, path) == (wire.NO_NODE if "/" in path else wire.BAD_ARGUMENTS)
    assert client.error(wire.EXISTS, wire.watched_record(path)) == wire.NO_NODE


def test_the_empty_path_reads_as_the_root_and_is_not_written(client):
    assert client.get("") == client.get("/")
    assert client.children("") == client.children("/")
    assert client.get_acl("") == client.get_acl("/")
    for error in (error_of_create, error_of_set, error_of_delete, error_of_set_acl, error_of_check):
        assert error(client, "") == wire.BAD_ARGUMENTS


@pytest.mark.parametrize(
    "op, record, wanted",
    [
        (wire.CREATE, wire.create_record(None), wire.MARSHALLING),
        (wire.DELETE, wire.versioned_record(None), wire.MARSHALLING),
        (wire.EXISTS, wire.watched_record(None), wire.MARSHALLING),
        (wire.GET_DATA, wire.watched_record(None), wire.MARSHALLING),
        (wire.SET_DATA, wire.set_data_record(None), wire.BAD_ARGUMENTS),
        (wire.GET_ACL, wire.text(None), wire.MARSHALLING),
        (wire.SET_ACL, wire.set_acl_record(None, OPEN), wire.BAD_ARGUMENTS),
        (wire.GET_CHILDREN, wire.watched_record(None), wire.MARSHALLING),
        (wire.GET_CHILDREN2, wire.watched_record(None), wire.MARSHALLING),
        (wire.GET_ALL_CHILDREN_NUMBER, wire.text(None), wire.MARSHALLING),
        (wire.CHECK_WATCHES, wire.kind_record(None, wire.WATCH_ANY), wire.MARSHALLING),
        (wire.REMOVE_WATCHES, wire.kind_record(None, wire.WATCH_ANY), wire.NO_WATCHER),
    ],
)
def test_a_null_path_is_refused(client, op, record, wanted):
    assert client.error(op, record) == wanted


def test_nodes_of_the_server_cannot_be_deleted(client):
    for path in ("/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"):
        assert error_of_delete(client, path, 77) == wire.BAD_ARGUMENTS
    assert error_of_create(client, "/") == wire.NODE_EXISTS
    assert error_of_create(client, "/zookeeper") == wire.NODE_EXISTS


# The order of checks.


def test_the_checks_of_create_in_their_order(connect, root):
    client, owner = connect(), connect()
    owner.create(root + "/closed", acl=NOBODY)
    owner.create(root + "/mine", flags=wire.EPHEMERAL)
    owner.create(root + "/there")
    missing, bad = root + "/none/x", root + "/none/"
    assert error_of_create(client, "bad", acl=BAD_ACL, flags=99) == wire.BAD_ARGUMENTS
    assert error_of_create(client, missing, acl=BAD_ACL, flags=99) == wire.BAD_ARGUMENTS
    assert error_of_create(client, "bad", acl=BAD_ACL) == wire.BAD_ARGUMENTS
    assert error_of_create(client, root + "/none\0", acl=BAD_ACL) == wire.BAD_ARGUMENTS
    assert error_of_create(client, missing, acl=BAD_ACL) == wire.INVALID_ACL
    assert error_of_create(client, bad) == wire.NO_NODE
    assert error_of_create(client, root + "/closed/..") == wire.NO_AUTH
    assert error_of_create(client, root + "/mine/..") == wire.BAD_ARGUMENTS
    assert error_of_create(client, root + "/mine/x") == wire.NO_CHILDREN_FOR_EPHEMERALS
    assert error_of_create(client, root + "/there") == wire.NODE_EXISTS
    assert error_of_create(client, root + "/there/x") == wire.OK


@pytest.mark.parametrize("flags", [7, 8, -1, 2**31 - 1, -(2**31)])
def test_unknown_flags_are_refused(client, root, flags):
    for op in (wire.CREATE, wire.CREATE2, wire.CREATE_CONTAINER):
        record = wire.create_record(root + "/x", flags=flags)
        assert client.error(op, record) == wire.BAD_ARGUMENTS
    assert error_of_ttl(client, root + "/x", flags=flags) == wire.BAD_ARGUMENTS


@pytest.mark.parametrize("flags", [wire.TTL, wire.TTL_SEQUENTIAL])
def test_flags_of_ttl_nodes_need_their_operation(client, root, flags):
    for op in (wire.CREATE, wire.CREATE2, wire.CREATE_CONTAINER):
        record = wire.create_record(root + "/x", flags=flags)
        assert client.error(op, record) == wire.BAD_ARGUMENTS


def test_the_checks_of_delete_in_their_order(connect, root):
    client, owner = connect(), connect()
    parent = owner.create(root + "/closed", acl=READ_ONLY + ((wire.MAY_CREATE, "world", "anyone"),))
    owner.create(root + "/full")
    owner.create(root + "/full/x")
    assert error_of_delete(client, root + "/none/x", 7) == wire.NO_NODE
    assert error_of_delete(client, parent + "/none", 7) == wire.NO_AUTH
    owner.create(parent + "/there")
    assert error_of_delete(client, parent + "/there", 7) == wire.NO_AUTH
    assert error_of_delete(client, root + "/none", 7) == wire.NO_NODE
    assert error_of_delete(client, root + "/full", 7) == wire.BAD_VERSION
    assert error_of_delete(client, root + "/full", 0) == wire.NOT_EMPTY
    assert error_of_delete(client, root + "/full") == wire.NOT_EMPTY
    assert error_of_delete(client, root + "/full/x", 0) == wire.OK


def test_the_checks_of_set_in_their_order(client, root):
    client.create(root + "/closed", acl=READ_ONLY)
    assert error_of_set(client, "bad", version=7) == wire.BAD_ARGUMENTS
    assert error_of_set(client, root + "/none", version=7) == wire.NO_NODE
    assert error_of_set(client, root + "/closed", version=7) == wire.NO_AUTH
    assert error_of_set(client, root, version=7) == wire.BAD_VERSION
    assert error_of_set(client, root, version=-2) == wire.BAD_VERSION
    assert error_of_set(client, root, version=0) == wire.OK


def test_the_checks_of_set_acl_in_their_order(client, root):
    client.create(root + "/closed", acl=READ_ONLY)
    assert error_of_set_acl(client, "bad", BAD_ACL, 7) == wire.BAD_ARGUMENTS
    assert error_of_set_acl(client, root + "/none", BAD_ACL, 7) == wire.INVALID_ACL
    assert error_of_set_acl(client, root + "/none", version=7) == wire.NO_NODE
    assert error_of_set_acl(client, root + "/closed", version=7) == wire.NO_AUTH
    assert error_of_set_acl(client, root, version=7) == wire.BAD_VERSION
    assert error_of_set_acl(client, root, version=0) == wire.OK
    assert error_of_set_acl(client, root, version=0) == wire.BAD_VERSION


def test_the_checks_of_check_in_their_order(client, root):
    client.create(root + "/closed", acl=NOBODY)
    assert error_of_check(client, "bad", 7) == wire.BAD_ARGUMENTS
    assert error_of_check(client, root + "/none", 7) == wire.NO_NODE
    assert error_of_check(client, root + "/closed", 7) == wire.NO_AUTH
    assert error_of_check(client, root, 7) == wire.BAD_VERSION
    assert error_of_check(client, root, 0) == error_of_check(client, root) == wire.OK


def test_reads_need_the_node_and_then_permission(client, root):
    client.create(root + "/closed", acl=NOBODY)
    for op in (wire.GET_DATA, wire.GET_CHILDREN, wire.GET_CHILDREN2):
        assert client.error(op, wire.watched_record(root + "/none")) == wire.NO_NODE
        assert client.error(op, wire.watched_record(root + "/closed")) == wire.NO_AUTH
    for op in (wire.GET_ACL, wire.GET_ALL_CHILDREN_NUMBER):
        assert client.error(op, wire.text(root + "/none")) == wire.NO_NODE
        assert client.error(op, wire.text(root + "/closed")) == wire.NO_AUTH
    assert client.error(wire.EXISTS, wire.watched_record(root + "/none")) == wire.NO_NODE
    assert client.exists(root + "/closed")


# What a Stat says.


def changed(before, after):
    """The names of the fields that differ."""
    return {name for name in before._fields if getattr(before, name) != getattr(after, name)}


def test_the_stat_of_a_new_node(client, root):
    _, stat = client.create2(root + "/x", b"abc")
    assert stat.czxid == stat.mzxid == stat.pzxid == client.zxid
    assert stat.ctime == stat.mtime > 1600000000000
    assert stat[4:10] == (0, 0, 0, 0, 3, 0)


def test_set_data_changes_version_time_and_length(client, root):
    before = client.stat(root)
    after = client.set(root, b"abc")
    assert changed(before, after) - {"mtime"} == {"mzxid", "version", "data_length"}
    assert after == client.stat(root)
    assert (after.version, after.data_length, after.mzxid) == (1, 3, client.zxid)
    assert after.mtime >= before.mtime
    assert client.set(root, b"abc").version == 2


def test_set_acl_changes_the_version_of_the_acl_only(client, root):
    before = client.stat(root)
    after = client.set_acl(root, READ_ONLY + ((wire.ADMIN, "world", "anyone"),))
    assert changed(before, after) == {"aversion"}
    assert after.aversion == 1
    assert after == client.stat(root)


def test_children_change_the_parents_cversion_pzxid_and_count(client, root):
    before = client.stat(root)
    client.create(root + "/x")
    created = client.zxid
    after = client.stat(root)
    assert changed(before, after) == {"cversion", "pzxid", "children"}
    assert (after.cversion, after.pzxid, after.children) == (1, created, 1)
    client.delete(root + "/x")
    last = client.stat(root)
    assert changed(after, last) == {"cversion", "pzxid", "children"}
    assert (last.cversion, last.children) == (2, 0)
    assert last.pzxid > created


def test_grandchildren_and_data_of_children_change_nothing(client, root):
    client.create(root + "/x")
    before = client.stat(root)
    client.set(root + "/x", b"abc")
    client.set_acl(root + "/x", OPEN)
    client.create(root + "/x/y")
    client.delete(root + "/x/y")
    assert client.stat(root) == before


def test_reads_and_failed_writes_change_nothing(client, root):
    before = client.stat(root)
    client.children(root)
    client.get(root)
    assert error_of_set(client, root, version=9) == wire.BAD_VERSION
    assert error_of_delete(client, root, version=9) == wire.BAD_VERSION
    assert error_of_create(client, root) == wire.NODE_EXISTS
    assert client.stat(root) == before


def test_the_owner_of_an_ephemeral_is_its_session(client, root):
    for flags in (wire.EPHEMERAL, wire.EPHEMERAL_SEQUENTIAL):
        _, stat = client.create2(root + "/x", flags=flags)
        assert stat.owner == client.session
    for flags in (wire.PERSISTENT, wire.SEQUENTIAL):
        assert client.create2(root + "/y", flags=flags)[1].owner == 0


def test_a_node_made_anew_begins_anew(client, root):
    client.create(root + "/x", b"abc")
    client.set(root + "/x")
    client.create(root + "/x/y")
    client.delete(root + "/x/y")
    client.delete(root + "/x")
    _, stat = client.create2(root + "/x")
    assert stat[4:10] == (0, 0, 0, 0, 0, 0)
    assert stat.czxid == client.zxid
    assert client.create(root + "/x/", flags=wire.SEQUENTIAL) == root + "/x/0000000000"


# Sequential nodes.


def test_the_suffix_counts_every_creation_below_the_parent(client, root):
    made = [client.create(root + "/s-", flags=wire.SEQUENTIAL)]
    client.create(root + "/plain")
    made.append(client.create(root + "/e-", flags=wire.EPHEMERAL_SEQUENTIAL))
    client.delete(made[0])
    client.delete(root + "/plain")
    made.append(client.create(root + "/s-", flags=wire.SEQUENTIAL))
    made.append(create_container(client, root + "/c")[0])
    made.append(create_container(client, root + "/c-", wire.SEQUENTIAL)[0])
    record = wire.create_ttl_record(root + "/t-", flags=wire.TTL_SEQUENTIAL, ttl_ms=10**9)
    made.append(client.call(wire.CREATE_TTL, record).decoded("text", "stat")[0])
    assert [path.removeprefix(root) for path in made] == [
        *("/s-0000000000", "/e-0000000002", "/s-0000000003"),
        *("/c", "/c-0000000005", "/t-0000000006"),
    ]


def test_a_failed_creation_takes_no_suffix(client, root):
    client.create(root + "/x")
    assert error_of_create(client, root + "/x") == wire.NODE_EXISTS
    assert error_of_create(client, root + "/y", acl=()) == wire.INVALID_ACL
    assert client.create(root + "/", flags=wire.SEQUENTIAL) == root + "/0000000001"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_sequential_name_need_be_good_only_with_its_suffix(client, root, name):
    path = f"{root}/{name}"
    assert client.create(path, flags=wire.SEQUENTIAL) == path + "0000000000"


def test_a_sequential_node_may_meet_one_that_exists(client, root):
    client.create(root + "/s-0000000001")
    assert error_of_create(client, root + "/s-", flags=wire.SEQUENTIAL) == wire.NODE_EXISTS
    client.create(root + "/other")
    assert client.create(root + "/s-", flags=wire.SEQUENTIAL) == root + "/s-0000000002"


# Containers and nodes with a time to live. The servers look at them ten times a second.


def test_a_container_goes_when_its_last_child_has_gone(client, root):
    path, stat = create_container(client, root + "/box")
    assert stat.owner == 0
    client.exists(path, watch=True)
    client.create(path + "/x")
    client.delete(path + "/x")
    assert client.frame() == Event(wire.DELETED, path)
    assert client.children(root) == []
    assert client.stat(root).cversion == 2


def test_a_container_never_used_and_one_in_use_stay(client, root):
    never, _ = create_container(client, root + "/never")
    used, _ = create_container(client, root + "/used")
    client.create(used + "/x", flags=wire.EPHEMERAL)
    emptied, _ = create_container(client, root + "/emptied")
    client.exists(emptied, watch=True)
    client.create(emptied + "/x")
    client.delete(emptied + "/x")
    assert client.frame() == Event(wire.DELETED, emptied)
    assert client.exists(never) and client.exists(used)


def test_a_container_goes_when_the_session_of_its_children_ends(connect, root):
    client, owner = connect(), connect()
    path, _ = create_container(client, root + "/box")
    owner.create(path + "/x", flags=wire.EPHEMERAL)
    client.exists(path, watch=True)
    owner.end_session()
    assert client.frame() == Event(wire.DELETED, path)


@pytest.mark.parametrize("flags", [wire.PERSISTENT, wire.EPHEMERAL, wire.CONTAINER])
def test_the_operation_makes_the_container_whatever_the_flags(client, root, flags):
    path, stat = create_container(client, root + "/box", flags)
    assert (path, stat.owner) == (root + "/box", 0)
    client.exists(path, watch=True)
    client.create(path + "/x")
    client.delete(path + "/x")
    assert client.frame() == Event(wire.DELETED, path)


@pytest.mark.parametrize("op", [wire.CREATE, wire.CREATE2])
def test_the_flags_alone_make_no_container(client, root, op):
    path = root + "/plain"
    assert client.call(op, wire.create_record(path, flags=wire.CONTAINER)).err == wire.OK
    client.create(path + "/x")
    client.delete(path + "/x")
    emptied, _ = create_container(client, root + "/emptied")
    client.exists(emptied, watch=True)
    client.create(emptied + "/x")
    client.delete(emptied + "/x")
    assert client.frame() == Event(wire.DELETED, emptied)
    assert client.exists(path)


def test_a_node_goes_when_its_time_to_live_is_over(client, root):
    record = wire.create_ttl_record(root + "/short", b"abc", ttl_ms=50)
    path, stat = client.call(wire.CREATE_TTL, record).decoded("text", "stat")
    assert (path, stat.owner, stat.data_length) == (root + "/short", 0, 3)
    if client.exists(path, watch=True):
        assert client.frame() == Event(wire.DELETED, path)
    assert client.children(root) == []


def test_a_node_with_children_outlives_its_time(client, root):
    full, empty = (
        wire.create_ttl_record(f"{root}/{name}", ttl_ms=100) for name in ("full", "empty")
    )
    client.multi((wire.CREATE_TTL, full), (wire.CREATE, wire.create_record(root + "/full/x")))
    client.call(wire.CREATE_TTL, empty).decoded("text", "stat")
    if client.exists(root + "/empty", watch=True):
        assert client.frame() == Event(wire.DELETED, root + "/empty")
    assert client.children(root) == ["full"]
    client.delete(root + "/full/x")
    if client.exists(root + "/full", watch=True):
        assert client.frame() == Event(wire.DELETED, root + "/full")


@pytest.mark.parametrize("ttl_ms", [0, -1, -(2**63), 2**40, 2**63 - 1])
def test_a_time_to_live_out_of_range_is_refused(client, root, ttl_ms):
    assert error_of_ttl(client, root + "/x", ttl_ms=ttl_ms) == wire.BAD_ARGUMENTS
    assert client.children(root) == []


def test_the_longest_time_to_live_is_taken(client, root):
    record = wire.create_ttl_record(root + "/x", ttl_ms=2**40 - 1)
    assert client.call(wire.CREATE_TTL, record).err == wire.OK
    assert client.create(root + "/x/y")


@pytest.mark.parametrize("flags", [0, wire.EPHEMERAL, wire.SEQUENTIAL, wire.CONTAINER])
def test_a_time_to_live_needs_the_flags(server, client, root, flags):
    assert error_of_ttl(client, root + "/x", flags=flags, ttl_ms=1000) == wire.BAD_ARGUMENTS
    assert error_of_ttl(client, root + "/x", flags=flags, ttl_ms=0) == wire.BAD_ARGUMENTS
    # Stated difference: with -1, ZooKeeper ends as a process, so it is not asked.
    if differing(server, zookeeper=False, gale=True):
        assert error_of_ttl(client, root + "/x", flags=flags, ttl_ms=-1) == wire.BAD_ARGUMENTS


def test_nodes_with_a_time_to_live_can_be_switched_off(server, tmp_path_factory, connect_to):
    folder = tmp_path_factory.mktemp("plain")
    with servers.running(server.kind, folder, extended_types=False) as plain:
        client = connect_to(plain)
        assert error_of_ttl(client, "/x", ttl_ms=1000) == wire.UNIMPLEMENTED
        assert error_of_ttl(client, "/x", ttl_ms=-1) == wire.UNIMPLEMENTED
        assert create_container(client, "/box")[0] == "/box"
