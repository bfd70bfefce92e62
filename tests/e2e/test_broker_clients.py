# SPDX-License-Identifier: Apache-2.0
"""Stock clients against gale-broker: kcat (librdkafka), python3-kafka, python3-confluent-kafka
(librdkafka by its Python interface) and kafkajs each produce, consume, use groups and administer, and
read what the others wrote."""

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import confluent_kafka
import confluent_kafka.admin
import kafka
import kafka.admin
import kafka.errors
import pytest

from broker.fixtures import broker, name, topic
from broker.servers import DEADLINE_S, await_true
from conftest import BUILD, TIMEOUT_S, uses_librdkafka

pytestmark = uses_librdkafka

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
TESTS = Path(__file__).resolve().parent


# ---- kcat ----


@pytest.fixture
def kcat(broker):
    """kcat("-L", stdin="...") gives what it prints; it must succeed."""

    def run(*words, stdin=""):
        result = subprocess.run(
            ["kcat", "-b", broker.hosts, *map(str, words)], input=stdin, capture_output=True,
            text=True, timeout=TIMEOUT_S, check=False,
        )
        assert result.returncode == 0, f"{words}: {result.stderr}\n{broker.log_end()}"
        return result.stdout

    return run


def test_kcat_lists_the_cluster(kcat, broker, topic):
    listed = json.loads(kcat("-L", "-J"))
    assert [one["name"] for one in listed["brokers"]] == [broker.hosts]
    (found,) = [one for one in listed["topics"] if one["topic"] == topic]
    assert [one["partition"] for one in found["partitions"]] == [0, 1, 2]
    assert f'topic "{topic}" with 3 partitions' in kcat("-L", "-t", topic)


@pytest.mark.parametrize("codec", CODECS)
def test_kcat_writes_and_reads_each_codec(kcat, topic, codec):
    lines = [f"{codec} {number} {'abc' * 50}" for number in range(2000)]
    kcat("-P", "-t", topic, "-z", codec, stdin="\n".join(lines))
    read = kcat("-C", "-t", topic, "-e", "-q").splitlines()
    assert sorted(read) == sorted(lines)


def test_kcat_is_idempotent_and_has_keys_and_headers(kcat, topic):
    kcat("-P", "-t", topic, "-p", "1", "-K", ":", "-H", "from=kcat", "-X", "enable.idempotence=true",
         stdin="a:1\nb:2\n")
    read = kcat("-C", "-t", topic, "-p", "1", "-e", "-q", "-f", "%o %k %s %h\n")
    assert read == "0 a 1 from=kcat\n1 b 2 from=kcat\n"


def test_kcat_seeks_by_offset_and_asks_for_times(kcat, topic):
    kcat("-P", "-t", topic, "-p", "0", stdin="0\n1\n2\n3\n4\n")
    assert kcat("-C", "-t", topic, "-p", "0", "-o", "3", "-e", "-q") == "3\n4\n"
    assert kcat("-C", "-t", topic, "-p", "0", "-o", "-2", "-e", "-q") == "3\n4\n"
    assert kcat("-C", "-t", topic, "-p", "0", "-o", "beginning", "-c", "2", "-q") == "0\n1\n"
    stamps = kcat("-C", "-t", topic, "-p", "0", "-e", "-q", "-f", "%T\n").split()
    assert kcat("-Q", "-t", f"{topic}:0:{stamps[0]}").split() == [topic, "[0]", "offset", "0"]
    assert kcat("-Q", "-t", f"{topic}:0:-1").split()[-1] == "5"
    assert kcat("-Q", "-t", f"{topic}:0:-2").split()[-1] == "0"


def test_kcat_reads_as_a_group(kcat, broker, topic):
    group = f"g-{topic}"
    lines = [str(number) for number in range(100)]
    kcat("-P", "-t", topic, stdin="\n".join(lines))
    read = kcat("-G", group, "-e", "-q", "-X", "auto.offset.reset=earliest", topic)
    assert sorted(read.split(), key=int) == lines
    assert broker.json("group", "describe", group)["lag"] == 0
    kcat("-P", "-t", topic, stdin="more\n")
    assert kcat("-G", group, "-e", "-q", topic).split() == ["more"]


# ---- python3-kafka ----


@pytest.fixture
def python_admin(broker):
    admin = kafka.admin.KafkaAdminClient(bootstrap_servers=broker.hosts)
    yield admin
    admin.close()


