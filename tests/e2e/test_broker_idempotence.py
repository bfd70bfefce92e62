# SPDX-License-Identifier: Apache-2.0
"""Idempotent producers: what is sent again leaves no duplicate, whatever has happened to the broker or to the
connection meanwhile, and what comes out of order is refused."""

import contextlib

import confluent_kafka
import pytest

from broker import servers, wire
from broker.fixtures import name
from broker.servers import await_true
from cluster.proxy import Proxy
from conftest import TIMEOUT_S

FENCED = 47
LAST = 0x7FFFFFFF
REMEMBERED = 5  # batches of a producer
CUTS = 15


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with servers.running(tmp_path_factory.mktemp("idempotence"), **{
        "log.flush.ms": 20, "log.cleaner.check.secs": 0.05, "log.retention.check.secs": 0.05,
        "broker.producers.max": 10,
    }) as broker:
        yield broker


@pytest.fixture
def connect(broker):
    """connect() again after a restart."""
    made = []

    def connect():
        made.append(wire.Connection(broker.address))
        return made[-1]

    yield connect
    for client in made:
        client.close()


def new_producer(client):
    error, producer = client.producer_id()
    assert error == wire.NONE
    return producer


def send(client, topic, producer, sequence, epoch=0, count=1, size=4):
    records = [(b"k", f"{sequence + number}".encode().ljust(size)) for number in range(count)]
    return client.produce(topic, 0, wire.batch(*records, producer=producer, epoch=epoch, sequence=sequence))


def nothing(broker):
    pass


def crash(broker):
    broker.kill()
    broker.restart()


def end_in_order(broker):
    broker.stop()
    broker.restart()


def crash_twice(broker):
    crash(broker)
    crash(broker)


TROUBLE = [nothing, crash, end_in_order, crash_twice]


@pytest.mark.parametrize("trouble", TROUBLE)
def test_what_is_sent_again_has_the_same_offset(broker, connect, name, trouble):
    client = connect()
    client.create(name)
    producer, other = new_producer(client), new_producer(client)
    assert other > producer
    offsets = {}
    for number in range(8):
        error, offsets[number] = send(client, name, producer, number * 3, count=3)
        assert error == wire.NONE
        send(client, name, other, number)
    trouble(broker)
    client = connect()
    for number in range(8 - REMEMBERED, 8):
        assert send(client, name, producer, number * 3, count=3) == (wire.NONE, offsets[number])
    assert send(client, name, producer, 0, count=3)[0] == wire.OUT_OF_ORDER
    assert send(client, name, producer, 25)[0] == wire.OUT_OF_ORDER
    assert send(client, name, producer, 24) == (wire.NONE, 32)
    assert send(client, name, other, 8) == (wire.NONE, 33)
    assert len(client.read_all(name)) == 34
    assert new_producer(client) > other


@pytest.mark.parametrize("trouble", TROUBLE)
def test_an_older_life_of_a_producer_is_fenced_off(broker, connect, name, trouble):
    client = connect()
    client.create(name)
    producer = new_producer(client)
    assert send(client, name, producer, 0) == (wire.NONE, 0)
    assert send(client, name, producer, 7, epoch=1)[0] == wire.OUT_OF_ORDER
    assert send(client, name, producer, 0, epoch=1) == (wire.NONE, 1)
    trouble(broker)
    client = connect()
    assert send(client, name, producer, 1)[0] == FENCED
    assert send(client, name, producer, 1, epoch=1) == (wire.NONE, 2)


@pytest.mark.parametrize("trouble", TROUBLE)
def test_sequences_begin_anew_behind_the_last_one(broker, connect, name, trouble):
    client = connect()
    client.create(name)
    producer = new_producer(client)
    assert send(client, name, producer, LAST - 1, count=3) == (wire.NONE, 0)
    trouble(broker)
    client = connect()
    assert send(client, name, producer, LAST - 1, count=3) == (wire.NONE, 0)
    assert send(client, name, producer, 3)[0] == wire.OUT_OF_ORDER
    assert send(client, name, producer, 1) == (wire.NONE, 3)


@pytest.mark.parametrize("trouble", TROUBLE)
def test_retention_does_not_forget_a_producer(broker, connect, name, trouble):
    client = connect()
    client.create(name, segment_bytes=1024, retention_bytes=1024)
    producer = new_producer(client)
    assert send(client, name, producer, 0) == (wire.NONE, 0)
    for _ in range(10):
        assert client.produce(name, 0, wire.batch((b"k", b"x" * 900)))[0] == wire.NONE
    await_true(lambda: client.list_offset(name, 0, -2)[1] > 5, broker.log_end)
    trouble(broker)
    client = connect()
    assert send(client, name, producer, 0) == (wire.NONE, 0)
    assert send(client, name, producer, 1) == (wire.NONE, 11)


@pytest.mark.parametrize("trouble", TROUBLE)
def test_compaction_does_not_forget_a_producer(broker, connect, name, trouble):
    client = connect()
    client.create(name, segment_bytes=1024, cleanup_policy="compact", min_cleanable_dirty_ratio="0")
    producer = new_producer(client)
    for number in range(10):
        assert send(client, name, producer, number, size=400) == (wire.NONE, number)
    for _ in range(4):
        assert client.produce(name, 0, wire.batch((b"k", b"x" * 900)))[0] == wire.NONE
    await_true(lambda: len(client.read_all(name)) < 5, broker.log_end)
    trouble(broker)
    client = connect()
    assert send(client, name, producer, 9, size=400) == (wire.NONE, 9)
    assert send(client, name, producer, 10) == (wire.NONE, 14)


def test_the_producer_that_was_silent_for_longest_is_forgotten(broker, connect, name):
    client = connect()
    client.create(name)
    producers = [new_producer(client) for _ in range(12)]
    for number, producer in enumerate(producers):
        assert send(client, name, producer, 0) == (wire.NONE, number)
    for number in range(2, 12):
        assert send(client, name, producers[number], 0) == (wire.NONE, number)
    assert send(client, name, producers[0], 0) == (wire.NONE, 12)


@contextlib.contextmanager
def behind(proxy, folder):
    """A broker that sends its clients to the proxy."""
    with servers.running(folder, **{"broker.advertised": proxy.address}) as broker:
        proxy.target = broker.address
        yield broker


def test_librdkafka_leaves_no_duplicates_on_a_wire_that_is_cut(tmp_path):
    """The broker sends its clients to the proxy, which is cut whenever some hundred records have got through."""
    proxy = Proxy("127.0.0.1:0")
    with behind(proxy, tmp_path) as broker:
        producer = confluent_kafka.Producer({
            "bootstrap.servers": proxy.address, "enable.idempotence": True, "linger.ms": 1,
            "retry.backoff.ms": 10, "reconnect.backoff.ms": 5, "reconnect.backoff.max.ms": 20, "log_level": 0,
        })
        told, count = [], 0
        with wire.Connection(broker.address) as client:
            client.create("t")
            for _ in range(CUTS):
                goal = len(told) + 200
                while len(told) < goal:
                    if len(producer) < 10_000:  # its queue has an end
                        producer.produce("t", str(count), on_delivery=lambda error, _: told.append(error))
                        count += 1
                    producer.poll(0 if len(producer) < 10_000 else 0.01)
                proxy.cut()
                proxy.heal()
            assert producer.flush(TIMEOUT_S) == 0
            assert told == [None] * count
            values = [value.decode() for _, value in client.read_all("t").values()]
            assert values == [str(number) for number in range(count)]
    proxy.close()
    assert proxy.accepted > CUTS // 2
