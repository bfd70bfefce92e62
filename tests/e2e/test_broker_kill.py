# SPDX-License-Identifier: Apache-2.0
"""gale-broker dies under load, again and again: nothing acknowledged is lost, no offset is given twice,
and idempotent producers leave neither duplicates nor disorder; who reads meanwhile sees each
partition in order and without gaps, and what a group has committed never goes back.

GALE_BROKER_ROUNDS is how often it dies.
"""

import collections
import contextlib
import itertools
import os
import random
import threading
import time

import confluent_kafka
import pytest

from broker import servers
from broker.servers import await_true
from conftest import uses_librdkafka

pytestmark = uses_librdkafka

ROUNDS = int(os.environ.get("GALE_BROKER_ROUNDS", "4"))
PARTITIONS = 3
QUEUE = 500  # records of one producer that are under way
HASTE = {  # clients that do not wait long before they try again
    "reconnect.backoff.ms": 10,
    "reconnect.backoff.max.ms": 100,
    "log_level": 0,
}
PRODUCERS = {
    "one": {"acks": "1"},
    "one-gzip": {"acks": "1", "compression.type": "gzip"},
    "all": {"acks": "all"},
    "all-lz4": {"acks": "all", "compression.type": "lz4", "linger.ms": 20},
    "idempotent": {"enable.idempotence": True},
    "idempotent-zstd": {"enable.idempotence": True, "compression.type": "zstd", "linger.ms": 10},
    "idempotent-one": {"enable.idempotence": True, "max.in.flight": 1},
    "idempotent-late": {"enable.idempotence": True, "linger.ms": 50},
}


class Producer(threading.Thread):
    """Numbers its records, one series for each partition."""

    def __init__(self, hosts, topic, kind):
        super().__init__(daemon=True)
        self.kind, self.topic = kind, topic
        self.is_idempotent = kind.startswith("idempotent")
        self.acknowledged = []  # (partition, offset, value); offset < 0: only that it is there
        self.refused = []
        self.stopping = threading.Event()
        self.client = confluent_kafka.Producer({
            "bootstrap.servers": hosts, "message.timeout.ms": 0 if self.is_idempotent else 300000,
            "retry.backoff.ms": 20, "queue.buffering.max.messages": QUEUE,
            "socket.timeout.ms": 20000, "linger.ms": 2, **HASTE, **PRODUCERS[kind],
        })

    def told(self, error, message):
        if error is None:
            self.acknowledged.append((message.partition(), message.offset(), message.value()))
        else:
            self.refused.append((str(error), message.value()))

    def run(self):
        for number in itertools.count():
            value = f"{self.kind} {number // PARTITIONS:08} {'x' * (number % 300)}"
            while not self.stopping.is_set():
                try:
                    self.client.produce(self.topic, value, partition=number % PARTITIONS,
                                        on_delivery=self.told)
                    break
                except BufferError:
                    self.client.poll(0.1)
            if self.stopping.is_set():
                return
            self.client.poll(0)

    def finish(self):
        self.stopping.set()
        self.join()
        left = self.client.flush(120)
        assert left == 0, f"{self.kind}: {left} records are still under way"


class Reader(threading.Thread):
    """Reads all partitions from their beginning on, with or without a group; for each partition of each assignment
    a run of records that must have no gap."""

    def __init__(self, hosts, topic, group=None):
        super().__init__(daemon=True)
        self.topic, self.group = topic, group
        self.runs = []
        self.current = {}
        self.errors = collections.Counter()
        self.stopping = threading.Event()
        self.client = confluent_kafka.Consumer({
            "bootstrap.servers": hosts, "group.id": group or f"none-of-{topic}",
            "auto.offset.reset": "earliest", "enable.auto.commit": False,
            "fetch.wait.max.ms": 50, "fetch.error.backoff.ms": 10, "check.crcs": True,
            "session.timeout.ms": 6000, "heartbeat.interval.ms": 200, **HASTE,
        })

    def begin(self, partitions):
        for one in partitions:
            self.current[one.partition] = []
            self.runs.append((one.partition, self.current[one.partition]))

    def run(self):
        if self.group is None:
            places = [confluent_kafka.TopicPartition(self.topic, number, 0)
                      for number in range(PARTITIONS)]
            self.begin(places)
            self.client.assign(places)
        else:
            self.client.subscribe([self.topic], on_assign=lambda _, places: self.begin(places))
        while not self.stopping.is_set():
            for message in self.client.consume(500, timeout=0.1):
                self.take(message)
            if self.group is not None:
                with contextlib.suppress(confluent_kafka.KafkaException):
                    self.client.commit(asynchronous=False)
        self.client.close()

    def take(self, message):
        if message.error():
            self.errors[message.error().name()] += 1
        else:
            self.current[message.partition()].append((message.offset(), message.value()))

    def finish(self):
        self.stopping.set()
        self.join()


class Commits(threading.Thread):
    """Looks at what a group has committed."""

    def __init__(self, hosts, topic, group):
        super().__init__(daemon=True)
        self.seen = []
        self.stopping = threading.Event()
        self.places = [confluent_kafka.TopicPartition(topic, number) for number in range(PARTITIONS)]
        self.client = confluent_kafka.Consumer(
            {"bootstrap.servers": hosts, "group.id": group, **HASTE})

    def run(self):
        while not self.stopping.is_set():
            with contextlib.suppress(confluent_kafka.KafkaException):
                self.look(5)
            self.stopping.wait(0.05)

    def look(self, timeout_s):
        found = self.client.committed(self.places, timeout=timeout_s)
        if all(place.error is None for place in found):
            self.seen.append([place.offset for place in found])
        return self.seen[-1]

    def finish(self):
        self.stopping.set()
        self.join()
        last = self.look(60)
        self.client.close()
        return last


