# SPDX-License-Identifier: Apache-2.0
"""Every example topology on three workers under two supervisors gives what it gives in one process."""

import collections
import re

import pytest

from cluster.cluster import Cluster
from conftest import BUILD, ROOT

TOPOLOGIES = ROOT / "topologies"
SAMPLE = TOPOLOGIES / "word_count" / "sample.txt"
WORKERS = 3

# Name -> settings that give each of three workers a part, and whether the order of the lines is fixed.
EXAMPLES = {
    "direct_echo": ({"asker.tasks": 6, "answerer.tasks": 4}, True),
    "exclamation": ({"exclaim.tasks": 4, "exclaim_again.tasks": 3}, False),
    "held_batch": ({"numbers.tasks": 2}, True),
    "join_by_key": ({"joiner.tasks": 4}, True),
    "partial_key_count": ({"visits.tasks": 3, "counter.tasks": 5}, True),
    "replay": ({"flaky.tasks": 4}, True),
    "rolling_top_words": ({"counter.tasks": 4}, True),
}


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as cluster:
        yield cluster


def run(cluster, name, *words, **settings):
    """The lines that its workers printed. It must have had three, all with a part in it."""
    so_file = BUILD / "topologies" / f"{name}.so"
    submitted = cluster.submit(
        so_file, name, "--inactive", *words, **{"topology.workers": WORKERS}, **settings
    )
    assert submitted["workers"] == WORKERS
    workers = cluster.await_running(name, WORKERS)
    assert {supervisor for supervisor, _ in workers} == {"s1", "s2"}
    assert all(worker["tasks"] > 0 for worker in workers.values())
    cluster.gale("activate", name)
    cluster.await_gone(name)
    return cluster.printed(submitted["id"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_prints_what_it_promises(cluster, name):
    settings, is_ordered = EXAMPLES[name]
    lines = run(cluster, name, **settings)
    expected = (TOPOLOGIES / name / "expected.txt").read_text().splitlines()
    assert (lines if is_ordered else sorted(lines)) == expected


def test_every_example_is_run():
    folders = {path.parent.name for path in TOPOLOGIES.glob("*/*.c")}
    # word_count_log is run by test_examples.py, on a cluster as well.
    assert folders == {*EXAMPLES, "word_count", "word_count_log"}


@pytest.mark.parametrize("splitters, counters", [(2, 3), (3, 5)])
def test_all_words_are_counted(cluster, splitters, counters):
    lines = run(
        cluster,
        "word_count",
        **{
            "reader.path": SAMPLE,
            "report.all": "true",
            "splitter.tasks": splitters,
            "counter.tasks": counters,
        },
    )
    counts = collections.Counter(re.findall(r"[a-z']+", SAMPLE.read_text().lower()))
    assert lines == [f"{word}\t{count}" for word, count in sorted(counts.items())]
