# SPDX-License-Identifier: Apache-2.0
"""What the docs show is true.

docs/tutorial.md is run: every command, in order, in one shell, with the files that it shows.

A block of `sh` is run; `sh fails` must exit with an error; `sh background` goes on until the end of
the page, and the lines that it prints are waited for. A block with `file=NAME` is written to that
file. A block of `text` says lines that the last command must have printed; numbers may
differ, and so may the columns. In any page, a block with `from=FILE` stands in that file.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from conftest import BUILD, C_FLAGS, ROOT, uses_librdkafka
from coord import servers

TIMEOUT_S = 300
USUAL_PAGE = "http://127.0.0.1:8080" # of gale up, if nobody else has the port
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    text = page.read_text(encoding="utf-8")
    return [(kind, rest.strip(), body) for kind, rest, body in BLOCK.findall(text)]


def plain(text):
    """Without what may differ: numbers, and how far columns stand apart."""
    text = re.sub(r"\d[\d.,]*", "0", text)
    return [" ".join(line.split()) for line in text.splitlines()]


class Shell:
    """One shell for the whole page; each block's folder and variables are there for the next."""

    def __init__(self, home, state_home):
        self.state = home / ".state"
        self.state.write_text("cd ~\n", encoding="utf-8")
        flags = " ".join(C_FLAGS)
        self.environment = {**os.environ, "HOME": str(home), "CFLAGS": flags, "NO_COLOR": "1",
                            "XDG_STATE_HOME": state_home}
        self.background = []

    def run(self, commands):
        script = f'. {self.state}; set -euo pipefail; {{ {commands}\n}}; ' \
                 f'{{ declare -p PATH HOME; export -p; printf "cd %q\\n" "$PWD"; }} >{self.state}'
        return subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT_S,
                              env=self.environment, check=False)

    def start(self, command):
        """Runs it beside the shell; returns its output, to be read."""
        process = subprocess.Popen(["bash", "-c", f". {self.state}; exec {command}"],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env=self.environment)
        self.background.append(process)
        return process.stdout

    def stop(self):
        for process in self.background:
            process.send_signal(signal.SIGINT)
        for process in self.background:
            process.communicate(timeout=TIMEOUT_S)

    def folder(self):
        return self.run("pwd").stdout.splitlines()[-1]


@pytest.fixture
def shell(tmp_path):
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not installed")
    # The state of a cluster has sockets in it, whose paths must be short.
    state_home = tempfile.mkdtemp(prefix="gale-")
    it = Shell(tmp_path, state_home)
    yield it
    it.stop()
    shutil.rmtree(state_home)


def read_until(output, wanted):
    """Reads lines until each of those wanted is in one of them; ends with the program, or the test."""
    seen = ""
    while any(not any(line in other for other in plain(seen)) for line in plain(wanted)):
        line = output.readline()
        assert line, f"it ended before it had said all of this:\n{wanted}\n{seen}"
        seen += line
    return seen


@uses_librdkafka
def test_the_tutorial_does_what_it_says(shell):
    # The page builds a release in the checkout; the test installs the build that is under test.
    install = f'cmake --install {BUILD} --prefix "$HOME/.local" >/dev/null'
    output = ""
    running = None
    page = USUAL_PAGE
    for kind, rest, body in blocks(ROOT / "docs" / "tutorial.md"):
        if rest == "background":
            running = shell.start(body.strip())
        elif running is not None:
            said = read_until(running, body)
            running = None
            for line in re.findall(r"^ +export .*$", said, re.MULTILINE):
                shell.run(line) # another cluster has the usual port
            page = re.search(r"^ +ui +(\S+)$", said, re.MULTILINE).group(1)
        elif "file=" in rest:
            name = rest.split("file=")[1]
            with open(os.path.join(shell.folder(), name), "w", encoding="utf-8") as file:
                file.write(body)
        elif kind == "sh":
            commands = body.replace("./dev build\n", "")
            commands = re.sub(r"cmake --install .*", install, commands)
            commands = commands.replace(USUAL_PAGE, page)
            done = shell.run(commands)
            output = done.stdout
            assert (done.returncode != 0) == (rest == "fails"), f"{commands}\n{output}"
        elif kind == "text":
            printed = plain(output)
            for line in plain(body):
                assert any(line in other for other in printed), f"'{line}' is not in:\n{output}"


def test_the_page_on_cluster_state_does_what_it_says(shell, tmp_path):
    # The server is the test's own, on a free port; commands are told where it is.
    server = servers.GaleCoord(tmp_path / "coord", servers.Settings())
    output = ""
    with contextlib.ExitStack() as stack:
        server.start()
        stack.callback(server.stop)
        for kind, _, body in blocks(ROOT / "docs" / "coord.md"):
            if kind == "sh" and "serve" not in body:
                commands = body.replace("gale coord", f"{BUILD}/bin/gale coord")
                commands = re.sub(r"$", f" --server {server.hosts}", commands.strip(), flags=re.M)
                done = shell.run(commands)
                output = done.stdout
                assert done.returncode == 0, output
            elif kind == "text":
                assert plain(body) == plain(output)
    assert output


def test_code_in_the_docs_stands_in_the_files_that_it_names():
    named = [(page, rest.split("from=")[1], body)
             for page in sorted((ROOT / "docs").rglob("*.md"))
             for _, rest, body in blocks(page) if "from=" in rest]
    assert named
    for page, name, body in named:
        assert body in (ROOT / name).read_text(encoding="utf-8"), f"{page}: not in {name}"
