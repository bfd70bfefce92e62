#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures Gale and, beside it, the same jobs written by hand (bench/handwritten); or, when told
`coord`, its server of cluster state beside ZooKeeper (coord.py); or, when told `cluster`, a
topology on two workers, and the daemons around it (cluster.py); or `page`, the web page (page.py).

A figure is the median of a few rounds. In each round Gale and the handwritten program run one
after the other, and the ratio is the median of the rounds' ratios, so that what other programs
do to the machine hits both. What others used meanwhile is told with every figure.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import cluster
import coord
import log
import page
from measure import (BenchError, Figure, Rounds, check_floors, read_floors, run, show, tell,
                     tell_round, write_bible)

LOOK_S = 0.02  # how often the size of a process is looked at
LOOPS = (1, 2)

CHAIN_COUNT = 20_000_000  # tuples; about a second for Gale
WORD_PASSES = 30  # over the text; about a second or two for Gale
HANDWRITTEN_TIMES = 3  # as much, so that it takes as long
OPEN_LOOP_SECONDS = 2.5
ONE_IN_FLIGHT_COUNT = 200_000
IDLE_SECONDS = 5
SLOW_BOLT_SECONDS = 4
STARTS_PER_ROUND = 5
FIGURES_COUNT = 2_000_000  # tuples; so short that others seldom come between
FIGURES_TIMES = 10  # as many rounds: a difference of one percent takes many


# --- Gale and the handwritten program -------------------------------------------------------------


@dataclass
class Bench:
    build: Path
    text: Path
    rounds: Rounds
    rates: dict = field(default_factory=dict)  # the highest so far, by name of the figure

    def gale_command(self, topology, loops, settings):
        """A key of a component is written component__key."""
        command = [self.build / "bin/gale", "run", self.build / topology, "--json", "--quiet"]
        command += ["-c", f"worker.loops={loops}"]
        for key, value in settings.items():
            command += ["-c", f"{key.replace('__', '.')}={value}"]
        return command

    def gale(self, topology, loops, watch=lambda pid: None, **settings):
        outcome = run(self.gale_command(topology, loops, settings), watch)
        if outcome.result["trees_failed"] != 0:
            raise BenchError(f"{outcome.result['trees_failed']} trees failed: {topology}")
        return outcome

    def handwritten(self, *arguments):
        return run([self.build / "programs/handwritten", *arguments])


def component(outcome, name):
    for found in outcome.result["components"]:
        if found["name"] == name:
            return found
    raise BenchError(f"the summary has no component '{name}'")


def metric(outcome, component_name, name):
    for found in component(outcome, component_name)["metrics"]:
        if found["name"] == name:
            return found
    raise BenchError(f"component '{component_name}' has no metric '{name}'")


def rate(outcome, count):
    return count * 1e9 / outcome.result["elapsed_ns"]


def expect(actual, expected, what):
    if actual != expected:
        raise BenchError(f"{what}: {actual} instead of {expected}")


# --- Throughput -----------------------------------------------------------------------------------


