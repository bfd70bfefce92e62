# SPDX-License-Identifier: Apache-2.0
"""`bench/run.py BUILD_DIR cluster`: a topology on two workers, and the daemons around it.

Everything runs on this machine, as `gale up` starts it, on ports of its own. The counts are those
that `gale status --json` tells; each throughput is measured in turn with bare ZeroMQ frames
(zmq_frames.c) that hold records of the same size.
"""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from measure import (PATIENCE_S, BenchError, Figure, Rounds, busy_seconds, check_floors, run, show,
                     tell, tell_round, write_bible)

SUPERVISORS = 2
SLOTS = 2
COUNT_ENDLESS = 10**12
PASSES_ENDLESS = 10**6
UP_TIMEOUT_S = 20
COMMAND_TIMEOUT_S = 30
WAIT_S = 30  # for a topology to run, a tuple to come, a worker to be replaced
LOOK_S = 0.02
WINDOW_S = 5  # of one throughput; workers report once a second, and a window ends with a report
WARM_UP_S = 1.5
FIGURES_WINDOW_S = 3
FIGURES_TIMES = 2  # as many rounds: a difference of one percent takes many
PACED_S = 5
STARTS = 10
STARTS_QUICK = 3
FLOW_S = 1.5  # between a first tuple and a kill: the links are up and everything has been reported
IDLE_S = 30
IDLE_S_QUICK = 10

# What a tuple takes on its way (wire/tuple.h): a head of 16 bytes, 16 for its tree if it is
# tracked, 8 and the text for the field, up to a multiple of 8.
CONST_TEXT = len("some data")
WORD_TEXT = 4  # the mean of the text that is counted


def record_bytes(text_bytes, acks):
    return (16 + (16 if acks else 0) + 8 + text_bytes + 7) // 8 * 8


# --- Targets --------------------------------------------------------------------------------------


@dataclass
class ClusterFigure(Figure):
    """The references, if there are any, are bare frames."""

    at_least: float = None  # the target, one or the other
    at_most: float = None
    cores: list = field(default_factory=list)  # that the workers used, for each round

    @property
    def worst(self):
        return min(self.values) if self.higher_is_better else max(self.values)

    @property
    def has_target(self):
        return self.at_least is not None or self.at_most is not None

    @property
    def is_met(self):
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.at_most is None or self.value <= self.at_most

    @property
    def target_text(self):
        if self.at_least is not None:
            return f">= {show(self.at_least, self.unit)}"
        return f"<= {show(self.at_most, self.unit)}" if self.has_target else ""


def cost_figure(name, unit, at_most=None):
    return ClusterFigure(name, unit, [], higher_is_better=False, at_most=at_most)


# --- Processes ------------------------------------------------------------------------------------


def proc_text(pid, name):
    """Empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""


def stat_words(pid):
    """Of /proc/PID/stat, from the state on."""
    return proc_text(pid, "stat").rpartition(")")[2].split()


def tree(root):
    """The ids of a process and of all below it."""
    children = {}
    for entry in Path("/proc").iterdir():
        words = stat_words(entry.name) if entry.name.isdigit() else []
        if words:
            children.setdefault(int(words[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(pid):
    """In ticks of 10 ms, of all its threads, and of the children that it has waited for: so what a
    worker has used does not vanish with it."""
    return sum(map(int, stat_words(pid)[11:15])) / os.sysconf("SC_CLK_TCK")


def exact_cpu_ns(pid):
    """The same to the nanosecond, of the threads that live."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads)


def memory_bytes(pid):
    """Resident, and the share of it when what others map as well is divided among all."""
    resident = re.search(r"^VmRSS:\s*(\d+) kB", proc_text(pid, "status"), re.M)
    share = re.search(r"^Pss:\s*(\d+) kB", proc_text(pid, "smaps_rollup"), re.M)
    if not resident or not share:
        raise BenchError(f"process {pid} has ended")
    return int(resident[1]) * 1024, int(share[1]) * 1024


def own_seconds():
    """What measuring costs itself: this program, and all that it has waited for."""
    waited = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + waited.ru_utime + waited.ru_stime