@pytest.mark.parametrize("codec", [None, "gzip"])  # of the others Debian has no modules for it
def test_python_kafka_writes_and_reads(broker, topic, codec):
    producer = kafka.KafkaProducer(bootstrap_servers=broker.hosts, acks="all", compression_type=codec)
    sent = [producer.send(topic, key=f"k{i % 7}".encode(), value=f"v{i}".encode(),
                          headers=[("n", str(i).encode())]) for i in range(300)]
    producer.flush()
    places = {(one.get(timeout=TIMEOUT_S).partition, one.get().offset) for one in sent}
    assert len(places) == 300
    producer.close()
    consumer = kafka.KafkaConsumer(topic, bootstrap_servers=broker.hosts, group_id=None,
                                   auto_offset_reset="earliest", consumer_timeout_ms=DEADLINE_S * 1000)
    records = [record for _, record in zip(range(300), consumer)]
    consumer.close()
    assert {record.value for record in records} == {f"v{i}".encode() for i in range(300)}
    for record in records:
        assert record.key == f"k{int(record.value[1:]) % 7}".encode()
        assert record.headers == [("n", record.value[1:])]
    assert {(record.partition, record.offset) for record in records} == places


def test_python_kafka_finds_offsets(broker, topic):
    broker.gale("produce", topic, "--partition", "0", stdin="a\nb\nc\n")
    place = kafka.TopicPartition(topic, 0)
    consumer = kafka.KafkaConsumer(bootstrap_servers=broker.hosts, group_id=None)
    assert consumer.partitions_for_topic(topic) == {0, 1, 2}
    assert consumer.beginning_offsets([place]) == {place: 0}
    assert consumer.end_offsets([place]) == {place: 3}
    found = consumer.offsets_for_times({place: 0})[place]
    assert found.offset == 0 and found.timestamp > 1700000000000
    assert consumer.offsets_for_times({place: 4102444800000}) == {place: None}
    consumer.close()


def test_python_kafka_members_share_and_commit(broker, topic):
    group = f"g-{topic}"
    seen = []
    stop = threading.Event()
    shares = {}

    def read(number):
        consumer = kafka.KafkaConsumer(
            topic, bootstrap_servers=broker.hosts, group_id=group, auto_offset_reset="earliest",
            enable_auto_commit=False, session_timeout_ms=10000, heartbeat_interval_ms=300)
        while not stop.is_set():
            for records in consumer.poll(timeout_ms=100).values():
                seen.extend(record.value for record in records)
                consumer.commit()
            shares[number] = len(consumer.assignment())
        consumer.close()

    members = [threading.Thread(target=read, args=(number,)) for number in range(2)]
    try:
        for member in members:
            member.start()
        await_true(lambda: sorted(shares.values()) == [1, 2], lambda: f"they share: {shares}")
        broker.gale("produce", topic, stdin="".join(f"{number}\n" for number in range(60)))
        await_true(lambda: len(seen) >= 60, lambda: f"all is read: {len(seen)}")
        await_true(lambda: broker.json("group", "describe", group)["lag"] == 0, "all is committed")
    finally:
        stop.set()
        for member in members:
            member.join(timeout=TIMEOUT_S)
    assert sorted(map(int, seen)) == list(range(60))
    assert broker.json("group", "describe", group)["members"] == []


def test_python_kafka_administers(python_admin, broker, name):
    new = kafka.admin.NewTopic(name, 2, 1, topic_configs={"retention.ms": "60000"})
    python_admin.create_topics([new])
    with pytest.raises(kafka.errors.TopicAlreadyExistsError):
        python_admin.create_topics([new])
    assert name in python_admin.list_topics()
    (described,) = python_admin.describe_topics([name])
    assert len(described["partitions"]) == 2
    python_admin.create_partitions({name: kafka.admin.NewPartitions(4)})
    assert len(python_admin.describe_topics([name])[0]["partitions"]) == 4
    resource = kafka.admin.ConfigResource(kafka.admin.ConfigResourceType.TOPIC, name,
                                          configs={"cleanup.policy": "compact"})
    python_admin.alter_configs([resource])
    assert broker.json("topic", "describe", name)["topics"][0]["configs"] == {"cleanup.policy": "compact"}
    asked = kafka.admin.ConfigResource(kafka.admin.ConfigResourceType.TOPIC, name)
    (answer,) = python_admin.describe_configs([asked])
    entries = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert entries["cleanup.policy"] == "compact"
    assert len(python_admin.describe_cluster()["brokers"]) == 1
    python_admin.delete_topics([name])
    assert name not in python_admin.list_topics()


def test_python_kafka_looks_at_groups(python_admin, broker, topic):
    group = f"g-{topic}"
    broker.gale("produce", topic, "--partition", "1", stdin="a\nb\n")
    broker.gale("consume", topic, "--group", group, "--from-beginning", "-n", "2")
    assert group in {one[0] for one in python_admin.list_consumer_groups()}
    (described,) = python_admin.describe_consumer_groups([group])
    assert (described.state, described.members) == ("Empty", [])
    offsets = python_admin.list_consumer_group_offsets(group)
    assert offsets[kafka.TopicPartition(topic, 1)].offset == 2
    python_admin.delete_consumer_groups([group])
    assert group not in {one[0] for one in python_admin.list_consumer_groups()}


