# SPDX-License-Identifier: Apache-2.0
"""node, and the packages of the page (ui/page), which its tests use as well."""

import fcntl
import shutil
import subprocess
import tempfile
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "ui" / "page"
INSTALL_S = 600


def node():
    program = shutil.which("node")
    assert program, "node is missing: apt-get install nodejs npm"
    return program


def install_packages():
    """Unless they are there, as they are after a build with the page. Tests that begin at the same time wait for each other."""
    installed = PAGE / "node_modules" / ".package-lock.json"
    with open(Path(tempfile.gettempdir()) / "gale-page-packages.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed.exists():
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=PAGE, check=True, timeout=INSTALL_S)


def told(output):
    """The lines of node's tests that begin with '#' because a test has written them so: what was measured."""
    return [line.removeprefix("# \\# ").removeprefix("# ") for line in output.splitlines() if line.startswith("# \\# ")]
