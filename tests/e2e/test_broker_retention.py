# SPDX-License-Identifier: Apache-2.0
"""Retention and compaction as clients see them: kcat asks where a log starts, python3-kafka and librdkafka read."""

import subprocess
import time

import confluent_kafka
import kafka
import pytest

from broker import servers, wire
from broker.fixtures import name
from broker.servers import await_true
from conftest import TIMEOUT_S

DAY_MS = 24 * 3600 * 1000
COMPACT = {"cleanup_policy": "compact", "segment_bytes": 1024, "min_cleanable_dirty_ratio": "0"}


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with servers.running(tmp_path_factory.mktemp("retention"), **{
        "log.flush.ms": 20, "log.retention.check.secs": 0.05, "log.cleaner.check.secs": 0.05,
    }) as broker:
        yield broker


@pytest.fixture
def client(broker):
    with wire.Connection(broker.address) as client:
        yield client


def ask_kcat(broker, topic, time_ms):
    """kcat -Q: the offset."""
    result = subprocess.run(
        ["kcat", "-b", broker.hosts, "-Q", "-t", f"{topic}:0:{time_ms}"], capture_output=True, text=True,
        timeout=TIMEOUT_S, check=False,
    )
    assert result.returncode == 0, result.stderr
    return int(result.stdout.split()[-1])


def fill(client, topic, count, size=300, **how):
    for number in range(count):
        data = wire.batch((b"k", f"{number:04}".encode().ljust(size, b".")), **how)
        assert client.produce(topic, 0, data)[0] == wire.NONE


def start_of(client, topic):
    return client.list_offset(topic, 0, -2)[1]


def files_of(broker, topic):
    return sorted(path.name for path in (broker.data / f"{topic}-0").glob("*.log"))


# ---- retention ----


def test_a_log_keeps_so_many_bytes(broker, client, name):
    client.create(name, segment_bytes=1024, retention_bytes=3000)
    fill(client, name, 30)
    await_true(lambda: start_of(client, name) > 15, broker.log_end)
    start = start_of(client, name)
    assert ask_kcat(broker, name, -2) == start
    assert ask_kcat(broker, name, -1) == 30
    assert files_of(broker, name)[0] == f"{start:020}.log"
    assert list(client.read_all(name)) == list(range(start, 30))
    assert client.fetch(name, 0, start - 1)[0] == wire.OUT_OF_RANGE

    place = kafka.TopicPartition(name, 0)
    consumer = kafka.KafkaConsumer(bootstrap_servers=broker.hosts, group_id=None,
                                   auto_offset_reset="earliest", consumer_timeout_ms=TIMEOUT_S * 1000)
    assert consumer.beginning_offsets([place]) == {place: start}
    consumer.assign([place])
    consumer.seek(place, 0)  # what is there no more
    assert next(consumer).offset == start
    consumer.close()
    broker.kill()
    broker.restart()
    assert ask_kcat(broker, name, -2) >= start


def test_a_log_keeps_what_is_not_too_old(broker, client, name):
    """The last segment goes as well; offsets go on."""
    client.create(name, segment_bytes=1024)
    now_ms = int(time.time() * 1000)
    fill(client, name, 10, stamp_ms=now_ms - 3 * DAY_MS)
    fill(client, name, 3)
    assert client.alter(name, "retention.ms", str(DAY_MS)) == wire.NONE
    await_true(lambda: start_of(client, name) >= 8, broker.log_end)
    assert set(range(10, 13)) <= set(client.read_all(name))
    assert ask_kcat(broker, name, now_ms - DAY_MS) == 10
    assert client.alter(name, "retention.ms", "1") == wire.NONE
    await_true(lambda: start_of(client, name) == 13, broker.log_end)
    assert client.fetch(name, 0, 13) == (wire.NONE, 13, b"")
    assert client.alter(name, "retention.ms", str(DAY_MS)) == wire.NONE
    broker.stop()
    broker.restart()
    with wire.Connection(broker.address) as again:
        assert again.produce(name, 0, wire.batch((b"k", b"v"))) == (wire.NONE, 13)


def test_who_reads_a_segment_reads_it_to_its_end(broker, client, name):
    """It is deleted while it is being sent."""
    client.create(name, segment_bytes=1 << 20, max_message_bytes=2 << 20)
    value = bytes(range(256)) * 3000
    assert client.produce(name, 0, wire.batch((b"k", value))) == (wire.NONE, 0)
    with wire.Connection(broker.address, receive_bytes=4096) as slow:
        slow.send(wire.FETCH, 4, wire.fetch_body(name, 0))
        client.produce(name, 0, wire.batch((b"k", value)))
        assert client.delete_records(name, 0, 1) == (wire.NONE, 1)
        await_true(lambda: files_of(broker, name) == ["00000000000000000001.log"], broker.log_end)
        error, _, data = wire.parse_fetched(slow.receive()[1])
    assert error == wire.NONE
    assert list(wire.parse_batches(data)) == [(0, b"k", value)]