def read_all(hosts, topic):
    """What each partition has in the end: offset -> value."""
    client = confluent_kafka.Consumer({
        "bootstrap.servers": hosts, "group.id": "none", "check.crcs": True, "auto.offset.reset": "error",
        **HASTE})
    logs = {}
    for number in range(PARTITIONS):
        place = confluent_kafka.TopicPartition(topic, number, 0)
        start, end = client.get_watermark_offsets(place, timeout=60)
        assert start == 0
        log = logs[number] = {}
        client.assign([place])
        deadline = time.monotonic() + 60
        while len(log) < end:
            for message in client.consume(1000, timeout=0.5):
                assert message.error() is None, message.error()
                log[message.offset()] = message.value()
            assert time.monotonic() < deadline, f"{len(log)} of {end} records can be read"
        assert list(log) == list(range(end)), "the offsets have a gap"
    client.close()
    return logs


def check_producer(producer, logs):
    name = producer.kind.encode()
    wrong = [f"partition {number}, offset {offset}: {value} was acknowledged, "
             f"{logs[number].get(offset)} is there"
             for number, offset, value in producer.acknowledged
             if offset >= 0 and logs[number].get(offset) != value]
    assert not wrong, wrong[:5]
    assert not producer.refused, producer.refused[:3]
    for number, log in logs.items():
        values = [value for value in log.values() if value.split()[0] == name]
        mine = {value for place, _, value in producer.acknowledged if place == number}
        assert mine <= set(values), "what was acknowledged is not there"
        if producer.is_idempotent:
            order = [int(value.split()[1]) for value in values]
            twice = [one for one, count in collections.Counter(order).items() if count > 1]
            assert not twice, f"{producer.kind}, partition {number}: duplicates of {twice[:5]}"
            assert order == list(range(len(order))), f"{producer.kind}, partition {number}: disorder"


def check_run(number, run, logs):
    offsets = [offset for offset, _ in run]
    if not run:
        return
    assert offsets == list(range(offsets[0], offsets[0] + len(run))), f"partition {number}: a gap"
    wrong = [(offset, value, logs[number].get(offset)) for offset, value in run
             if logs[number].get(offset) != value]
    assert not wrong, f"partition {number}: read, but not there: {wrong[:3]}"


def check_reader(reader, logs):
    for number, run in reader.runs:
        check_run(number, run, logs)
    for number, log in logs.items():
        read = {offset for place, run in reader.runs if place == number for offset, _ in run}
        assert read == set(log), f"partition {number}: not all was read"


def crash(broker):
    broker.kill()
    broker.restart()


def end_in_order(broker):
    broker.stop()
    broker.restart()


def doze(broker):
    """For as long as a client takes to notice that nobody answers."""
    broker.pause()
    assert not servers.answers(broker.address)
    broker.resume()


def crash_twice(broker):
    """The second time while it starts, perhaps."""
    broker.kill()
    broker.launch()
    broker.kill()
    broker.restart()


@pytest.mark.parametrize("flush", ["interval", "always"])
def test_nothing_acknowledged_is_lost_however_often_it_dies(tmp_path, flush):
    rng = random.Random(7)
    trouble = itertools.cycle([crash, crash, end_in_order, crash_twice, doze])
    with servers.running(tmp_path, **{
        "log.flush": flush, "log.flush.ms": 50, "log.segment.bytes": 1048576, "log.partitions": PARTITIONS,
    }) as broker:
        broker.gale("topic", "create", "t", "--partitions", PARTITIONS)
        producers = [Producer(broker.hosts, "t", kind) for kind in PRODUCERS]
        readers = [Reader(broker.hosts, "t")]
        members = [Reader(broker.hosts, "t", "g") for _ in range(2)]
        commits = Commits(broker.hosts, "t", "g")
        for thread in (*producers, *readers, *members, commits):
            thread.start()

        def acknowledged():
            return sum(len(producer.acknowledged) for producer in producers)

        for _ in range(ROUNDS):
            goal = acknowledged() + rng.randrange(50, 4000)
            await_true(lambda goal=goal: acknowledged() >= goal, broker.log_end, 60)
            next(trouble)(broker)
        goal = acknowledged() + 500
        await_true(lambda: acknowledged() >= goal, broker.log_end, 60)
        for producer in producers:
            producer.finish()
        logs = read_all(broker.hosts, "t")

        ends = [len(logs[number]) for number in range(PARTITIONS)]
        for reader in (*readers, *members):
            await_true(lambda reader=reader: len(group_read(reader, members)) == sum(ends),
                       lambda reader=reader: f"{reader.group}: {len(group_read(reader, members))} of {ends}", 60)
        await_true(lambda: commits.seen and commits.seen[-1] == ends,
                   lambda: f"{commits.seen[-1:]} is committed of {ends}", 60)
        for thread in (*readers, *members):
            thread.finish()
        assert commits.finish() == ends
        for producer in producers:
            check_producer(producer, logs)
        check_reader(readers[0], logs)
        for member in members:
            for number, run in member.runs:
                check_run(number, run, logs)
        for before, after in itertools.pairwise(commits.seen):
            assert all(a <= b for a, b in zip(before, after)), f"commits went back: {before}, {after}"


def group_read(reader, members):
    """The places that were read by the reader, or by all of its group."""
    return {(number, offset) for one in (members if reader.group else [reader])
            for number, run in list(one.runs) for offset, _ in list(run)}
