# SPDX-License-Identifier: Apache-2.0
"""Clients that are hostile, clumsy or slow: each gets its answer or is closed, the log says why, the memory of the
broker stays bounded, and everybody else is served."""

import contextlib
import gzip
import os
import select
import struct

import pytest

from broker import servers, wire
from broker.fixtures import name
from broker.servers import await_true
from conftest import C_FLAGS

MIB = 1 << 20
FRAMES_MAX = 20000  # of a client that does not read its answers


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with servers.running(tmp_path_factory.mktemp("limits"), **{
        "broker.connections.max": 100, "broker.request.stall.secs": 1,
        "broker.request.bytes.max": "16MiB", "broker.inflight.bytes.max": "16MiB",
        "log.cleaner.check.secs": 0.05, "log.retention.check.secs": 0.05, "log.flush.ms": 20,
        "broker.topics.max": 40, "broker.partitions.max": 200,
    }) as broker:
        yield broker


@pytest.fixture
def client(broker):
    with wire.Connection(broker.address) as client:
        yield client


@pytest.fixture
def topic(client, name):
    assert client.create(name) == wire.NONE
    yield name
    assert client.delete(name) == [wire.NONE]


# What was freed is memory again, also where a sanitizer would keep it to look at.
os.environ["ASAN_OPTIONS"] = ":".join(
    [os.environ.get("ASAN_OPTIONS", ""), "quarantine_size_mb=1:thread_local_quarantine_size_kb=16"])


