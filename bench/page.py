# SPDX-License-Identifier: Apache-2.0
"""`bench/run.py BUILD_DIR page`: how quick the web page is, in Debian's Chromium.

The cluster is simulated (tests/ui/fixture), so that what is measured is the page: from a message of the
stream to the frame that shows it, and from the address to the overview with its figures.
"""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

from measure import BenchError, Figure, Rounds, last_json, others_in, show, tell_round

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "ui" / "page"
TIMEOUT_S = 600
LOOK_S = 0.5  # at what others use, before each round: the browser is not told from them
MS = 1e6  # nanoseconds

# With what is wished of them, in milliseconds.
NAMES = {
    "page/update/graph-100/p50": None,
    "page/update/graph-100/p95": 33,
    "page/update/graph-100/cpu": None,
    "page/update/components-100/p50": None,
    "page/update/components-100/p95": 33,
    "page/update/components-100/cpu": None,
    "page/update/overview-small/p50": None,
    "page/update/overview-small/p95": 33,
    "page/update/overview-small/cpu": None,
    "page/update/overview-500/p50": None,
    "page/update/overview-500/p95": 33,
    "page/update/overview-500/cpu": None,
    "page/content/overview-small": 500,
    "page/content/overview-500": 500,
}


def run_node(*words, folder=None):
    environment = {**os.environ, **({"GALE_UI_DIST": str(folder)} if folder else {})}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=TIMEOUT_S, env=environment, check=False)
    if done.returncode != 0:
        raise BenchError(f"status {done.returncode}: {' '.join(map(str, words))}\n{done.stderr}")
    return done.stdout


def build_page(folder):
    run_node("cmake", f"-DPAGE={PAGE}", "-P", PAGE / "scripts" / "packages.cmake")
    run_node("node", PAGE / "scripts" / "build.mjs", "--out", folder)


def measure(arguments, names):
    figures = {name: Figure(name, "ns", [], higher_is_better=False) for name in names}
    script = ROOT / "tests" / "ui" / "measure.mjs"
    experiments = sorted({re.sub("/(p50|p95|cpu)$", "", name) for name in names})
    with tempfile.TemporaryDirectory(prefix="gale-bench-") as folder:
        build_page(folder)
        for number in Rounds(arguments.rounds).begin():
            for experiment in experiments:
                others = others_in(LOOK_S)
                command = ["node", str(script), "--only", f"^{experiment}$"]
                values = last_json(run_node(*command, folder=folder), command)
                for name in set(values) & set(figures):
                    figures[name].values.append(values[name] * MS)
                    figures[name].others = max(figures[name].others, others)
                tell_round(experiment, number, others, ", ".join(
                    f"{name.rsplit('/', 1)[-1]} {show(value * MS, 'ns')}"
                    for name, value in values.items()))
    return list(figures.values())


def is_met(figure):
    return NAMES[figure.name] is None or figure.value < NAMES[figure.name] * MS


def print_table(figures):
    print(f"{'figure':34}{'median':>10}{'best':>10}{'wished':>12}{'others':>9}")
    for figure in figures:
        wish = NAMES[figure.name]
        text = "" if wish is None else f"< {wish} ms" if is_met(figure) else f"NO < {wish} ms"
        print(f"{figure.name:34}{show(figure.value, 'ns'):>10}{show(figure.best, 'ns'):>10}"
              f"{text:>12}{figure.others:>7.0f} %")


def print_json(figures):
    for figure in figures:
        print(json.dumps({"name": figure.name, "value": figure.value, "unit": "ns",
                          "best": figure.best, "others": round(figure.others, 1)}))


def main(arguments):
    names = [name for name in NAMES if arguments.only.search(name)]
    if not names:
        raise BenchError("no figure has such a name; --list prints them")
    if arguments.list:
        print("\n".join(names))
        return 0
    figures = measure(arguments, names)
    (print_json if arguments.json else print_table)(figures)
    return 0 if not arguments.check or all(map(is_met, figures)) else 1
