# SPDX-License-Identifier: Apache-2.0
"""gale-broker on disks that are full, slow or broken, and with files that were damaged while it was down.

tests/support/{full,slow,broken}_disk.c are preloaded into the broker and do as a file tells them.
"""

import contextlib
import fcntl
import os
import select
import struct

import confluent_kafka
import kafka
import pytest

from broker import servers, wire
from broker.servers import await_true
from conftest import BUILD, TIMEOUT_S

LIBRARIES = [BUILD / "test-bin" / f"{name}_disk.so" for name in ("full", "slow", "broken")]
QUICK = {"retry.backoff.ms": 20, "log_level": 0}


class Disk(servers.Broker):
    """A broker whose disk is in our hands."""

    def __init__(self, folder, **settings):
        super().__init__(folder, **{"log.flush.ms": 50, **settings})
        self.full, self.broken = self.folder / "full", self.folder / "broken"
        self.lock = (self.folder / "lock").open("w")
        self.told = self.folder / "told"

    def command(self):
        assert all(library.exists() for library in LIBRARIES), f"not built: {LIBRARIES}"
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return [
            "env",
            "LD_PRELOAD=" + " ".join(map(str, LIBRARIES)),
            f"FULL_DISK_WHILE={self.full}",
            f"SLOW_DISK_LOCK={self.lock.name}",
            f"SLOW_DISK_TOLD={self.told}",
            f"BROKEN_DISK_WHILE={self.broken}",
            f"ASAN_OPTIONS={sanitizer}",
            *super().command(),
        ]

    def fill(self):
        self.full.touch()

    def free(self):
        self.full.unlink()

    def stall(self):
        self.told.unlink(missing_ok=True)
        fcntl.flock(self.lock, fcntl.LOCK_EX)

    def go_on(self):
        fcntl.flock(self.lock, fcntl.LOCK_UN)

    def break_folder(self, part):
        self.broken.write_text(part + "\n")

    def heal(self):
        self.broken.unlink()

    def connect(self):
        return wire.Connection(self.address)

    def log_text(self):
        return self.log.read_text()


@contextlib.contextmanager
def running(folder, **settings):
    broker = Disk(folder, **settings)
    broker.start()
    try:
        yield broker
        broker.go_on()
        broker.stop()
    finally:
        broker.go_on()
        if broker.process is not None:
            broker.kill()
        broker.lock.close()


def batch(text):
    return wire.batch((b"k", text.encode()))


def write(client, topic, count, partition=0):
    for number in range(count):
        assert client.produce(topic, partition, batch(f"v{number}"))[0] == wire.NONE


def values(client, topic, partition=0):
    return [value.decode() for _, value in client.read_all(topic, partition).values()]


# ---- full ----


def test_a_full_disk_refuses_writes_serves_reads_and_recovers(tmp_path):
    with running(tmp_path) as broker, broker.connect() as client:
        assert client.create("t") == client.create("small", segment_bytes=1024) == wire.NONE
        write(client, "t", 5)
        write(client, "small", 5)
        broker.fill()
        for _ in range(3):
            for topic in ("t", "small"):
                assert client.produce(topic, 0, batch("x" * 600))[0] == wire.STORAGE_ERROR
        assert client.create("new") != wire.NONE
        assert client.commit("g", "t", 0, 3) != wire.NONE
        assert values(client, "t") == values(client, "small") == [f"v{number}" for number in range(5)]
        assert "disk.full" in broker.log_text()

        broker.free()
        await_true(lambda: client.produce("t", 0, batch("later"))[0] == wire.NONE, broker.log_end)
        assert client.produce("small", 0, batch("y" * 900)) == (wire.NONE, 5)
        assert client.commit("g", "t", 0, 4) == wire.NONE
        assert client.create("new") == wire.NONE
        await_true(lambda: "disk.has_room" in broker.log_text() or write(client, "t", 1),
                   broker.log_end)
        broker.kill()
        broker.restart()
        with broker.connect() as again:
            assert values(again, "t")[:6] == ["v0", "v1", "v2", "v3", "v4", "later"]
            assert len(values(again, "small")) == 6
            assert again.committed("g", "t", 0) == (wire.NONE, 4)


@pytest.mark.parametrize("how", [{"acks": "all"}, {"enable.idempotence": True}])
def test_librdkafka_goes_on_when_there_is_room_again(tmp_path, how):
    with running(tmp_path) as broker, broker.connect() as client:
        client.create("t")
        told = []
        producer = confluent_kafka.Producer({"bootstrap.servers": broker.hosts, **QUICK, **how})

        def produce(first):
            for number in range(first, first + 20):
                producer.produce("t", f"v{number}", on_delivery=lambda error, _: told.append(error))

        produce(0)
        assert producer.flush(TIMEOUT_S) == 0
        broker.fill()
        produce(20)
        await_true(lambda: producer.poll(0.05) or "disk.full" in broker.log_text(), broker.log_end)
        broker.free()
        assert producer.flush(TIMEOUT_S) == 0
        assert told == [None] * 40
        assert values(client, "t") == [f"v{number}" for number in range(40)]