def memory(broker):
    """What is resident, in bytes."""
    if "-fsanitize=thread" in C_FLAGS:
        pytest.skip("ThreadSanitizer takes many times the memory of the program")
    with open(f"/proc/{broker.process.pid}/status", encoding="ascii") as file:
        (line,) = [line for line in file if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


def log_says(broker, text):
    await_true(lambda: text in broker.log.read_text(), lambda: f"not told: {text}\n{broker.log_end()}")


# ---- what is no request ----

NONSENSE = {
    "negative": (struct.pack(">i", -5), "its length is below 0"),
    "huge": (struct.pack(">i", 0x7FFFFFFF), "above broker.request.bytes.max"),
    "empty": (struct.pack(">i", 0), "the header of a request is cut off"),
    "tiny": (struct.pack(">i", 3) + b"abc", "the header of a request is cut off"),
    "noise": (struct.pack(">i", 600) + b"\xee" * 600, "the header of a request"),
    "tls": (bytes.fromhex("16030100f8010000f40303") + b"r" * 300, "it speaks TLS"),
    "http": (b"GET /topics HTTP/1.1\r\nHost: x\r\n\r\n", "it speaks HTTP"),
    "api": (wire.frame(999, 0, b""), "there is no API 999"),
    "sasl": (wire.frame(wire.SASL_HANDSHAKE, 1, wire.string("PLAIN")), "API 17 (SASL)"),
    "version": (wire.frame(wire.FETCH, 99, b""), "version 99 of Fetch is not served"),
    "count": (wire.frame(wire.METADATA, 1, struct.pack(">i", 0x7FFFFFFF)), "'topics' at byte"),
    "counts": (wire.frame(wire.FETCH, 4, struct.pack(">iiiibi", -1, 0, 0, 0, 0, 1 << 30)), "'topics' at byte"),
    "text": (wire.frame(wire.METADATA, 1, struct.pack(">ih", 1, 30000) + b"x"), "is cut off"),
}


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_closed_and_told_of(broker, client, topic, kind):
    bytes_sent, text = NONSENSE[kind]
    with wire.Connection(broker.address) as other:
        other.socket.sendall(bytes_sent)
        assert other.is_closed()
    log_says(broker, text)
    assert client.produce(topic, 0, wire.batch((b"k", b"v"))) == (wire.NONE, 0)


def test_a_version_of_api_versions_that_is_not_served_is_answered(client):
    answer = client.call(wire.API_VERSIONS, 77, b"")
    assert struct.unpack_from(">h", answer) == (35,)


def test_half_a_request_and_silence_is_closed(broker, client):
    with wire.Connection(broker.address) as other, wire.Connection(broker.address) as mute:
        other.socket.sendall(wire.frame(wire.METADATA, 1, wire.metadata_body())[:-2])
        mute.socket.sendall(b"\0\0")
        assert other.is_closed()
        assert mute.is_closed()
    log_says(broker, "it stopped in the middle of a request")
    client.topics()


# ---- what is no batch ----

GOOD = wire.batch((b"k", b"v"))
RECORD = (b"k", b"v")
BATCHES = {
    "no bytes": (b"", wire.CORRUPT_MESSAGE),
    "half a head": (GOOD[:30], wire.CORRUPT_MESSAGE),
    "half a batch": (GOOD[:-1], wire.CORRUPT_MESSAGE),
    "wrong crc": (wire.batch(RECORD, crc=1), wire.CORRUPT_MESSAGE),
    "magic 0": (wire.batch(RECORD, magic=0), wire.UNSUPPORTED_FORMAT),
    "magic 1": (wire.batch(RECORD, magic=1), wire.UNSUPPORTED_FORMAT),
    "magic 3": (wire.batch(RECORD, magic=3), wire.CORRUPT_MESSAGE),
    "two batches": (GOOD + GOOD, wire.INVALID_RECORD),
    "more behind it": (GOOD + b"x", wire.INVALID_RECORD),
    "negative length": (wire.batch(RECORD, length=-5), wire.CORRUPT_MESSAGE),
    "huge length": (wire.batch(RECORD, length=0x7FFFFFFF), wire.TOO_LARGE),
    "no records": (wire.batch(RECORD, count=0), wire.INVALID_RECORD),
    "fewer than none": (wire.batch(RECORD, count=-1), wire.INVALID_RECORD),
    "more than it has": (wire.batch(RECORD, count=2), wire.INVALID_RECORD),
    "very many": (wire.batch(RECORD, count=0x7FFFFFFF), wire.INVALID_RECORD),
    "other last offset": (wire.batch(RECORD, last=7), wire.INVALID_RECORD),
    "unknown codec": (wire.batch(RECORD, attributes=5), wire.INVALID_RECORD),
    "transaction": (wire.batch(RECORD, attributes=16), wire.INVALID_RECORD),
    "control": (wire.batch(RECORD, attributes=32), wire.INVALID_RECORD),
    "time before 1970": (wire.batch(RECORD, stamp_ms=-7), wire.INVALID_RECORD),
    "too large": (wire.batch((b"k", bytes(2 * MIB))), wire.TOO_LARGE),
    "no sequence": (wire.batch(RECORD, producer=7, epoch=0), wire.INVALID_RECORD),
}


@pytest.mark.parametrize("kind", BATCHES)
def test_what_is_no_batch_is_refused(client, topic, kind):
    data, error = BATCHES[kind]
    assert client.produce(topic, 0, data) == (error, -1)
    assert client.produce(topic, 0, GOOD) == (wire.NONE, 0)
    assert len(client.read_all(topic)) == 1


def test_times_far_in_the_future_disturb_nothing(client, topic):
    far_ms = 1 << 61
    assert client.produce(topic, 0, wire.batch((b"k", b"far"), stamp_ms=far_ms)) == (wire.NONE, 0)
    assert client.produce(topic, 0, GOOD) == (wire.NONE, 1)
    assert client.list_offset(topic, 0, far_ms - 1) == (wire.NONE, 0)
    assert client.list_offset(topic, 0, far_ms + 1) == (wire.NONE, -1)
    assert len(client.read_all(topic)) == 2


def bomb(size):
    """One record with a value of zeros, by gzip."""
    value = wire.varint(0)  # attributes, time, offset: all 0
    record = b"\0" + value + value + wire.varbytes(b"bomb") + wire.varint(size) + bytes(size) + b"\0"
    return wire.batch(body=gzip.compress(wire.varint(len(record)) + record, 9), count=1, attributes=1)


def test_compaction_outlives_what_it_cannot_read(broker, client, name):
    """Such records are not taken when a topic is compacted, but it may have become so later."""
    assert client.create(name, segment_bytes=1024, min_cleanable_dirty_ratio="0",
                         max_message_bytes=10 * MIB) == wire.NONE
    before = memory(broker)
    poison = [
        bomb(200 * MIB),
        wire.batch(body=gzip.compress(wire.record(0, b"", b"") * 2000000, 9), count=2000000, attributes=1),
        *(wire.batch(body=b"\xff" * 60, count=3, attributes=codec) for codec in range(5)),
        wire.batch((None, b"no key")),
    ]
    for number, data in enumerate(poison):
        error, at = client.produce(name, 0, data)
        assert error == wire.NONE
        for key in range(4):
            value = f"{number}".encode() * 400
            assert client.produce(name, 0, wire.batch((f"k{key}".encode(), value)))[0] == wire.NONE

    assert client.alter(name, "cleanup.policy", "compact") == wire.NONE
    assert client.produce(name, 0, poison[-1]) == (wire.INVALID_RECORD, -1)

    def is_clean():
        """Behind the poison nothing is left but the last values."""
        client.produce(name, 0, wire.batch((b"more", b"x" * 900)))
        return len(segments(broker, name)) < 2 * len(poison) + 8

    await_true(is_clean, broker.log_end)
    assert memory(broker) - before < 160 * MIB
    found = {key: value for key, value in client.read_all(name, start=at + 1).values()
             if key.startswith(b"k")}
    assert found == {f"k{key}".encode(): f"{len(poison) - 1}".encode() * 400 for key in range(4)}
    assert client.delete(name) == [wire.NONE]


def segments(broker, topic):
    return list((broker.data / f"{topic}-0").glob("*.log"))


# ---- names ----


@pytest.mark.parametrize("bad", ["", ".", "..", "a/b", "../x", "a b", "a\nb", "ä", "a\0b", "a" * 250, "%s"])
def test_strange_names_are_refused_and_make_nothing(broker, client, bad):
    folders = {path.name for path in broker.data.iterdir() if path.is_dir()}
    encoded = struct.pack(">h", len(bad.encode())) + bad.encode()
    answer = client.call(wire.METADATA, 1, struct.pack(">i", 1) + encoded)
    assert struct.pack(">h", wire.INVALID_TOPIC) + encoded in answer
    assert {path.name for path in broker.data.iterdir() if path.is_dir()} <= folders


def test_nobody_writes_to_the_topic_of_offsets(client, topic):
    assert client.commit("g", topic, 0, 1) == wire.NONE
    assert client.produce("__consumer_offsets", 0, GOOD) == (wire.INVALID_TOPIC, -1)
    assert client.delete("__consumer_offsets") != [wire.NONE]


def test_there_are_no_more_topics_and_partitions_than_may_be(client, name):
    assert client.create(name, 100000) != wire.NONE
    assert client.create(name, 201) != wire.NONE
    made = []
    while client.create(f"{name}-{len(made)}") == wire.NONE:
        made.append(f"{name}-{len(made)}")
        assert len(made) <= 40
    assert set(client.delete(*made)) == {wire.NONE}
    assert client.create(name) == wire.NONE
    assert client.delete(name) == [wire.NONE]


# ---- many, and much ----


def test_connections_are_counted(broker, client, topic):
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(wire.Connection(broker.address)) for _ in range(150)]
        await_true(lambda: sum(bool(select.select([one.socket], [], [], 0)[0]) for one in others) >= 51,
                   "more are let in than may be")
        log_says(broker, "connections.refused")
        assert client.produce(topic, 0, GOOD) == (wire.NONE, 0)
    await_true(lambda: servers.answers(broker.address), "nobody is let in again")


