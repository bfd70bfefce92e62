# SPDX-License-Identifier: Apache-2.0
"""A run of through.c: numbers that must all arrive, and what arrived."""

import collections
import subprocess
import time

from cluster.cluster import TIMEOUT_S, await_true
from conftest import CC, ROOT, TIMEOUT_S as COMPILER_TIMEOUT_S

SOURCE = ROOT / "tests" / "e2e" / "cluster" / "through.c"
NUMBERS = 12000
WORKERS = 3


def compile_through(folder):
    so_file = folder / "through.so"
    words = [CC, "-shared", "-fPIC", "-O1", "-g", f"-I{ROOT / 'sdk' / 'include'}", SOURCE, "-o", so_file]
    subprocess.run(list(map(str, words)), check=True, timeout=COMPILER_TIMEOUT_S)
    return so_file


class Through:
    """One run. Each task of each process writes a file of its own below `folder`."""

    def __init__(self, cluster, so_file, folder, name="through", numbers=NUMBERS):
        self.cluster = cluster
        self.so_file = so_file
        self.folder = folder
        self.name = name
        self.numbers = numbers
        self.identity = None
        folder.mkdir(parents=True)

    def start(self, *words, workers=WORKERS, **settings):
        values = {
            "topology.workers": workers,
            "topology.message.timeout.secs": 5,
            "source.to": self.numbers,
            "source.max_pending": 500,
            "relay.pause_ns": 500000,
            "sink.path": self.folder / "out",
        } | settings
        self.identity = self.cluster.submit(self.so_file, self.name, *words, **values)["id"]
        return self

    def rows(self):
        """(number, owner) of each line that is whole: a killed process may leave a part of one."""
        for path in self.folder.iterdir():
            for line in path.read_bytes().split(b"\n")[:-1]:
                number, owner = line.split(b"\t")
                yield int(number), int(owner)

    def size(self):
        return sum(path.stat().st_size for path in self.folder.iterdir())

    def await_part(self, part):
        """A part of all numbers has arrived."""

        def arrived():
            return len({number for number, _ in self.rows()}) >= self.numbers * part

        await_true(arrived, lambda: f"{part} of {self.name}: {self.cluster.picture(self.name)}")

    def await_growth(self):
        size = self.size()
        await_true(lambda: self.size() > size, lambda: f"more: {self.cluster.picture(self.name)}")

    def await_rest(self, calm_s=1):
        """Nothing more arrives."""
        state = {"size": self.size(), "since": time.monotonic()}

        def rests():
            size = self.size()
            if size != state["size"]:
                state.update(size=size, since=time.monotonic())
            return time.monotonic() - state["since"] > calm_s

        await_true(rests, f"{self.name} rests")

    def await_end(self, timeout_s=TIMEOUT_S):
        self.cluster.await_gone(self.name, timeout_s)

    def check(self):
        """Every number arrived, at one owner each. Gives how many arrived more than once."""
        counts = collections.Counter()
        owners = collections.defaultdict(set)
        for number, owner in self.rows():
            counts[number] += 1
            owners[number].add(owner)
        missing = [number for number in range(self.numbers) if counts[number] == 0]
        assert not missing, f"{len(missing)} missing, among them {missing[:10]}"
        assert set(counts) == set(range(self.numbers)), "numbers that nobody sent"
        torn = [number for number, seen in owners.items() if len(seen) > 1]
        assert not torn, f"{len(torn)} numbers came to several owners, among them {torn[:10]}"
        return sum(1 for count in counts.values() if count > 1)

    def longest_pause_s(self, until):
        """Watches the files until the condition holds: the longest time in which nothing grew."""
        size, last, longest = self.size(), time.monotonic(), 0.0

        def watch():
            nonlocal size, last, longest
            now, new = time.monotonic(), self.size()
            if new != size:
                longest, size, last = max(longest, now - last), new, now
            return until()

        await_true(watch, lambda: f"the end of a pause: {self.cluster.picture(self.name)}")
        return max(longest, time.monotonic() - last)
