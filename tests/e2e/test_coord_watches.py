# SPDX-License-Identifier: Apache-2.0
"""Watches: who is told what, how often and in which order."""

import pytest

from coord import wire
from coord.fixtures import client, connect, differing, root, server
from coord.wire import (
    CHANGED,
    CHILD,
    CREATED,
    DELETED,
    MODE_PERSISTENT,
    MODE_RECURSIVE,
    OPEN,
    WATCH_ANY,
    WATCH_CHILD,
    WATCH_DATA,
    Event,
)

SECRET = ((wire.ALL, "auth", ""),)


@pytest.fixture
def watcher(connect):
    return connect()


def check(client, path, kind):
    return client.error(wire.CHECK_WATCHES, wire.kind_record(path, kind))


def remove(client, path, kind):
    return client.error(wire.REMOVE_WATCHES, wire.kind_record(path, kind))


def watch_children2(client, path):
    client.call(wire.GET_CHILDREN2, wire.watched_record(path, True)).names_and_stat()


def events_of(steps, watcher):
    """What each step tells the watcher."""
    told = []
    for step in steps:
        step()
        told.append(watcher.took())
    return told


# One-shot.


def test_a_data_watch_tells_of_the_next_change_only(client, watcher, root):
    watcher.get(root, watch=True)
    client.set(root)
    client.set(root)
    client.delete(root)
    assert watcher.took() == [Event(CHANGED, root)]


def test_a_data_watch_tells_of_the_deletion(client, watcher, root):
    watcher.get(root, watch=True)
    client.delete(root)
    client.create(root)
    assert watcher.took() == [Event(DELETED, root)]


def test_an_exists_watch_tells_of_creation_change_or_deletion(client, watcher, root):
    path = root + "/x"
    steps = {
        CREATED: lambda: client.create(path),
        CHANGED: lambda: client.set(path),
        DELETED: lambda: client.delete(path),
    }
    for kind, step in steps.items():
        watcher.exists(path, watch=True)
        step()
        assert watcher.took() == [Event(kind, path)]
    assert events_of(steps.values(), watcher) == [[], [], []]


@pytest.mark.parametrize("two", [False, True])
def test_a_child_watch_tells_of_the_next_child_only(client, watcher, root, two):
    for step in (lambda: client.create(root + "/x"), lambda: client.delete(root + "/x")):
        watch_children2(watcher, root) if two else watcher.children(root, watch=True)
        step()
        assert watcher.took() == [Event(CHILD, root)]
    client.create(root + "/x")
    assert watcher.took() == []


def test_a_child_watch_tells_of_its_nodes_deletion(client, watcher, root):
    watcher.children(root, watch=True)
    client.delete(root)
    assert watcher.took() == [Event(DELETED, root)]


def test_watches_do_not_tell_of_other_things(client, watcher, root):
    client.create(root + "/x")
    watcher.get(root, watch=True)
    watcher.children(root, watch=True)
    client.set(root + "/x")
    client.create(root + "/x/y")
    client.delete(root + "/x/y")
    client.set_acl(root, OPEN)
    client.error(wire.SET_DATA, wire.set_data_record(root, version=77))
    assert watcher.took() == []
    watcher.get(root + "/x", watch=True)
    client.create(root + "/x/z")
    assert watcher.took() == []


def test_watching_twice_tells_once(client, watcher, root):
    for _ in range(3):
        watcher.get(root, watch=True)
        watcher.exists(root, watch=True)
    client.set(root)
    client.set(root)
    assert watcher.took() == [Event(CHANGED, root)]


def test_a_deletion_is_told_once_for_the_node_and_once_for_its_parent(client, watcher, root):
    path = client.create(root + "/x")
    watcher.get(path, watch=True)
    watcher.children(path, watch=True)
    watcher.children(root, watch=True)
    client.delete(path)
    assert watcher.took() == [Event(DELETED, path), Event(CHILD, root)]


