# SPDX-License-Identifier: Apache-2.0
"""gale-coord is killed with SIGKILL in the middle of the work of several clients, again and again.

What the clients saw is written down as a history: when each request was sent, when it was answered
and with what. A history of a register or of sequential creates is linearizable if there is an order
of the operations that respects real time and explains every answer. In general that is hard to
decide; here it is not, since each answer tells the version, or the number, that the operation had
in that order: one look at each pair suffices.
"""

import collections
import itertools
import random
import selectors

import pytest

from coord import servers, wire

CLIENTS = 4
ROUNDS = 12  # kills
OPERATIONS = (20, 120)  # answered before a kill, at random

# `order` is the place that the answer tells; None if no answer came.
Operation = collections.namedtuple("Operation", "kind value begin end order")


class Worker:
    """One client, one request at a time, the session taken along over kills."""

    def __init__(self, server, clock):
        self.server, self.clock = server, clock
        self.client = wire.Client(server.address)
        self.open = None  # (kind, value, begin, xid)
        self.history = []

    def begin(self, kind, value, op, record):
        self.open = (kind, value, next(self.clock), self.client.send(op, record))

    def end(self, order):
        kind, value, begin, _ = self.open
        self.history.append(Operation(kind, value, begin, next(self.clock), order))
        self.open = None

    def answer(self):
        """The answer to the open request; None if the connection ended instead."""
        try:
            frame = self.client.frame()
        except OSError:
            return None
        assert frame is None or frame.xid == self.open[3]
        return frame

    def give_up(self):
        """Whether it was done is not known: it may count as done at any time from then on."""
        if self.open is not None:
            kind, value, begin, _ = self.open
            self.history.append(Operation(kind, value, begin, None, None))
            self.open = None

    def come_back(self):
        old = self.client
        old.close()
        self.client = wire.Client(
            self.server.address, session=old.session, password=old.password, last_zxid=old.zxid
        )
        assert self.client.session == old.session, "the session did not survive"


class Register(Worker):
    """Sets values that nobody else sets, and reads."""

    def __init__(self, server, clock, values):
        super().__init__(server, clock)
        self.values = values

    def ask(self, rng):
        if rng.random() < 0.5:
            value = next(self.values)
            record = wire.set_data_record("/register", str(value).encode())
            self.begin("set", value, wire.SET_DATA, record)
        else:
            self.begin("get", None, wire.GET_DATA, wire.watched_record("/register"))

    def take(self, frame):
        if self.open[0] == "set":
            self.end(frame.stat().version)
        else:
            data, stat = frame.decoded("buffer", "stat")
            self.open = (self.open[0], int(data), *self.open[2:])
            self.end(stat.version)


class Creator(Worker):
    """Creates sequential nodes."""

    def ask(self, rng):
        del rng
        record = wire.create_record("/line/n", flags=wire.SEQUENTIAL)
        self.begin("create", None, wire.CREATE, record)

    def take(self, frame):
        path = frame.path()
        self.end(int(path[-10:]))


def work(workers, rng, count):
    """Lets the workers work until so many requests were answered."""
    with selectors.DefaultSelector() as selector:
        for worker in workers:
            worker.ask(rng)
            selector.register(worker.client.socket, selectors.EVENT_READ, worker)
        while count > 0:
            for key, _ in selector.select():
                worker = key.data
                frame = worker.answer()
                assert frame is not None and frame.err == wire.OK, frame
                worker.take(frame)
                worker.ask(rng)
                count -= 1


def torment(server, workers, rng):
    """Kills the server while every worker has a request open."""
    for _ in range(ROUNDS):
        work(workers, rng, rng.randint(*OPERATIONS))
        server.kill()
        for worker in workers:
            if (frame := worker.answer()) is not None:  # it was answered just before
                worker.take(frame)
            worker.give_up()
        server.restart()
        for worker in workers:
            worker.come_back()


def check_order(history, strict):
    """Of two operations, one after the other in real time, the later has the higher place; a read
    may have the same place as the operation before it."""
    answered = [operation for operation in history if operation.order is not None]
    answered.sort(key=lambda operation: operation.begin)
    ends = sorted(answered, key=lambda operation: operation.end)
    place, highest = 0, -1
    for operation in answered:
        while place < len(ends) and ends[place].end < operation.begin:
            highest = max(highest, ends[place].order)
            place += 1
        if strict(operation):
            assert operation.order > highest, operation
        else:
            assert operation.order >= highest, operation


@pytest.fixture
def server(tmp_path):
    with servers.running("gale", tmp_path) as server:
        yield server


@pytest.fixture(params=range(2))
def rng(request):
    return random.Random(request.param)


def test_a_register_is_linearizable_across_kills(server, rng):
    clock, values = itertools.count(), itertools.count(1)
    first = wire.Client(server.address)
    first.create("/register", b"0")
    workers = [Register(server, clock, values) for _ in range(CLIENTS)]
    torment(server, workers, rng)

    history = [operation for worker in workers for operation in worker.history]
    value_of = {0: 0}
    for operation in history:
        if operation.order is not None:
            assert value_of.setdefault(operation.order, operation.value) == operation.value
    assert len(set(value_of.values())) == len(value_of), "one write, two versions"
    attempted = {operation.value for operation in history if operation.kind == "set"}
    assert set(value_of.values()) <= attempted | {0}, "a value from nowhere"
    check_order(history, strict=lambda operation: operation.kind == "set")

    # Nothing that was acknowledged is lost: the last version is no smaller than any seen.
    data, stat = wire.Client(server.address).get("/register")
    assert stat.version >= max(value_of)
    assert value_of.get(stat.version, int(data)) == int(data)


def test_sequential_creates_are_linearizable_across_kills(server, rng):
    clock = itertools.count()
    wire.Client(server.address).create("/line")
    workers = [Creator(server, clock) for _ in range(CLIENTS)]
    torment(server, workers, rng)

    history = [operation for worker in workers for operation in worker.history]
    numbers = [operation.order for operation in history if operation.order is not None]
    unknown = len(history) - len(numbers)
    assert len(set(numbers)) == len(numbers), "a number was given twice"
    check_order(history, strict=lambda operation: True)

    there = {int(name[-10:]) for name in wire.Client(server.address).children("/line")}
    assert set(numbers) <= there, "an acknowledged node is lost"
    assert len(there) <= len(numbers) + unknown, "a node from nowhere"
    assert max(there) == len(there) - 1, "a number was left out"