def wait_until(found, what):
    """What `found()` returns, as soon as that is true."""
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s:
        result = found()
        if result:
            return result
        time.sleep(LOOK_S)
    raise BenchError(f"in {WAIT_S} s there was not {what}")


# --- The cluster ----------------------------------------------------------------------------------


def free_ports(count):
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for taken in sockets:
            taken.bind(("127.0.0.1", 0))
        return [taken.getsockname()[1] for taken in sockets]


class Cluster:
    """`gale up`, in a folder of its own. What a folder says of ports is what `gale up` takes: so it
    leaves the usual ones to a cluster that somebody uses."""

    def __init__(self, build, folder):
        self.programs = build / "bin"
        self.folder = folder
        self.config = folder / "gale.yaml"
        self.process = None

    def __enter__(self):
        coord_port, nimbus_port = free_ports(2)
        self.folder.mkdir(mode=0o700)
        self.config.write_text(f"coord.servers: 127.0.0.1:{coord_port}\n"
                               f"nimbus.listen: 127.0.0.1:{nimbus_port}\n")
        command = [self.programs / "gale", "up", "--dir", self.folder, "--json",
                   "--supervisors", str(SUPERVISORS), "--slots", str(SLOTS)]
        self.output = tempfile.TemporaryFile("w+")
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.output,
                                            stderr=self.output, start_new_session=True)
        except OSError as error:
            raise BenchError(f"cannot start gale: {error.strerror}; ./dev build") from None
        try:
            wait_until(self.is_up, "a cluster")
            if f":{coord_port}" not in self.config.read_text():
                raise BenchError("another port was taken than the one that was free")
        except BaseException:
            self.__exit__()
            raise
        self.nimbus = f"127.0.0.1:{nimbus_port}"
        return self

    def __exit__(self, *_error):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(UP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.output.close()

    def is_up(self):
        if self.process.poll() is not None:
            self.output.seek(0)
            raise BenchError(f"gale up: {self.output.read()}")
        return os.fstat(self.output.fileno()).st_size > 0

    def pids(self, program):
        """Of the processes of the cluster that run this program."""
        return [pid for pid in tree(self.process.pid)
                if proc_text(pid, "cmdline").split("\0")[0].rpartition("/")[2] == program]

    def cpu_seconds(self):
        return sum(cpu_seconds(pid) for pid in tree(self.process.pid))

    def gale(self, *words):
        """What the command says, with --json."""
        command = [self.programs / "gale", *words, "--json", "--nimbus", self.nimbus]
        result = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S)
        if result.returncode != 0:
            raise BenchError(f"status {result.returncode}: gale {' '.join(map(str, words))}\n"
                             f"{result.stderr}")
        return json.loads(result.stdout.splitlines()[-1])

    def submit(self, topology, name, **settings):
        """A key of a component is written component__key."""
        words = ["-c", "topology.workers=2"]
        for key, value in settings.items():
            words += ["-c", f"{key.replace('__', '.')}={value}"]
        self.gale("submit", topology, "--name", name, "--quiet", *words)

    def kill(self, name):
        self.gale("kill", name, "--yes", "--drain", 0, "--wait", "--within", WAIT_S)

    def status(self, name):
        return self.gale("status", name)

    def is_gone(self, name):
        return all(found["name"] != name for found in self.gale("list")["topologies"])


def component(status, name):
    for found in status["components"]:
        if found["name"] == name:
            return found
    raise BenchError(f"'{status['name']}' has no component '{name}'")


def places(status, name):
    """The workers that have tasks of the component."""
    return {(place["supervisor"], place["slot"]) for place in component(status, name)["placement"]}


def worker_at(status, name):
    """The one that has the component."""
    (place,) = places(status, name)
    for worker in status["workers"]:
        if (worker["supervisor"], worker["slot"]) == place:
            return worker
    raise BenchError(f"the worker of '{name}' is not there")


def check_apart(status, spout, bolt):
    """Each has a worker of its own, so that every tuple goes over the network."""
    spouts, bolts = places(status, spout), places(status, bolt)
    if len(spouts) != 1 or len(bolts) != 1 or spouts == bolts:
        raise BenchError(f"'{spout}' and '{bolt}' should be in a worker each, and are in "
                         f"{sorted(spouts)} and {sorted(bolts)}")