def test_a_read_that_fails_sets_no_watch(client, watcher, root):
    path = root + "/x"
    for op in (wire.GET_DATA, wire.GET_CHILDREN, wire.GET_CHILDREN2):
        assert watcher.error(op, wire.watched_record(path, True)) == wire.NO_NODE
    client.create(path, acl=((wire.ALL & ~wire.READ, "world", "anyone"),))
    for op in (wire.GET_DATA, wire.GET_CHILDREN, wire.GET_CHILDREN2):
        assert watcher.error(op, wire.watched_record(path, True)) == wire.NO_AUTH
    client.set(path)
    client.delete(path)
    assert watcher.took() == []


def test_everybody_who_watches_is_told(connect, client, root):
    watchers = [connect() for _ in range(10)]
    for watcher in watchers:
        watcher.get(root, watch=True)
    client.set(root)
    assert [watcher.took() for watcher in watchers] == [[Event(CHANGED, root)]] * 10


def test_the_end_of_a_session_is_told_as_deletions(connect, client, watcher, root):
    path = client.create(root + "/x", flags=wire.EPHEMERAL)
    watcher.exists(path, watch=True)
    watcher.children(root, watch=True)
    client.end_session()
    assert watcher.took() == [Event(DELETED, path), Event(CHILD, root)]


def test_watches_of_the_root(client, watcher):
    watcher.children("/", watch=True)
    path = client.create("/test", flags=wire.SEQUENTIAL)
    assert watcher.took() == [Event(CHILD, "/")]
    watcher.children("/", watch=True)
    watcher.get("/", watch=True)
    client.set("/")
    client.delete(path)
    assert watcher.took() == [Event(CHANGED, "/"), Event(CHILD, "/")]


# Persistent and recursive.


def life(client, path):
    """Steps that do everything to a node and a child of it."""
    child = path + "/x"
    return [
        *(lambda: client.create(path), lambda: client.set(path), lambda: client.create(child)),
        *(lambda: client.set(child), lambda: client.delete(child), lambda: client.delete(path)),
    ]


def test_a_persistent_watch_tells_of_node_and_children_for_ever(client, watcher, root):
    path = root + "/p"
    assert watcher.add_watch(path, MODE_PERSISTENT) == 0
    told = [
        *([Event(CREATED, path)], [Event(CHANGED, path)], [Event(CHILD, path)], []),
        *([Event(CHILD, path)], [Event(DELETED, path)]),
    ]
    for _ in range(2):
        assert events_of(life(client, path), watcher) == told


def test_a_recursive_watch_tells_of_nodes_below_but_not_of_child_lists(client, watcher, root):
    path, child = root + "/p", root + "/p/x"
    watcher.add_watch(path, MODE_RECURSIVE)
    told = [
        *([Event(CREATED, path)], [Event(CHANGED, path)], [Event(CREATED, child)]),
        *([Event(CHANGED, child)], [Event(DELETED, child)], [Event(DELETED, path)]),
    ]
    for _ in range(2):
        assert events_of(life(client, path), watcher) == told


def test_a_recursive_watch_of_the_root_tells_of_everything(client, watcher, root):
    watcher.add_watch("/", MODE_RECURSIVE)
    steps = life(client, root + "/p")
    kinds = [event.type for told in events_of(steps, watcher) for event in told]
    assert kinds == [CREATED, CHANGED, CREATED, CHANGED, DELETED, DELETED]


def test_a_name_that_only_begins_alike_is_not_below(client, watcher, root):
    client.create(root + "/a")
    watcher.add_watch(root + "/a", MODE_RECURSIVE)
    client.create(root + "/ab")
    client.create(root + "/ab/c")
    assert watcher.took() == []


def test_several_watches_above_one_node_tell_once(client, watcher, root):
    path = client.create(root + "/a")
    for place in ("/", root, path):
        watcher.add_watch(place, MODE_RECURSIVE)
    client.create(path + "/x")
    watcher.get(path + "/x", watch=True)
    client.set(path + "/x")
    assert watcher.took() == [Event(CREATED, path + "/x"), Event(CHANGED, path + "/x")]


