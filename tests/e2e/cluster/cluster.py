# SPDX-License-Identifier: Apache-2.0
"""A cluster on loopback: gale-coord, nimbuses and supervisors, each a process that a test may kill,
stop and start again by itself; in the end nothing of it may be left.

A cluster lives in a folder of its own with a short path, for sockets lie there. Nothing here sleeps: it
asks again and again until a condition holds, and a limit ends what never does.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from conftest import BUILD, GALE
from coord import servers
from nimbus.control import Client
from nimbus.servers import Nimbus

SUPERVISOR = BUILD / "bin" / "gale-supervisor"
FULL_DISK = BUILD / "test-bin" / "full_disk.so"
TIMEOUT_S = 90  # of a condition, with sanitizers on a busy machine
SESSION_MS = 3000
BAD_LINES = ("Sanitizer", "runtime error:", "ASSERT")
LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")


def await_true(condition, what, timeout_s=TIMEOUT_S):
    """The first true result. `what` is a text, or a function that makes one when it is too late."""
    deadline = time.monotonic() + timeout_s
    never = threading.Event()
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what() if callable(what) else what}")
        never.wait(0.02)
    return result


def is_alive(pid):
    """A zombie whose new parent does not look after it is dead."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def processes_of(folder):
    """Ids and command lines of all live processes whose words name the folder."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            if str(folder).encode() in words and int(pid) != os.getpid() and is_alive(pid):
                found[int(pid)] = words.replace(b"\0", b" ").decode()
    return found


class FullDisk:
    """A process whose disk is full between fill() and free(), if it is wished; see
    tests/support/full_disk.c."""

    @property
    def flag(self):
        return self.folder / "full"

    def preloaded(self, command):
        assert FULL_DISK.exists(), f"not built: {FULL_DISK}"
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        preload = [f"LD_PRELOAD={FULL_DISK}", f"FULL_DISK_WHILE={self.flag}"]
        return ["env", f"ASAN_OPTIONS={sanitizer}", *preload, *command]

    def fill(self):
        self.flag.touch()

    def free(self):
        self.flag.unlink()


class OneNimbus(Nimbus, FullDisk):
    """One of the cluster's."""

    fills = False

    def command(self):
        command = super().command()
        return self.preloaded(command) if self.fills else command


class Supervisor(servers.Server, FullDisk):
    """gale-supervisor as a process. When it is told to end, it ends its workers, too."""

    kind = "gale-supervisor"

    def __init__(self, folder, coord, name, **settings):
        super().__init__(folder, None)
        self.name = name
        self.fills = False
        self.values = {
            "coord.servers": coord.hosts,
            "coord.session_timeout_ms": SESSION_MS,
            "supervisor.id": name,
            "supervisor.worker.shutdown.sleep.secs": 3,
            "supervisor.restart.backoff.min.ms": 50,
        } | settings
        if os.geteuid() == 0:  # topologies of tests write to folders that are root's alone
            self.values.setdefault("supervisor.worker.user", "root")

    @property
    def data(self):
        return self.folder / "data"

    @property
    def port_file(self):
        return self.folder / "port"

    def command(self):
        assert SUPERVISOR.exists(), f"not built: {SUPERVISOR}"
        self.port_file.unlink(missing_ok=True)
        options = [word for key, value in self.values.items() for word in ("-c", f"{key}={value}")]
        words = ["--data", self.data, "--port-file", self.port_file, "--stop-workers", *options]
        command = [SUPERVISOR, *words]
        return self.preloaded(command) if self.fills else command

    def is_ready(self):
        return self.port_file.exists()

    def stop(self):
        """The status must be 0, which also says that no sanitizer found anything."""
        status = super().stop()
        assert status in (0, None), f"gale-supervisor ended with {status}:\n{self.log_end()}"
        return status


