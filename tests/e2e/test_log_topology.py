# SPDX-License-Identifier: Apache-2.0
"""Topologies that read and write the log, against a mock cluster, gale-broker, and a real Kafka if there is one: what they emit, commit, emit again,
give up, and write."""

import contextlib
import json
import os
import signal
import subprocess

import pytest
from broker.servers import running
from cluster.cluster import Cluster, await_true
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from conftest import BUILD, GALE, TIMEOUT_S, uses_librdkafka
from nimbus.control import Client

pytestmark = uses_librdkafka

WORD_COUNT = BUILD / "topologies" / "word_count_log.so"

# A spout that reads `in`, a bolt that does what the text says, a sink that writes `out`.
SOURCE = """
#include <gale/gale.h>
#include <gale/ready_log.h>

#include <stdio.h>

struct line {
    struct gale_str text;
    struct gale_maybe_str key;
    struct gale_str topic;
    int64_t partition;
    int64_t offset;
    int64_t timestamp_ms;
};

struct echo {
    struct gale_str key;
    struct gale_maybe_str text;
    int64_t offset;
};

GALE_STREAM(lines, struct line, GALE_FIELD(struct line, text), GALE_FIELD(struct line, key),
            GALE_FIELD(struct line, topic), GALE_FIELD(struct line, partition),
            GALE_FIELD(struct line, offset), GALE_FIELD(struct line, timestamp_ms));
GALE_STREAM(echoes, struct echo, GALE_FIELD(struct echo, key), GALE_FIELD(struct echo, text),
            GALE_FIELD(struct echo, offset));

struct actor {
    uint64_t flaky;
};

static enum gale_verdict actor_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    struct actor *actor = self;
    const struct line *line = gale_read(tuple, lines);
    struct echo echo = {.key = line->key.value, .offset = line->offset};

    echo.text.has = !gale_str_equal(line->text, gale_str("null"));
    echo.text.value = line->text;
    if (gale_str_equal(line->text, gale_str("bad")))
        return gale_fail_with(task, "it is bad");
    if (gale_str_equal(line->text, gale_str("flaky")) && actor->flaky++ < 2)
        return gale_fail_with(task, "not yet");
    printf("%.*s %.*s %d %d\\n", (int)line->topic.length, line->topic.data,
           (int)line->text.length, line->text.data, (int)line->partition, (int)line->offset);
    fflush(stdout);
    gale_emit(task, echoes, &echo);
    return GALE_ACK;
}

static const struct gale_component reader = {
    .name = "reader",
    .spout = GALE_LOG_SPOUT,
    .emits = {&lines.stream},
    .settings = {GALE_LOG_SETTINGS_FOR("in")},
};

static const struct gale_component actor = {
    .name = "actor",
    .bolt = {.size = sizeof(struct actor), .execute = actor_execute},
    .inputs = {{.from = &reader, .stream = &lines.stream, .by = GALE_SHUFFLE}},
    .emits = {&echoes.stream},
};

static const struct gale_component writer = {
    .name = "writer",
    .bolt = GALE_LOG_SINK,
    .inputs = {{.from = &actor, .stream = &echoes.stream, .by = GALE_SHUFFLE}},
    .settings = {GALE_LOG_SINK_SETTINGS},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI, .name = "echo", .components = {&reader, &actor, &writer}};
"""

# As above, but the bolt takes 20 ms for each record until a file is there.
SLOW = """
#include <gale/gale.h>
#include <gale/ready_log.h>

#include <sys/select.h>
#include <unistd.h>

struct line {
    struct gale_str text;
};

GALE_STREAM(lines, struct line, GALE_FIELD(struct line, text));

static enum gale_verdict slow_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    const struct timespec pause = {.tv_nsec = 20000000};

    (void)self;
    (void)tuple;
    if (access(gale_conf_str(task, "gate", ""), F_OK) != 0)
        (void)pselect(0, NULL, NULL, NULL, &pause, NULL); /* work that needs no core */
    return GALE_ACK;
}

static const struct gale_component reader = {
    .name = "reader",
    .spout = GALE_LOG_SPOUT,
    .emits = {&lines.stream},
    .settings = {GALE_LOG_SETTINGS_FOR("in")},
};

static const struct gale_component slow = {
    .name = "slow",
    .bolt = {.execute = slow_execute},
    .inputs = {{.from = &reader, .stream = &lines.stream, .by = GALE_SHUFFLE}},
    .settings = {{"gate", "", "file: it is fast as soon as it is there"}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI, .name = "slow", .components = {&reader, &slow}};
"""