# ---- python3-confluent-kafka ----


def confluent_producer(broker, **settings):
    return confluent_kafka.Producer({"bootstrap.servers": broker.hosts, **settings})


def confluent_consumer(broker, group, **settings):
    return confluent_kafka.Consumer({
        "bootstrap.servers": broker.hosts, "group.id": group, "auto.offset.reset": "earliest",
        "session.timeout.ms": 10000, "heartbeat.interval.ms": 300, **settings,
    })


def produce_all(producer, topic, values):
    """Every one must be acknowledged. Gives their places."""
    places = []

    def delivered(error, message):
        assert error is None, error
        places.append((message.partition(), message.offset()))

    for value in values:
        producer.produce(topic, value, on_delivery=delivered)
        producer.poll(0)
    assert producer.flush(TIMEOUT_S) == 0
    return places


def take(consumer, seen):
    """One message, if there is one."""
    message = consumer.poll(0.1)
    if message is not None:
        assert message.error() is None, message.error()
        seen.append(message.value())


@pytest.mark.parametrize("codec", CODECS)
def test_confluent_writes_idempotently_with_each_codec(broker, topic, codec):
    producer = confluent_producer(broker, **{"enable.idempotence": True, "compression.type": codec})
    values = [f"{codec} {i}".encode() for i in range(500)]
    assert len(set(produce_all(producer, topic, values))) == 500
    assert broker.read(topic) == sorted(value.decode() for value in values)


def test_an_idempotent_producer_goes_on_after_a_restart_of_the_broker(broker, topic):
    producer = confluent_producer(broker, **{"enable.idempotence": True})
    places = produce_all(producer, topic, [b"before %d" % i for i in range(100)])
    broker.kill()
    broker.restart()
    places += produce_all(producer, topic, [b"after %d" % i for i in range(100)])
    assert len(set(places)) == 200
    assert len(broker.read(topic)) == 200


@pytest.mark.parametrize("strategy", ["range", "roundrobin", "cooperative-sticky"])
def test_confluent_members_share_by_each_strategy(broker, topic, strategy):
    settings = {"partition.assignment.strategy": strategy}
    group = f"g-{topic}"
    members = [confluent_consumer(broker, group, **settings) for _ in range(2)]
    seen = []

    def turn():
        for member in members:
            take(member, seen)

    def shares():
        turn()
        return sorted(len(member.assignment()) for member in members)

    try:
        for member in members:
            member.subscribe([topic])
        await_true(lambda: shares() == [1, 2], lambda: f"they share: {shares()}")
        broker.gale("produce", topic, stdin="".join(f"{number}\n" for number in range(60)))
        await_true(lambda: turn() or len(seen) >= 60, lambda: f"all is read: {len(seen)}")
        assert sorted(map(int, seen)) == list(range(60))
        described = broker.json("group", "describe", group)
        assert (described["assignor"], len(described["members"])) == (strategy, 2)
        members.pop().close()
        await_true(lambda: shares() == [3], "one has them all")
    finally:
        for member in members:
            member.close()


def test_a_static_member_keeps_its_partitions_over_a_restart(broker, topic):
    group = f"g-{topic}"

    def join(instance):
        member = confluent_consumer(broker, group, **{"group.instance.id": instance})
        member.subscribe([topic])
        return member

    members = {instance: join(instance) for instance in ("a", "b")}

    def held():
        for member in members.values():
            take(member, [])
        return {instance: sorted(one.partition for one in member.assignment())
                for instance, member in members.items()}

    before = await_true(
        lambda: (now := held()) and sorted(map(len, now.values())) == [1, 2] and now, "they share")
    # The client library sends no word that a static member leaves.
    members.pop("a").close()
    described = broker.json("group", "describe", group)
    assert {member["instance"] for member in described["members"]} == {"a", "b"}
    members["a"] = join("a")
    try:
        await_true(lambda: held() == before, lambda: f"as before: {before}, {held()}")
    finally:
        for member in members.values():
            member.close()


def test_confluent_administers(broker, name):
    admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": broker.hosts})
    new = confluent_kafka.admin.NewTopic(name, 2, 1, config={"retention.ms": "60000"})
    admin.create_topics([new])[name].result(TIMEOUT_S)
    with pytest.raises(confluent_kafka.KafkaException) as refused:
        admin.create_topics([new])[name].result(TIMEOUT_S)
    assert refused.value.args[0].code() == confluent_kafka.KafkaError.TOPIC_ALREADY_EXISTS
    admin.create_partitions([confluent_kafka.admin.NewPartitions(name, 5)])[name].result(TIMEOUT_S)
    assert len(admin.list_topics(name, TIMEOUT_S).topics[name].partitions) == 5
    resource = confluent_kafka.admin.ConfigResource("topic", name, set_config={"segment.ms": "5000"})
    admin.alter_configs([resource])[resource].result(TIMEOUT_S)
    asked = confluent_kafka.admin.ConfigResource("topic", name)
    configs = admin.describe_configs([asked])[asked].result(TIMEOUT_S)
    assert configs["segment.ms"].value == "5000"
    assert configs["retention.ms"].value == "604800000"  # the other one was not written again
    admin.delete_topics([name])[name].result(TIMEOUT_S)
    await_true(lambda: name not in admin.list_topics(timeout=TIMEOUT_S).topics, "it is gone")


