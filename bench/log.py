# SPDX-License-Identifier: Apache-2.0
"""`bench/run.py BUILD_DIR log`: gale-broker under librdkafka, beside librdkafka's own mock broker.

The mock keeps records in memory and does nothing else, so what a client reaches with it is the
client's own ceiling. Both take the same load, one after the other in each round.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cluster import cpu_seconds, memory_bytes
from measure import (PATIENCE_S, BenchError, Figure, Rounds, run, show, tell, tell_round,
                     write_bible)

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
LOAD_TIMEOUT_S = 180
LOOK_S = 0.001
SIZES = {100: (5_000_000, 1_000_000), 1024: (1_500_000, 300_000)}  # value: records, when quick
CONSUMED = {100: 10_000_000, 1024: 4_000_000}
MOCK_PARTITIONS = 64
MOCK_RECORDS = {100: 40_000, 1024: 4_000}  # what a mock broker keeps of a partition
CODECS = ("gzip", "snappy", "lz4", "zstd")
SEVERAL = 4
CLIENT_SHARE = 0.8  # of the client's ceiling
BIG_BYTES = 10 << 30
BIG_BYTES_QUICK = 1 << 30
BIG_SIZE = 4096
MANY_PARTITIONS = 1000
LATENCY_S = 5
IDLE_S = 2
WORD_PASSES = 5
WARM_BYTES = 8 << 30
ZEROS = bytes(1 << 20)


@dataclass
class LogFigure(Figure):
    """The references are the mock broker's."""

    ratio_at_least: float = None
    at_most: float = None
    at_least: float = None
    cores: list = field(default_factory=list)  # that the broker used, for each round

    @property
    def has_target(self):
        return any(x is not None for x in (self.ratio_at_least, self.at_most, self.at_least))

    @property
    def is_met(self):
        return ((self.ratio_at_least is None or self.ratio >= self.ratio_at_least)
                and (self.at_most is None or self.value <= self.at_most)
                and (self.at_least is None or self.value >= self.at_least))

    @property
    def target_text(self):
        if self.ratio_at_least is not None:
            return f">= {self.ratio_at_least} x"
        if self.at_most is not None:
            return f"<= {text_of(self.at_most, self.unit)}"
        return f">= {show(self.at_least, self.unit)}" if self.at_least is not None else ""


# --- Brokers --------------------------------------------------------------------------------------


class Broker:
    """gale-broker on a folder of its own, without the cluster state."""

    def __init__(self, build, folder, **settings):
        self.program = build / "bin/gale-broker"
        self.folder = folder
        self.settings = {"broker.register": "false", "broker.disk.free.min": "0"} | settings
        self.process = None
        self.log = folder.with_suffix(".log")

    def start(self):
        """The time from the start of the process until it says where it answers."""
        port_file = self.folder.with_suffix(".port")
        port_file.unlink(missing_ok=True)
        command = [self.program, "-d", self.folder, "-l", "127.0.0.1:0", "--port-file", port_file]
        for key, value in self.settings.items():
            command += ["-c", f"{key}={value}"]
        began = time.monotonic_ns()
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        while not port_file.exists():
            if self.process.poll() is not None:
                raise BenchError(f"gale-broker ended: {self.log.read_text()}")
            if time.monotonic_ns() - began > START_TIMEOUT_S * 1e9:
                raise BenchError("gale-broker does not answer")
            time.sleep(LOOK_S)
        passed = time.monotonic_ns() - began
        self.brokers = f"127.0.0.1:{port_file.read_text().strip()}"
        return passed

    def cpu_seconds(self):
        return cpu_seconds(self.process.pid)

    def end(self, number=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(STOP_TIMEOUT_S)
            self.process = None

    def counts(self):
        """What it said when it ended."""
        line = [line for line in self.log.read_text().splitlines() if "broker.stopped" in line][-1]
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}

    def __enter__(self):
        self.start()
        return self

    def remove(self):
        """Its folder, too: a page cache full of what others have written slows the next one down."""
        self.end(signal.SIGKILL)
        shutil.rmtree(self.folder)

    def __exit__(self, *_ignored):
        self.remove()


@contextmanager
def mock_broker(build, topic, partitions):
    command = [build / "programs/log_load", "mock", f"topic={topic}", f"partitions={partitions}"]
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        process_line = process.stdout.readline().strip()
        if not process_line:
            raise BenchError("the mock broker does not start")
        yield Mock(process_line, process.pid)
    finally:
        process.stdin.close()
        process.wait(STOP_TIMEOUT_S)


@dataclass
class Mock:
    brokers: str
    pid: int

    def cpu_seconds(self):
        return cpu_seconds(self.pid)