def test_clients_that_know_no_error_of_the_disk_go_on_as_well(tmp_path):
    """Produce below version 4 has another error for it, which its clients try again. (Version 2.0 of python3-kafka speaks
    version 7 and does not know the error all the same: it gives the record back to its program.)"""
    with running(tmp_path) as broker, broker.connect() as client:
        client.create("t")
        producer = kafka.KafkaProducer(bootstrap_servers=broker.hosts, acks="all", retries=10000,
                                       retry_backoff_ms=20, api_version=(0, 11))
        producer.send("t", b"before").get(timeout=TIMEOUT_S)
        broker.fill()
        sent = producer.send("t", b"late")
        await_true(lambda: "disk.full" in broker.log_text(), broker.log_end)
        assert not sent.is_done
        broker.free()
        assert sent.get(timeout=TIMEOUT_S).offset == 1
        producer.close()
        assert values(client, "t") == ["before", "late"]


# ---- broken ----


def test_a_disk_that_fails_costs_one_partition_until_the_next_start(tmp_path):
    with running(tmp_path, **{"log.flush": "always"}) as broker, broker.connect() as client:
        client.create("t", 2)
        write(client, "t", 3)
        write(client, "t", 3, partition=1)
        broker.break_folder("/t-0/")
        assert client.produce("t", 0, batch("unsafe"))[0] == wire.STORAGE_ERROR
        assert "disk.failed topic=t partition=0" in broker.log_text()
        broker.heal()
        assert client.produce("t", 0, batch("refused"))[0] == wire.STORAGE_ERROR
        assert client.produce("t", 1, batch("v3"))[0] == wire.NONE
        assert values(client, "t", 0) == ["v0", "v1", "v2"], "what is not on the disk was shown"
        assert broker.process.poll() is None
        broker.kill()
        broker.restart()
        with broker.connect() as again:
            assert again.produce("t", 0, batch("after"))[0] == wire.NONE
            assert values(again, "t", 0)[:3] == ["v0", "v1", "v2"]
            assert values(again, "t", 0)[-1] == "after"
            assert len(values(again, "t", 1)) == 4


def test_a_disk_that_fails_behind_an_answer_is_told_of(tmp_path):
    with running(tmp_path) as broker, broker.connect() as client:
        client.create("t", 2)
        write(client, "t", 3)
        broker.break_folder("/t-0/")
        write(client, "t", 1)
        await_true(lambda: "disk.failed topic=t partition=0" in broker.log_text(), broker.log_end)
        assert client.produce("t", 0, batch("refused"))[0] == wire.STORAGE_ERROR
        write(client, "t", 3, partition=1)
        assert len(values(client, "t", 0)) == 4
        broker.heal()
        with pytest.raises(AssertionError, match="cannot close 't-0'"):
            broker.stop()
        broker.restart()
        with broker.connect() as again:
            assert len(values(again, "t", 0)) == 4
            assert again.produce("t", 0, batch("after")) == (wire.NONE, 4)


# ---- slow ----


def has_answer(client):
    return bool(select.select([client.socket], [], [], 0)[0])


def test_a_disk_that_stalls_disturbs_nobody_in_interval_mode(tmp_path):
    with running(tmp_path) as broker, broker.connect() as client:
        client.create("t")
        client.create("small", segment_bytes=1024)
        client.commit("g", "t", 0, 1)
        broker.stall()
        write(client, "t", 1)
        await_true(broker.told.exists, "nothing was flushed")
        write(client, "t", 200)
        assert len(values(client, "t")) == 201
        for number in range(6):
            assert client.produce("small", 0, batch("x" * 600)) == (wire.NONE, number)
        assert len(values(client, "small")) == 6
        assert client.commit("g", "t", 0, 7) == wire.NONE
        assert client.committed("g", "t", 0) == (wire.NONE, 7)
        broker.go_on()


def test_a_disk_that_stalls_delays_only_answers_that_promise_it(tmp_path):
    with running(tmp_path) as broker, broker.connect() as client, broker.connect() as writer:
        client.create("safe", flush_messages=1)
        client.create("quick")
        write(client, "safe", 2)
        broker.stall()
        for number in range(3):
            writer.send(wire.PRODUCE, 4, wire.produce_body("safe", 0, batch(f"v{number + 2}")))
        await_true(broker.told.exists, "nothing was flushed")
        write(client, "quick", 50)
        assert client.fetch("safe")[1] == 2, "what is not on the disk was shown"
        assert not has_answer(writer)
        broker.go_on()
        for number in range(3):
            assert wire.parse_produced(writer.receive()[1]) == (wire.NONE, number + 2)
        assert values(client, "safe") == [f"v{number}" for number in range(5)]
        assert len(values(client, "quick")) == 50


