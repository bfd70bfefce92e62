# SPDX-License-Identifier: Apache-2.0
"""`gale up`: most tests have the real gale-coord and stand-ins for the other daemons, in a folder of
their own, so that what it starts, says, restarts and stops is seen apart from what the daemons do.
The last ones have them all."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import BUILD, GALE, TIMEOUT_S, run_gale

TESTS = Path(__file__).resolve().parent
DONE, FAILED, USAGE, CONFLICT, TIMED_OUT, INTERRUPTED = 0, 1, 2, 5, 6, 130

# Each notes its words and its id beside itself.
NOTE = r"""
import json, os, signal, sys, time
folder = os.path.dirname(os.path.abspath(sys.argv[0]))
name = os.path.basename(sys.argv[0])
settings = dict(word.split("=", 1) for flag, word in zip(sys.argv, sys.argv[1:]) if flag == "-c")
who = settings.get("supervisor.id", name)
def note(what):
    with open(os.path.join(folder, "notes"), "a", encoding="utf-8") as file:
        file.write(json.dumps({"who": who, "what": what, "pid": os.getpid(), "time": time.monotonic(),
                               "words": sys.argv[1:], "settings": settings}) + "\n")
"""

NIMBUS = (
    NOTE
    + r"""
sys.path.insert(0, TESTS)
import fake_nimbus
note("start")
print("nimbus was here", flush=True)
if "nimbus.monitor.freq.secs" in settings and settings["nimbus.monitor.freq.secs"] == "77":
    print("gale-nimbus: it does not like 77", flush=True)
    sys.exit(2)
try:
    fake_nimbus.main(settings["nimbus.listen"], SUPERVISORS)
finally:
    note("end")
"""
)

# Answers whoever asks which versions it serves.
BROKER = (
    NOTE
    + r"""
import select, socket
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
note("start")
host, _, port = settings["broker.listen"].rpartition(":")
server = socket.create_server((host, int(port)))
while not signal.sigtimedwait([signal.SIGTERM], 0):
    if select.select([server], [], [], 0.01)[0]:
        connection, _ = server.accept()
        if len(connection.recv(14, socket.MSG_WAITALL)) == 14:
            connection.sendall(bytes([0, 0, 0, 6, 0, 0, 0, 1, 0, 0]))
        connection.close()
note("end")
"""
)

# Listens, which is all that is asked of it.
PAGE = (
    NOTE
    + r"""
import socket
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
note("start")
host, _, port = settings["ui.listen"].rpartition(":")
server = socket.create_server((host, int(port)))
signal.sigwait([signal.SIGTERM])
note("end")
"""
)

# With a worker that outlives it unless it is asked to stop.
SUPERVISOR = (
    NOTE
    + r"""
import subprocess
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
worker = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"],
                          preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM]),
                          start_new_session=True)
note("start")
note(f"worker {worker.pid}")
signal.sigwait([signal.SIGTERM])
worker.terminate()
worker.wait()
note("end")
"""
)


class Cluster:
    """Runs `gale up` from a folder with stand-ins."""

    def __init__(self, folder):
        self.bin = folder / "bin"
        self.state = folder / "state"
        self.bin.mkdir()
        for name in ("gale", "gale-coord"):
            shutil.copy(BUILD / "bin" / name, self.bin / name)
        self.stand_in("gale-nimbus", NIMBUS.replace("TESTS", repr(str(TESTS))).replace("SUPERVISORS", "2"))
        self.stand_in("gale-broker", BROKER)
        self.stand_in("gale-ui", PAGE)
        self.stand_in("gale-supervisor", SUPERVISOR)
        self.process = None

    def stand_in(self, name, source):
        file = self.bin / name
        file.write_text(f"#!{sys.executable}\n{source}")
        file.chmod(0o755)

    def start(self, *words):
        self.process = subprocess.Popen(
            [self.bin / "gale", "up", "--dir", self.state, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def up(self, *words):
        """Starts it and returns what it says as JSON when it is ready."""
        self.start("--json", *words)
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return json.loads(line)

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        _, stderr = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, stderr

    def notes(self):
        file = self.bin / "notes"
        if not file.exists():
            return []
        *lines, _ = file.read_text().split("\n")  # the last may be half written
        return [json.loads(line) for line in lines]

    def pids(self):
        """Of all that was ever started and noted itself, and of gale-coord while it runs."""
        pids = {note["pid"] for note in self.notes()}
        pids |= {
            int(note["what"].split()[1]) for note in self.notes() if note["what"].startswith("worker ")
        }
        return pids | set(running_from(self.bin))


def running_from(folder):
    """The ids of the processes whose program lies in the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if Path(os.readlink(entry / "exe")).parent == folder:
                found.append(int(entry.name))
        except OSError:  # it has ended, or is not ours
            continue
    return found


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def await_(condition):
    """Until it holds; the test's own time limit ends what never does."""
    while not condition():
        os.sched_yield()


