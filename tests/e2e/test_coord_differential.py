# SPDX-License-Identifier: Apache-2.0
"""Gale and ZooKeeper are told the same at random, and must say the same.

A seed makes a sequence of steps: requests of several sessions, one by one or several in a row,
sessions that end, connections that drop and come back. Both servers take each step; every reply
and every event that any session then has is compared. What differs by nature is compared by
meaning: zxids by their order, sessions by who they are, lists without an order as sets, times not
at all.

GALE_COORD_SEEDS=n runs more seeds, GALE_COORD_SEED=n only that one, GALE_COORD_STEPS=n longer ones.
"""

import bisect
import collections
import os
import random
from dataclasses import dataclass, field

import pytest

from coord import servers, wire
from coord.fixtures import digest_of
from coord.wire import OPEN, Client, Event, Stat

SEEDS = int(os.environ.get("GALE_COORD_SEEDS", "5"))
STEPS = int(os.environ.get("GALE_COORD_STEPS", "400"))
ONE_SEED = os.environ.get("GALE_COORD_SEED")
SESSIONS = 4
SHOWN = 15  # steps before the one that differs

Zxid = collections.namedtuple("Zxid", "value")  # of a change that both made
Latest = collections.namedtuple("Latest", "value")  # not before the latest change that both made
Owner = collections.namedtuple("Owner", "session")


class Difference(Exception):
    pass


# What to do.

NAMES = {
    getattr(wire, name): name.lower()
    for name in (
        *("CREATE", "DELETE", "EXISTS", "GET_DATA", "SET_DATA", "GET_ACL", "SET_ACL", "SYNC"),
        *("GET_CHILDREN", "PING", "GET_CHILDREN2", "MULTI", "CREATE2", "RECONFIG", "AUTH"),
        *("REMOVE_WATCHES", "CREATE_CONTAINER", "CREATE_TTL", "MULTI_READ", "SET_WATCHES"),
        *("GET_EPHEMERALS", "GET_ALL_CHILDREN_NUMBER", "SET_WATCHES2", "ADD_WATCH", "WHO_AM_I"),
    )
}


@dataclass
class Step:
    """`requests` are (op, record) pairs; a record may depend on the server, as zxids do."""

    session: int
    kind: str  # requests, close, drop or attach
    requests: list = field(default_factory=list)

    def __str__(self):
        shown = ", ".join(f"{NAMES.get(op, op)} {record}" for op, record in self.requests)
        return f"session {self.session}: {self.kind} {shown}"


@dataclass
class SetWatches:
    """A record that names the zxid at which `session` had its reply to the step `since`."""

    since: int
    lists: list

    def bytes_for(self, zxids):
        return wire.set_watches_record(zxids[self.since], *self.lists)