def test_a_recursive_watch_leaves_child_watches_their_events(client, watcher, root):
    watcher.add_watch(root, MODE_RECURSIVE)
    watcher.children(root, watch=True)
    client.create(root + "/x")
    client.create(root + "/y")
    assert watcher.took() == [
        Event(CREATED, root + "/x"),
        Event(CHILD, root),
        Event(CREATED, root + "/y"),
    ]


def test_the_latest_watch_of_a_path_replaces_the_mode(client, watcher, root):
    watcher.add_watch(root, MODE_RECURSIVE)
    watcher.add_watch(root, MODE_PERSISTENT)
    steps = [
        lambda: client.create(root + "/x"),
        lambda: client.set(root + "/x"),
        lambda: client.set(root),
    ]
    assert events_of(steps, watcher) == [[Event(CHILD, root)], [], [Event(CHANGED, root)]]
    client.delete(root + "/x")
    watcher.took()
    watcher.add_watch(root, MODE_RECURSIVE)
    told = [[Event(CREATED, root + "/x")], [Event(CHANGED, root + "/x")], [Event(CHANGED, root)]]
    assert events_of(steps, watcher) == told


def test_a_one_shot_watch_replaces_the_lasting_one_in_its_table(client, watcher, root):
    watcher.add_watch(root, MODE_PERSISTENT)
    watcher.get(root, watch=True)
    client.set(root)
    client.set(root)
    client.create(root + "/x")
    client.delete(root + "/x")
    assert watcher.took() == [Event(CHANGED, root), Event(CHILD, root), Event(CHILD, root)]
    watcher.children(root, watch=True)
    client.create(root + "/x")
    client.delete(root + "/x")
    assert watcher.took() == [Event(CHILD, root)]


def test_a_lasting_watch_replaces_a_one_shot_one(client, watcher, root):
    watcher.get(root, watch=True)
    watcher.add_watch(root, MODE_PERSISTENT)
    client.set(root)
    client.set(root)
    assert watcher.took() == [Event(CHANGED, root)] * 2


@pytest.mark.parametrize("mode", [2, -1, 2**31 - 1])
def test_an_unknown_mode_is_refused(watcher, root, mode):
    assert watcher.error(wire.ADD_WATCH, wire.kind_record(root, mode)) == wire.MARSHALLING


def test_any_path_can_be_watched(watcher):
    for path in ("/no/such/node", "", "no slash", "/a//b"):
        assert watcher.add_watch(path, MODE_PERSISTENT) == 0


# Checking and removing.


def test_watches_are_found_by_their_kind(watcher, root):
    def found():
        return [check(watcher, root, kind) == wire.OK for kind in (1, 2, 3)]

    assert found() == [False, False, False]
    watcher.get(root, watch=True)
    assert found() == [False, True, True]
    watcher.children(root, watch=True)
    assert found() == [True, True, True]
    assert remove(watcher, root, WATCH_DATA) == wire.OK
    assert found() == [True, False, True]
    assert remove(watcher, root, WATCH_DATA) == wire.NO_WATCHER
    assert remove(watcher, root, WATCH_ANY) == wire.OK
    assert found() == [False, False, False]


def test_a_removed_watch_tells_nothing(client, watcher, root):
    watcher.get(root, watch=True)
    watcher.children(root, watch=True)
    assert remove(watcher, root, WATCH_ANY) == wire.OK
    client.set(root)
    client.create(root + "/x")
    assert watcher.took() == []


def test_a_lasting_watch_is_removed_by_halves_or_whole(client, watcher, root):
    watcher.add_watch(root, MODE_PERSISTENT)
    assert remove(watcher, root, WATCH_DATA) == wire.OK
    client.set(root)
    client.create(root + "/x")
    assert watcher.took() == [Event(CHILD, root)]
    assert remove(watcher, root, WATCH_CHILD) == wire.OK
    assert remove(watcher, root, WATCH_ANY) == wire.NO_WATCHER
    watcher.add_watch(root, MODE_RECURSIVE)
    assert remove(watcher, root, WATCH_ANY) == wire.OK
    client.set(root)
    client.delete(root + "/x")
    assert watcher.took() == []