@pytest.fixture
def cluster(tmp_path):
    it = Cluster(tmp_path)
    yield it
    if it.process is not None and it.process.poll() is None:
        it.process.kill()
        it.process.communicate()
    for pid in it.pids():
        if is_running(pid):
            os.kill(pid, signal.SIGKILL)


def test_it_says_where_everything_is_and_leaves_nothing_behind(cluster):
    ready = cluster.up()
    assert (ready["v"], ready["supervisors"], ready["slots"]) == (1, 2, 8)
    assert ready["folder"] == str(cluster.state)
    await_(lambda: len(cluster.notes()) == 5 + 2)  # their workers', too
    starts = [note for note in cluster.notes() if note["what"] == "start"]
    assert sorted(note["who"] for note in starts) == [
        "gale-broker", "gale-nimbus", "gale-ui", "supervisor-1", "supervisor-2",
    ]
    page = next(note for note in starts if note["who"] == "gale-ui")
    assert f"http://{page['settings']['ui.listen']}" == ready["ui"]
    for note in starts:
        assert note["settings"]["coord.servers"] == ready["coord"]
        key = "broker.listen" if note["who"] == "gale-broker" else "log.brokers"
        if not note["who"].startswith("supervisor"):
            assert note["settings"][key] == ready["log"]
        else:
            assert note["words"][0] == "--stop-workers"
            assert note["settings"]["supervisor.slots"] == "4"
    pids = cluster.pids()
    assert len(pids) == 2 + 3 + 2 + 2  # gale and gale-coord; nimbus, broker, page; supervisors; their workers
    code, stderr = cluster.end()
    assert code == INTERRUPTED
    assert stderr == "gale up: stopping; a second signal does not wait for the workers\n"
    assert not [pid for pid in pids if is_running(pid)]
    left = {file.name for file in cluster.state.iterdir()}
    assert left <= {"coord", "gale.yaml", "log", "logs", "nimbus", "supervisor-1", "supervisor-2"}
    assert (cluster.state / "logs" / "nimbus.log").read_text() == "nimbus was here\n"


def test_what_is_stopped_first_is_gone_before_the_next(cluster):
    cluster.up()
    cluster.end(signal.SIGTERM)
    ends = {note["who"]: note["time"] for note in cluster.notes() if note["what"] == "end"}
    assert max(ends["supervisor-1"], ends["supervisor-2"]) <= min(
        ends["gale-nimbus"], ends["gale-broker"], ends["gale-ui"]
    )


def test_without_a_log_there_is_no_broker(cluster):
    ready = cluster.up("--no-log")
    assert ready["log"] is None
    assert "gale-broker" not in {note["who"] for note in cluster.notes()}
    assert "log.brokers" not in Path(ready["config"]).read_text()
    assert cluster.end()[0] == INTERRUPTED


def test_the_port_of_the_log_can_be_given(cluster):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        cluster.start("--log-port", str(port))
        code, stderr = cluster.wait()
        assert (code, stderr) == (CONFLICT, f"gale up: port {port} on 127.0.0.1 is in use\n")
    ready = cluster.up("--log-port", str(port))
    assert ready["log"] == f"127.0.0.1:{port}"
    assert f"log.brokers: 127.0.0.1:{port}\n" in Path(ready["config"]).read_text()
    cluster.end()
    assert cluster.up()["log"] == ready["log"]
    cluster.end()


def test_without_a_page_there_is_no_gale_ui(cluster):
    ready = cluster.up("--no-ui")
    assert ready["ui"] is None
    assert "gale-ui" not in {note["who"] for note in cluster.notes()}
    assert "ui.listen" not in Path(ready["config"]).read_text()
    assert cluster.end()[0] == INTERRUPTED