@dataclass
class Bench:
    build: Path
    folder: Path
    rounds: Rounds
    quick: bool
    topics: int = 0

    def topic(self):
        self.topics += 1
        return f"bench-{self.topics}"

    def load(self, broker, job, **options):
        command = [self.build / "programs/log_load", job, f"brokers={broker.brokers}"]
        command += [f"{key}={value}" for key, value in options.items()]
        outcome = run(command, servers=[broker], timeout_s=LOAD_TIMEOUT_S)
        if outcome.result.get("failures", 0) > 0:
            raise BenchError(f"{outcome.result['failures']} records were refused")
        return outcome


def rate(outcome):
    return outcome.result["records"] / outcome.result["seconds"]


# --- What is measured -----------------------------------------------------------------------------


class Produce:
    """Records per second into the broker, and into the mock broker."""

    def __init__(self, size, partitions=1, acks="1", codec="none", target=True, **settings):
        self.size, self.partitions, self.acks, self.codec = size, partitions, acks, codec
        self.settings = settings
        self.target = CLIENT_SHARE if target else None
        name = f"log/produce/{size}"
        name += f"/{partitions}-partitions" if partitions > 1 else ""
        name += "/acks-all" if acks == "all" else ""
        name += f"/{codec}" if codec != "none" else ""
        name += "/flush-always" if "log.flush" in settings else ""
        self.names = [name]

    def measure(self, bench):
        figure = LogFigure(self.names[0], "records/s", [], ratio_at_least=self.target)
        count = SIZES[self.size][1 if bench.quick else 0]
        if self.codec == "gzip":
            count //= 4
        for number in bench.rounds.begin():
            topic = bench.topic()
            options = {"topic": topic, "size": self.size, "count": count, "acks": self.acks,
                       "codec": self.codec, "partitions": self.partitions}
            with mock_broker(bench.build, topic, self.partitions) as mock:
                reference = bench.load(mock, "produce", **options)
            settings = {"log.partitions": self.partitions} | self.settings
            with Broker(bench.build, bench.folder / topic, **settings) as broker:
                before = broker.cpu_seconds()
                ours = bench.load(broker, "produce", **options)
                cores = (broker.cpu_seconds() - before) / ours.result["seconds"]
            figure.values.append(rate(ours))
            figure.references.append(rate(reference))
            figure.cores.append(cores)
            figure.others = max(figure.others, ours.others, reference.others)
            tell_round(self.names[0], number, ours.others,
                       f"{show(rate(ours), 'records/s')}, {rate(ours) * self.size / 1e6:.0f} MB/s, "
                       f"mock {show(rate(reference), 'records/s')}")
        return [figure]


class Consume:
    """Records per second out of the broker, and out of the mock broker, which keeps little of a partition: so
    there are many of them."""

    def __init__(self, size):
        self.size = size
        self.names = [f"log/consume/{size}"]

    def measure(self, bench):
        figure = LogFigure(self.names[0], "records/s", [], ratio_at_least=CLIENT_SHARE)
        count = MOCK_RECORDS[self.size] * MOCK_PARTITIONS
        for number in bench.rounds.begin():
            topic = bench.topic()
            options = {"topic": topic, "partitions": MOCK_PARTITIONS, "count": count}
            with mock_broker(bench.build, topic, MOCK_PARTITIONS) as mock:
                bench.load(mock, "produce", **options, size=self.size)
                reference = bench.load(mock, "consume", **options)
            with Broker(bench.build, bench.folder / topic,
                        **{"log.partitions": MOCK_PARTITIONS}) as broker:
                bench.load(broker, "produce", **options, size=self.size)
                before = broker.cpu_seconds()
                ours = bench.load(broker, "consume", **options)
                figure.cores.append((broker.cpu_seconds() - before) / ours.result["seconds"])
            figure.values.append(rate(ours))
            figure.references.append(rate(reference))
            figure.others = max(figure.others, ours.others, reference.others)
            tell_round(self.names[0], number, ours.others,
                       f"{show(rate(ours), 'records/s')}, {rate(ours) * self.size / 1e6:.0f} MB/s, "
                       f"mock {show(rate(reference), 'records/s')}")
        return [figure]