def test_promises_of_large_requests_take_no_memory(broker, client, topic):
    before = memory(broker)
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(wire.Connection(broker.address)) for _ in range(60)]
        for other in others:
            other.socket.sendall(struct.pack(">i", 15 * MIB) + wire.frame(wire.PRODUCE, 4, b"")[4:])
        client.produce(topic, 0, GOOD)
        assert memory(broker) - before < 4 * MIB
        send_all_that_fits(others, bytes(65536), 3)
        assert client.produce(topic, 0, GOOD)[0] == wire.NONE
        assert memory(broker) - before < 40 * MIB, "more than broker.inflight.bytes.max is held"


def send_all_that_fits(connections, data, rounds):
    """Without waiting for anybody."""
    for connection in connections:
        connection.socket.setblocking(False)
    for _ in range(rounds):
        for connection in connections:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                while connection.socket.send(data) == len(data):
                    pass


def push(connection, frame):
    """Requests until the broker takes no more; how many."""
    connection.socket.setblocking(False)
    data, sent = frame * 100, 0
    with contextlib.suppress(BlockingIOError, ConnectionError):
        while sent < FRAMES_MAX * len(frame):
            sent += connection.socket.send(data)
    return sent // len(frame)


@pytest.mark.parametrize("how", ["large", "small", "waiting", "damaged", "metadata"])
def test_who_asks_and_does_not_read_takes_no_memory(broker, client, topic, how):
    for _ in range(8):
        assert client.produce(topic, 0, wire.batch((None, bytes(100000))))[0] == wire.NONE
    frames = {
        "large": wire.frame(wire.FETCH, 4, wire.fetch_body(topic, 0)),
        "small": wire.frame(wire.FETCH, 4, wire.fetch_body(topic, 0, offset=7, part_bytes=1)),
        "waiting": wire.frame(wire.FETCH, 4, wire.fetch_body(
            topic, 0, offset=8, wait_ms=0x7FFFFFFF, min_bytes=1 << 30)),
        "damaged": wire.frame(wire.FETCH, 4, wire.fetch_body(topic, *range(100), offset=99)),
        "metadata": wire.frame(wire.METADATA, 1, wire.metadata_body()),
    }
    before = memory(broker)
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(wire.Connection(broker.address, receive_bytes=4096)) for _ in range(30)]
        for other in others:
            push(other, frames[how])
        for _ in range(20):
            assert client.produce(topic, 0, GOOD)[0] == wire.NONE
        assert memory(broker) - before < 100 * MIB
    assert client.fetch(topic, 0, 8)[0] == wire.NONE


