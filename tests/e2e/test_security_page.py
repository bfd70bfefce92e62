# SPDX-License-Identifier: Apache-2.0
"""docs/security.md is run: every command, in order, in one shell; and what it shows is what they print."""

import shutil

import pytest
from conftest import BUILD, ROOT
from test_tutorial import Shell, blocks, plain


@pytest.fixture
def shell(tmp_path):
    made = Shell(tmp_path, str(tmp_path))
    made.environment["PATH"] = f"{BUILD / 'bin'}:{made.environment['PATH']}"
    return made


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_page_on_security_does_what_it_says(shell):
    output = ""
    ran = 0
    for kind, rest, body in blocks(ROOT / "docs" / "security.md"):
        if kind == "sh":
            done = shell.run(body)
            output = done.stdout
            ran += 1
            assert (done.returncode != 0) == (rest == "fails"), f"{body}\n{output}"
        elif kind == "text":
            printed = plain(output)
            for line in plain(body):
                assert any(line in other for other in printed), f"'{line}' is not in:\n{output}"
    assert ran >= 3
