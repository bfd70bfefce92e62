# SPDX-License-Identifier: Apache-2.0
"""What all benches share: figures, running programs, waiting for others to be quiet, telling."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

FLOORS_PATH = Path(__file__).with_name("floors.json")
RUN_TIMEOUT_S = 60
QUIET_S = 0.2  # how long the machine must be quiet before a round
QUIET_PERCENT = 20  # of one core
PATIENCE_S = 30  # for all waiting together
TELLING_S = 0.1  # a shorter run says nothing of others: the kernel counts in ticks of 10 ms


class BenchError(Exception):
    """A run that failed, or whose result is wrong: there is no figure to give."""


@dataclass
class Figure:
    name: str
    unit: str
    values: list  # one for each round
    higher_is_better: bool = True
    references: list = field(default_factory=list)  # what it is compared with, for each round
    others: float = 0.0  # the most that other programs used during a run, in percent of a core

    @property
    def value(self):
        return statistics.median(self.values)

    @property
    def best(self):
        return max(self.values) if self.higher_is_better else min(self.values)

    @property
    def reference(self):
        return statistics.median(self.references) if self.references else None

    @property
    def ratio(self):
        if not self.references:
            return None
        pairs = zip(self.values, self.references)
        return statistics.median(ours / theirs for ours, theirs in pairs)


# --- Running a program ----------------------------------------------------------------------------


def busy_seconds():
    """CPU time that all programs of the machine have used, and the hypervisor has taken."""
    words = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, words[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def others_in(seconds):
    """What is used while this program sleeps, in percent of one core."""
    busy = busy_seconds()
    time.sleep(seconds)
    return (busy_seconds() - busy) / seconds * 100


@dataclass
class Outcome:
    result: dict  # the last line of its output
    start_ns: int
    others: float


def wait_for(process, watch, timeout_s):
    """The resources that it used. A program that hangs is killed."""
    timer = threading.Timer(timeout_s, process.kill)
    timer.start()
    try:
        watch(process.pid)
    except BaseException:
        process.kill()
        raise
    finally:
        _pid, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def last_json(text, command):
    lines = text.splitlines()
    try:
        return json.loads(lines[-1])
    except (IndexError, ValueError):
        raise BenchError(f"no JSON from: {' '.join(command)}") from None


def start(command, output, errors):
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
    except OSError as error:
        raise BenchError(f"cannot start {command[0]}: {error.strerror}; ./dev build") from None


def run(command, watch=lambda pid: None, servers=(), timeout_s=RUN_TIMEOUT_S):
    """Runs it to its end; `watch` is called with its id while it runs. What the `servers` use
    meanwhile is not what others use."""
    def own_seconds():
        return time.process_time() + sum(server.cpu_seconds() for server in servers)

    command = [str(word) for word in command]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        busy, own, start_ns = busy_seconds(), own_seconds(), time.monotonic_ns()
        process = start(command, output, errors)
        usage = wait_for(process, watch, timeout_s)
        passed = (time.monotonic_ns() - start_ns) / 1e9
        own = own_seconds() - own + usage.ru_utime + usage.ru_stime
        others = max(0.0, busy_seconds() - busy - own) / passed * 100 if passed > TELLING_S else 0.0

        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            raise BenchError(f"status {process.returncode}: {' '.join(command)}\n{errors.read()}")
        result = last_json(output.read(), command)
    return Outcome(result, start_ns, others)


@dataclass
class Rounds:
    """Each begins when the others are quiet, or when patience is at its end."""

    count: int
    patience_s: float = PATIENCE_S

    def begin(self, times=1):
        """Their numbers; `times` as many, where short rounds tell more than long ones."""
        for number in range(self.count * times):
            while others_in(QUIET_S) > QUIET_PERCENT and self.patience_s > 0:
                self.patience_s -= QUIET_S
            yield number


# --- What is read ---------------------------------------------------------------------------------


def write_bible(path):
    """The King James Bible, a verse a line, as topologies/word_count_log/run.sh takes it."""
    try:
        verses = subprocess.run(["bible", "-f", "gen1:1-rev22:21"], stdin=subprocess.DEVNULL,
                                capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise BenchError("no bible here: apt-get install bible-kjv") from None
    path.write_bytes(b"".join(line.split(b" ", 1)[-1] for line in verses.splitlines(True)))


# --- Telling people -------------------------------------------------------------------------------


def show(value, unit):
    """A number with its unit, three digits and no more."""
    if unit.endswith("/s"):
        scale, prefix = (1e6, "M ") if value >= 1e6 else (1e3, "k ") if value >= 1e4 else (1, "")
        return f"{value / scale:.{3 if value >= 1e4 else 4}g} {prefix}{unit}"
    if unit == "bytes":
        return f"{value / 1e6:.3g} MB"
    if unit == "percent":
        return f"{value:.2g} %"
    if unit == "ratio":
        return f"{value:.4f}"
    for name, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:.3g} ns"


def tell(text):
    print(text, file=sys.stderr, flush=True)


def tell_round(name, number, others, text):
    tell(f"{name}, round {number + 1}: {text} (others used {others:.0f} % of a core)")


# --- Floors ---------------------------------------------------------------------------------------


def read_floors(known):
    """By name of the figure: at_least or at_most for its value, ratio_at_least."""
    floors = json.loads(FLOORS_PATH.read_text())
    for name in floors:
        if name not in known:
            raise BenchError(f"{FLOORS_PATH.name} names '{name}', which is not measured")
    return floors


def misses(figure, floor):
    """A text for each bound that the figure does not keep."""
    unit = figure.unit
    if "at_least" in floor and figure.value < floor["at_least"]:
        yield f"{show(figure.value, unit)}, below {show(floor['at_least'], unit)}"
    if "at_most" in floor and figure.value > floor["at_most"]:
        yield f"{show(figure.value, unit)}, above {show(floor['at_most'], unit)}"
    if "ratio_at_least" in floor and figure.ratio < floor["ratio_at_least"]:
        yield f"{figure.ratio:.2f} of what it is compared with, below {floor['ratio_at_least']}"


def check_floors(figures, floors):
    """Whether all floors are kept; those that are not are named."""
    missed = [(figure, text) for figure in figures
              for text in misses(figure, floors.get(figure.name, {}))]
    for figure, text in missed:
        tell(f"missed: {figure.name}: {text} (best {show(figure.best, figure.unit)}, "
             f"others used {figure.others:.0f} % of a core)")
    return not missed