class Generator:
    """Steps of a seed. It knows which sessions have a connection, and nothing of the servers."""

    NAMES = ["", "/a", "/b", "/c", "/a/a", "/a/b", "/b/a", "/b/s", "/a/a/a", "/a/a/b", "/a/s", "/s"]
    ODD = ["/", "/a/", "//", "/a//b", "/./a", "/a/..", "/\0", "/a\x01", "/é", "/\ue000"]
    ACLS = [
        ((wire.READ, "world", "anyone"),),
        ((wire.ALL & ~wire.READ, "world", "anyone"),),
        ((wire.ALL, "auth", ""),),
        ((wire.ALL, "digest", digest_of("one:x")), (wire.READ, "world", "anyone")),
        ((wire.ALL, "ip", "127.0.0.1"), (wire.ADMIN, "digest", digest_of("two:x"))),
        OPEN + OPEN,
        (),
        None,
        ((wire.ALL, "nothing", "x"),),
    ]

    def __init__(self, seed, top):
        self.random = random.Random(seed)
        self.top = top
        self.attached = [True] * SESSIONS
        self.count = 0
        self.makers = {
            self.create: 20,
            self.create_special: 7,
            self.delete: 14,
            self.set_data: 11,
            self.read: 26,
            self.acl: 6,
            self.multi: 13,
            self.multi_read: 4,
            self.lasting_watch: 7,
            self.remove_watches: 5,
            self.set_watches: 5,
            self.other: 7,
            self.malformed: 2,
        }

    def step(self):
        self.count += 1
        session = self.random.randrange(SESSIONS)
        if not self.attached[session]:
            self.attached[session] = True
            return Step(session, "attach")
        chance = self.random.random()
        if chance < 0.015:
            return Step(session, "close")
        if chance < 0.05:
            self.attached[session] = False
            return Step(session, "drop")
        count = 1 if self.random.random() < 0.75 else self.random.randrange(2, 7)
        return Step(session, "requests", self.requests(count))

    def requests(self, count):
        """Where they follow each other unanswered, ZooKeeper checks by a list that was replaced, so
        that one comes last; authentications and pings overtake, so they come alone."""
        made = []
        for place in range(count):
            makers = dict(self.makers)
            if place < count - 1:
                makers[self.acl] = 0
            if count > 1:
                makers[self.other] = 0
            maker = self.random.choices(list(makers), list(makers.values()))[0]
            made.append(maker())
        return made

    # Parts.

    def path(self):
        chance = self.random.random()
        if chance < 0.03:
            return self.top + self.random.choice(self.ODD)
        name = self.random.choice(self.NAMES)
        if chance < 0.15:
            name += f"/s{self.random.randrange(4):010}"
        return self.top + name

    def data(self):
        return self.random.choice([None, b"", b"x", b"data", b"z" * 20])

    def version(self):
        return self.random.choice([-1, -1, -1, -1, -1, 0, 1, 2, 9])

    def access(self):
        return OPEN if self.random.random() < 0.93 else self.random.choice(self.ACLS)

    def flags(self):
        kinds = [0, 1, 2, 3, 4, 7, wire.TTL]
        return self.random.choices(kinds, [50, 18, 12, 10, 3, 1, 1])[0]

    def watch(self):
        return self.random.random() < 0.6

    def below(self, path, flags):
        """Sequential nodes get a name that `path` may meet again."""
        return path if flags not in (2, 3, wire.TTL_SEQUENTIAL) else path + "/s"

    # Requests.

    def create(self):
        flags = self.flags()
        op = self.random.choice([wire.CREATE, wire.CREATE, wire.CREATE2])
        path = self.below(self.path(), flags)
        return op, wire.create_record(path, self.data(), self.access(), flags)

    def create_special(self):
        if self.random.random() < 0.5:
            flags = self.random.choice([0, 1, 2, 4, 4, 5])
            path = self.below(self.path(), flags)
            record = wire.create_record(path, self.data(), self.access(), flags)
            return wire.CREATE_CONTAINER, record
        flags = self.random.choice([0, 1, 5, 5, 5, 6, 9])
        ttl_ms = self.random.choice([0, 10**9, 2**40 - 1, 2**40])
        path = self.below(self.path(), flags)
        record = wire.create_ttl_record(path, self.data(), self.access(), flags, ttl_ms)
        return wire.CREATE_TTL, record

    def delete(self):
        return wire.DELETE, wire.versioned_record(self.path(), self.version())

    def set_data(self):
        return wire.SET_DATA, wire.set_data_record(self.path(), self.data(), self.version())

    def check(self):
        return wire.CHECK, wire.versioned_record(self.path(), self.version())

    def read(self):
        op = self.random.choice(
            [wire.EXISTS, wire.EXISTS, wire.GET_DATA, wire.GET_CHILDREN, wire.GET_CHILDREN2]
        )
        return op, wire.watched_record(self.path(), self.watch())

    def acl(self):
        if self.random.random() < 0.5:
            return wire.GET_ACL, wire.text(self.path())
        acl = self.random.choice([OPEN, OPEN, OPEN, *self.ACLS])
        path = self.path()
        if path == self.top:
            path += "/a"  # the top stays open, so that there is always something to do
        return wire.SET_ACL, wire.set_acl_record(path, acl, self.version())

    def multi(self):
        if self.random.random() < 0.6:
            return wire.MULTI, wire.multi_record(*self.sure_parts())
        kinds = [self.create, self.create_special, self.delete, self.set_data, self.check]
        parts = [
            self.part(self.random.choices(kinds, [5, 1, 4, 4, 1])[0])
            for _ in range(self.random.randrange(6))
        ]
        if self.random.random() < 0.02:
            parts.append(self.read())
        return wire.MULTI, wire.multi_record(*parts)

    @staticmethod
    def part(maker):
        """ZooKeeper finds flags of TTL nodes with another operation only when it comes to them."""
        while True:
            op, record = maker()
            if op == wire.CREATE_TTL or record[-4:] not in map(wire.integer, (5, 6)):
                return op, record

    def sure_parts(self):
        """Parts that succeed, if the node that they share a parent with is there."""
        parent = self.top + self.random.choice(["", "", "/a", "/b"])
        name, child = f"{parent}/m{self.count}", f"{parent}/m{self.count}/x"
        flags = self.random.choice([0, 0, 0, 4])
        parts = [
            (wire.CREATE, wire.create_record(name, self.data(), OPEN, flags)),
            (wire.SET_DATA, wire.set_data_record(name, self.data(), 0)),
            (wire.CREATE2, wire.create_record(child, self.data(), OPEN, self.random.randrange(4))),
            (wire.CHECK, wire.versioned_record(name, 1)),
            (wire.CREATE, wire.create_record(parent + "/s", flags=wire.EPHEMERAL_SEQUENTIAL)),
            (wire.CREATE_TTL, wire.create_ttl_record(parent + "/s", flags=6, ttl_ms=10**9)),
            (wire.SET_DATA, wire.set_data_record(parent, self.data())),
            (wire.DELETE, wire.versioned_record(child)),
            (wire.DELETE, wire.versioned_record(name)),
        ]
        return parts[: self.random.randrange(1, len(parts) + 1)]

    def multi_read(self):
        ops = [wire.GET_DATA, wire.GET_CHILDREN]
        parts = [
            (self.random.choice(ops), wire.watched_record(self.path(), self.watch()))
            for _ in range(self.random.randrange(5))
        ]
        return wire.MULTI_READ, wire.multi_record(*parts)

    def lasting_watch(self):
        mode = self.random.choice([0, 0, 1, 1, 1, 2])
        return wire.ADD_WATCH, wire.kind_record(self.path(), mode)

    def remove_watches(self):
        return wire.REMOVE_WATCHES, wire.kind_record(self.path(), self.random.choice([1, 2, 3, 3]))

    def set_watches(self):
        lists = [
            [self.path() for _ in range(self.random.randrange(4))]
            for _ in range(self.random.choice([3, 5]))
        ]
        op = wire.SET_WATCHES if len(lists) == 3 else wire.SET_WATCHES2
        return op, SetWatches(self.random.randrange(self.count), lists)

    def other(self):
        return self.random.choice(
            [
                lambda: (wire.SYNC, wire.text(self.path())),
                lambda: (wire.GET_EPHEMERALS, wire.text(self.path())),
                lambda: (wire.GET_ALL_CHILDREN_NUMBER, wire.text(self.path())),
                lambda: (wire.GET_ALL_CHILDREN_NUMBER, wire.text(self.path())),
                lambda: (wire.WHO_AM_I, b""),
                lambda: (wire.PING, b""),
                lambda: (wire.AUTH, wire.auth_record("digest", b"one:x")),
                lambda: (wire.AUTH, wire.auth_record("digest", b"two:x")),
                lambda: (wire.RECONFIG, wire.text(None) * 3 + wire.long(-1)),
            ]
        )()

    def malformed(self):
        """A record that ends too early; of multis too, but not of what takes any bytes."""
        op, record = self.random.choice(
            [self.create, self.delete, self.set_data, self.read, self.multi, self.lasting_watch]
        )()
        return op, record[: self.random.randrange(len(record))]


