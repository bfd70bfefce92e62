# SPDX-License-Identifier: Apache-2.0
"""gale-coord on a disk that becomes full: writes are refused, reads are served, nothing is lost.

The disk is full while a file exists: tests/support/full_disk.c, preloaded into the server.
"""

import os

import pytest
from conftest import BUILD
from coord import servers, wire
from coord.fixtures import connect_to  # noqa: F401

NOT_READ_ONLY = -119
FULL_DISK = BUILD / "test-bin" / "full_disk.so"


class FullDisk(servers.GaleCoord):
    """A server whose disk is full between fill() and free()."""

    def __init__(self, folder, settings):
        super().__init__(folder, settings)
        self.flag = self.folder / "full"

    def command(self):
        assert FULL_DISK.exists(), f"not built: {FULL_DISK}"
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return [
            "env",
            f"LD_PRELOAD={FULL_DISK}",
            f"FULL_DISK_WHILE={self.flag}",
            f"ASAN_OPTIONS={sanitizer}",
            *super().command(),
        ]

    def fill(self):
        self.flag.touch()

    def free(self):
        self.flag.unlink()


@pytest.fixture
def disk(tmp_path):
    server = FullDisk(tmp_path, servers.Settings(tick_ms=250))
    server.start()
    yield server
    server.stop()


def set_error(client, path, data):
    """A good answer has a body: the error alone is of interest."""
    return client.call(wire.SET_DATA, wire.set_data_record(path, data)).err


def await_true(condition):
    while not condition():
        pass


def test_a_full_disk_refuses_writes_and_serves_reads(disk, connect_to):
    writer, reader = connect_to(disk), connect_to(disk)
    writer.create("/kept", b"before")
    disk.fill()

    # The write that found the disk full never happened; who asked for it is disconnected.
    writer.send(wire.SET_DATA, wire.set_data_record("/kept", b"lost"))
    assert writer.is_closed()
    assert set_error(reader, "/kept", b"late") == NOT_READ_ONLY
    assert reader.error(wire.CREATE, wire.create_record("/new")) == NOT_READ_ONLY
    data, stat = reader.get("/kept")
    assert (data, stat.version) == (b"before", 0)
    reader.ping()

    # Who comes now is served as well, and its session outlasts the trouble.
    late = connect_to(disk)
    assert late.get("/kept")[0] == b"before"
    assert "disk.full" in disk.log_end()

    disk.free()
    await_true(lambda: set_error(late, "/kept", b"late") == wire.OK)
    assert "disk.has_room" in disk.log_end()
    assert reader.get("/kept")[0] == b"late"
    disk.kill()
    disk.restart()
    again = connect_to(disk, session=late.session, password=late.password)
    assert again.session == late.session
    assert again.get("/kept")[0] == b"late"


def test_what_was_acknowledged_survives_a_kill_on_a_full_disk(disk, connect_to):
    writer = connect_to(disk)
    for number in range(20):
        writer.create(f"/n{number}", b"x" * 1000)
    disk.fill()
    writer.send(wire.CREATE, wire.create_record("/lost"))
    assert writer.is_closed()
    disk.kill()
    disk.free()
    disk.restart()
    names = connect_to(disk).children("/")
    assert sorted(names) == sorted(["zookeeper", *(f"n{number}" for number in range(20))])


def test_a_watch_that_fired_for_nothing_is_set_again_by_its_client(disk, connect_to):
    writer, watcher = connect_to(disk), connect_to(disk)
    writer.create("/watched", b"before")
    watcher.get("/watched", watch=True)
    disk.fill()
    writer.send(wire.SET_DATA, wire.set_data_record("/watched", b"lost"))

    # No event came, for nothing happened; the connection ends, so that the client knows that its
    # watches are gone.
    assert watcher.is_closed()
    assert not [event for event in watcher.events if event.path == "/watched"]
    disk.free()