def test_a_recursive_watch_is_found_at_its_own_path(watcher, root):
    watcher.add_watch(root, MODE_RECURSIVE)
    assert [check(watcher, root, kind) for kind in (1, 2, 3)] == [wire.OK] * 3
    assert check(watcher, root + "/x", WATCH_ANY) == wire.NO_WATCHER
    assert remove(watcher, root + "/x", WATCH_ANY) == wire.NO_WATCHER


def test_watches_of_others_are_not_removed(server, connect, client, watcher, root):
    watcher.get(root, watch=True)
    assert remove(client, root, WATCH_ANY) == wire.NO_WATCHER
    # Stated difference: ZooKeeper also finds what other connections watch.
    wanted = differing(server, zookeeper=wire.OK, gale=wire.NO_WATCHER)
    assert check(client, root, WATCH_DATA) == wanted
    client.set(root)
    assert watcher.took() == [Event(CHANGED, root)]


@pytest.mark.parametrize("kind", [0, 4, -1])
def test_an_unknown_kind_is_refused(watcher, root, kind):
    watcher.get(root, watch=True)
    assert check(watcher, root, kind) == wire.MARSHALLING
    assert remove(watcher, root, kind) == wire.MARSHALLING


# Setting them again after a reconnection.


def set_watches(client, zxid, *lists):
    op = wire.SET_WATCHES if len(lists) == 3 else wire.SET_WATCHES2
    client.send(op, wire.set_watches_record(zxid, *lists), wire.XID_SET_WATCHES)
    frames = []
    while isinstance(frame := client.frame(), Event):
        frames.append(frame)
    assert (frame.xid, frame.err, frame.body) == (wire.XID_SET_WATCHES, wire.OK, b"")
    return frames


def test_what_was_missed_is_told_before_the_reply(client, watcher, root):
    old, new, gone = (client.create(f"{root}/{name}") for name in ("old", "new", "gone"))
    base = client.zxid
    client.set(new)
    client.create(new + "/x")
    client.delete(gone)
    missing = root + "/missing"
    told = set_watches(watcher, base, [old, new, gone], [new, missing], [old, new, gone])
    assert told == [
        *(Event(CHANGED, new), Event(DELETED, gone)),
        Event(CREATED, new),
        *(Event(CHILD, new), Event(DELETED, gone)),
    ]


def test_what_was_not_missed_is_watched_from_now_on(client, watcher, root):
    path, missing = client.create(root + "/x"), root + "/missing"
    assert set_watches(watcher, client.zxid, [path], [missing], [path]) == []
    client.set(path)
    client.create(path + "/y")
    client.create(missing)
    client.set(path)
    client.delete(missing)
    assert watcher.took() == [Event(CHANGED, path), Event(CHILD, path), Event(CREATED, missing)]


def test_what_was_told_is_not_watched(client, watcher, root):
    base = client.zxid
    client.set(root)
    client.create(root + "/x")
    assert len(set_watches(watcher, base, [root], [root + "/x"], [root])) == 3
    client.set(root)
    client.create(root + "/y")
    client.set(root + "/x")
    assert watcher.took() == []


def test_a_deletion_moves_the_pzxid(client, watcher, root):
    client.create(root + "/x")
    base = client.zxid
    client.delete(root + "/x")
    assert set_watches(watcher, base, [], [], [root]) == [Event(CHILD, root)]


def test_ephemerals_that_went_were_missed(connect, client, watcher, root):
    owner = connect()
    owner.create(root + "/x", flags=wire.EPHEMERAL)
    base = owner.zxid
    owner.end_session()
    told = set_watches(watcher, base, [root + "/x"], [], [root])
    assert told == [Event(DELETED, root + "/x"), Event(CHILD, root)]


def test_a_deletion_and_creation_are_missed_as_one_change(client, watcher, root):
    path = client.create(root + "/x")
    base = client.zxid
    client.delete(path)
    client.create(path)
    assert set_watches(watcher, base, [path], [path], [path]) == [
        *(Event(CHANGED, path), Event(CREATED, path), Event(CHILD, path))
    ]