def test_a_client_may_ask_100000_times_in_a_row(broker, client, topic):
    assert client.produce(topic, 0, GOOD)[0] == wire.NONE
    before, count = memory(broker), 100000
    with wire.Connection(broker.address) as other:
        answer_size = 8 + len(other.call(wire.FETCH, 4, wire.fetch_body(topic, 0)))
        to_send = memoryview(wire.frame(wire.FETCH, 4, wire.fetch_body(topic, 0)) * count)
        to_read = answer_size * count
        other.socket.setblocking(False)
        while to_read > 0:
            writers = [other.socket] if to_send else []
            readable, writable, _ = select.select([other.socket], writers, [], wire.TIMEOUT_S)
            assert readable or writable, "it does not go on"
            if writable:
                to_send = to_send[other.socket.send(to_send[:MIB]) :]
            if readable:
                to_read -= len(other.socket.recv(MIB))
        assert to_read == 0 and not to_send
    assert memory(broker) - before < 50 * MIB


def test_a_slow_reader_gets_everything(broker, client, topic):
    """It begins to read when the broker has long waited for it; meanwhile the topic goes on."""
    pieces = [os.urandom(90000) for _ in range(20)]
    for piece in pieces:
        assert client.produce(topic, 0, wire.batch((None, piece)))[0] == wire.NONE
    with wire.Connection(broker.address, receive_bytes=4096) as slow:
        for _ in range(5):
            slow.send(wire.FETCH, 4, wire.fetch_body(topic, 0))
        for _ in range(50):
            assert client.produce(topic, 0, GOOD)[0] == wire.NONE
        for _ in range(5):
            _, answer = slow.receive()
            error, _, data = wire.parse_fetched(answer)
            assert error == wire.NONE
            assert [value for _, _, value in wire.parse_batches(data)][:20] == pieces


def test_a_topic_may_vanish_under_its_readers(broker, client, name):
    assert client.create(name, 50) == wire.NONE
    for number in range(50):
        assert client.produce(name, number, wire.batch((None, bytes(50000))))[0] == wire.NONE
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(wire.Connection(broker.address)) for _ in range(10)]
        reading = [stack.enter_context(wire.Connection(broker.address, receive_bytes=4096)) for _ in range(10)]
        for one in waiting:
            one.send(wire.FETCH, 4, wire.fetch_body(name, *range(50), offset=1, wait_ms=600000))
        for one in reading:
            one.send(wire.FETCH, 4, wire.fetch_body(name, 7))
        client.topics()
        assert client.delete(name) == [wire.NONE]
        for one in waiting:
            answer = one.receive()[1]
            assert struct.pack(">ih", 0, wire.UNKNOWN_TOPIC) in answer
        for one in reading:
            error, _, data = wire.parse_fetched(one.receive()[1])
            batches = len(list(wire.parse_batches(data)))
            # Whose request was read after the deletion has come too late.
            assert (error, batches) in ((wire.NONE, 1), (wire.UNKNOWN_TOPIC, 0))
        await_true(lambda: not list(broker.data.glob(f"{name}-*")), "folders are left")