# ---- kafkajs ----


@pytest.fixture(scope="module")
def kafkajs_folder():
    """Has the client of exactly the versions of the lock file; it stays in the build folder."""
    source = TESTS / "kafkajs"
    folder = BUILD / "kafkajs"
    folder.mkdir(parents=True, exist_ok=True)
    assert shutil.which("npm"), "npm is missing: apt-get install nodejs npm"
    lock = (source / "package-lock.json").read_text()
    installed = folder / "installed.json"
    for file in source.iterdir():
        if file.is_file():
            shutil.copy(file, folder / file.name)
    if not installed.exists() or installed.read_text() != lock:
        result = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
            capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
        assert result.returncode == 0, result.stderr
        installed.write_text(lock)
    return folder


@pytest.fixture
def kafkajs(kafkajs_folder, broker):
    """kafkajs("admin", name) runs a scenario of client.mjs."""

    def run(scenario, topic):
        result = subprocess.run(
            ["node", "client.mjs", scenario, broker.hosts, topic], cwd=kafkajs_folder,
            capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
            env={**os.environ, "KAFKAJS_NO_PARTITIONER_WARNING": "1"})
        assert result.returncode == 0, f"{result.stderr}\n{broker.log_end()}"
        return json.loads(result.stdout)

    return run


def test_kafkajs_administers(kafkajs, name):
    found = kafkajs("admin", name)
    assert found == {
        "created": True,
        "again": False,
        "configs": {"cleanup.policy": "compact"},
        "partitions": 3,
        "offsets": [[0, "0", "0"], [1, "0", "0"], [2, "0", "0"]],
        "brokers": 1,
        "listed": True,
        "left": False,
    }


def test_kafkajs_writes_and_reads(kafkajs, broker, topic):
    messages = kafkajs("produce", topic)
    assert len({(one["partition"], one["offset"]) for one in messages}) == 101
    keyed = [one for one in messages if one["key"] is not None]
    assert {one["key"] for one in keyed} == {f"key {number}" for number in range(5)}
    assert all(one["headers"] == {"from": "kafkajs"} for one in keyed)
    for key in {one["key"] for one in keyed}:
        own = [one for one in keyed if one["key"] == key]
        assert len({one["partition"] for one in own}) == 1
    assert len(broker.read(topic)) == 101


def test_kafkajs_is_idempotent(kafkajs, topic):
    assert kafkajs("idempotent", topic) == list(range(20))


def test_kafkajs_members_share(kafkajs, topic):
    found = kafkajs("group", topic)
    assert found["shared"] == [1, 2]
    assert found["seen"] == sorted(f"value {number}" for number in range(30))
    assert (found["state"], found["members"]) == ("Stable", 2)


def test_kafkajs_moves_offsets(kafkajs, topic):
    assert kafkajs("offsets", topic) == {
        "set": "7", "reset": "0", "low": "4", "high": "10", "listed": True, "left": False,
    }


# ---- all together ----


def test_all_clients_put_a_key_into_the_same_partition(kcat, broker, topic):
    """kcat aside, which has another rule unless it is told otherwise."""
    keys = [f"key-{number}" for number in range(40)]
    partitions = {}

    def note(key, partition):
        partitions.setdefault(key, set()).add(partition)

    broker.gale("produce", topic, "--key-separator", ":", stdin="".join(f"{key}:gale\n" for key in keys))
    kcat("-P", "-t", topic, "-K", ":", "-X", "topic.partitioner=murmur2_random",
         stdin="".join(f"{key}:kcat\n" for key in keys))
    producer = kafka.KafkaProducer(bootstrap_servers=broker.hosts)
    for key in keys:
        producer.send(topic, key=key.encode(), value=b"python")
    producer.flush()
    producer.close()
    printed = broker.gale("consume", topic, "--from-beginning", "--exit-at-end", "--json")
    for record in map(json.loads, printed.splitlines()):
        note(record["key"], record["partition"])
    assert sorted(partitions) == sorted(keys)
    assert all(len(one) == 1 for one in partitions.values())


def test_a_client_that_asks_for_a_topic_creates_it(kcat, broker, name):
    kcat("-P", "-t", name, stdin="first\n")
    assert broker.read(name) == ["first"]