class ConsumeLarge:
    """A topic that is read once, and what the broker uses for it."""

    def __init__(self, size, partitions=1):
        self.size, self.partitions = size, partitions
        name = f"log/consume-large/{size}" + (f"/{partitions}-partitions" if partitions > 1 else "")
        self.names = [name, f"{name}/cores-for-500MB"]

    def measure(self, bench):
        figure = LogFigure(self.names[0], "records/s", [])
        share = LogFigure(self.names[1], "cores", [], higher_is_better=False, at_most=1)
        count = CONSUMED[self.size] // (5 if bench.quick else 1)
        for number in bench.rounds.begin():
            topic = bench.topic()
            options = {"topic": topic, "partitions": self.partitions, "count": count}
            with Broker(bench.build, bench.folder / topic,
                        **{"log.partitions": self.partitions}) as broker:
                bench.load(broker, "produce", **options, size=self.size)
                before = broker.cpu_seconds()
                outcome = bench.load(broker, "consume", **options)
                used = broker.cpu_seconds() - before
                broker.end()
                counts = broker.counts()
            bytes_out = outcome.result["records"] * self.size
            figure.values.append(rate(outcome))
            figure.others = max(figure.others, outcome.others)
            share.values.append(used / (bytes_out / 500e6))
            tell_round(self.names[0], number, outcome.others,
                       f"{show(rate(outcome), 'records/s')}, {rate(outcome) * self.size / 1e6:.0f} MB/s "
                       f"with {used / outcome.result['seconds']:.2f} cores of broker; of "
                       f"{counts['bytes_out']} bytes sent {counts['copied']} were copied")
        return [figure, share]


class Latency:
    """From when a record was due until a consumer has it, at half of what can be produced."""

    names = ["log/latency/p50", "log/latency/p99"]

    def measure(self, bench):
        figures = [LogFigure(name, "ns", [], higher_is_better=False) for name in self.names]
        for number in bench.rounds.begin():
            with Broker(bench.build, bench.folder / bench.topic()) as broker:
                topic = bench.topic()
                limit = rate(bench.load(broker, "produce", topic=topic, size=100, count=500_000))
                wanted = int(min(limit / 2, 200_000))
                topic = bench.topic()
                bench.load(broker, "produce", topic=f"{topic}-w", size=100, count=1000)
                outcome = bench.load(broker, "latency", topic=topic, size=100, rate=wanted,
                                     count=wanted * LATENCY_S, linger_ms=0)
            for figure, key in zip(figures, ("p50_ns", "p99_ns")):
                figure.values.append(outcome.result[key])
                figure.others = max(figure.others, outcome.others)
            tell_round("log/latency", number, outcome.others,
                       f"at {wanted} records/s p50 {show(outcome.result['p50_ns'], 'ns')}, "
                       f"p99 {show(outcome.result['p99_ns'], 'ns')}, "
                       f"max {show(outcome.result['max_ns'], 'ns')}")
        return figures


class Idle:
    """Memory: of nothing, and of a thousand partitions."""

    names = ["log/memory/idle", "log/memory/1000-partitions", "log/start/empty",
             "log/start/1000-partitions", "log/idle/cpu"]

    def measure(self, bench):
        empty = LogFigure(self.names[0], "bytes", [], higher_is_better=False, at_most=30e6)
        many = LogFigure(self.names[1], "bytes", [], higher_is_better=False)
        start = LogFigure(self.names[2], "ns", [], higher_is_better=False, at_most=200e6)
        start_many = LogFigure(self.names[3], "ns", [], higher_is_better=False, at_most=200e6)
        cpu = LogFigure(self.names[4], "percent", [], higher_is_better=False)
        for _number in bench.rounds.begin():
            folder = bench.folder / bench.topic()
            broker = Broker(bench.build, folder, **{"log.partitions": MANY_PARTITIONS})
            start.values.append(broker.start())
            time.sleep(IDLE_S)
            before = broker.cpu_seconds()
            time.sleep(IDLE_S)
            cpu.values.append((broker.cpu_seconds() - before) / IDLE_S * 100)
            empty.values.append(memory_bytes(broker.process.pid)[0])
            bench.load(broker, "produce", topic="many", size=100, count=MANY_PARTITIONS * 2000,
                       partitions=MANY_PARTITIONS)
            broker.end()
            start_many.values.append(broker.start())
            many.values.append(memory_bytes(broker.process.pid)[0])
            broker.remove()
        return [empty, many, start, start_many, cpu]