@dataclass
class Throughput:
    """Tuples a second through a chain, or words a second, and by hand."""

    job: str  # const-null, const-id-null or word-count
    acks: bool
    loops: int

    @property
    def name(self):
        return f"{self.job}/{'acks' if self.acks else 'no-acks'}/{loops_text(self.loops)}"

    @property
    def names(self):
        return [self.name]

    def gale(self, bench):
        """The outcome, and how many tuples reached the end."""
        if self.job == "word-count":
            outcome = bench.gale(
                "topologies/word_count.so", self.loops, reader__path=bench.text,
                reader__passes=WORD_PASSES, reader__track=str(self.acks).lower())
            return outcome, component(outcome, "counter")["executed"]
        outcome = bench.gale(
            f"bench/topologies/{self.job.replace('-', '_')}.so", self.loops,
            const__count=CHAIN_COUNT, const__tracked=str(self.acks).lower())
        count = component(outcome, "null")["executed"]
        expect(count, CHAIN_COUNT, f"{self.name}: tuples that arrived")
        expect(component(outcome, "const")["acked"], CHAIN_COUNT if self.acks else 0,
               f"{self.name}: trees completed")
        return outcome, count

    def handwritten(self, bench):
        arguments = {
            "const-null": ["const", "--count", CHAIN_COUNT * HANDWRITTEN_TIMES],
            "const-id-null": ["const-id", "--count", CHAIN_COUNT * HANDWRITTEN_TIMES],
            "word-count": ["words", bench.text, "--passes", WORD_PASSES * HANDWRITTEN_TIMES],
        }[self.job]
        acks = ["--acks"] if self.acks else []
        return bench.handwritten(*arguments, *acks, "--threads", self.loops)

    def measure(self, bench):
        unit = "words/s" if self.job == "word-count" else "tuples/s"
        figure = Figure(self.name, unit, [])
        for number in bench.rounds.begin():
            ours, count = self.gale(bench)
            theirs = self.handwritten(bench)
            expect(count * HANDWRITTEN_TIMES, theirs.result["tuples"],
                   f"{self.name}: tuples, {HANDWRITTEN_TIMES} times")
            figure.values.append(rate(ours, count))
            figure.references.append(theirs.result["rate"])
            figure.others = max(figure.others, ours.others, theirs.others)
            tell_round(self.name, number, ours.others, f"{show(figure.values[-1], unit)}, by hand "
                       f"{show(figure.references[-1], unit)}")
        bench.rates[self.name] = figure.best
        return [figure]


# --- What figures cost ----------------------------------------------------------------------------


@dataclass
class Figures:
    """The throughput of a chain with topology.stats over that without, of short runs that follow each
    other, in another order each time; and the same of the CPU time that a tuple takes, which others on
    the machine disturb less."""

    chain: Throughput

    @property
    def names(self):
        return [f"figures/{self.chain.name}", f"figures/{self.chain.name}/cpu"]

    def run(self, bench, stats):
        return bench.gale(f"bench/topologies/{self.chain.job.replace('-', '_')}.so",
                          self.chain.loops, const__count=FIGURES_COUNT,
                          const__tracked=str(self.chain.acks).lower(), topology__stats=stats)

    def measure(self, bench):
        throughput, cpu = (Figure(name, "ratio", []) for name in self.names)
        for number in bench.rounds.begin(FIGURES_TIMES):
            order = ("true", "false") if number % 2 == 0 else ("false", "true")
            ran = {stats: self.run(bench, stats) for stats in order}
            for figure, key in ((throughput, "elapsed_ns"), (cpu, "cpu_ns")):
                figure.values.append(ran["false"].result[key] / ran["true"].result[key])
                figure.others = max([figure.others] + [one.others for one in ran.values()])
            tell_round(throughput.name, number, throughput.others,
                       f"{show(throughput.values[-1], 'ratio')}, by CPU time "
                       f"{show(cpu.values[-1], 'ratio')}")
        return [throughput, cpu]


# --- Latency --------------------------------------------------------------------------------------


class Latency:
    """Quantiles of the histogram latency_ns that the component `source` keeps."""

    quantiles = {"p50": "p50", "p99": "p99", "p99.9": "p999"}

    def __init__(self, title, loops):
        self.title = f"{title}/{loops_text(loops)}"
        self.loops = loops

    @property
    def names(self):
        return [f"{self.title}/{quantile}" for quantile in self.quantiles]

    def measure(self, bench):
        figures = [Figure(name, "ns", [], higher_is_better=False) for name in self.names]
        for number in bench.rounds.begin():
            outcome = self.run(bench)
            latency = metric(outcome, "source", "latency_ns")
            if latency["count"] == 0:
                raise BenchError(f"{self.title}: no latency was recorded")
            for figure, key in zip(figures, self.quantiles.values()):
                figure.values.append(latency[key])
                figure.others = max(figure.others, outcome.others)
            tell_round(self.title, number, outcome.others,
                       ", ".join(show(figure.values[-1], "ns") for figure in figures))
        return figures


