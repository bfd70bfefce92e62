# SPDX-License-Identifier: Apache-2.0
"""`bench/run.py BUILD_DIR coord`: gale-coord beside Apache ZooKeeper, under the load of coord_load.

Both run on the same disk and take the same calls, one server after the other and in another order
each round, so that what other programs do to the machine hits both. A write is answered by both
when it is on disk.
"""

import json
import os
import resource
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from measure import PATIENCE_S, BenchError, Figure, Rounds, run, show, tell, tell_round

ZOOKEEPER_CLASSES = "/etc/zookeeper/conf:/usr/share/java/zookeeper.jar"
ZOOKEEPER_MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
ZOOKEEPER_REMEDY = "apt-get install zookeeper default-jre-headless"
SMALL_HEAP = "512m"
FILES_MIN = 4096  # what a thousand connections and two servers want
STOP_TIMEOUT_S = 20
LONG_TIMEOUT_S = 180  # of what makes a million nodes or recovers them
LOAD_MS = 250  # for each operation
LOAD_WARM_UP_MS = 100
LOAD_TIMES_QUICK = 2
LOAD_TIMES = 3  # as many rounds as of other figures: where its threads run is a server's luck
GENERATOR_LIMIT = 0.8  # of a core: above it, the load generator may be what was measured

OPERATIONS = ("create", "set", "get", "exists", "children", "delete")
WRITES = ("create", "set", "delete")
QUANTILES = ("p50", "p99")
SHAPES = ((1, 1), (1, 100), (64, 1), (64, 100))  # clients, and calls of each on their way
WARM_UP_SHAPES = SHAPES[1:3]


# --- Targets --------------------------------------------------------------------------------------


@dataclass
class Target:
    """What a figure is to reach: beside ZooKeeper's, or of itself."""

    ratio_at_least: float = None
    ratio_at_most: float = None
    at_most: float = None

    def is_met(self, figure):
        if self.ratio_at_least is not None:
            return figure.ratio >= self.ratio_at_least
        if self.ratio_at_most is not None:
            return figure.ratio <= self.ratio_at_most
        return figure.value <= self.at_most

    def text(self, unit):
        if self.ratio_at_least is not None:
            return f">= {self.ratio_at_least:.3g} x"
        if self.ratio_at_most is not None:
            return f"<= {self.ratio_at_most:.3g} x"
        return f"<= {show(self.at_most, unit)}"


TWICE = Target(ratio_at_least=2)
THRICE = Target(ratio_at_least=3)
A_THIRD = Target(ratio_at_most=1 / 3)
A_TENTH = Target(ratio_at_most=0.1)
GONE = Target(at_most=1e9)
PINGED = Target(at_most=20e6)  # two of its intervals


@dataclass
class CoordFigure(Figure):
    """The references are ZooKeeper's."""

    target: Target = None
    generator: float = 0.0  # the most that the load generator used, in cores

    def add(self, ours, theirs):
        self.values.append(ours)
        self.references.append(theirs)


def rate_figure(name, unit, target):
    return CoordFigure(name, unit, [], target=target)


def cost_figure(name, unit, target=None):
    return CoordFigure(name, unit, [], higher_is_better=False, target=target)


# --- The two servers ------------------------------------------------------------------------------