TOPICS = {"in": 2, "one": 1, "out": 2, "dead": 1, "lines": 3, "counts": 2}
REAL_KAFKA = os.environ.get("GALE_TEST_KAFKA")  # HOST:PORT, where a Kafka or Redpanda is at hand
KINDS = ["mock", "gale-broker", *(["kafka"] if REAL_KAFKA else [])]


@contextlib.contextmanager
def mock_log():
    process = subprocess.Popen(
        [BUILD / "test-bin" / "mock_log", *(f"{name}:{count}" for name, count in TOPICS.items())],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(timeout=TIMEOUT_S)
        process.stdout.close()


def create_topics(brokers):
    """Anew: a cluster may have them of an earlier run."""
    admin = AdminClient({"bootstrap.servers": brokers})
    for future in admin.delete_topics(list(TOPICS), operation_timeout=TIMEOUT_S).values():
        with contextlib.suppress(KafkaException):
            future.result()
    while TOPICS.keys() & admin.list_topics(timeout=TIMEOUT_S).topics.keys():
        pass
    topics = [NewTopic(name, count, 1) for name, count in TOPICS.items()]
    for future in admin.create_topics(topics).values():
        future.result()


@pytest.fixture(params=KINDS)
def log(request, tmp_path):
    """Where a cluster with the tests' topics is: the same topologies run against all of them."""
    if request.param == "mock":
        with mock_log() as brokers:
            yield brokers
        return
    if request.param == "kafka":
        create_topics(REAL_KAFKA)
        yield REAL_KAFKA
        return
    with running(tmp_path / "broker") as broker:
        create_topics(broker.hosts)
        yield broker.hosts


@pytest.fixture
def echo(compile_so):
    return compile_so(SOURCE, name="echo")


def write(log, topic, *records, partition=0):
    producer = Producer({"bootstrap.servers": log})
    for record in records:
        key, value = record if isinstance(record, tuple) else (None, record)
        producer.produce(topic, value, key, partition)
    assert producer.flush(TIMEOUT_S) == 0


def read(log, topic, partitions):
    """All records, partition by partition: (key, value, headers)."""
    consumer = Consumer({"bootstrap.servers": log, "group.id": "test", "enable.partition.eof": True,
                         "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
    records = {p: [] for p in range(partitions)}
    open_ends = partitions
    while open_ends > 0:
        message = consumer.poll(TIMEOUT_S)
        assert message is not None
        if message.error():
            assert message.error().name() == "_PARTITION_EOF", message.error()
            open_ends -= 1
        else:
            records[message.partition()].append(
                (message.key(), message.value(), dict(message.headers() or [])))
    consumer.close()
    return records


def committed(log, group, topic, partition=0):
    consumer = Consumer({"bootstrap.servers": log, "group.id": group})
    offset = consumer.committed([TopicPartition(topic, partition)], TIMEOUT_S)[0].offset
    consumer.close()
    return offset


def run(gale, so, log, *settings, **more):
    words = []
    for setting in ("reader.end=latest", "writer.topic=out", f"log.brokers={log}", *settings):
        words += ["-c", setting]
    return gale("run", so, *words, **more)


def lines_of(result):
    assert result.returncode == 0, result.stderr
    return [line for line in result.stdout.splitlines() if line.startswith(("in ", "one "))]


def test_each_partition_is_emitted_in_order_and_committed(gale, echo, log):
    write(log, "in", *[f"a{i}" for i in range(500)], partition=0)
    write(log, "in", *[f"b{i}" for i in range(300)], partition=1)
    lines = lines_of(run(gale, echo, log, "reader.tasks=2"))
    assert [line for line in lines if line.split()[2] == "0"] == [
        f"in a{i} 0 {i}" for i in range(500)]
    assert [line for line in lines if line.split()[2] == "1"] == [
        f"in b{i} 1 {i}" for i in range(300)]
    assert committed(log, "echo.reader", "in", 0) == 500
    assert committed(log, "echo.reader", "in", 1) == 300


def test_a_second_run_goes_on_where_the_first_has_committed(gale, echo, log):
    write(log, "in", "one", "two")
    assert lines_of(run(gale, echo, log)) == ["in one 0 0", "in two 0 1"]
    assert lines_of(run(gale, echo, log)) == []
    write(log, "in", "three")
    assert lines_of(run(gale, echo, log)) == ["in three 0 2"]


def test_start_says_where_to_begin(gale, echo, log):
    write(log, "in", "one", "two")
    assert lines_of(run(gale, echo, log, "reader.start=latest")) == []
    assert committed(log, "echo.reader", "in") == 2
    assert lines_of(run(gale, echo, log, "reader.start=earliest")) == ["in one 0 0", "in two 0 1"]
    fresh = run(gale, echo, log, "reader.group=new", "reader.fallback=latest")
    assert lines_of(fresh) == []


def test_what_fails_is_emitted_again_until_it_succeeds(gale, echo, log):
    write(log, "in", "first", "flaky", "last")
    lines = lines_of(run(gale, echo, log, "reader.retry.ms=1"))
    assert lines == ["in first 0 0", "in last 0 2", "in flaky 0 1"]
    assert committed(log, "echo.reader", "in") == 3


def test_what_fails_too_often_goes_to_the_dead_letters(gale, echo, log):
    write(log, "in", "first", ("k", "bad"), "last")
    result = run(gale, echo, log, "reader.retries=3", "reader.retry.ms=1", "reader.dead_letter=dead")
    assert lines_of(result) == ["in first 0 0", "in last 0 2"]
    (key, value, headers), = read(log, "dead", 1)[0]
    assert (key, value) == (b"k", b"bad")
    assert headers == {"gale.topic": b"in", "gale.partition": b"0", "gale.offset": b"1",
                       "gale.component": b"reader", "gale.failures": b"3",
                       "gale.reason": b"actor: it is bad"}
    assert committed(log, "echo.reader", "in") == 3


def test_without_dead_letters_it_is_dropped_with_a_word(gale, echo, log):
    write(log, "in", "bad", "last")
    result = run(gale, echo, log, "reader.retries=2", "reader.retry.ms=1")
    assert lines_of(result) == ["in last 0 1"]
    assert "record 0 of 'in', partition 0, is given up, failures=2: actor: it is bad" in result.stderr
    assert committed(log, "echo.reader", "in") == 2


def test_what_does_not_decode_is_given_up_at_once(gale, echo, log):
    write(log, "in", b"\xff\xfe", "good")
    result = run(gale, echo, log, "reader.dead_letter=dead")
    assert lines_of(result) == ["in good 0 1"]
    (_, value, headers), = read(log, "dead", 1)[0]
    assert value == b"\xff\xfe"
    assert headers["gale.reason"] == b"cannot be decoded: the value is not UTF-8"


def test_at_most_once_commits_before_it_emits(gale, echo, log):
    write(log, "in", "first", "bad", "last")
    result = run(gale, echo, log, "reader.semantics=at_most_once")
    assert lines_of(result) == ["in first 0 0", "in last 0 2"]
    assert committed(log, "echo.reader", "in") == 3
    assert lines_of(run(gale, echo, log, "reader.semantics=at_most_once")) == []


def test_at_most_once_reads_again_what_was_committed_if_it_is_told_to(gale, echo, log):
    write(log, "one", "a", "b")
    settings = ["reader.topics=one", "reader.semantics=at_most_once"]
    assert len(lines_of(run(gale, echo, log, *settings))) == 2
    assert len(lines_of(run(gale, echo, log, *settings, "reader.start=earliest"))) == 2


def test_the_sink_writes_an_object_of_all_fields(gale, echo, log):
    write(log, "one", ("k\"1", "a"), ("k2", "null"))
    run(gale, echo, log, "reader.topics=one", "writer.tasks=1").check_returncode()
    values = [json.loads(value) for _, value, _ in sum(read(log, "out", 2).values(), [])]
    assert sorted(values, key=lambda v: v["offset"]) == [
        {"key": "k\"1", "text": "a", "offset": 0}, {"key": "k2", "text": None, "offset": 1}]


# What Java's clients compute of these keys; without its sign, modulo the partitions, it is the place.
MURMUR2 = {"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
           "a-little-bit-longer-string": -1486304829, "abc": 479470107}


def test_the_sink_writes_a_field_under_a_key_where_java_would(gale, echo, log):
    write(log, "one", *[(key, "x") for key in MURMUR2], ("gone", "null"))
    run(gale, echo, log, "reader.topics=one", "writer.key=key", "writer.value=text").check_returncode()
    records = read(log, "out", 2)
    found = {key.decode(): p for p in records for key, value, _ in records[p] if value == b"x"}
    assert found == {key: (murmur & 0x7FFFFFFF) % 2 for key, murmur in MURMUR2.items()}
    tombstones = [key for p in records for key, value, _ in records[p] if value is None]
    assert tombstones == [b"gone"]


def test_words_are_counted_from_log_to_log(gale, log):
    text = ["the cow jumped over the moon", "the little dog laughed", "to see such sport"]
    for partition in range(3):
        write(log, "lines", *text[partition:], partition=partition)
    gale("run", WORD_COUNT, "-c", f"log.brokers={log}", "-c", "reader.end=latest").check_returncode()
    last = {key: value for records in read(log, "counts", 2).values() for key, value, _ in records}
    assert last[b"the"] == b"4" and last[b"sport"] == b"3" and last[b"cow"] == b"1"
    assert committed(log, "word-count-log.reader", "lines", 2) == 1


def test_each_topology_of_one_program_has_a_group_of_its_own(echo, log):
    write(log, "in", "one", "two")
    with Cluster(supervisors=1) as cluster:
        for name in ("first", "second"):
            cluster.submit(echo, name, **{"log.brokers": log, "reader.end": "latest",
                                          "writer.topic": "out", "topology.workers": 2})
            cluster.await_gone(name)
    assert committed(log, "first.reader", "in") == 2
    assert committed(log, "second.reader", "in") == 2
    assert committed(log, "echo.reader", "in") < 0, "the name in the program is nobody's"


def test_the_lag_is_that_of_the_log(compile_so, tmp_path, log):
    gate = tmp_path / "gate"
    so_file = compile_so(SLOW, name="slow")
    with (Cluster(supervisors=1) as cluster,
          Client(cluster.json("nodes")["nimbuses"][0]["address"]) as client):

        def lags():
            """Of the spout in all, of its tasks, and of the topology, as one tick has them."""
            figures = client.ask("topology.figures", name="lagging")
            tasks = client.ask("topology.tasks", name="lagging", component="reader")
            pulse = client.ask("pulse")
            if len({figures["tick"], tasks["tick"], pulse["tick"]}) > 1:
                return None
            reader = next(one for one in figures["components"] if one["name"] == "reader")
            gauge = next((one for one in reader["metrics"] if one["name"] == "log.lag"), None)
            found = {reader["lag"], pulse["topologies"][0]["lag"]}
            if reader["lag"] is not None:
                found.add(sum(task["lag"] or 0 for task in tasks["tasks"]))
                found.add(sum(task["value"] for task in gauge["tasks"]))
            assert len(found) == 1, "all say the same"
            return found.pop()

        def await_lag(is_right, what):
            seen = []

            def is_there():
                seen.append(lags())
                return seen[-1] is not None and is_right(seen[-1])

            await_true(is_there, lambda: f"{what}: {seen[-1000::50]}")
            return seen[-1]

        cluster.submit(so_file, "lagging", **{"log.brokers": log, "slow.gate": gate,
                                              "reader.tasks": 2, "topology.workers": 2})
        await_lag(lambda lag: lag == 0, "the lag is known")
        for partition in range(2):
            write(log, "in", *["x"] * 1000, partition=partition)
        high = await_lag(lambda lag: lag > 1000, "it lags")
        assert high <= 2000
        await_lag(lambda lag: 0 < lag < high, "it gets through some")
        for partition in range(2):
            write(log, "in", *["x"] * 1000, partition=partition)
        assert await_lag(lambda lag: lag > high, "the lag grows") <= 4000
        gate.touch()
        await_lag(lambda lag: lag == 0, "all is done")
        figures = client.ask("topology.figures", name="lagging")
        assert figures["trees"]["completed"] == figures["components"][1]["total"]["executed"] == 4000


def test_records_that_come_later_are_read_and_a_stop_commits_them(echo, log):
    command = [GALE, "run", echo, "-c", f"log.brokers={log}", "-c", "writer.topic=out"]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        write(log, "in", "late", partition=1)
        assert process.stdout.readline() == "in late 1 0\n"
        write(log, "in", "later", partition=1)
        assert process.stdout.readline() == "in later 1 1\n"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
        process.communicate()
    assert committed(log, "echo.reader", "in", 1) == 2


def test_a_broker_that_is_away_is_waited_for(echo):
    command = [GALE, "run", echo, "-c", "log.brokers=127.0.0.1:1", "-c", "writer.topic=out"]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        complaint = next(line for line in process.stderr if "cannot read topic" in line)
        assert "'in'" in complaint
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 130
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("setting, complaint", [
    ("reader.topics=a/b", "topics: 'a/b' is no name for a topic"),
    ("reader.start=soon", "start is 'soon', not committed, earliest, latest or milliseconds"),
    ("reader.fallback=committed", "fallback is 'committed', not"),
    ("reader.format=xml", "format is 'xml', not text, raw or json"),
    ("reader.semantics=exactly_once", "semantics is 'exactly_once', not at_least_once or"),
    ("reader.batch=0", "batch is 0"),
    ("reader.dead_letter=in", "dead_letter: 'in' is one of the topics that are read"),
    ("reader.client.options=no.such=1", "no.such=1: No such configuration property"),
    ("reader.client.options=broken", "client.options: 'broken' is not NAME=VALUE"),
    ("writer.topic=", "topic: '' is no name for a topic"),
    ("writer.acks=1", "idempotent needs acks=all"),
    ("writer.compression=best", "compression.codec=best"),
])
def test_a_wrong_setting_is_refused_with_the_reason(gale, echo, setting, complaint):
    result = run(gale, echo, "127.0.0.1:1", setting)
    assert result.returncode == 1
    assert complaint in result.stderr


def test_without_the_module_it_is_said_where_it_was_looked_for(echo, tmp_path):
    alone = tmp_path / "bin" / "gale"
    alone.parent.mkdir()
    alone.write_bytes(GALE.read_bytes())
    alone.chmod(0o755)
    result = subprocess.run([alone, "run", echo, "-c", "writer.topic=out"], capture_output=True,
                            text=True, timeout=TIMEOUT_S, check=False)
    assert result.returncode == 1
    assert "the log needs gale-log.so, which is in neither" in result.stderr
    assert f"{tmp_path}/bin/" in result.stderr


def test_a_module_of_another_kind_is_refused(echo, tmp_path, compile_so):
    alone = tmp_path / "bin" / "gale"
    alone.parent.mkdir()
    alone.write_bytes(GALE.read_bytes())
    alone.chmod(0o755)
    other = compile_so("const struct { unsigned long abi; const char *version; } gale_log_module = "
                       "{0x47414C454C4F4701ul, \"0.0.0\"};", name="other")
    (alone.parent / "gale-log.so").write_bytes(other.read_bytes())
    result = subprocess.run([alone, "run", echo, "-c", "writer.topic=out"], capture_output=True,
                            text=True, timeout=TIMEOUT_S, check=False)
    assert result.returncode == 1
    assert "belongs to Gale 0.0.0" in result.stderr