# Doing it.


def meaning(value):
    """A decoded value without what two servers cannot have in common."""
    if isinstance(value, Stat):
        return (
            *(Zxid(value.czxid), Zxid(value.mzxid), value.version, value.cversion, value.aversion),
            *(Owner(value.owner), value.data_length, value.children, Zxid(value.pzxid)),
        )
    if isinstance(value, (list, tuple)):
        return tuple(meaning(item) for item in value)
    return value


def sorted_acl(reply):
    acl, stat = reply.acl_and_stat()
    return sorted(acl), stat


BODIES = {
    wire.CREATE: lambda reply: reply.path(),
    wire.CREATE2: lambda reply: reply.decoded("text", "stat"),
    wire.CREATE_CONTAINER: lambda reply: reply.decoded("text", "stat"),
    wire.CREATE_TTL: lambda reply: reply.decoded("text", "stat"),
    wire.EXISTS: lambda reply: reply.stat(),
    wire.GET_DATA: lambda reply: reply.decoded("buffer", "stat"),
    wire.SET_DATA: lambda reply: reply.stat(),
    wire.GET_ACL: sorted_acl,
    wire.SET_ACL: lambda reply: reply.stat(),
    wire.GET_CHILDREN: lambda reply: reply.names(),
    wire.GET_CHILDREN2: lambda reply: reply.names_and_stat(),
    wire.SYNC: lambda reply: reply.path(),
    wire.MULTI: lambda reply: reply.results(),
    wire.MULTI_READ: lambda reply: reply.results(),
    wire.GET_EPHEMERALS: lambda reply: reply.names(),
    wire.GET_ALL_CHILDREN_NUMBER: lambda reply: reply.decoded("integer"),
    wire.WHO_AM_I: lambda reply: sorted(reply.ids()),
    wire.ADD_WATCH: lambda reply: reply.decoded("integer"),
}