def test_lasting_watches_are_set_silently(client, watcher, root):
    base = client.zxid
    client.set(root)
    client.create(root + "/x")
    missing = root + "/missing"
    assert set_watches(watcher, base, [], [], [], [root, missing], []) == []
    client.set(root)
    client.create(missing)
    assert watcher.took() == [
        *(Event(CHANGED, root), Event(CREATED, missing), Event(CHILD, root))
    ]
    assert set_watches(watcher, base, [], [], [], [], [root]) == []
    client.set(root + "/x")
    assert watcher.took() == [Event(CHANGED, root + "/x")]


def test_set_watches2_catches_up_too(client, watcher, root):
    base = client.zxid
    client.set(root)
    assert set_watches(watcher, base, [root], [], [], [], []) == [Event(CHANGED, root)]


def test_any_path_and_any_xid_will_do(client, watcher):
    record = wire.set_watches_record(client.ping().zxid, ["no slash", "/a//b"], [""], [])
    reply = watcher.call(wire.SET_WATCHES, record, 7)
    assert (reply.xid, reply.err) == (7, wire.OK)
    assert watcher.events == [
        *(Event(DELETED, "no slash"), Event(DELETED, "/a//b"), Event(CREATED, ""))
    ]


def test_null_lists_and_null_paths_are_malformed(watcher):
    for lists in ([None, [], []], [[], None, []], [[], [], None], [[None], [], []]):
        record = wire.set_watches_record(1, *lists)
        assert watcher.error(wire.SET_WATCHES, record) == wire.MARSHALLING


def test_many_watches_are_set_again(client, watcher, root):
    paths = [f"{root}/{number}" for number in range(3000)]
    assert set_watches(watcher, client.zxid, [], paths, []) == []
    client.multi(*((wire.CREATE, wire.create_record(path)) for path in paths))
    assert watcher.took() == [Event(CREATED, path) for path in paths]


# Watches and permission: what one may not read one is not told.


@pytest.fixture
def owner(connect):
    client = connect()
    client.auth("digest", b"owner:x")
    return client


def test_a_watcher_that_may_no_longer_read_is_not_told(owner, connect, root):
    path = owner.create(root + "/x")
    watchers = [connect() for _ in range(4)]
    watchers[0].get(path, watch=True)
    watchers[1].children(path, watch=True)
    watchers[2].add_watch(path, MODE_PERSISTENT)
    watchers[3].add_watch(root, MODE_RECURSIVE)
    owner.set_acl(path, SECRET)
    owner.set(path)
    owner.create(path + "/y", acl=SECRET)
    owner.delete(path + "/y")
    owner.delete(path)
    assert [watcher.took() for watcher in watchers] == [[], [], [], []]


def test_a_secret_node_is_not_told_but_its_open_children_are(owner, watcher, root):
    path = root + "/x"
    watcher.add_watch(root, MODE_RECURSIVE)
    owner.create(path, acl=SECRET)
    owner.create(path + "/open")
    owner.set(path + "/open")
    owner.delete(path + "/open")
    owner.delete(path)
    assert watcher.took() == [Event(kind, path + "/open") for kind in (CREATED, CHANGED, DELETED)]


def test_who_may_read_is_told(owner, connect, root):
    watcher = connect()
    watcher.auth("digest", b"owner:x")
    path = root + "/x"
    watcher.add_watch(root, MODE_RECURSIVE)
    watcher.exists(path, watch=True)
    owner.create(path, acl=SECRET)
    owner.set(path)
    owner.delete(path)
    assert watcher.took() == [Event(kind, path) for kind in (CREATED, CHANGED, DELETED)]


def test_a_child_watch_needs_its_own_node_to_be_readable(owner, watcher, root):
    watcher.children(root, watch=True)
    owner.create(root + "/x", acl=SECRET)
    assert watcher.took() == [Event(CHILD, root)]
    watcher.children(root, watch=True)
    owner.delete(root + "/x")
    assert watcher.took() == [Event(CHILD, root)]


def test_an_event_that_was_withheld_uses_the_watch_up(owner, watcher, root):
    path = root + "/x"
    watcher.exists(path, watch=True)
    owner.create(path, acl=SECRET)
    owner.set_acl(path, OPEN)
    owner.set(path)
    assert watcher.took() == []
