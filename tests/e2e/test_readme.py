# SPDX-License-Identifier: Apache-2.0
"""What README.md says of the log is true: its commands are run, against a broker on another port. ./dev run itself is
run by test_examples.py."""

import re
import shutil
import subprocess

from broker import servers
from conftest import BUILD, ROOT, TIMEOUT_S, uses_librdkafka

pytestmark = uses_librdkafka


def commands_after(words):
    """The first indented block behind these words."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count(words) == 1
    return re.search(r"\n\n((?: {4}.+\n)+)", text.split(words)[1]).group(1)


def test_the_commands_for_the_log_do_what_they_say(tmp_path):
    assert shutil.which("kcat"), "kcat is missing: apt-get install kcat"
    commands = commands_after("The log of that cluster is on 127.0.0.1:9092:")
    with servers.running(tmp_path) as broker:
        config = tmp_path / "gale.yaml"
        config.write_text(f"log.brokers: {broker.hosts}\n", encoding="utf-8")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands.replace("127.0.0.1:9092", broker.hosts)],
            env={"PATH": f"{BUILD}/bin:/usr/bin:/bin", "GALE_CONFIG": str(config)},
            capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said == ["created lines"] + 2 * ["the cow jumped over the moon"], done.stdout
