# SPDX-License-Identifier: Apache-2.0
"""gale-nimbus as a process of a test, and a supervisor that is played by the test."""

import contextlib
import json

from conftest import BUILD
from coord.servers import GaleCoord, Server, Settings
from kazoo.client import KazooClient
from nimbus import control

GALE_NIMBUS = BUILD / "bin" / "gale-nimbus"


class Nimbus(Server):
    kind = "gale-nimbus"

    def __init__(self, folder, coord, **settings):
        super().__init__(folder, None)
        self.coord = coord
        self.values = {
            "coord.servers": coord.hosts,
            "coord.session_timeout_ms": 1000,
            "log.level": "debug",
        } | {key.replace("__", "."): value for key, value in settings.items()}

    def command(self):
        assert GALE_NIMBUS.exists(), f"not built: {GALE_NIMBUS}"
        options = [word for key, value in self.values.items() for word in ("-c", f"{key}={value}")]
        return [GALE_NIMBUS, "--data", self.folder / "data", "--listen", self.at, *options]

    @property
    def at(self):
        return f"127.0.0.1:{self.port}"

    def client(self):
        return control.Client(self.at)

    def is_ready(self):
        with self.client() as client:
            try:
                return bool(client.ask("info", timeout_s=1))
            except control.Silence:
                return False

    def info(self):
        with self.client() as client:
            return client.ask("info")

    def leads(self):
        return self.info()["leader"]

    def await_leading(self):
        def leads():
            self.must_live()
            return self.leads()

        control.until(leads, f"{self.kind} leads:\n{self.log_end()}")
        return self

    def stop(self):
        """The status must be 0, which also says that no sanitizer found anything."""
        status = super().stop()
        assert status in (0, None), f"gale-nimbus ended with {status}:\n{self.log_end()}"
        return status


class Supervisor:
    """Its node in the cluster state, and the reports that it sends when the test says so."""

    def __init__(self, coord, name, slots=4, root="/gale"):
        self.name = name
        self.path = f"{root}/supervisors/{name}"
        self.node = {
            "version": 1,
            "id": name,
            "host": "127.0.0.1",
            "address": "127.0.0.1:1",
            "gale": "0.1.0",
            "since_ms": 1,
            "cores": 4,
            "slots": slots,
            "resources": [],
            "labels": [],
        }
        self.session = KazooClient(hosts=coord.hosts)
        self.session.start()

    def join(self):
        data = json.dumps(self.node).encode()
        self.session.create(self.path, data, ephemeral=True)

    def leave(self):
        self.session.delete(self.path)

    def close(self):
        self.session.stop()
        self.session.close()

    def worker(self, topology, slot, **more):
        """What it reports of a worker."""
        said = {
            "topology": topology,
            "slot": slot,
            "incarnation": 1,
            "pid": 4711,
            "phase": "running",
            "restarts": 0,
            "last_exit": None,
            "uptime_ms": 1000,
            "version": 1,
            "drained": False,
            "ended": False,
            "rss_bytes": 1,
            "cpu_ns": 1,
            "errors": [],
        }
        return said | more

    def report(self, client, *workers, healthy=True):
        client.ask(
            "supervisor.report",
            supervisor=self.name,
            address="127.0.0.1:1",
            healthy=healthy,
            health_text="",
            workers=list(workers),
        )


@contextlib.contextmanager
def cluster_state(folder):
    """A gale-coord whose sessions may be short."""
    coord = GaleCoord(folder, Settings(tick_ms=250))
    try:
        coord.start()
        yield coord
        coord.stop()
    finally:
        coord.kill()
