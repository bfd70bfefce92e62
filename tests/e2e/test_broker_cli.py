# SPDX-License-Identifier: Apache-2.0
"""`gale topic`, `produce`, `consume` and `group`, against gale-broker; and against brokers in memory
where a broker must fail."""

import json
import os
import pty
import signal
import subprocess
import time

import pytest

from broker import servers
from broker.fixtures import broker, name, topic
from broker.servers import await_true
from conftest import GALE, TIMEOUT_S, run_gale, uses_librdkafka

pytestmark = uses_librdkafka

FAILED, USAGE, UNREACHABLE, NOT_FOUND, CONFLICT, INTERRUPTED = 1, 2, 3, 4, 5, 130


def refused(result, code, text):
    assert (result.returncode, result.stdout) == (code, ""), result.stderr
    assert text in result.stderr, result.stderr


def offsets(broker, group):
    """(topic, partition) -> what is known of it."""
    answer = broker.json("group", "describe", group)
    return {(one["topic"], one["partition"]): one for one in answer["offsets"]}


# ---- topics ----


def test_a_topic_is_created_listed_described_and_deleted(broker, name):
    assert broker.gale("topic", "create", name, "--partitions", "4") == f"created {name}\n"
    assert name in broker.gale("topic", "list").split()
    listed = {one["name"]: one for one in broker.json("topic", "list")["topics"]}
    assert listed[name] == {"name": name, "partitions": 4, "internal": False}
    (described,) = broker.json("topic", "describe", name)["topics"]
    assert described["configs"] == {}
    assert [one["partition"] for one in described["partitions"]] == [0, 1, 2, 3]
    for one in described["partitions"]:
        assert (one["first"], one["next"]) == (0, 0)
        assert one["leader"] in one["replicas"] and one["leader"] in one["in_sync"]
    refused(broker.run("topic", "delete", name), USAGE, "--yes must be given")
    assert broker.gale("topic", "delete", name, "--yes") == f"deleted {name}\n"
    refused(broker.run("topic", "describe", name), NOT_FOUND, f"there is no topic '{name}'")
    refused(broker.run("topic", "delete", name, "--yes"), NOT_FOUND, f"topic '{name}'")


def test_configs_are_set_and_taken_away_and_the_others_stay(broker, name):
    broker.gale("topic", "create", name, "--config", "retention.ms=1000",
                "--config", "cleanup.policy=compact")

    def configs():
        return broker.json("topic", "describe", name)["topics"][0]["configs"]

    assert configs() == {"retention.ms": "1000", "cleanup.policy": "compact"}
    broker.gale("topic", "alter", name, "--config", "retention.ms=2000", "--config", "segment.ms=5000")
    assert configs() == {"retention.ms": "2000", "cleanup.policy": "compact", "segment.ms": "5000"}
    broker.gale("topic", "alter", name, "--unset", "retention.ms", "--unset", "cleanup.policy")
    assert configs() == {"segment.ms": "5000"}
    assert "  segment.ms=5000\n" in broker.gale("topic", "describe", name)


def test_partitions_are_added_and_never_taken(broker, topic):
    broker.gale("topic", "alter", topic, "--partitions", "5")
    assert len(broker.json("topic", "describe", topic)["topics"][0]["partitions"]) == 5
    refused(broker.run("topic", "alter", topic, "--partitions", "2"), USAGE, f"topic '{topic}'")