def test_the_port_of_the_page_can_be_given(cluster):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        cluster.start("--ui-port", str(port))
        code, stderr = cluster.wait()
        assert (code, stderr) == (CONFLICT, f"gale up: port {port} on 127.0.0.1 is in use\n")
    ready = cluster.up("--ui-port", str(port))
    assert ready["ui"] == f"http://127.0.0.1:{port}"
    assert f"ui.listen: 127.0.0.1:{port}\n" in Path(ready["config"]).read_text()
    cluster.end()
    assert cluster.up()["ui"] == ready["ui"]
    cluster.end()


def test_a_page_that_does_not_answer_is_named(cluster):
    cluster.stand_in("gale-ui", NOTE + "note('start')\nsignal.pause()\n")
    cluster.start("--timeout", "5")
    code, stderr = cluster.wait()
    assert code == TIMED_OUT
    assert "is not ready after 5 s: gale-ui does not answer" in stderr


def test_a_broker_that_does_not_answer_is_named(cluster):
    cluster.stand_in("gale-broker", NOTE + "note('start')\nsignal.pause()\n")
    cluster.start("--timeout", "1.5")
    code, stderr = cluster.wait()
    assert code == TIMED_OUT
    assert "is not ready after 1.5 s: the broker of the log does not answer" in stderr


def test_the_next_start_finds_the_same_ports_and_state(cluster):
    first = cluster.up()
    assert run_gale("coord", "create", "/kept", "--server", first["coord"]).returncode == 0
    cluster.end()
    second = cluster.up()
    assert [second[who] for who in ("coord", "nimbus", "log")] == [
        first[who] for who in ("coord", "nimbus", "log")
    ]
    assert run_gale("coord", "stat", "/kept", "--server", second["coord"]).returncode == 0
    cluster.end()


def test_other_commands_find_it_by_the_file_that_it_writes(cluster):
    ready = cluster.up()
    result = run_gale("coord", "ls", "/", "--config", ready["config"])
    assert (result.returncode, result.stderr) == (0, "")
    result = run_gale("coord", "ls", "/", env={"GALE_CONFIG": ready["config"]})
    assert (result.returncode, result.stderr) == (0, "")
    cluster.end()