def check_spread(status, *names):
    """The tasks are in both workers, so that tuples go over the network; how many, shuffling and
    the keys decide."""
    for name in names:
        if len(places(status, name)) != 2:
            raise BenchError(f"'{name}' should have tasks in two workers")


def runs(cluster, name):
    """The status when all workers run, else None."""
    status = cluster.status(name)
    workers = status["workers"]
    return status if len(workers) == 2 and all(
        worker["phase"] == "running" for worker in workers) else None


# --- Throughput -----------------------------------------------------------------------------------


@dataclass
class Reading:
    at_ns: int
    executed: int
    cpu_ns: int  # of both workers


@dataclass
class Bench:
    build: Path
    scratch: Path
    rounds: Rounds
    quick: bool
    cluster: Cluster
    text: Path
    acked_rates: list = field(default_factory=list)  # of const to null

    @property
    def starts(self):
        return STARTS_QUICK if self.quick else STARTS

    def path(self, name):
        return self.scratch / name


class Others:
    """What programs use that are neither the cluster nor the bench, in percent of a core."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.start = self.now()

    def now(self):
        return (time.monotonic(), busy_seconds(), own_seconds() + self.cluster.cpu_seconds())

    def percent(self):
        passed, busy, own = (after - before for before, after in zip(self.start, self.now()))
        return max(0.0, busy - own) / passed * 100


def read_next(cluster, name, counted):
    """The first status with a new count: the moment of a report, as near as it can be seen."""
    def look():
        status = cluster.status(name)
        return Reading(time.monotonic_ns(), component(status, counted)["executed"],
                       sum(worker["cpu_ns"] for worker in status["workers"]))

    before = look()

    def changed():
        after = look()
        return after if after.executed != before.executed else None

    return wait_until(changed, f"a new count of '{counted}'")


@dataclass
class Throughput:
    """Tuples a second into a bolt, and records a second in bare frames."""

    job: str  # const-null or word-count
    acks: bool
    at_least: float = None

    @property
    def name(self):
        return f"cluster/{self.job}/{'acks' if self.acks else 'no-acks'}"

    @property
    def names(self):
        return [self.name]

    def submit(self, bench, name, **more):
        tracked = str(self.acks).lower()
        if self.job == "word-count":
            bench.cluster.submit(bench.build / "topologies/word_count.so", name,
                                 reader__path=bench.text, reader__passes=PASSES_ENDLESS,
                                 reader__track=tracked, **more)
        else:
            bench.cluster.submit(bench.build / "bench/topologies/const_null.so", name,
                                 const__count=COUNT_ENDLESS, const__tracked=tracked, **more)

    def check(self, status):
        if self.job == "word-count":
            check_spread(status, "splitter", "counter")
        else:
            check_apart(status, "const", "null")

    def ours(self, bench, window_s=WINDOW_S, **settings):
        """Tuples a second, the cores of both workers, and what others used."""
        cluster, name = bench.cluster, self.name.replace("/", "-")
        counted = "counter" if self.job == "word-count" else "null"
        self.submit(bench, name, **settings)
        self.check(wait_until(lambda: runs(cluster, name), "a running topology"))
        time.sleep(WARM_UP_S)
        first = read_next(cluster, name, counted)
        others = Others(cluster)
        time.sleep(window_s - LOOK_S * 10)
        last = read_next(cluster, name, counted)
        percent = others.percent()
        failed = cluster.status(name)["failed"]
        cluster.kill(name)
        if failed:
            raise BenchError(f"{self.name}: {failed} trees failed")
        passed_ns = last.at_ns - first.at_ns
        return ((last.executed - first.executed) * 1e9 / passed_ns,
                (last.cpu_ns - first.cpu_ns) / passed_ns, percent)

    def bare(self, bench):
        text = WORD_TEXT if self.job == "word-count" else CONST_TEXT
        return run([bench.build / "programs/zmq_frames", record_bytes(text, self.acks)],
                   servers=[bench.cluster])

    def measure(self, bench):
        unit = "words/s" if self.job == "word-count" else "tuples/s"
        figure = ClusterFigure(self.name, unit, [], at_least=self.at_least)
        for number in bench.rounds.begin():
            rate, cores, others = self.ours(bench)
            bare = self.bare(bench)
            figure.values.append(rate)
            figure.references.append(bare.result["rate"])
            figure.cores.append(cores)
            figure.others = max(figure.others, others, bare.others)
            tell_round(self.name, number, figure.others,
                       f"{show(rate, unit)} with {cores:.2f} cores, bare frames "
                       f"{show(bare.result['rate'], 'records/s')} with "
                       f"{bare.result['cores']:.2f}")
        if self.job == "const-null" and self.acks:
            bench.acked_rates += figure.values
        return [figure]


class Figures:
    """Throughput with topology.stats over that without, of short windows that follow each other, in
    another order each time; and the same of the CPU time that the workers take for a tuple."""

    chain = Throughput("const-null", True)
    names = ["cluster/figures", "cluster/figures/cpu"]

    def measure(self, bench):
        throughput = ClusterFigure(self.names[0], "ratio", [], at_least=0.99)
        cpu = ClusterFigure(self.names[1], "ratio", [], at_least=0.99)
        for number in bench.rounds.begin(FIGURES_TIMES):
            order = ("true", "false") if number % 2 == 0 else ("false", "true")
            ran = {stats: self.chain.ours(bench, FIGURES_WINDOW_S, topology__stats=stats)
                   for stats in order}
            (rate, cores, others), (rate_without, cores_without, others_without) = (
                ran["true"], ran["false"])
            throughput.values.append(rate / rate_without)
            cpu.values.append((cores_without / rate_without) / (cores / rate))
            for figure in (throughput, cpu):
                figure.others = max(figure.others, others, others_without)
            tell_round(self.names[0], number, throughput.others,
                       f"{show(throughput.values[-1], 'ratio')}, by CPU time "
                       f"{show(cpu.values[-1], 'ratio')}")
        return [throughput, cpu]


class Bare:
    """The bare frames by themselves, so that their own spread is known."""

    names = ["cluster/bare-frames"]

    def measure(self, bench):
        figure = ClusterFigure(self.names[0], "records/s", [])
        for number in bench.rounds.begin():
            outcome = run([bench.build / "programs/zmq_frames", record_bytes(CONST_TEXT, False)],
                          servers=[bench.cluster])
            figure.values.append(outcome.result["rate"])
            figure.cores.append(outcome.result["cores"])
            figure.others = max(figure.others, outcome.others)
            tell_round(self.names[0], number, outcome.others,
                       show(outcome.result["rate"], "records/s"))
        return [figure]


# --- Latency --------------------------------------------------------------------------------------


class Paced:
    """From when a tuple was to be sent to its ack, at half of the acked rate just measured."""

    quantiles = {"p50": "p50", "p99": "p99", "p99.9": "p999"}
    names = [f"cluster/open-loop/{quantile}" for quantile in quantiles]

    def rate(self, bench):
        if not bench.acked_rates:
            bench.acked_rates.append(Throughput("const-null", True).ours(bench)[0])
        return sorted(bench.acked_rates)[len(bench.acked_rates) // 2] / 2

    def ours(self, bench):
        """The object that the spout has written, and what others used."""
        path, rate = bench.path("quantiles"), round(self.rate(bench))
        bench.cluster.submit(bench.build / "bench/topologies/paced.so", "paced",
                             source__rate=rate, source__seconds=PACED_S, source__warmup=1,
                             source__path=path)
        check_apart(bench.cluster.status("paced"), "source", "null")
        others = Others(bench.cluster)
        wait_until(lambda: path.exists() and path.stat().st_size > 0, "a latency")
        percent = others.percent()
        wait_until(lambda: bench.cluster.is_gone("paced"), "an end of the topology")
        result = json.loads(path.read_text())
        path.unlink()
        if result["failed"] or not result["count"]:
            raise BenchError(f"{result['failed']} trees failed: {rate} tuples a second")
        return result, percent

    def measure(self, bench):
        figures = [cost_figure(name, "ns") for name in self.names]
        rate = self.rate(bench)
        for number in bench.rounds.begin():
            result, others = self.ours(bench)
            for figure, key in zip(figures, self.quantiles.values()):
                figure.values.append(result[key])
                figure.others = max(figure.others, others)
            tell_round("cluster/open-loop", number, others, f"at {show(rate, 'tuples/s')} "
                       + ", ".join(show(figure.values[-1], "ns") for figure in figures))
        return figures


# --- Starting, and starting again -----------------------------------------------------------------


class Pulse:
    """Submit to first tuple, and `kill -9` of a worker to the first tuple of its replacement. Each
    time with a fresh topology, as a worker that dies again and again is made to wait."""

    names = ["cluster/submit/first-tuple", "cluster/failover/bolt", "cluster/failover/spout"]

    @staticmethod
    def first_tuple(path, seen):
        """When the line after these came, and how many there are now."""
        def more():
            lines = path.read_text().splitlines() if path.exists() else []
            return lines if len(lines) > seen else None

        lines = wait_until(more, "a tuple")
        return int(lines[seen].split()[0]), len(lines)

    def fail_over(self, bench, name, victim, path, seen):
        """Kills the worker of this component. How long it takes, and how many lines there are."""
        time.sleep(FLOW_S)
        status = wait_until(lambda: runs(bench.cluster, name), "two running workers")
        start_ns = time.monotonic_ns()
        os.kill(worker_at(status, victim)["pid"], signal.SIGKILL)
        first_ns, seen = self.first_tuple(path, seen)
        return first_ns - start_ns, seen

    def round(self, bench, number):
        name, path = f"pulse-{number}", bench.path(f"pulse-{number}")
        start_ns = time.monotonic_ns()
        bench.cluster.submit(bench.build / "bench/topologies/pulse.so", name, sink__path=path)
        first_ns, seen = self.first_tuple(path, 0)
        check_apart(bench.cluster.status(name), "source", "sink")
        bolt_ns, seen = self.fail_over(bench, name, "sink", path, seen)
        spout_ns, seen = self.fail_over(bench, name, "source", path, seen)
        bench.cluster.kill(name)
        return first_ns - start_ns, bolt_ns, spout_ns

    def measure(self, bench):
        figures = [cost_figure(name, "ns", at_most=1e9) for name in self.names]
        for number in range(bench.starts):
            others = Others(bench.cluster)
            for figure, value in zip(figures, self.round(bench, number)):
                figure.values.append(value)
            for figure in figures:
                figure.others = max(figure.others, others.percent())
            tell_round("cluster/starts", number, figures[0].others,
                       ", ".join(show(figure.values[-1], "ns") for figure in figures))
        return figures


# --- What it costs to be there --------------------------------------------------------------------


class Idle:
    """Memory of each daemon and CPU of all of them, with one topology that has nothing to do."""

    daemons = {"coord": "gale-coord", "nimbus": "gale-nimbus", "supervisor": "gale-supervisor",
               "idle-worker": "gale-worker"}
    names = [*(f"cluster/memory/{daemon}{kind}" for daemon in daemons for kind in ("", "/pss")),
             "cluster/memory/daemons", "cluster/memory/daemons/pss", "cluster/idle/cpu"]

    def memory(self, bench):
        """The larger one, where there are two of a kind; and one of each daemon together."""
        figures, sums = [], [0, 0]
        for daemon, program in self.daemons.items():
            sizes = [max(kind) for kind in zip(*map(memory_bytes, bench.cluster.pids(program)))]
            for place, suffix in enumerate(("", "/pss")):
                figures.append(cost_figure(f"cluster/memory/{daemon}{suffix}", "bytes"))
                figures[-1].values.append(sizes[place])
                sums[place] += sizes[place] if daemon != "idle-worker" else 0
        for size, suffix, at_most in zip(sums, ("", "/pss"), (50e6, None)):
            figures.append(cost_figure(f"cluster/memory/daemons{suffix}", "bytes", at_most))
            figures[-1].values.append(size)
        return figures

    def cpu(self, bench):
        figure = cost_figure("cluster/idle/cpu", "percent", at_most=2)
        pids = tree(bench.cluster.process.pid)
        others = Others(bench.cluster)
        before = {pid: exact_cpu_ns(pid) for pid in pids}
        start_ns = time.monotonic_ns()
        time.sleep(IDLE_S_QUICK if bench.quick else IDLE_S)
        passed_ns = time.monotonic_ns() - start_ns
        used = {pid: (exact_cpu_ns(pid) - before[pid]) / passed_ns * 100 for pid in pids}
        figure.values.append(sum(used.values()))
        figure.others = others.percent()
        for pid, percent in used.items():
            tell(f"idle: {proc_text(pid, 'cmdline').split(chr(0))[0].rpartition('/')[2]}: "
                 f"{show(percent, 'percent')} of a core")
        return figure

    def measure(self, bench):
        bench.cluster.submit(bench.build / "bench/topologies/idle.so", "idle",
                             source__seconds=10**6)
        wait_until(lambda: runs(bench.cluster, "idle"), "a running topology")
        time.sleep(WARM_UP_S)
        figures = [*self.memory(bench), self.cpu(bench)]
        bench.cluster.kill("idle")
        return figures


def experiments():
    """The idle cluster is measured first: nothing has run on it that leaves memory behind."""
    return [
        Idle(),
        Bare(),
        Throughput("const-null", False, at_least=5e6),
        Throughput("const-null", True, at_least=1.5e6),
        Figures(),
        Paced(),
        Throughput("word-count", False),
        Throughput("word-count", True),
        Pulse(),
    ]


# --- Telling people -------------------------------------------------------------------------------


def row(figure):
    unit = figure.unit
    spread = f"{show(figure.worst, unit)} .. {show(figure.best, unit)}"
    cores = sorted(figure.cores)
    return (figure.name, show(figure.value, unit), spread if len(figure.values) > 1 else "",
            f"{cores[len(cores) // 2]:.2f}" if cores else "",
            show(figure.reference, "records/s") if figure.references else "",
            f"{figure.ratio:.2f}" if figure.references else "", figure.target_text,
            ("yes" if figure.is_met else "NO") if figure.has_target else "",
            f"{figure.others:.0f} %")


def print_table(figures):
    rows = [("figure", "median", "worst .. best", "cores", "bare frames", "ratio", "target", "met",
             "others")]
    rows += [row(figure) for figure in figures]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(rows[0]))]
    for cells in rows:
        numbers = "  ".join(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))
        print(f"{cells[0].ljust(widths[0])}  {numbers}")


def print_json(figures):
    for figure in figures:
        fields = {"name": figure.name, "value": figure.value, "unit": figure.unit,
                  "best": figure.best, "worst": figure.worst, "others": round(figure.others, 1)}
        if figure.references:
            fields |= {"ratio": figure.ratio, "reference": figure.reference}
        if figure.has_target:
            fields |= {"target": figure.target_text, "met": figure.is_met}
        if figure.cores:
            fields["cores"] = figure.cores
        print(json.dumps(fields))


# --- The whole ------------------------------------------------------------------------------------


def measure(arguments, chosen):
    build = arguments.build.resolve()
    figures = []
    with tempfile.TemporaryDirectory(prefix="gale-bench-") as scratch, ExitStack() as stack:
        folder = Path(scratch).resolve()
        text = folder / "bible.txt"
        write_bible(text)
        cluster = stack.enter_context(Cluster(build, folder / "cluster"))
        rounds = Rounds(arguments.rounds, PATIENCE_S / 6 if arguments.quick else PATIENCE_S)
        bench = Bench(build, folder, rounds, arguments.quick, cluster, text)
        for experiment in chosen:
            figures += experiment.measure(bench)
    return [figure for figure in figures if arguments.only.search(figure.name)]


def main(arguments, floors):
    chosen = [experiment for experiment in experiments()
              if any(arguments.only.search(name) for name in experiment.names)]
    names = [name for experiment in chosen for name in experiment.names
             if arguments.only.search(name)]
    if not names:
        raise BenchError("no figure has such a name; --list prints them")
    if arguments.list:
        print("\n".join(names))
        return 0
    figures = measure(arguments, chosen)
    (print_json if arguments.json else print_table)(figures)
    return 0 if not arguments.check or check_floors(figures, floors) else 1