class Big:
    """Start with a large log: after an end in order, and after a kill."""

    names = ["log/start/10GB", "log/start/10GB/killed"]

    def measure(self, bench):
        clean = LogFigure(self.names[0], "ns", [], higher_is_better=False, at_most=200e6)
        killed = LogFigure(self.names[1], "ns", [], higher_is_better=False)
        size = BIG_BYTES_QUICK if bench.quick else BIG_BYTES
        broker = Broker(bench.build, bench.folder / bench.topic())
        broker.start()
        bench.load(broker, "produce", topic="big", size=BIG_SIZE, count=size // BIG_SIZE)
        for _number in bench.rounds.begin():
            broker.end()
            clean.values.append(broker.start())
            bench.load(broker, "produce", topic="big", size=BIG_SIZE, count=100_000)
            broker.end(signal.SIGKILL)
            killed.values.append(broker.start())
            tell(f"log/start: {show(clean.values[-1], 'ns')}, "
                 f"killed {show(killed.values[-1], 'ns')}")
        broker.remove()
        return [clean, killed]


class Words:
    """Words counted from log to log, by a topology in one process."""

    names = ["log/word-count"]

    def measure(self, bench):
        figure = LogFigure(self.names[0], "words/s", [])
        text = bench.folder / "bible.txt"
        write_bible(text)
        verses = text.read_bytes() * (1 if bench.quick else WORD_PASSES)
        text.write_bytes(verses)
        words = len(re.findall(rb"[A-Za-z']+", verses))
        gale = bench.build / "bin/gale"
        for number in bench.rounds.begin():
            with Broker(bench.build, bench.folder / bench.topic(),
                        **{"log.partitions": SEVERAL}) as broker:
                brokers = ["-c", f"log.brokers={broker.brokers}"]
                subprocess.run([gale, "produce", "lines", text, "--quiet", *brokers], check=True)
                began = time.monotonic_ns()
                before = broker.cpu_seconds()
                subprocess.run([gale, "run", bench.build / "topologies/word_count_log.so", "--quiet",
                                "-c", "reader.end=latest", "-c", "reader.fallback=earliest",
                                *brokers], check=True, stdout=subprocess.DEVNULL)
                passed = (time.monotonic_ns() - began) / 1e9
                figure.cores.append((broker.cpu_seconds() - before) / passed)
            figure.values.append(words / passed)
            tell_round(self.names[0], number, 0, show(words / passed, "words/s"))
        return [figure]


def warm_up(folder):
    """Memory that the machine has never touched is slow the first time, which would be measured instead
    of a broker: so as much of the page cache is used once as a round of it uses."""
    path = folder / "warm"
    with open(path, "wb") as file:
        for _number in range(WARM_BYTES // len(ZEROS)):
            file.write(ZEROS)
    path.unlink()


def experiments():
    return [
        Idle(),
        Produce(100),
        Produce(1024),
        Produce(100, acks="all"),
        Produce(1024, acks="all"),
        Produce(100, partitions=SEVERAL),
        Produce(1024, partitions=SEVERAL),
        *(Produce(1024, codec=codec) for codec in CODECS),
        Produce(1024, acks="all", target=False, **{"log.flush": "always"}),
        Consume(100),
        Consume(1024),
        ConsumeLarge(100),
        ConsumeLarge(1024),
        ConsumeLarge(1024, partitions=SEVERAL),
        Latency(),
        Words(),
        Big(),
    ]


# --- Telling people -------------------------------------------------------------------------------


def text_of(value, unit):
    return f"{value:.2f} cores" if unit == "cores" else show(value, unit)


def row(figure):
    cores = sorted(figure.cores)
    return (figure.name, text_of(figure.value, figure.unit), text_of(figure.best, figure.unit),
            f"{cores[len(cores) // 2]:.2f}" if cores else "",
            show(figure.reference, figure.unit) if figure.references else "",
            f"{figure.ratio:.2f}" if figure.references else "", figure.target_text,
            ("yes" if figure.is_met else "NO") if figure.has_target else "",
            f"{figure.others:.0f} %")


def print_table(figures):
    rows = [("figure", "median", "best", "cores", "mock", "ratio", "target", "met", "others")]
    rows += [row(figure) for figure in figures]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(rows[0]))]
    for cells in rows:
        numbers = "  ".join(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))
        print(f"{cells[0].ljust(widths[0])}  {numbers}")


def print_json(figures):
    for figure in figures:
        fields = {"name": figure.name, "value": figure.value, "unit": figure.unit,
                  "best": figure.best, "others": round(figure.others, 1)}
        if figure.references:
            fields |= {"ratio": figure.ratio, "reference": figure.reference}
        if figure.has_target:
            fields |= {"target": figure.target_text, "met": figure.is_met}
        if figure.cores:
            fields["cores"] = figure.cores
        print(json.dumps(fields))


def main(arguments):
    chosen = [experiment for experiment in experiments()
              if any(arguments.only.search(name) for name in experiment.names)]
    names = [name for experiment in chosen for name in experiment.names
             if arguments.only.search(name)]
    if not names:
        raise BenchError("no figure has such a name; --list prints them")
    if arguments.list:
        print("\n".join(names))
        return 0
    figures = []
    with tempfile.TemporaryDirectory(prefix="gale-bench-", dir=os.environ.get("TMPDIR")) as scratch:
        rounds = Rounds(arguments.rounds, PATIENCE_S / 6 if arguments.quick else PATIENCE_S)
        bench = Bench(arguments.build.resolve(), Path(scratch).resolve(), rounds, arguments.quick)
        warm_up(bench.folder)
        for experiment in chosen:
            figures += experiment.measure(bench)
    figures = [figure for figure in figures if arguments.only.search(figure.name)]
    (print_json if arguments.json else print_table)(figures)
    missed = [figure for figure in figures if figure.has_target and not figure.is_met]
    return 1 if arguments.check and missed else 0