# ---- damaged files ----


def segments(broker, folder, kind="log"):
    return sorted((broker.data / folder).glob(f"*.{kind}"))


def cut(path):
    os.truncate(path, path.stat().st_size - 7)


def add_zeros(path):
    os.truncate(path, path.stat().st_size + 100000)


def add_garbage(path):
    with path.open("ab") as file:
        file.write(b"\xa5" * 3000)


def flip_last(path):
    flip(path, path.stat().st_size - 3)


def flip(path, place):
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)
        file.seek(place)
        file.write(bytes([byte[0] ^ 0x40]))


@pytest.mark.parametrize("damage, kept", [(cut, 19), (add_zeros, 20), (add_garbage, 20), (flip_last, 19)])
def test_a_torn_tail_is_cut_off_and_told_of(tmp_path, damage, kept):
    with running(tmp_path, **{"log.flush.ms": 3600000}) as broker:
        with broker.connect() as client:
            client.create("t")
            write(client, "t", 20)
        broker.kill()
        damage(segments(broker, "t-0")[-1])
        broker.restart()
        assert "log.repaired folder=t-0" in broker.log_text()
        if kept < 20:
            assert f"at_offset={kept}" in broker.log_text()
        with broker.connect() as client:
            assert values(client, "t") == [f"v{number}" for number in range(kept)]
            assert client.produce("t", 0, batch("next")) == (wire.NONE, kept)


def test_a_damaged_batch_below_what_was_flushed_costs_itself_alone(tmp_path):
    with running(tmp_path) as broker:
        with broker.connect() as client:
            client.create("t")
            write(client, "t", 20)
        broker.stop()
        log = segments(broker, "t-0")[0]
        size = log.stat().st_size // 20
        flip(log, size * 10 + size - 3)
        broker.restart()
        with broker.connect() as client:
            error, high, data = client.fetch("t", 0, 11)
            assert (error, high) == (wire.NONE, 20)
            assert next(wire.parse_batches(data))[0] == 11
            assert client.list_offset("t", 0, -1) == (wire.NONE, 20)
            assert client.produce("t", 0, batch("next")) == (wire.NONE, 20)


@pytest.mark.parametrize("kind", ["index", "timeindex", "snapshot", "epochs"])
@pytest.mark.parametrize("is_crash", [False, True])
def test_files_beside_the_log_may_be_damaged_or_missing(tmp_path, kind, is_crash):
    with running(tmp_path, **{"log.segment.bytes": 4096, "log.index.interval.bytes": 512}) as broker:
        with broker.connect() as client:
            client.create("t")
            write(client, "t", 150)
        offsets = {}
        for damage in ("missing", "cut", "garbage", "empty", "long"):
            (broker.kill if is_crash else broker.stop)()
            found = [path for path in (broker.data / "t-0").iterdir() if path.name.endswith(kind)]
            for path in found:
                size = path.stat().st_size
                if damage == "missing":
                    path.unlink()
                elif damage == "cut":
                    os.truncate(path, size // 2 + 1)
                elif damage == "garbage":
                    path.write_bytes(os.urandom(max(size, 100)))
                elif damage == "empty":
                    os.truncate(path, 0)
                else:
                    path.write_bytes(path.read_bytes() + struct.pack(">Q", 1 << 62) * 50)
            broker.restart()
            with broker.connect() as client:
                for at in (0, 1, 77, 149):
                    error, _, data = client.fetch("t", 0, at)
                    assert error == wire.NONE
                    assert at in [one for one, _, _ in wire.parse_batches(data)], damage
                assert values(client, "t")[:150] == [f"v{number}" for number in range(150)]
                stamp = client.list_offset("t", 0, 1)
                assert stamp == offsets.setdefault("first", stamp) == (wire.NONE, 0)
                assert client.produce("t", 0, batch(damage))[0] == wire.NONE


@pytest.mark.parametrize("content", [None, b"", b"nonsense\n", b"\0" * 500])
def test_the_checkpoint_may_be_damaged_or_missing(tmp_path, content):
    with running(tmp_path) as broker:
        with broker.connect() as client:
            client.create("t")
            write(client, "t", 20)
        broker.stop()
        checkpoint = broker.data / "checkpoint"
        if content is None:
            checkpoint.unlink()
        else:
            checkpoint.write_bytes(content)
        broker.restart()
        with broker.connect() as client:
            assert len(values(client, "t")) == 20
