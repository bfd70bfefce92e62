# SPDX-License-Identifier: Apache-2.0
"""node, and the packages of the page (ui/page), which its tests use as well."""

import shutil
import subprocess
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "ui" / "page"
INSTALL_S = 900


def node():
    program = shutil.which("node")
    assert program, "node is missing: apt-get install nodejs npm"
    return program


def install_packages():
    """Unless they are there, as they are after a build with the page. Whoever else needs them waits."""
    script = PAGE / "scripts" / "packages.cmake"
    subprocess.run(["cmake", f"-DPAGE={PAGE}", "-P", script], check=True, timeout=INSTALL_S)


def told(output):
    """The lines of node's tests that begin with '#' because a test has written them so: what was measured."""
    return [line.removeprefix("# \\# ").removeprefix("# ") for line in output.splitlines() if line.startswith("# \\# ")]
