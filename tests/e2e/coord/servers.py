# SPDX-License-Identifier: Apache-2.0
"""Servers that speak ZooKeeper's protocol: gale-coord, Apache ZooKeeper, and three of the latter.

All listen on loopback only and keep their data in a folder that the caller names. A server has
started when it answers; a missing program is an error, for a test that skips proves nothing.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from conftest import BUILD
from coord import wire

GALE_COORD = BUILD / "bin" / "gale-coord"
JAVA = os.environ.get("GALE_JAVA", "java")
JARS = Path("/usr/share/java")  # where Debian's packages put them
START_TIMEOUT_S = 60  # of a virtual machine on a busy computer
STARTS_MAX = 5  # with other ports, when another program took one
KINDS = ("gale", "zookeeper")


@dataclass
class Settings:
    """What tests ask of a server, whatever it is."""

    tick_ms: int = 2000
    words: str = "*"
    container_check_ms: int = 3600000  # never, unless a test wants it
    data_max_bytes: int = 1048575
    connections_per_address_max: int = 0  # no limit
    super_digest: str = ""
    extended_types: bool = True
    handshake_timeout_ms: int = 10000
    gale: dict = field(default_factory=dict)  # settings that only Gale has


def free_port():
    """A port below the range that connections take theirs from, so that a restart finds it free."""
    while True:
        port = random.SystemRandom().randrange(12000, 32000)
        with socket.socket() as probe:
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port


def serving(port):
    """The lines of `srvr` if the server answers requests, otherwise nothing."""
    try:
        answer = wire.ask(("127.0.0.1", port), "srvr", timeout_s=1)
    except (OSError, UnicodeDecodeError):
        return []
    return answer.splitlines() if answer.startswith("Zookeeper version:") else []


class Server:
    """One process. Its log gathers over restarts."""

    kind = None

    def __init__(self, folder, settings):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self.port = free_port()
        self.log = self.folder / "log"
        self.process = None

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def hosts(self):
        """What clients call a connect string."""
        return f"127.0.0.1:{self.port}"

    def command(self):
        raise NotImplementedError

    def is_ready(self):
        return bool(serving(self.port))

    def launch(self):
        """Starts the process, without waiting until it answers."""
        assert self.process is None, "it runs already"
        command = list(map(str, self.command()))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )

    def await_ready(self):
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_ready():
            self.must_live()
            assert time.monotonic() < deadline, f"{self.kind} does not answer:\n{self.log_end()}"

    def must_live(self):
        """An error if the process ends within a moment; the moment is what polling waits."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self.process.wait(timeout=0.02)
            self.process = None
            raise RuntimeError(f"{self.kind} ended with {status}:\n{self.log_end()}")

    def log_end(self):
        return self.log.read_text(errors="replace")[-4000:]

    def start(self):
        """For the first start: another port if somebody else has taken this one."""
        for attempt in range(STARTS_MAX):
            try:
                self.launch()
                return self.await_ready()
            except RuntimeError:
                taken = "in use" in self.log_end()
                if not taken or attempt == STARTS_MAX - 1:
                    raise
                self.port = free_port()
        return None

    def stop(self):
        """As an operator does; gives the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self):
        """As a crash does."""
        return self._end(signal.SIGKILL)

    def _end(self, number):
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(number)
        try:
            return process.wait(timeout=START_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def restart(self):
        """After stop() or kill(), on the same port and data."""
        self.launch()
        self.await_ready()


class GaleCoord(Server):
    kind = "gale"

    def command(self):
        assert GALE_COORD.exists(), f"not built: {GALE_COORD}"
        settings = self.settings
        values = {
            "coord.tick_ms": settings.tick_ms,
            "coord.container_check_ms": settings.container_check_ms,
            "coord.data_max_bytes": settings.data_max_bytes,
            "coord.handshake_timeout_ms": settings.handshake_timeout_ms,
            "coord.extended_types": str(settings.extended_types).lower(),
        }
        if settings.words != "*":
            values["coord.words"] = settings.words
        if settings.super_digest:
            values["coord.super_digest"] = settings.super_digest
        if settings.connections_per_address_max:
            values["coord.connections_per_address_max"] = settings.connections_per_address_max
        values |= settings.gale
        options = [word for key, value in values.items() for word in ("-c", f"{key}={value}")]
        data = self.folder / "data"
        return [GALE_COORD, "--data", data, "--listen", f"127.0.0.1:{self.port}", *options]

    def stop(self):
        """The status must be 0, which also says that no sanitizer found anything."""
        status = super().stop()
        assert status in (0, None), f"gale-coord ended with {status}:\n{self.log_end()}"
        return status


def java_command(settings, config):
    """How to run ZooKeeper: a small virtual machine that starts fast, and a log on stderr."""
    jar = JARS / "zookeeper.jar"
    assert jar.exists(), "ZooKeeper is missing: apt-get install zookeeper default-jre-headless"
    jars = [jar, JARS / "slf4j-simple.jar"]
    properties = {
        "java.awt.headless": "true",
        "java.net.preferIPv4Stack": "true",
        "org.slf4j.simpleLogger.showDateTime": "true",
        "zookeeper.admin.enableServer": "false",
        "zookeeper.extendedTypesEnabled": str(settings.extended_types).lower(),
        "znode.container.checkIntervalMs": settings.container_check_ms,
        "zookeeper.nio.sessionlessCnxnTimeout": settings.handshake_timeout_ms,
        "jute.maxbuffer": settings.data_max_bytes,
        "zookeeper.forceSync": "no",  # a process is killed here, never a computer
        "zookeeper.preAllocSize": 64,
    }
    if settings.super_digest:
        properties["zookeeper.DigestAuthenticationProvider.superDigest"] = settings.super_digest
    options = [f"-D{key}={value}" for key, value in properties.items()]
    machine = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
    return [JAVA, *machine, *options, "-cp", ":".join(map(str, jars)), main, config]


class ZooKeeper(Server):
    kind = "zookeeper"

    def lines(self):
        """Of its configuration file."""
        settings = self.settings
        return [
            f"tickTime={settings.tick_ms}",
            f"dataDir={self.folder / 'data'}",
            "clientPortAddress=127.0.0.1",
            f"clientPort={self.port}",
            f"maxClientCnxns={settings.connections_per_address_max}",
            f"4lw.commands.whitelist={settings.words}",
        ]

    def command(self):
        (self.folder / "data").mkdir(exist_ok=True)
        config = self.folder / "zoo.cfg"
        config.write_text("\n".join(self.lines()) + "\n")
        return java_command(self.settings, config)


class Member(ZooKeeper):
    """A ZooKeeper of an ensemble; `peers` are the (quorum, election) ports of all, in order."""

    def __init__(self, folder, settings, number, peers):
        super().__init__(folder, settings)
        self.number = number
        self.peers = peers

    def lines(self):
        servers = [
            f"server.{number}=127.0.0.1:{quorum}:{election}"
            for number, (quorum, election) in enumerate(self.peers, 1)
        ]
        return [*super().lines(), "initLimit=20", "syncLimit=10", *servers]

    def command(self):
        words = super().command()
        (self.folder / "data" / "myid").write_text(f"{self.number}\n")
        return words

    def mode(self):
        """leader, follower, or None while there is no quorum."""
        modes = [line[6:] for line in serving(self.port) if line.startswith("Mode: ")]
        return modes[0] if modes else None


class Ensemble:
    """Three ZooKeepers, numbered from 0. Two suffice."""

    size = 3

    def __init__(self, folder, settings):
        self.folder = Path(folder)
        self.settings = settings
        self.members = []

    @property
    def hosts(self):
        return ",".join(member.hosts for member in self.members)

    @property
    def addresses(self):
        return [member.address for member in self.members]

    def start(self):
        for attempt in range(STARTS_MAX):
            folder = self.folder / f"attempt{attempt}"
            peers = [(free_port(), free_port()) for _ in range(self.size)]
            self.members = [
                Member(folder / f"server{number}", self.settings, number, peers)
                for number in range(1, self.size + 1)
            ]
            try:
                for member in self.members:
                    member.launch()
                for member in self.members:
                    member.await_ready()
                return
            except RuntimeError:
                taken = any("in use" in member.log_end() for member in self.members)
                self.stop()
                if not taken or attempt == STARTS_MAX - 1:
                    raise

    def stop(self):
        for member in self.members:
            member.kill()

    def leader(self):
        """The index of the one that leads; waits for an election that goes on."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            modes = [member.mode() if member.process else None for member in self.members]
            if "leader" in modes:
                return modes.index("leader")
            assert time.monotonic() < deadline, f"no leader: {modes}"

    def followers(self):
        leader = self.leader()
        return [
            index for index, member in enumerate(self.members) if member.process and index != leader
        ]

    def kill(self, index):
        self.members[index].kill()

    def restart(self, index):
        self.members[index].restart()

    def heal(self):
        """Starts again what was killed."""
        for member in self.members:
            if member.process is None:
                member.restart()


@contextlib.contextmanager
def running(kind, folder, **settings):
    """One server, stopped in the end."""
    server = {"gale": GaleCoord, "zookeeper": ZooKeeper}[kind](folder, Settings(**settings))
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.kill()


@contextlib.contextmanager
def running_ensemble(folder, **settings):
    ensemble = Ensemble(folder, Settings(**settings))
    try:
        ensemble.start()
        yield ensemble
    finally:
        ensemble.stop()