def test_only_one_can_have_the_folder(cluster):
    cluster.up()
    result = subprocess.run(
        [cluster.bin / "gale", "up", "--dir", cluster.state],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert result.returncode == CONFLICT
    assert result.stderr.startswith("gale up: another 'gale up' runs on the folder")
    cluster.end()


def test_settings_go_to_those_who_know_them(cluster):
    cluster.up(
        "--slots", "7", "-c", "coord.tick_ms=700", "-c", "nimbus.monitor.freq.secs=3",
        "-c", "topology.acking=false", "-c", "log.segment.bytes=1MiB",
    )
    for note in cluster.notes():
        assert "coord.tick_ms" not in note["settings"]
        assert ("log.segment.bytes" in note["settings"]) == (note["who"] == "gale-broker")
        if note["who"] == "gale-broker":
            continue
        assert note["settings"]["nimbus.monitor.freq.secs"] == "3"
        assert note["settings"]["topology.acking"] == "false"
        if note["who"].startswith("supervisor"):
            assert note["settings"]["supervisor.slots"] == "7"
    (coord,) = [
        pid for pid in running_from(cluster.bin) if os.readlink(f"/proc/{pid}/exe").endswith("coord")
    ]
    assert b"\0coord.tick_ms=700\0" in Path(f"/proc/{coord}/cmdline").read_bytes()
    cluster.end()


@pytest.mark.parametrize(
    "words, text",
    [
        (["--supervisors", "0"], "--supervisors is '0', but must be a whole number from 1 to 16"),
        (["--slots", "x"], "--slots is 'x', but must be a whole number from 1 to 256"),
        (["-c", "nimbus.lisen=x"], "-c: unknown setting 'nimbus.lisen'; did you mean 'nimbus.listen'?"),
        (["-c", "nimbus.listen=x:1"], "'nimbus.listen' is what 'gale up' decides itself"),
        (["-c", "broker.data=/x"], "'broker.data' is what 'gale up' decides itself"),
        (["--log-port", "0"], "--log-port is '0', but must be a whole number from 1 to 65535"),
        (["--log-port", "9092", "--no-log"], "--log-port and --no-log exclude each other"),
    ],
)
def test_what_is_wrong_is_said_before_anything_starts(tmp_path, words, text):
    result = run_gale("up", "--dir", tmp_path, *words)
    assert (result.returncode, result.stdout) == (USAGE, "")
    assert result.stderr.startswith(f"gale up: {text}"), result.stderr


def test_a_folder_too_deep_for_sockets_is_refused(tmp_path):
    result = run_gale("up", "--dir", tmp_path / ("x" * 100))
    assert (result.returncode, result.stdout) == (USAGE, "")
    assert re.search(r"gale up: the folder '.*/x{100}' has a path of \d+ bytes", result.stderr)


def test_one_that_dies_is_started_again(cluster):
    cluster.up()
    (first,) = [note for note in cluster.notes() if note["who"] == "gale-nimbus"]
    os.kill(first["pid"], signal.SIGKILL)
    line = cluster.process.stderr.readline()
    assert line.startswith("gale up: nimbus ended (killed by SIGKILL); it is started again. Its log: ")
    await_(lambda: len([note for note in cluster.notes() if note["who"] == "gale-nimbus"]) == 2)
    assert cluster.end()[0] == INTERRUPTED
    assert not [pid for pid in cluster.pids() if is_running(pid)]


def test_workers_whose_supervisor_was_killed_are_not_forgotten(cluster):
    cluster.up()
    victim = [note for note in cluster.notes() if note["who"] == "supervisor-1"][-1]
    os.kill(victim["pid"], signal.SIGKILL)
    await_(lambda: len([n for n in cluster.notes() if n["who"] == "supervisor-1"]) == 4)
    assert is_running(int(victim["what"].split()[1]))
    cluster.end()
    assert not [pid for pid in cluster.pids() if is_running(pid)]


def test_everything_ends_when_it_is_killed(cluster):
    cluster.up()
    pids = cluster.pids()
    cluster.process.kill()
    cluster.process.communicate()
    await_(lambda: not [pid for pid in pids if is_running(pid)])


def test_a_daemon_that_does_not_start_ends_it_and_says_why(cluster):
    cluster.start("-c", "nimbus.monitor.freq.secs=77")
    code, stderr = cluster.wait()
    assert code == USAGE
    assert "gale up: nimbus did not start (exit status 2): gale-nimbus: it does not like 77" in stderr
    assert not [pid for pid in cluster.pids() if is_running(pid)]


def test_a_program_that_is_missing_is_named(cluster):
    (cluster.bin / "gale-supervisor").unlink()
    cluster.start()
    code, stderr = cluster.wait()
    assert code == FAILED
    assert re.search(r"gale up: cannot start '.*/gale-supervisor': No such file", stderr)


def test_a_cluster_that_is_not_ready_in_time_is_given_up(cluster):
    cluster.start("--supervisors", "3", "--timeout", "1.5")
    code, stderr = cluster.wait()
    assert code == TIMED_OUT
    assert "gale up: the cluster is not ready after 1.5 s: nimbus does not lead, or a supervisor" in stderr
    assert not [pid for pid in cluster.pids() if is_running(pid)]


# ---- with all daemons ----


@pytest.fixture
def real(tmp_path):
    """The programs of the build, which lie beside each other already."""
    it = Cluster.__new__(Cluster)
    it.bin, it.state, it.process = BUILD / "bin", tmp_path / "state", None
    yield it
    if it.process is not None and it.process.poll() is None:
        it.process.kill()
        it.process.communicate()


def children_of(pid):
    """All processes below it."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += [int(child), *children_of(int(child))]
    return found


def test_a_topology_is_submitted_seen_and_killed(real, tmp_path):
    ready = real.up("--slots", "2")
    assert ready["slots"] == 4
    environment = {"GALE_CONFIG": ready["config"]}

    def gale(*words):
        result = run_gale(*words, env=environment)
        assert result.returncode == DONE, result.stderr
        return result.stdout

    book = tmp_path / "book.txt"
    book.write_text("to be or not to be\n" * 100)
    so_file = BUILD / "topologies" / "word_count.so"
    words = ["submit", so_file, "--name", "wc", "-c", "topology.workers=3", "--inactive", "--", book]
    assert "it gets 3 of 3 workers" in gale(*words)
    await_(lambda: "3 of 3 workers run" in gale("status", "wc"))
    assert len(json.loads(gale("list", "--json"))["topologies"]) == 1
    assert len(children_of(real.process.pid)) == 6 + 3
    assert "worker.running" in gale("logs", "wc")
    assert "wc: inactive" in gale("top", "wc")
    identity = json.loads(gale("status", "wc", "--json"))["id"]
    gale("kill", "wc", "--yes", "--drain", "0", "--wait")
    assert "no topology" in gale("list")
    assert "worker.running" in gale("logs", identity)
    gale("submit", so_file, "--name", "again", "--wait", "--quiet", "--", book)
    pids = [real.process.pid, *children_of(real.process.pid)]
    assert real.end()[0] == INTERRUPTED
    assert not [pid for pid in pids if is_running(pid)]


def test_a_topology_can_be_looked_into_while_it_runs_and_after_its_end(real, tmp_path):
    ready = real.up("--slots", "2")
    environment = {"GALE_CONFIG": ready["config"]}

    def gale(*words, code=DONE):
        result = run_gale(*words, env=environment)
        assert result.returncode == code, result.stderr
        return result

    book = tmp_path / "book.txt"
    book.write_text("to be or not to be\n" * 100)
    so_file = BUILD / "topologies" / "word_count.so"
    four = [f"{name}.{what}=4" for name in ("splitter", "counter") for what in ("tasks", "executors")]
    words = ["submit", so_file, "--name", "wc", "-c", "topology.workers=4", "-c", f"reader.path={book}"]
    words += [word for setting in four for word in ("-c", setting)]
    gale(*words, "-c", "reader.passes=0", "--quiet")
    lines = gale("debug", "sample", "wc", "splitter", "-n", "20", "--within", "50").stdout.splitlines()
    assert len(lines) == 20
    for line in lines:
        assert re.fullmatch(r'splitter\[[0-3]\] -> counter\[[0-3]\] words \{text="(to|be|or|not)"\}', line)
    words = ["debug", "sample", "wc", "splitter", "--received", "--json", "-n", "3", "--within", "50"]
    for line in gale(*words).stdout.splitlines():
        sampled = json.loads(line)
        assert (sampled["component"], sampled["to"]) == ("reader", "splitter")
        assert sampled["values"]["text"] == "to be or not to be"
    gale("debug", "sample", "wc", "report", "--within", "0.2", code=TIMED_OUT)
    words = [GALE, "debug", "sample", "wc", "--within", "50", "-n", "30"]
    asking = [
        subprocess.Popen([*words, component], stdout=subprocess.PIPE, env={**os.environ, **environment})
        for component in ("reader", "splitter", "splitter")  # they take turns at the workers
    ]
    for one in asking:
        assert len(one.communicate(timeout=TIMEOUT_S)[0].splitlines()) == 30
    gale("kill", "wc", "--yes", "--wait")
    assert json.loads(gale("status", "wc", "--json").stdout)["status"] == "killed"

    words = ["submit", so_file, "--name", "wc", "-c", "topology.workers=4", "-c", f"reader.path={book}"]
    gale(*words, "--wait", "--quiet")
    status = json.loads(gale("status", "wc", "--json").stdout)
    assert (status["status"], status["completed"], status["failed"]) == ("ended", 100, 0)
    assert len(status["workers"]) == 4
    executed = {one["name"]: one["executed"] for one in status["components"]}
    assert (executed["splitter"], executed["counter"], executed["report"]) == (100, 600, 4)
    logs = gale("logs", "wc", "-f")
    assert f"'wc' has ended; these are the logs of '{status['id']}'" in logs.stderr
    assert "600 words, 4 different" in logs.stdout
    assert logs.stdout == gale("logs", status["id"]).stdout
    assert real.end()[0] == INTERRUPTED
    assert not list(real.state.rglob("lock"))


def test_ctrl_c_stops_the_workers_too_and_the_next_start_goes_on(real, tmp_path):
    ready = real.up()
    environment = {"GALE_CONFIG": ready["config"]}
    so_file = BUILD / "topologies" / "word_count.so"
    result = run_gale("submit", so_file, "--name", "wc", "--inactive", "--", "/dev/null", env=environment)
    assert result.returncode == DONE, result.stderr

    def is_up():
        return "1 of 1 workers run" in run_gale("status", "wc", env=environment).stdout

    await_(is_up)
    pids = children_of(real.process.pid)
    assert len(pids) == 6 + 1
    real.end()
    assert not [pid for pid in pids if is_running(pid)]
    real.up()
    await_(is_up)
    pids = children_of(real.process.pid)
    real.process.kill()  # nothing survives it
    real.process.communicate()
    await_(lambda: not [pid for pid in pids if is_running(pid)])