def test_records_are_deleted_on_request(broker, client, name):
    client.create(name)
    fill(client, name, 10)
    assert client.delete_records(name, 0, 4) == (wire.NONE, 4)
    assert ask_kcat(broker, name, -2) == 4
    assert list(client.read_all(name)) == list(range(4, 10))
    assert client.delete_records(name, 0, 11)[0] == wire.OUT_OF_RANGE
    assert client.delete_records(name, 0, -1) == (wire.NONE, 10)
    broker.stop()
    broker.restart()
    assert ask_kcat(broker, name, -2) == ask_kcat(broker, name, -1) == 10


# ---- compaction ----


def put(client, topic, key, value):
    error, offset = client.produce(topic, 0, wire.batch((key, value)))
    assert error == wire.NONE
    return offset


def roll(client, topic):
    """What was written so far may be compacted."""
    put(client, topic, b"roll", b"r" * 1100)


def read_pairs(broker, topic, end):
    """By librdkafka, up to the end: (offset, key, value)."""
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": broker.hosts, "group.id": "none", "check.crcs": True, "log_level": 0})
    consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
    found = []
    while not found or found[-1][0] < end - 1:
        message = consumer.poll(TIMEOUT_S)
        assert message is not None, "the end does not come"
        assert message.error() is None
        found.append((message.offset(), message.key(), message.value()))
    consumer.close()
    return found


@pytest.mark.parametrize("codec", ["none", "gzip", "lz4", "zstd", "snappy"])
def test_a_compacted_topic_keeps_the_last_value_of_each_key(broker, client, name, codec):
    client.create(name, **COMPACT)
    producer = confluent_kafka.Producer({
        "bootstrap.servers": broker.hosts, "compression.type": codec, "linger.ms": 0, "batch.num.messages": 10})
    last = {}
    for number in range(200):
        key = f"k{number * 7 % 10}".encode()
        last[key] = f"{number:030}".encode() * 4
        producer.produce(name, key=key, value=last[key])
        if number % 20 == 0:
            producer.flush()
    assert producer.flush(TIMEOUT_S) == 0
    roll(client, name)
    end = put(client, name, b"roll", b"end") + 1
    await_true(lambda: len(read_pairs(broker, name, end)) <= 12, broker.log_end)
    found = read_pairs(broker, name, end)
    offsets = [offset for offset, _, _ in found]
    assert offsets == sorted(offsets)
    assert {key: value for _, key, value in found if key != b"roll"} == last
    assert ask_kcat(broker, name, -1) == end
    broker.kill()
    broker.restart()
    assert read_pairs(broker, name, end) == found


def test_a_tombstone_deletes_its_key_and_goes_itself(broker, client, name):
    client.create(name, delete_retention_ms=0, **COMPACT)
    put(client, name, b"gone", b"v" * 200)
    put(client, name, b"kept", b"v" * 200)
    put(client, name, b"gone", None)

    def keys():
        roll(client, name)
        return {key for key, _ in client.read_all(name).values()}

    await_true(lambda: keys() == {b"kept", b"roll"}, broker.log_end)
    assert list(client.read_all(name))[0] == 1


def test_a_tombstone_stays_for_those_who_have_not_seen_it(broker, client, name):
    client.create(name, **COMPACT)
    put(client, name, b"gone", b"v" * 200)
    put(client, name, b"gone", None)

    def pairs():
        roll(client, name)
        return [tuple(pair) for pair in client.read_all(name).values()]

    await_true(lambda: (b"gone", b"v" * 200) not in pairs(), broker.log_end)
    assert (b"gone", None) in pairs()


def test_a_reader_waits_at_the_end_of_a_topic_that_is_compacted(broker, client, name):
    """Whoever stands in a gap goes on behind it."""
    client.create(name, **COMPACT)
    for number in range(20):
        put(client, name, b"k", f"{number}".encode() * 100)
    roll(client, name)
    await_true(lambda: len(client.read_all(name)) <= 3, broker.log_end)
    for at in range(20):
        error, _, data = client.fetch(name, 0, at)
        assert error == wire.NONE
        assert min(offset for offset, _, _ in wire.parse_batches(data)) >= at
