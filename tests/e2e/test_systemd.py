# SPDX-License-Identifier: Apache-2.0
"""systemd finds nothing wrong with the units of the daemons."""

import re
import shutil
import subprocess

import pytest
from conftest import BUILD

UNITS = BUILD / "share" / "systemd"
NAMES = (
    "gale-broker.service",
    "gale-coord.service",
    "gale-nimbus.service",
    "gale-supervisor.service",
    "gale-ui.service",
    "gale.target",
)
TIMEOUT_S = 60


@pytest.fixture
def units(tmp_path):
    """The units as they are, but for the folder of the programs, which need not be installed."""
    for name in NAMES:
        text = (UNITS / name).read_text()
        for path in re.findall(r"^ExecStart=(\S+)", text, re.MULTILINE):
            program = tmp_path / path.rpartition("/")[2]
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
            text = text.replace(path, str(program))
        text = re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE)  # not installed
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_units_pass_the_check_of_systemd(units):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not there to check with")
    paths = [str(units / name) for name in NAMES]
    result = subprocess.run(
        [program, "verify", "--man=no", *paths],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    about_us = [line for line in result.stderr.splitlines() if "gale" in line]
    assert result.returncode == 0 and not about_us, result.stderr


def test_the_supervisor_leaves_its_workers_alone():
    text = (UNITS / "gale-supervisor.service").read_text()
    assert "KillMode=process\n" in text and "Delegate=yes\n" in text
    assert "PrivateTmp" not in text  # a worker that outlives its supervisor would be apart


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_to_be_filled_in(name):
    assert "@" not in (UNITS / name).read_text().replace("@system-service", "")