class OpenLoop(Latency):
    """The chain const-id-null at half of the highest rate that it has just shown."""

    def __init__(self, loops):
        super().__init__("open-loop", loops)

    def run(self, bench):
        chain = Throughput("const-id-null", True, self.loops)
        if chain.name not in bench.rates:
            outcome, count = chain.gale(bench)
            bench.rates[chain.name] = rate(outcome, count)
        return bench.gale("bench/topologies/open_loop.so", self.loops,
                          source__rate=round(bench.rates[chain.name] / 2),
                          source__seconds=OPEN_LOOP_SECONDS)


class OneInFlight(Latency):
    """From emit to ack, with nothing else on the way."""

    quantiles = {"p50": "p50", "p99": "p99"}

    def __init__(self, loops):
        super().__init__("one-in-flight", loops)

    def run(self, bench):
        return bench.gale("bench/topologies/one_in_flight.so", self.loops,
                          source__count=ONE_IN_FLIGHT_COUNT)


# --- What it costs to be there --------------------------------------------------------------------


class MemoryWatch:
    """Follows the largest resident size of a process until it ends.

    What wait4() tells is of no use: it begins with the size of the process that has forked.
    """

    def __init__(self):
        self.bytes = 0

    def __call__(self, pid):
        while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            found = re.search(r"^VmHWM:\s*(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.M)
            self.bytes = int(found[1]) * 1024 if found else self.bytes
            time.sleep(LOOK_S)


class Memory:
    """The largest resident size of the process."""

    def __init__(self, job, topology, **settings):
        self.names = [f"memory/{job}"]
        self.topology = topology
        self.settings = settings

    def measure(self, bench):
        settings = {key: value(bench) if callable(value) else value
                    for key, value in self.settings.items()}
        size = MemoryWatch()
        outcome = bench.gale(self.topology, LOOPS[-1], size, **settings)
        tell_round(self.names[0], 0, outcome.others, show(size.bytes, "bytes"))
        return [Figure(self.names[0], "bytes", [size.bytes], higher_is_better=False,
                       others=outcome.others)]


class Idle:
    """CPU time of a topology that has nothing to do, in percent of one core."""

    names = ["idle/cpu"]

    def measure(self, bench):
        outcome = bench.gale("bench/topologies/idle.so", LOOPS[-1], source__seconds=IDLE_SECONDS)
        percent = outcome.result["cpu_ns"] / outcome.result["elapsed_ns"] * 100
        tell_round(self.names[0], 0, outcome.others, show(percent, "percent"))
        return [Figure(self.names[0], "percent", [percent], higher_is_better=False,
                       others=outcome.others)]


class Startup:
    """From starting the process until a bolt has its first tuple, the check of the .so included."""

    names = ["startup/first-tuple"]

    def measure(self, bench):
        figure = Figure(self.names[0], "ns", [], higher_is_better=False)
        for number in bench.rounds.begin():
            for _ in range(STARTS_PER_ROUND):
                outcome = bench.gale("bench/topologies/one_in_flight.so", LOOPS[-1],
                                     source__count=1)
                first_ns = metric(outcome, "sink", "first_tuple_ns")["value"]
                figure.values.append(first_ns - outcome.start_ns)
                figure.others = max(figure.others, outcome.others)
            tell_round(self.names[0], number, outcome.others, show(figure.values[-1], "ns"))
        return [figure]


def experiments():
    """In the order in which they run: each open loop stands behind the rate that it halves."""
    listed = []
    for loops in LOOPS:
        for job in ("const-null", "const-id-null"):
            listed += [Throughput(job, False, loops), Throughput(job, True, loops)]
        listed += [OpenLoop(loops), OneInFlight(loops)]
        listed += [Throughput("word-count", False, loops), Throughput("word-count", True, loops)]
    listed += [Figures(Throughput("const-null", False, 1)),
               Figures(Throughput("const-id-null", True, 1))]
    listed += [
        Memory("word-count", "topologies/word_count.so", reader__passes=WORD_PASSES,
               reader__path=lambda bench: bench.text),
        Memory("slow-bolt/acks", "bench/topologies/slow_bolt.so",
               source__seconds=SLOW_BOLT_SECONDS),
        Memory("slow-bolt/no-acks", "bench/topologies/slow_bolt.so",
               source__seconds=SLOW_BOLT_SECONDS, source__tracked="false"),
        Idle(),
        Startup(),
    ]
    return listed


def known_names():
    """Of all figures that may have a floor."""
    return {name for experiment in experiments() + cluster.experiments()
            for name in experiment.names}


# --- Telling people -------------------------------------------------------------------------------


def loops_text(loops):
    return f"{loops}-loop" if loops == 1 else f"{loops}-loops"


def row(figure):
    unit = figure.unit
    return (figure.name, show(figure.value, unit), show(figure.best, unit),
            show(figure.reference, unit) if figure.references else "",
            f"{figure.ratio:.2f}" if figure.references else "", f"{figure.others:.0f} %")


def print_table(figures):
    rows = [("figure", "median", "best", "by hand", "ratio", "others")]
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
        print(json.dumps(fields))


# --- The whole ------------------------------------------------------------------------------------


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, metavar="BUILD_DIR", help="such as build/release")
    parser.add_argument("suite", nargs="?", choices=["coord", "cluster", "log", "page"],
                        help="instead of topologies in one process: gale-coord beside ZooKeeper; "
                             "a cluster on this machine; gale-broker beside a mock broker; or the web "
                             "page in a browser")
    parser.add_argument("--rounds", type=int,
                        help="of each figure (default 3; with --quick 1)")
    parser.add_argument("--only", default="", metavar="PATTERN",
                        help="measure what has a name that this regular expression finds")
    parser.add_argument("--list", action="store_true", help="print the names and measure nothing")
    parser.add_argument("--json", action="store_true", help="one object for each figure, one a line")
    parser.add_argument("--check", action="store_true",
                        help="exit with 1 if a figure misses its floor in bench/floors.json, or "
                             "its target beside ZooKeeper")
    parser.add_argument("--quick", action="store_true",
                        help="coord, cluster, log, page: one round, and less of everything")
    parser.add_argument("--noise", action="store_true",
                        help="coord: ZooKeeper beside itself, to see what a ratio is worth")
    arguments = parser.parse_args()
    if arguments.noise and arguments.suite != "coord":
        parser.error("--noise is for coord")
    if arguments.quick and arguments.suite is None:
        parser.error("--quick is for coord, cluster, log and page")
    if arguments.rounds is None:
        arguments.rounds = 1 if arguments.quick else 3
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    try:
        arguments.only = re.compile(arguments.only)
    except re.error as error:
        parser.error(f"--only: {error}")
    return arguments


def measure(arguments, chosen):
    figures = []
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(arguments.build.resolve(), Path(scratch) / "bible.txt",
                      Rounds(arguments.rounds))
        write_bible(bench.text)
        for experiment in chosen:
            figures += experiment.measure(bench)
    return [figure for figure in figures if arguments.only.search(figure.name)]


def main():
    arguments = parse_arguments()
    if arguments.suite == "coord":
        return coord.main(arguments)
    if arguments.suite == "log":
        return log.main(arguments)
    if arguments.suite == "page":
        return page.main(arguments)
    if arguments.suite == "cluster":
        return cluster.main(arguments, read_floors(known_names()))
    chosen = [experiment for experiment in experiments()
              if any(arguments.only.search(name) for name in experiment.names)]
    names = [name for experiment in chosen for name in experiment.names
             if arguments.only.search(name)]
    if not names:
        raise BenchError("no figure has such a name; --list prints them")
    if arguments.list:
        print("\n".join(names))
        return 0
    floors = read_floors(known_names())
    figures = measure(arguments, chosen)
    (print_json if arguments.json else print_table)(figures)
    return 0 if not arguments.check or check_floors(figures, floors) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        tell(f"bench: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
