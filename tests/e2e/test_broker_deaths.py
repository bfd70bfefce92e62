# SPDX-License-Identifier: Apache-2.0
"""gale-broker dies between two of its system calls, wherever they are: from its first to its last.

A fixed list of steps is done one by one: topics made, changed and deleted, records written, segments rolled,
deleted and compacted, offsets committed. After a death at system call N, and a new start, all that was acknowledged
must be so; the step that was under way is done wholly or not at all; and the steps that are left can be
done. tests/support/kill_at.c does the killing.

GALE_BROKER_KILLS is how many places are tried, `all` for every one, `A-B` for those from A on before B.
"""

import contextlib
import os
import random
import subprocess

import pytest

from broker import servers, wire
from broker.servers import await_true
from conftest import BUILD

KILL_AT = BUILD / "test-bin" / "kill_at"
KILLS = os.environ.get("GALE_BROKER_KILLS", "24")
KEYS = 4
SMALL = {"segment_bytes": 1024}
HOUSE = {"log.flush.ms": 20, "log.retention.check.secs": 0.05, "log.cleaner.check.secs": 0.05}


class Mortal(servers.Broker):
    """Dies at its system call `death`; 0 is never, None: nobody counts."""

    def __init__(self, folder, death, **settings):
        super().__init__(folder, **{**HOUSE, **settings})
        self.death = death
        self.report = self.folder / "report"

    def command(self):
        if self.death is None:
            return super().command()
        # Leaks cannot be looked for in a process that is being traced.
        leaks = "export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0"
        script = leaks + ' && exec 3>"$1" && shift && exec "$@"'
        return ["sh", "-c", script, "sh", self.report, KILL_AT, self.death, *super().command()]

    def kill(self):
        """Whoever is traced dies with its tracer, but a moment later."""
        super().kill()
        with contextlib.suppress(OSError):
            while True:
                wire.Connection(self.address).close()

    @property
    def calls(self):
        return int(self.report.read_text().split()[1])


def connect(server):
    """A client as soon as the server answers; None if the server dies before."""
    while True:
        with contextlib.suppress(OSError, wire.Closed):
            client = wire.Connection(server.address)
            client.call(wire.API_VERSIONS, 0, b"")
            return client
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(timeout=0.02)
            return None


# ---- what is done ----


class Told:
    """What was acknowledged, and what may be there without that: the step that was under way."""

    def __init__(self):
        self.records = {}  # (topic, offset) -> value
        self.pairs = {}  # key -> value, of the compacted topic
        self.under_way = None
        self.producer = None