CHANGING = {wire.CREATE, wire.CREATE2, wire.CREATE_CONTAINER, wire.CREATE_TTL}
CHANGING |= {wire.DELETE, wire.SET_DATA, wire.SET_ACL, wire.MULTI}


def frame_meaning(frame, ops):
    """`ops` are those of the requests that have no reply yet."""
    if frame is None:
        return "closed"
    if isinstance(frame, Event):
        return ("event", *frame)
    op = ops.popleft()
    body = BODIES.get(op, lambda reply: reply.decoded())(frame) if frame.err == wire.OK else None
    changes = op in CHANGING and frame.err == wire.OK
    if op == wire.MULTI and changes:
        changes = any(kind in CHANGING for kind, _ in body)
    zxid = Zxid(frame.zxid) if changes else Latest(frame.zxid)
    return ("reply", frame.xid, zxid, frame.err, meaning(body))


class Side:
    """One server and its sessions, which are told each step."""

    def __init__(self, server, top):
        self.server = server
        self.clients = [Client(server.address, 40000) for _ in range(SESSIONS)]
        self.attached = [True] * SESSIONS
        self.zxids = [self.clients[0].ping().zxid]  # by step
        self.top = top
        self.admin = Client(server.address, 40000)
        self.admin.auth("digest", b"super:x")
        self.admin.create(top)

    def names(self):
        """Sessions by their ids."""
        return {client.session: number for number, client in enumerate(self.clients)}

    def take(self, step):
        """Does it; gives what was seen: by the session itself, then events of all sessions."""
        seen = getattr(self, step.kind)(step)
        events = [
            client.took() if attached else []
            for client, attached in zip(self.clients, self.attached)
        ]
        if step.kind == "close":
            events = [sorted(some) for some in events]  # a session's nodes go in any order
        self.zxids.append(max(client.zxid for client in self.clients))
        return seen, events

    def requests(self, step):
        client, ops, sent = self.clients[step.session], collections.deque(), b""
        for number, (op, record) in enumerate(step.requests):
            data = record.bytes_for(self.zxids) if isinstance(record, SetWatches) else record
            xid = wire.XID_AUTH if op == wire.AUTH else number
            sent += wire.framed(wire.integer(xid) + wire.integer(op) + data)
            ops.append(op)
        client.send_bytes(sent)
        seen = []
        while ops:
            seen.append(frame_meaning(client.frame(), ops))
            if seen[-1] == "closed":
                self.attached[step.session] = False
                break
        return seen

    def close(self, step):
        self.clients[step.session].end_session()
        self.clients[step.session] = Client(self.server.address, 40000)
        return []

    def drop(self, step):
        self.clients[step.session].close()
        self.attached[step.session] = False
        return []

    def attach(self, step):
        old = self.clients[step.session]
        new = Client(self.server.address, 40000, old.session, old.password, last_zxid=old.zxid)
        new.zxid = old.zxid
        self.clients[step.session] = new
        self.attached[step.session] = True
        return [new.handshake.timeout_ms, new.session == old.session]

    def tree(self):
        """Everything that there is in the end."""
        found, paths = [], [self.top]
        while paths:
            path = paths.pop()
            data, stat = self.admin.get(path)
            acl = sorted(self.admin.get_acl(path)[0])
            names = self.admin.children(path)
            found.append((path, data, meaning(stat), acl, names))
            paths += [f"{path}/{name}" for name in names]
        return found

    def end(self):
        for client in [*self.clients, self.admin]:
            if not client.is_over():
                client.end_session()


# Comparing it.