def free_port():
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    """A process with a folder of its own. It keeps its port when it is started again."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.process = None
        self.start_ns = 0
        folder.mkdir()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.end(signal.SIGTERM)

    def start(self):
        command = [str(word) for word in self.command()]
        with (self.folder / "output").open("ab") as output:
            self.start_ns = time.monotonic_ns()
            try:
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                                stderr=output, cwd=self.folder)
            except OSError as error:
                raise BenchError(f"cannot start {command[0]}: {error.strerror}; "
                                 f"{self.remedy}") from None

    def end(self, with_signal):
        if self.process is None:
            return
        self.process.send_signal(with_signal)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def complaint(self):
        """The end of what it printed."""
        text = (self.folder / "output").read_text(errors="replace")
        return "\n".join(text.splitlines()[-5:])

    def cpu_seconds(self):
        if self.process is None:
            return 0.0
        words = self.proc_file("stat").rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        for line in self.proc_file("status").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise BenchError(f"{self.title} has ended: {self.complaint()}")

    def proc_file(self, name):
        return Path(f"/proc/{self.process.pid}/{name}").read_text()


class GaleCoord(Server):
    title = "gale-coord"
    remedy = "./dev build"

    def __init__(self, folder, build):
        super().__init__(folder)
        self.program = build / "bin/gale-coord"

    def command(self):
        return [self.program, "--data", self.folder / "data",
                "--listen", f"127.0.0.1:{self.port}", "--port-file", self.folder / "port"]


class ZooKeeper(Server):
    """Standalone, as Debian ships it; forceSync is on, as it is when nobody says otherwise."""

    title = "ZooKeeper"
    remedy = ZOOKEEPER_REMEDY

    def __init__(self, folder, build, heap=None):
        super().__init__(folder)
        self.heap = [f"-Xmx{heap}"] if heap else []

    def command(self):
        settings = self.folder / "zoo.cfg"
        settings.write_text(f"tickTime=2000\ndataDir={self.folder / 'data'}\n"
                            f"clientPort={self.port}\nclientPortAddress=127.0.0.1\n"
                            "maxClientCnxns=0\nadmin.enableServer=false\n")
        return ["java", *self.heap, "-cp", ZOOKEEPER_CLASSES, ZOOKEEPER_MAIN, settings]


# --- Running the load -----------------------------------------------------------------------------


@dataclass
class Bench:
    build: Path
    scratch: Path
    rounds: Rounds
    quick: bool
    ours: type = GaleCoord
    folders: int = 0
    running: list = field(default_factory=list)  # what pair() has yielded: ours, theirs

    def new_folder(self):
        self.folders += 1
        return self.scratch / f"server-{self.folders}"

    def fresh_servers(self):
        """Ours and theirs, not started, without data."""
        return [kind(self.new_folder(), self.build) for kind in (self.ours, ZooKeeper)]

    @contextmanager
    def pair(self):
        """Fresh servers, which are ended at last; what they do meanwhile is not done by others."""
        with ExitStack() as stack:
            self.running = [stack.enter_context(server) for server in self.fresh_servers()]
            yield self.running
        self.running = []

    def load(self, server, mode, timeout_s=LONG_TIMEOUT_S, watch=lambda pid: None, **options):
        command = [self.build / "programs/coord_load", mode, "--port", server.port]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}", value]
        try:
            return run(command, watch, {server, *self.running}, timeout_s)
        except BenchError as error:
            raise BenchError(f"{server.title}: {error}{server.complaint()}") from None

    def start(self, server):
        """The outcome of waiting until a request is answered. Who waits is there first."""
        return self.load(server, "ready", watch=lambda pid: server.start())


def alternated(servers, number):
    """Each server with its place, in another order each round."""
    placed = list(enumerate(servers))
    return placed if number % 2 == 0 else placed[::-1]


def measure_rounds(bench, title, figures, measure_one, servers, times=1):
    """Adds to the figures what `measure_one(server)` yields: an outcome, and a value for each."""
    for number in bench.rounds.begin(times):
        results = [None, None]
        others = 0.0
        for place, server in alternated(servers(), number):
            outcome, results[place] = measure_one(server)
            others = max(others, outcome.others)
        for figure, ours, theirs in zip(figures, *results):
            figure.add(ours, theirs)
            figure.others = max(figure.others, others)
        tell_round(title, number, others, ", ".join(
            f"{show(figure.values[-1], figure.unit)} beside "
            f"{show(figure.references[-1], figure.unit)}" for figure in figures
            if not figure.name.endswith(QUANTILES)))
    return figures


# --- While both run -------------------------------------------------------------------------------


def rate_target(operation, shape):
    return TWICE if shape == (1, 1) and operation in WRITES else THRICE


class Load:
    """Rate and latency of each operation."""

    def __init__(self, clients, window):
        self.shape = (clients, window)
        self.title = f"{clients}x{window}"

    @property
    def names(self):
        return [f"{operation}/{self.title}/{what}" for operation in OPERATIONS
                for what in ("rate", *QUANTILES)]

    def run(self, bench, server):
        return bench.load(server, "load", clients=self.shape[0], window=self.shape[1],
                          milliseconds=LOAD_MS, warm_up_ms=LOAD_WARM_UP_MS)

    def measure(self, bench):
        figures = []
        for operation in OPERATIONS:
            name = f"{operation}/{self.title}"
            figures += [
                rate_figure(f"{name}/rate", "ops/s", rate_target(operation, self.shape)),
                cost_figure(f"{name}/p50", "ns"),
                cost_figure(f"{name}/p99", "ns"),
            ]

        def measure_one(server):
            outcome = self.run(bench, server)
            phases = [outcome.result["phases"][operation] for operation in OPERATIONS]
            if server is bench.running[0]:
                for figure, phase in zip(figures[::3], phases):
                    figure.generator = max(figure.generator, phase["generator_cpu"])
            return outcome, [phase[key] for phase in phases for key in ("rate", "p50_ns", "p99_ns")]

        return measure_rounds(bench, self.title, figures, measure_one, lambda: bench.running,
                              LOAD_TIMES_QUICK if bench.quick else LOAD_TIMES)


class Mode:
    """Figures that are read from what one mode of coord_load prints."""

    def __init__(self, mode, figures):
        self.mode = mode
        self.figures = figures  # by key of the result: a function that makes the figure

    @property
    def names(self):
        return [make().name for make in self.figures.values()]

    def measure(self, bench):
        def measure_one(server):
            outcome = bench.load(server, self.mode)
            if server is bench.running[0]:
                figures[0].generator = max(figures[0].generator,
                                           outcome.result.get("generator_cpu", 0.0))
            return outcome, [outcome.result[key] for key in self.figures]

        figures = [make() for make in self.figures.values()]
        return measure_rounds(bench, self.mode, figures, measure_one, lambda: bench.running)


def load_experiments():
    return [Load(clients, window) for clients, window in SHAPES] + [
        Mode("fanout", {
            "p50_ns": lambda: cost_figure("fanout/1000-watchers", "ns", A_THIRD),
        }),
        Mode("sessions", {
            "one_by_one_rate": lambda: rate_figure("sessions/one-by-one", "sessions/s", THRICE),
            "at_once_open_ns": lambda: cost_figure("sessions/open-1000", "ns", A_THIRD),
            "at_once_close_ns": lambda: cost_figure("sessions/close-1000", "ns", A_THIRD),
        }),
        Mode("expire", {
            "gone_ns": lambda: cost_figure("expire/100k-nodes/gone", "ns", GONE),
            "ping_max_ns": lambda: cost_figure("expire/100k-nodes/ping-max", "ns", PINGED),
            "late_ns": lambda: cost_figure("expire/100k-nodes/after-timeout", "ns"),
        }),
    ]


# --- What it costs to be there --------------------------------------------------------------------


class StartEmpty:
    """From starting the process until it has answered a request, with nothing to recover."""

    names = ["start/empty"]

    def measure(self, bench):
        def measure_one(server):
            with server:
                outcome = bench.start(server)
                return outcome, [outcome.result["answered_ns"] - server.start_ns]

        return measure_rounds(bench, self.names[0], [cost_figure(self.names[0], "ns", A_TENTH)],
                              measure_one, bench.fresh_servers)


class Nodes:
    """Resident size with more and more nodes, and the time to recover them after a kill -9."""

    steps = {"100k": 100_000, "1m": 1_000_000}  # nodes in all
    quick_steps = {"100k": 100_000}

    def __init__(self, quick):
        self.steps = self.quick_steps if quick else self.steps
        self.last = list(self.steps)[-1]
        self.sizes = ["empty", *self.steps, f"{self.last}-recovered"]

    @property
    def names(self):
        return [*(f"memory/{size}" for size in self.sizes),
                *(f"memory/{size}/heap-{SMALL_HEAP}" for size in self.sizes[:-1]),
                f"start/{self.last}"]

    def fill(self, bench, server):
        """How large it is at each step."""
        bench.start(server)
        sizes = [server.resident_bytes()]
        nodes = 0
        for count in self.steps.values():
            outcome = bench.load(server, "fill", count=count - nodes)
            nodes = count
            sizes.append(server.resident_bytes())
            tell(f"{server.title}: {nodes} nodes in {show(sizes[-1], 'bytes')}, the last ones made "
                 f"in {show(outcome.result['took_ns'], 'ns')}")
        return sizes

    def recover(self, bench, server):
        server.end(signal.SIGKILL)
        outcome = bench.start(server)
        if outcome.result["nodes"] < list(self.steps.values())[-1]:
            raise BenchError(f"{server.title} has lost nodes: {outcome.result['nodes']} are left")
        return outcome, [outcome.result["answered_ns"] - server.start_ns,
                         server.resident_bytes()]

    def measure_small(self, bench, ours):
        """The same of a ZooKeeper that may not have what it wants."""
        with ZooKeeper(bench.new_folder(), bench.build, SMALL_HEAP) as server:
            theirs = self.fill(bench, server)
        figures = []
        for size, our_bytes, their_bytes in zip(self.sizes, ours, theirs):
            figures.append(cost_figure(f"memory/{size}/heap-{SMALL_HEAP}", "bytes"))
            figures[-1].add(our_bytes, their_bytes)
        return figures

    def measure(self, bench):
        figures = [cost_figure(f"memory/{size}", "bytes", A_TENTH) for size in self.sizes]
        start = cost_figure(f"start/{self.last}", "ns", A_TENTH)
        with bench.pair() as servers:
            filled = [self.fill(bench, server) for server in servers]
            for figure, ours, theirs in zip(figures, *filled):
                figure.add(ours, theirs)
            measure_rounds(bench, start.name, [start, figures[-1]],
                           lambda server: self.recover(bench, server), lambda: servers)
        return [*figures, *self.measure_small(bench, filled[0]), start]


def cost_experiments(quick):
    return [StartEmpty(), Nodes(quick)]


# --- Telling people -------------------------------------------------------------------------------


def verdict(figure):
    """A cell for the target, and one that says whether it is met."""
    if figure.target is None:
        return "", ""
    return figure.target.text(figure.unit), "yes" if figure.target.is_met(figure) else "NO"


def both(figure):
    """A cell for ours and one for theirs."""
    if figure is None:
        return "", ""
    return show(figure.value, figure.unit), show(figure.reference, figure.unit)


def print_table(figures, ours):
    """Latencies stand beside the rate of the same operation, if that was measured."""
    by_name = {figure.name: figure for figure in figures}
    servers = (ours.title, ZooKeeper.title)
    rows = [("", "", "", "", "", "", "p50", "", "p99", "", ""),
            ("figure", *servers, "ratio", "target", "met", *servers, *servers, "others")]
    for figure in figures:
        stem, _, what = figure.name.rpartition("/")
        if what in QUANTILES and f"{stem}/rate" in by_name:
            continue
        p50, p99 = (by_name.get(f"{stem}/{quantile}") if what == "rate" else None
                    for quantile in QUANTILES)
        rows.append((figure.name.removesuffix("/rate"), *both(figure), f"{figure.ratio:.3g}",
                     *verdict(figure), *both(p50), *both(p99), f"{figure.others:.0f} %"))
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(rows[0]))]
    for cells in rows:
        numbers = "  ".join(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))
        print(f"{cells[0].ljust(widths[0])}  {numbers}")


def print_json(figures):
    for figure in figures:
        fields = {"name": figure.name, "value": figure.value, "unit": figure.unit,
                  "best": figure.best, "others": round(figure.others, 1),
                  "ratio": figure.ratio, "reference": figure.reference}
        if figure.target:
            fields |= {"target": figure.target.text(figure.unit),
                       "met": figure.target.is_met(figure)}
        if figure.generator:
            fields["generator"] = figure.generator
        print(json.dumps(fields))


def tell_generator(figures):
    """Whether it is the servers that were measured."""
    busiest = max(figures, key=lambda figure: figure.generator)
    if busiest.generator:
        tell(f"the load generator used at most {busiest.generator * 100:.0f} % of a core "
             f"({busiest.name})")
    for figure in figures:
        if figure.generator > GENERATOR_LIMIT:
            tell(f"{figure.name}: gale-coord can do more; the load generator used "
                 f"{figure.generator * 100:.0f} % of a core")


def check(figures):
    """Whether all targets are met; those that are not are named."""
    missed = [figure for figure in figures if figure.target and not figure.target.is_met(figure)]
    for figure in missed:
        tell(f"missed: {figure.name}: {show(figure.value, figure.unit)}, {figure.ratio:.3g} x "
             f"ZooKeeper's, target {figure.target.text(figure.unit)}")
    return not missed


# --- The whole ------------------------------------------------------------------------------------


def file_system(path):
    """The device and the kind."""
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, kind = line.partition(" - ")
        if mount.split()[2] == wanted:
            return kind.split()[1], kind.split()[0]
    return "an unknown device", "unknown"


def check_machine(scratch):
    """Tells under what conditions the figures are taken."""
    if not Path(ZOOKEEPER_CLASSES.rpartition(":")[2]).exists():
        raise BenchError(f"no ZooKeeper here to compare with: {ZOOKEEPER_REMEDY}")
    device, kind = file_system(scratch)
    if kind in ("tmpfs", "ramfs"):
        raise BenchError(f"{scratch} is in memory, where nothing is durable; build on a disk")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < FILES_MIN:
        raise BenchError(f"a process may open {hard} files, {FILES_MIN} are needed: ulimit -n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    tell(f"both servers keep their data on {device} ({kind}) and answer a write when it is on "
         "disk; values have 100 bytes")
    tell("ZooKeeper runs alone, with the heap that Java chooses, forceSync as it comes, snapshots "
         "and log in one folder; without JMX, admin server, log lines and limit of connections")


def measure_running(bench, chosen):
    """All experiments that want both servers running. What warms them is not counted."""
    figures = []
    with bench.pair() as servers:
        for server in servers:
            bench.start(server)
            for clients, window in WARM_UP_SHAPES:
                Load(clients, window).run(bench, server)
        for experiment in chosen:
            figures += experiment.measure(bench)
    return figures


def main(arguments):
    def choose(experiments):
        return [experiment for experiment in experiments
                if any(arguments.only.search(name) for name in experiment.names)]

    running = choose(load_experiments())
    fresh = choose(cost_experiments(arguments.quick))
    names = [name for experiment in running + fresh for name in experiment.names
             if arguments.only.search(name)]
    if not names:
        raise BenchError("no figure has such a name; --list prints them")
    if arguments.list:
        print("\n".join(names))
        return 0

    with tempfile.TemporaryDirectory(dir=arguments.build, prefix="coord-") as scratch:
        check_machine(scratch)
        bench = Bench(arguments.build.resolve(), Path(scratch).resolve(),
                      Rounds(arguments.rounds, PATIENCE_S / 6 if arguments.quick else PATIENCE_S),
                      arguments.quick,
                      ZooKeeper if arguments.noise else GaleCoord)
        figures = measure_running(bench, running) if running else []
        for experiment in fresh:
            figures += experiment.measure(bench)
    figures = [figure for figure in figures if arguments.only.search(figure.name)]
    if arguments.noise:
        figures = [replace(figure, target=None) for figure in figures]
    if arguments.json:
        print_json(figures)
    else:
        print_table(figures, bench.ours)
    tell_generator(figures)
    return 0 if not arguments.check or check(figures) else 1