def value_of(number, size=300):
    return f"{number:04}".encode() * (size // 4)


def must(error):
    assert error == wire.NONE, f"error {error}"


def make(topic, partitions=1, **configs):
    """Whoever asks again may find it made."""
    return lambda client, told: client.create(topic, partitions, **configs) in (wire.NONE, 36) or must(36)


def write(topic, number):
    def step(client, told):
        error, offset = client.produce(topic, 0, wire.batch((b"k", value_of(number))))
        must(error)
        assert (topic, offset) not in told.records, f"{topic}: offset {offset} was given twice"
        told.records[topic, offset] = value_of(number)

    return step


def put(number):
    """A value of a key of the compacted topic."""

    def step(client, told):
        key = f"k{number % KEYS}".encode()
        error, _ = client.produce("compact", 0, wire.batch((key, value_of(number))))
        must(error)
        told.pairs[key] = value_of(number)

    return step


def write_in_sequence(number):
    """By a producer that is idempotent: it may ask for the same again."""

    def step(client, told):
        if told.producer is None:
            error, producer = client.producer_id()
            must(error)
            told.producer = producer
        error, offset = client.produce("once", 0, wire.batch(
            (b"k", value_of(number)), producer=told.producer, epoch=0, sequence=number))
        must(error)
        assert offset == number, f"the record with sequence {number} is at {offset}"
        told.records["once", offset] = value_of(number)

    return step


def commit(offset):
    def step(client, told):
        must(client.commit("g", "plain", 0, offset))
        told.committed = offset

    return step


def alter(topic, key, value):
    def step(client, told):
        must(client.alter(topic, key, value))
        told.altered = (topic, key, value)

    return step


def delete_records(topic, offset):
    def step(client, told):
        must(client.delete_records(topic, 0, offset)[0])
        told.start = (topic, offset)

    return step


def delete(topic):
    def step(client, told):
        (error,) = client.delete(topic)
        assert error in (wire.NONE, wire.UNKNOWN_TOPIC)
        told.deleted = topic

    return step


def starts(client, topic):
    return client.list_offset(topic, 0, -2)[1]


def await_retention(client, told):
    await_true(lambda: starts(client, "brief") > 0, "retention of brief")


def await_compaction(client, told):
    await_true(lambda: len(client.read_all("compact")) < 12, "compaction")


STEPS = [
    make("plain", 2, **SMALL),
    *(write("plain", number) for number in range(6)),
    make("once"),
    *(write_in_sequence(number) for number in range(3)),
    commit(2),
    make("compact", cleanup_policy="compact", min_cleanable_dirty_ratio="0", **SMALL),
    *(put(number) for number in range(16)),
    commit(4),
    alter("plain", "retention.ms", "1234567890123"),
    make("brief", retention_bytes=1500, **SMALL),
    *(write("brief", number) for number in range(10)),
    await_retention,
    await_compaction,
    delete_records("plain", 3),
    make("gone", 3),
    write("gone", 0),
    delete("gone"),
    *(write_in_sequence(number) for number in range(3, 6)),
    commit(5),
    *(write("plain", number) for number in range(6, 9)),
]


def work(server, told, steps=STEPS):
    """How many steps were acknowledged."""
    client = connect(server)
    if client is None:
        return 0
    with client:
        for number, step in enumerate(steps):
            try:
                step(client, told)
            except (OSError, wire.Closed):
                return number
    return len(steps)


# ---- what must be so ----


def check(client, told):
    for (topic, offset), value in told.records.items():
        if topic != getattr(told, "deleted", None) and topic in client.topics():
            if offset >= starts(client, topic):
                must_read(client, topic, offset, value)
    if hasattr(told, "committed"):
        error, offset = client.committed("g", "plain", 0)
        assert error == wire.NONE and offset >= told.committed, f"{offset} is committed, not {told.committed}"
    if hasattr(told, "altered"):
        topic, key, value = told.altered
        assert client.config(topic, key) == value
    if hasattr(told, "start"):
        # A checkpoint tells where a log starts, within log.flush.ms; until then whole segments may be back.
        assert starts(client, told.start[0]) <= told.start[1]
    if told.pairs:
        check_pairs(client, told)
    if hasattr(told, "deleted"):
        assert told.deleted not in client.topics()


def must_read(client, topic, offset, value):
    error, _, data = client.fetch(topic, 0, offset)
    if error == wire.OUT_OF_RANGE and starts(client, topic) > offset:
        return  # retention works meanwhile
    assert error == wire.NONE, f"{topic}: offset {offset} cannot be read: error {error}"
    found = {place: read for place, _, read in wire.parse_batches(data)}
    assert found.get(offset) == value, f"{topic}: offset {offset} has {found.get(offset)}"


def check_pairs(client, told):
    """The last value of each key; of the last one, that of the step that was under way may be there instead."""
    records = client.read_all("compact")
    assert list(records) == sorted(records)
    found = {key: value for key, value in records.values()}
    newer = {key: value for key, value in found.items() if told.pairs.get(key) != value}
    assert set(told.pairs) <= set(found), "a key is lost"
    assert len(newer) <= 1, f"other values than were acknowledged: {newer}"
    for key, value in newer.items():
        assert value > told.pairs.get(key, b""), f"{key} has an old value"


def check_starts(told):
    """What retention may take: only from the topics that ask for it."""
    return {topic for topic, _ in told.records} - {"brief", "plain"}


def calls_of(folder, steps):
    """How many system calls a server makes whose whole life is these steps."""
    server = Mortal(folder, 0)
    server.launch()
    server.await_ready()
    assert work(server, Told(), steps) == len(steps)
    server.stop()
    return server.calls


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Where to die, the same in each run of the test: some while it starts, most while it works or ends."""
    if "-" in KILLS:
        return list(range(*map(int, KILLS.split("-"))))
    idle = calls_of(tmp_path_factory.mktemp("idle"), [])
    busy = calls_of(tmp_path_factory.mktemp("busy"), STEPS)
    if KILLS == "all":
        return list(range(1, busy))
    rng, few = random.Random(1), int(KILLS) // 4
    return sorted(rng.sample(range(1, idle), few) + rng.sample(range(idle, busy), 3 * few))


def die_and_go_on(folder, death):
    told = Told()
    server = Mortal(folder, death)
    server.launch()
    done = work(server, told)
    if done == len(STEPS):
        with contextlib.suppress(AssertionError):
            server.stop()  # it dies while it ends, or has never come to that call
    if server.process is not None:
        server.kill()
    server.death = None
    server.restart()
    with connect(server) as client:
        check(client, told)
    assert work(server, told, STEPS[done:]) == len(STEPS) - done
    with connect(server) as client:
        check(client, told)
        assert sorted(client.topics()) == sorted(
            ["__consumer_offsets", "brief", "compact", "once", "plain"])
        assert not [path for path in server.data.iterdir() if "gone" in path.name]
        assert len(client.read_all("once")) == 6, "an idempotent producer left duplicates"
    server.stop()
    return done


def test_a_death_between_any_two_system_calls_loses_nothing(places, tmp_path):
    seen = set()
    for death in places:
        try:
            seen.add(die_and_go_on(tmp_path / str(death), death))
        except BaseException as error:
            error.add_note(f"it died at its system call {death}")
            raise
    # How many calls a life has depends on how long it takes; so much is sure even on a slow machine.
    assert len(seen) > 2, "the deaths were not spread over the steps"
