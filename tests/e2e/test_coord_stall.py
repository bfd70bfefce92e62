# SPDX-License-Identifier: Apache-2.0
"""gale-coord on a disk that stalls: who need not wait for it is served, nothing is answered early.

The disk stalls while a file is locked: tests/support/slow_disk.c, preloaded into the server.
"""

import fcntl
import os
import select
import signal

import pytest
from conftest import BUILD
from coord import servers, wire
from coord.fixtures import connect_to  # noqa: F401

SLOW_DISK = BUILD / "test-bin" / "slow_disk.so"
ROUND_TRIPS = 200
SIZES = (1, 100)  # of a write, in changes: small and large ones are committed by different threads


class SlowDisk(servers.GaleCoord):
    """A server whose disk stalls between stall() and go_on()."""

    def __init__(self, folder, settings):
        super().__init__(folder, settings)
        self.lock = (self.folder / "lock").open("w")
        self.told = self.folder / "told"

    def command(self):
        assert SLOW_DISK.exists(), f"not built: {SLOW_DISK}"
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return [
            "env",
            f"LD_PRELOAD={SLOW_DISK}",
            f"SLOW_DISK_LOCK={self.lock.name}",
            f"SLOW_DISK_TOLD={self.told}",
            f"ASAN_OPTIONS={sanitizer}",
            *super().command(),
        ]

    def stall(self):
        self.told.unlink(missing_ok=True)
        fcntl.flock(self.lock, fcntl.LOCK_EX)

    def await_stall(self):
        while not self.told.exists():
            pass

    def go_on(self):
        fcntl.flock(self.lock, fcntl.LOCK_UN)


@pytest.fixture
def disk(tmp_path):
    server = SlowDisk(tmp_path, servers.Settings(tick_ms=60000))
    server.start()
    yield server
    server.go_on()
    server.stop()
    server.lock.close()


def has_answer(client):
    return bool(select.select([client.socket], [], [], 0)[0])


def write_of(path, changes):
    """A request that changes so many nodes, and the path of the last."""
    paths = [f"{path}-{number}" for number in range(changes)]
    parts = [(wire.CREATE, wire.create_record(each)) for each in paths]
    return wire.MULTI, wire.multi_record(*parts), paths[-1]


@pytest.mark.parametrize("changes", SIZES)
def test_pings_and_words_are_answered_while_the_disk_stalls(disk, connect_to, changes):
    writer, reader, other = connect_to(disk), connect_to(disk), connect_to(disk)
    for number in range(20):
        writer.create(f"/quick{number}")

    for stall in range(3):
        op, record, path = write_of(f"/stall{stall}", changes)
        disk.stall()
        written = writer.send(op, record)
        disk.await_stall()
        read = reader.send(wire.EXISTS, wire.watched_record(path))
        for _ in range(ROUND_TRIPS):
            other.ping()
        assert wire.ask(disk.address, "ruok") == "imok"

        # What is not durable is seen by nobody.
        assert not has_answer(writer) and not has_answer(reader)
        disk.go_on()
        assert len(writer.reply(written).results()) == changes
        assert reader.reply(read).err == wire.OK
        other.set("/quick0", b"and it goes on")


@pytest.mark.parametrize("changes", SIZES)
def test_what_comes_while_the_disk_stalls_is_done_afterwards(disk, connect_to, changes):
    writer, others = connect_to(disk), [connect_to(disk) for _ in range(5)]
    op, record, path = write_of("/stall", changes)
    disk.stall()
    written = writer.send(op, record)
    disk.await_stall()
    xids = [other.send(wire.SET_DATA, wire.set_data_record(path)) for other in others]
    for other in others:
        other.send_frame(wire.integer(wire.XID_PING) + wire.integer(wire.PING))
    for other in others:
        assert other.frame().xid == wire.XID_PING
    disk.go_on()
    assert writer.reply(written).err == wire.OK
    versions = [other.reply(xid).stat().version for other, xid in zip(others, xids, strict=True)]
    assert sorted(versions) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("changes", SIZES)
def test_a_server_that_is_ended_while_its_disk_stalls_ends_in_order(disk, connect_to, changes):
    writer, other = connect_to(disk), connect_to(disk)
    op, record, path = write_of("/stall", changes)
    disk.stall()
    writer.send(op, record)
    disk.await_stall()
    other.ping()
    process, disk.process = disk.process, None
    process.send_signal(signal.SIGTERM)
    disk.go_on()
    assert process.wait(servers.START_TIMEOUT_S) == 0, disk.log_end()
    disk.restart()
    assert connect_to(disk).exists(path) is not None