class Match:
    """Whether two servers mean the same, given all that they said before."""

    def __init__(self, left, right):
        self.sides = (left, right)
        self.zxids = [(-1, -1), (0, 0)]  # pairs in order; both of a pair grow

    def differs(self, left, right, place="it"):
        """Where they differ, or nothing."""
        if isinstance(left, Zxid) and isinstance(right, Zxid):
            return self.zxid_differs(left.value, right.value, place)
        if isinstance(left, Latest) and isinstance(right, Latest):
            return self.latest_differs(left.value, right.value, place)
        if isinstance(left, Owner) and isinstance(right, Owner):
            left, right = (
                side.names().get(owner.session, owner.session and "somebody")
                for side, owner in zip(self.sides, (left, right))
            )
        elif isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
            if len(left) == len(right):
                for number, items in enumerate(zip(left, right)):
                    if found := self.differs(*items, f"{place}[{number}]"):
                        return found
                return None
        return None if left == right else f"{place}: {left!r} and {right!r}"

    def zxid_differs(self, left, right, place):
        at = bisect.bisect_left(self.zxids, (left, right))
        if at < len(self.zxids) and self.zxids[at] == (left, right):
            return None
        before = self.zxids[at - 1]
        after = self.zxids[at] if at < len(self.zxids) else (left + 1, right + 1)
        if before[0] < left < after[0] and before[1] < right < after[1]:
            self.zxids.insert(at, (left, right))
            return None
        return f"{place}: zxids {left} and {right} stand between {before} and {after}"

    def latest_differs(self, left, right, place):
        """What fails takes a zxid of ZooKeeper's but not of Gale's, so only changes count."""
        before = [
            bisect.bisect_right(self.zxids, value, key=lambda pair, at=at: pair[at])
            for at, value in enumerate((left, right))
        ]
        if before[0] == before[1]:
            return None
        return f"{place}: the latest zxids {left} and {right} follow {before} changes"


def compare(seed, pair, steps_count=STEPS, make_generator=Generator):
    """Raises Difference with what led to it."""
    top = f"/{pair[1].kind}{seed}"
    sides = [Side(server, top) for server in pair]
    match = Match(*sides)
    generator = make_generator(seed, top)
    steps = []
    for number in range(steps_count):
        steps.append(generator.step())
        seen = []
        try:
            for side in sides:
                seen.append(side.take(steps[-1]))
            found = match.differs(*seen)
        except (AssertionError, OSError) as error:
            found = f"{('one', 'the other')[len(seen)]} is beyond understanding: {error!r}"
        if found:
            raise Difference(explain(seed, number, steps, seen, found))
        for session in range(SESSIONS):
            generator.attached[session] &= sides[0].attached[session]
    trees = [side.tree() for side in sides]
    if found := match.differs(*trees):
        raise Difference(explain(seed, steps_count, steps, trees, found))
    for side in sides:
        side.end()


def explain(seed, number, steps, seen, found):
    before = "\n".join(f"  {at}: {step}" for at, step in list(enumerate(steps))[-SHOWN:])
    saw = "\n".join(f"{who} saw: {what}" for who, what in zip(("one", "the other"), seen))
    return f"seed {seed}, step {number}: {found}\nthe steps before:\n{before}\n{saw}"


OPTIONS = {"super_digest": digest_of("super:x"), "tick_ms": 2000}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    with servers.running("zookeeper", tmp_path_factory.mktemp("reference"), **OPTIONS) as server:
        yield server


@pytest.fixture(scope="module", params=servers.KINDS)
def other(request, tmp_path_factory):
    """Another ZooKeeper shows that what is compared does not differ by chance."""
    with servers.running(request.param, tmp_path_factory.mktemp("other"), **OPTIONS) as server:
        yield server


@pytest.mark.parametrize("seed", [int(ONE_SEED)] if ONE_SEED else range(1, SEEDS + 1))
def test_two_servers_say_the_same(reference, other, seed):
    compare(seed, (reference, other))


def test_a_difference_is_found(reference, tmp_path):
    """A server in which one node more was once created below a node that all steps use."""

    class Meddler(Generator):
        def step(self):
            if self.count == 100:
                admin = Client(reference.address)
                admin.auth("digest", b"super:x")
                admin.create(self.top + "/extra")
                admin.delete(self.top + "/extra")
                admin.end_session()
            return super().step()

    with servers.running("zookeeper", tmp_path, **OPTIONS) as second:
        with pytest.raises(Difference, match="seed 0, step 1"):
            compare(0, (reference, second), make_generator=Meddler)