@pytest.mark.parametrize(
    "words, code, text",
    [
        (["create", "a/b"], USAGE, "topic 'a/b'"),
        (["create", "x", "--partitions", "0"], USAGE, "--partitions is '0'"),
        (["create", "x", "--config", "gale.yaml"], USAGE, "must be KEY=VALUE of the topic"),
        (["create", "x", "--config", "retention.mss=1"], USAGE, "retention.ms"),
        (["create", "x", "--config", "retention.ms=soon"], USAGE, "retention.ms"),
        (["alter", "absent"], USAGE, "nothing to do"),
        (["alter", "absent", "--partitions", "9"], NOT_FOUND, "topic 'absent'"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(broker, words, code, text):
    refused(broker.run("topic", *words), code, text)


def test_a_topic_that_is_there_is_not_created_again(broker, topic):
    refused(broker.run("topic", "create", topic), CONFLICT, f"topic '{topic}'")


def test_a_person_is_asked_before_a_topic_is_deleted(broker, topic):
    for answer, code in (("n", FAILED), ("y", 0)):
        leader, follower = pty.openpty()
        process = subprocess.Popen(broker.words("topic", "delete", topic), stdin=follower,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.close(follower)
        os.write(leader, f"{answer}\n".encode())
        _, stderr = process.communicate(timeout=TIMEOUT_S)
        os.close(leader)
        assert process.returncode == code, stderr
        assert f"delete topic '{topic}' and all its records? [y/N]" in stderr
    assert topic not in broker.gale("topic", "list").split()


# ---- produce and consume ----


def test_lines_become_records_and_come_back(broker, topic):
    lines = "".join(f"line {number}\n" for number in range(1000)) + "without a newline"
    result = broker.run("produce", topic, stdin=lines)
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.startswith(f"1001 records to '{topic}'\n  partition ")
    assert broker.read(topic) == sorted(lines.splitlines())


def test_keys_headers_and_partitions_arrive(broker, topic):
    broker.gale("produce", topic, "--key-separator", ":", "--header", "from=me", "--header", "n=",
                "--partition", "2", stdin="a:1:x\n:2\n")
    printed = broker.gale("consume", topic, "--from-beginning", "--exit-at-end", "--json")
    first, second = map(json.loads, printed.splitlines())
    assert first["timestamp_ms"] > 1700000000000
    assert {**first, "timestamp_ms": 0} == {
        "v": 1, "topic": topic, "partition": 2, "offset": 0, "timestamp_ms": 0, "key": "a",
        "value": "1:x",
        "headers": [{"name": "from", "value": "me"}, {"name": "n", "value": ""}],
    }
    assert (second["key"], second["value"], second["offset"]) == ("", "2", 1)
    assert broker.gale("consume", topic, "--from-beginning", "-n", "1", "--print-key") == "a\t1:x\n"


def test_equal_keys_share_a_partition_and_keep_their_order(broker, topic):
    lines = [f"{key}:{number}" for number in range(200) for key in "abcdefgh"]
    report = json.loads(broker.gale("produce", topic, "--json", "--key-separator", ":",
                                    stdin="\n".join(lines)))
    assert (report["acknowledged"], report["failed"]) == (1600, 0)
    assert sum(part["records"] for part in report["partitions"]) == 1600
    printed = broker.gale("consume", topic, "--from-beginning", "--exit-at-end", "--json")
    records = [json.loads(line) for line in printed.splitlines()]
    for key in "abcdefgh":
        own = [record for record in records if record["key"] == key]
        assert [record["value"] for record in own] == [str(number) for number in range(200)]
        assert len({record["partition"] for record in own}) == 1


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_each_codec_comes_back_as_it_went(broker, topic, codec):
    lines = "".join(f"{codec} {number} {'x' * 100}\n" for number in range(500))
    broker.gale("produce", topic, "--compression", codec, stdin=lines)
    assert broker.read(topic) == sorted(lines.splitlines())


@pytest.mark.parametrize("acks", ["all", "1", "0"])
def test_each_kind_of_acknowledgement_writes(broker, topic, acks):
    report = json.loads(broker.gale("produce", topic, "--json", "--acks", acks, stdin="a\nb\n"))
    assert (report["acknowledged"], report["failed"]) == (2, 0)
    await_true(lambda: broker.read(topic) == ["a", "b"], "both are there")


def test_bytes_that_are_no_text_are_marked(broker, topic, tmp_path):
    file = tmp_path / "raw"
    file.write_bytes(b"\xff\xfe\n")
    broker.gale("produce", topic, file)
    printed = broker.gale("consume", topic, "--from-beginning", "-n", "1", "--json")
    record = json.loads(printed)
    assert (record["value"], record["value_base64"]) == ("//4=", True)
    assert "key_base64" not in record


def test_a_place_may_be_an_offset_or_the_last_records_or_a_time(broker, name):
    broker.gale("topic", "create", name, "--partitions", "1")
    broker.gale("produce", name, stdin="0\n1\n2\n")
    stamped = json.loads(
        broker.gale("consume", name, "--offset", "2", "-n", "1", "--json"))["timestamp_ms"]
    await_true(lambda: time.time() * 1000 > stamped + 2, "the clock has gone on")
    broker.gale("produce", name, stdin="3\n4\n")

    def read(*words):
        return broker.gale("consume", name, *words, "--exit-at-end").split()

    assert read("--offset", "3") == ["3", "4"]
    assert read("--offset", "-2") == ["3", "4"]
    assert read("--offset", "-99") == ["0", "1", "2", "3", "4"]
    assert read("--offset", "99") == []
    assert read("--from-time", str(stamped + 1)) == ["3", "4"]
    assert read("--from-time", "2000-01-01") == ["0", "1", "2", "3", "4"]
    assert read("--from-time", "2100-01-01T00:00Z") == []
    assert read() == []


def test_it_follows_until_it_is_interrupted(broker, topic):
    process = broker.begin("consume", topic, "--from-beginning")
    for number in range(3):
        broker.gale("produce", topic, stdin=f"{number}\n")
        assert process.stdout.readline() == f"{number}\n"
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, stdout, stderr) == (INTERRUPTED, "", "")


def test_it_goes_on_when_the_broker_comes_back(broker, topic):
    process = broker.begin("consume", topic, "--from-beginning")
    broker.gale("produce", topic, stdin="before\n")
    assert process.stdout.readline() == "before\n"
    broker.stop()
    broker.restart()
    broker.gale("produce", topic, stdin="after\n")
    assert process.stdout.readline() == "after\n"
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == INTERRUPTED
    assert set(stderr.splitlines()) <= {"gale consume: no broker is connected any more; trying again"}


def test_what_was_typed_is_written_at_once_and_ctrl_c_leaves_nothing_behind(broker, topic):
    process = broker.begin("produce", topic)
    process.stdin.write("one\ntwo\n")
    process.stdin.flush()
    await_true(lambda: broker.read(topic) == ["one", "two"], "both are there")
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == INTERRUPTED
    assert stderr.startswith(f"2 records to '{topic}'\n")


def test_a_line_without_a_key_ends_it_and_is_named(broker, topic):
    result = broker.run("produce", topic, "--key-separator", "|", stdin="a|1\nb\nc|3\n")
    assert result.returncode == FAILED
    assert "gale produce: record 2: there is no key separator in it" in result.stderr
    assert broker.read(topic) == ["1"]


def test_a_record_that_is_too_large_is_named(broker, topic):
    result = broker.run("produce", topic, stdin="small\n" + "x" * 3000000 + "\nsmall too\n")
    assert result.returncode == FAILED
    assert "gale produce: record 2: " in result.stderr
    assert broker.read(topic) == ["small", "small too"]


def test_what_is_not_acknowledged_is_named_and_counted():
    invalid_record = 87  # is not tried again
    with servers.mock(errors=[invalid_record]) as hosts:
        result = run_gale("produce", "lines", "--json", "--acks", "1", "--brokers", hosts, stdin="a\n")
        assert result.returncode == FAILED
        assert result.stderr.startswith("gale produce: record 1: ")
        report = json.loads(result.stdout)
        assert (report["acknowledged"], report["failed"]) == (0, 1)


def test_an_error_that_passes_is_tried_again():
    not_leader = 6
    with servers.mock(errors=[not_leader] * 3) as hosts:
        result = run_gale("produce", "lines", "--json", "--brokers", hosts, stdin="a\nb\n")
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)["acknowledged"] == 2


@pytest.mark.parametrize(
    "words, code, text",
    [
        (["consume", "absent"], NOT_FOUND, "there is no topic 'absent'"),
        (["consume", "TOPIC", "--partition", "9"], NOT_FOUND, "has no partition 9"),
        (["consume", "TOPIC", "--from-time", "noon"], USAGE, "--from-time is 'noon'"),
        (["consume", "TOPIC", "--offset", "x"], USAGE, "--offset is 'x'"),
        (["consume", "TOPIC", "--offset", "1", "--from-beginning"], USAGE, "exclude each other"),
        (["consume", "TOPIC", "--group", "g", "--offset", "1"], USAGE, "'gale group reset' changes them"),
        (["consume", "TOPIC", "-n", "0"], USAGE, "--count is '0'"),
        (["produce", "TOPIC", "--acks", "2"], USAGE, "--acks is '2', but must be one of all, 1, 0"),
        (["produce", "TOPIC", "--compression", "zip"], USAGE, "none, gzip, snappy, lz4, zstd"),
        (["produce", "TOPIC", "--header", "x"], USAGE, "--header is 'x', but must be NAME=VALUE"),
        (["produce", "TOPIC", "/absent/file"], FAILED, "cannot read '/absent/file'"),
    ],
)
def test_words_that_are_wrong_are_refused(broker, topic, words, code, text):
    result = broker.run(*[topic if word == "TOPIC" else word for word in words])
    refused(result, code, text)


def test_without_a_broker_it_says_so_at_once():
    for words in (["topic", "list"], ["group", "list"], ["consume", "x"], ["produce", "x"]):
        result = run_gale(*words, "--brokers", "127.0.0.1:1")
        refused(result, UNREACHABLE, "no broker at '127.0.0.1:1': Connection refused")
    refused(run_gale("topic", "list", "--brokers", "127.0.0.1:99999"), USAGE, "no list of brokers")


def test_the_setting_says_where_brokers_are_and_the_option_beats_it(broker, topic, tmp_path):
    config = tmp_path / "gale.yaml"
    config.write_text(f"log.brokers: {broker.hosts}\n")
    for words in (["--config", config], ["-c", f"log.brokers={broker.hosts}"]):
        result = run_gale("topic", "list", *words)
        assert topic in result.stdout, result.stderr
    result = run_gale("topic", "list", env={"GALE_CONFIG": str(config)})
    assert topic in result.stdout, result.stderr
    result = run_gale("topic", "list", "--config", config, "--brokers", "127.0.0.1:1")
    refused(result, UNREACHABLE, "127.0.0.1:1")
    refused(run_gale("topic", "list", "-c", "log.broker=x"), USAGE, "did you mean 'log.brokers'?")


# ---- groups ----


def test_a_group_goes_on_where_it_has_come_to(broker, topic, name):
    group = f"g-{name}"
    broker.gale("produce", topic, stdin="".join(f"{number}\n" for number in range(30)))
    first = broker.gale("consume", topic, "--group", group, "--from-beginning", "-n", "10").split()
    described = broker.json("group", "describe", group)
    assert (described["name"], described["state"], described["members"]) == (group, "Empty", [])
    assert described["lag"] == 20
    rest = broker.gale("consume", topic, "--group", group, "--from-beginning", "--exit-at-end").split()
    assert sorted(map(int, first + rest)) == list(range(30))
    assert broker.json("group", "describe", group)["lag"] == 0
    assert group in broker.gale("group", "list").split()
    listed = {one["name"]: one for one in broker.json("group", "list")["groups"]}
    assert listed[group]["state"] == "Empty"


def test_members_share_the_partitions_and_are_shown(broker, topic, name):
    group = f"g-{name}"
    members = [broker.begin("consume", topic, "--group", group, "--from-beginning") for _ in range(2)]

    def shared():
        result = broker.run("group", "describe", group, "--json")
        if result.returncode != 0:
            return None
        answer = json.loads(result.stdout)
        held = [len(member["partitions"]) for member in answer["members"]]
        return answer if answer["state"] == "Stable" and sorted(held) == [1, 2] else None

    answer = await_true(shared, "two members share three partitions")
    held = {(one["topic"], one["partition"]) for member in answer["members"] for one in member["partitions"]}
    assert held == {(topic, 0), (topic, 1), (topic, 2)}
    assert {one["member"] for one in answer["offsets"]} == {member["id"] for member in answer["members"]}
    assert "2 members" in broker.gale("group", "describe", group)
    refused(broker.run("group", "delete", group, "--yes"), CONFLICT, f"group '{group}'")
    refused(broker.run("group", "reset", group, "--topic", topic, "--to", "earliest", "--yes"),
            CONFLICT, f"group '{group}' has 2 members")
    for member in members:
        member.send_signal(signal.SIGINT)
        member.communicate(timeout=TIMEOUT_S)
        assert member.returncode == INTERRUPTED
    # Who leaves is gone at once, without a timeout.
    assert broker.json("group", "describe", group)["members"] == []


def test_offsets_are_reset_and_shown_before_and_after(broker, name):
    group = f"g-{name}"
    broker.gale("topic", "create", name, "--partitions", "1")
    broker.gale("produce", name, stdin="".join(f"{number}\n" for number in range(10)))
    broker.gale("consume", name, "--group", group, "--from-beginning", "-n", "10")

    def reset(to):
        answer = broker.json("group", "reset", group, "--topic", name, "--to", to, "--yes")
        ((one),) = answer["partitions"]
        assert offsets(broker, group)[name, 0]["committed"] == one["after"]
        return one["before"], one["after"]

    assert reset("earliest") == (10, 0)
    assert reset("4") == (0, 4)
    assert reset("-3") == (4, 7)
    assert reset("99") == (7, 10)
    assert reset("2000-01-01") == (10, 0)
    assert reset("latest") == (0, 10)
    printed = broker.gale("group", "reset", group, "--topic", name, "--to", "8", "--yes")
    assert printed.splitlines()[1].split() == [name, "0", "10", "->", "8"]
    rest = broker.gale("consume", name, "--group", group, "-n", "2").split()
    assert rest == ["8", "9"]
    refused(broker.run("group", "reset", group, "--topic", name, "--to", "8"), USAGE, "--yes")
    refused(broker.run("group", "reset", group, "--to", "8", "--yes"), USAGE, "--topic TOPIC is missing")
    refused(broker.run("group", "reset", group, "--topic", "absent", "--to", "8", "--yes"), NOT_FOUND,
            "there is no topic 'absent'")


def test_a_group_that_is_not_there_yet_gets_offsets(broker, name):
    group = f"g-{name}"
    broker.gale("topic", "create", name, "--partitions", "1")
    broker.gale("produce", name, stdin="a\nb\nc\n")
    refused(broker.run("group", "describe", group), NOT_FOUND, f"there is no group '{group}'")
    answer = broker.json("group", "reset", group, "--topic", name, "--to", "1", "--yes")
    assert answer["partitions"] == [{"partition": 0, "before": None, "after": 1}]
    assert broker.gale("consume", name, "--group", group, "-n", "2").split() == ["b", "c"]


def test_a_group_is_deleted(broker, topic, name):
    group = f"g-{name}"
    broker.gale("produce", topic, stdin="a\n")
    broker.gale("consume", topic, "--group", group, "--from-beginning", "-n", "1")
    refused(broker.run("group", "delete", group), USAGE, "--yes must be given")
    assert broker.gale("group", "delete", group, "--yes") == f"deleted {group}\n"
    assert group not in broker.gale("group", "list").split()
    refused(broker.run("group", "delete", group, "--yes"), NOT_FOUND, f"group '{group}'")


def test_a_reader_that_goes_away_does_not_lose_records_of_a_group(broker, topic, name):
    group = f"g-{name}"
    broker.gale("produce", topic, stdin="".join(f"{number}\n" for number in range(5)))
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        broker.words("consume", topic, "--group", group, "--from-beginning", "--exit-at-end"),
        stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE, text=True, check=False,
        timeout=TIMEOUT_S)
    os.close(writer)
    assert process.returncode == FAILED
    rest = broker.gale("consume", topic, "--group", group, "--from-beginning", "--exit-at-end")
    assert sorted(rest.split()) == ["0", "1", "2", "3", "4"]


def test_the_program_itself_does_not_need_the_client_library():
    libraries = subprocess.run(["ldd", GALE], capture_output=True, text=True, check=True).stdout
    assert "librdkafka" not in libraries