class Cluster:
    """coord, `nimbuses` and `supervisors`, lists of Server, and what the gale command does with them.

    Settings of daemons have their whole key; those of a supervisor go to all of them."""

    def __init__(self, supervisors=2, slots=4, nimbuses=1, full_disk=None, **settings):
        self.folder = Path(tempfile.mkdtemp(prefix="gale-e2e-"))
        self.coord = servers.GaleCoord(self.folder / "coord", servers.Settings(tick_ms=500))
        self.nimbuses = []
        self.supervisors = []
        self.settings = settings
        self.slots = slots
        self.wanted = (nimbuses, supervisors)
        self.full_disk = full_disk
        self.waiting = []

    # ---- its life ----

    def start(self):
        self.coord.start()
        self.config.write_text(f"coord.servers: {self.coord.hosts}\n")
        for _ in range(self.wanted[0]):
            self.add_nimbus()
        self.nimbuses[0].await_leading()
        for _ in range(self.wanted[1]):
            self.add_supervisor()
        self.await_supervisors(self.wanted[1])
        return self

    def part_of(self, prefix):
        return {key: value for key, value in self.settings.items() if key.startswith(prefix)}

    def add_nimbus(self):
        name = f"n{len(self.nimbuses) + 1}"
        settings = {"coord.session_timeout_ms": SESSION_MS, "log.level": "info", "nimbus.id": name}
        nimbus = OneNimbus(self.folder / name, self.coord, **settings, **self.part_of("nimbus."))
        nimbus.fills = self.full_disk == "nimbus"
        self.nimbuses.append(nimbus)
        nimbus.start()
        return nimbus

    def add_supervisor(self):
        name = f"s{len(self.supervisors) + 1}"
        settings = {"supervisor.slots": self.slots} | self.part_of("supervisor.")
        settings |= self.part_of("worker.")
        supervisor = Supervisor(self.folder / name, self.coord, name, **settings)
        supervisor.fills = self.full_disk == "supervisor"
        self.supervisors.append(supervisor)
        supervisor.start()
        return supervisor

    def await_supervisors(self, count):
        def known():
            nodes = self.json("nodes")
            return nodes is not None and len(nodes["supervisors"]) == count

        await_true(known, f"{count} supervisors are known")

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.kill()
            raise

    def __exit__(self, kind, *_):
        if kind is None:
            try:
                self.end()
            finally:
                self.kill()
        else:
            self.kill()

    def end(self):
        """As an operator ends it; nothing may be left, and nobody may have complained."""
        for process in self.waiting:
            process.kill()
            process.communicate()
        for server in (*self.supervisors, *self.nimbuses, self.coord):
            server.stop()
        left = processes_of(self.folder)
        assert not left, f"still there: {left}"
        sockets = [path for path in self.folder.rglob("*") if path.is_socket()]
        assert not sockets, f"left behind: {sockets}"
        self.expect_no_complaints()

    def expect_no_complaints(self):
        for path in (*self.folder.glob("*/log"), *self.worker_logs()):
            text = path.read_text(errors="replace")
            for word in BAD_LINES:
                assert word not in text, f"{path}:\n{text[-8000:]}"

    def kill(self):
        """Whatever has become of it. GALE_KEEP keeps its folder, to look at."""
        for process in self.waiting:
            process.kill()
        for server in (*self.supervisors, *self.nimbuses, self.coord):
            if server.process is not None:
                server.process.kill()
                server.process.wait()
        for pid in processes_of(self.folder):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if "GALE_KEEP" not in os.environ:
            shutil.rmtree(self.folder, ignore_errors=True)

    # ---- the gale command ----

    @property
    def config(self):
        return self.folder / "gale.yaml"

    def words(self, *words):
        return [str(GALE), *map(str, words)]

    @property
    def environment(self):
        return {**os.environ, "GALE_CONFIG": str(self.config)}

    def run(self, *words):
        return subprocess.run(
            self.words(*words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            env=self.environment,
            check=False,
        )

    def gale(self, *words):
        """What it prints; it must succeed."""
        result = self.run(*words)
        assert result.returncode == 0, f"{words}: {result.returncode}: {result.stderr}"
        return result.stdout

    def begin(self, *words):
        """The command in the background; it is ended with the cluster at the latest."""
        process = subprocess.Popen(
            self.words(*words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        self.waiting.append(process)
        return process

    def json(self, *words):
        """None if the command did not succeed."""
        result = self.run(*words, "--json")
        return json.loads(result.stdout) if result.returncode == 0 else None

    def submit(self, so_file, name, *words, **settings):
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return json.loads(
            self.gale("submit", so_file, "--name", name, "--json", *options, *words)
        )

    # ---- topologies ----

    def status(self, name):
        return self.json("status", name)

    def ended(self, name):
        """The last status of a topology that is gone."""
        with Client(self.json("nodes")["nimbuses"][0]["address"]) as client:
            return client.ask("topology.ended", name=name)

    def names(self):
        listed = self.json("list")
        return None if listed is None else {line["name"] for line in listed["topologies"]}

    def workers(self, name):
        """(supervisor, slot) -> what is said of the worker there."""
        status = self.status(name) or {"workers": []}
        return {(worker["supervisor"], worker["slot"]): worker for worker in status["workers"]}

    def processes(self, name):
        """(supervisor, slot) -> (pid, incarnation)"""
        return {
            place: (worker["pid"], worker["incarnation"])
            for place, worker in self.workers(name).items()
        }

    def all_run(self, name, count, but=()):
        """workers(), or None."""
        workers = self.workers(name)
        good = [
            worker
            for worker in workers.values()
            if worker["phase"] == "running"
            and is_alive(worker["pid"])
            and worker["pid"] not in but
        ]
        return workers if len(good) == len(workers) == count else None

    def await_running(self, name, count, but=()):
        """That many workers run, and none of them is of these pids. Gives workers()."""
        return await_true(
            lambda: self.all_run(name, count, but),
            lambda: f"{count} workers of {name}: {self.picture(name)}",
        )

    def await_gone(self, name, timeout_s=TIMEOUT_S):
        def gone():
            names = self.names()
            return names is not None and name not in names

        await_true(gone, lambda: f"{name} is gone: {self.picture(name)}", timeout_s)

    def worker_logs(self):
        return sorted(self.folder.glob("s*/data/logs/*/*/worker.log*"))

    def printed(self, identity):
        """The lines that the workers of a topology have printed, without those of the log."""
        lines = []
        for path in sorted(self.folder.glob(f"s*/data/logs/{identity}/*/worker.log")):
            lines += [
                line for line in path.read_text().splitlines() if not LOG_LINE.match(line)
            ]
        return lines

    def picture(self, name):
        """For whoever wants to know why a test failed."""
        parts = [json.dumps(self.status(name), indent=1)]
        for path in (*self.folder.glob("*/log"), *self.worker_logs()):
            parts.append(f"--- {path}\n{path.read_text(errors='replace')[-3000:]}")
        return "\n".join(parts)

    def supervisor(self, name):
        return next(one for one in self.supervisors if one.name == name)
