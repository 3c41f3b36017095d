# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make demo` does: a lab, site.yml on it, who reaches whom, and site.yml once more.

Every line of the table is a probe that was made (playbooks/lab_proof.yml). The exit status is not 0 if one of them is
not as expected, or if the second run changes anything.
"""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(sys.executable).parent
RECAP = re.compile(r"^(\S+)\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")
PRETTY = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and "NO_COLOR" not in os.environ


def paint(color, text):
    return "\033[%sm%s\033[0m" % (color, text) if PRETTY else text


def good(text):
    return paint("32", text)


def bad(text):
    return paint("1;31", text)


class Progress:
    """What a long step is doing: one line that is written over on a terminal, a dot a task elsewhere."""

    def __init__(self, title):
        self.started = time.monotonic()
        print(paint("1", title), end="" if PRETTY else " ", flush=True)
        self.title = title

    def task(self, name):
        if PRETTY:
            room = max(shutil.get_terminal_size().columns - len(self.title) - 6, 10)
            print("\r\033[K%s  %s" % (paint("1", self.title), paint("2", name[:room])), end="", flush=True)
        else:
            print(".", end="", flush=True)

    def done(self, text):
        head = "\r\033[K" + paint("1", self.title) if PRETTY else ""
        print("%s  %s  %s" % (head, text, paint("2", "%.1f s" % (time.monotonic() - self.started))), flush=True)


def play(progress, playbook, *arguments):
    """Run a playbook; returns its exit status, {host: changed} and all that it printed."""
    command = [str(BIN / "ansible-playbook"), "playbooks/" + playbook, *arguments]
    environment = dict(os.environ, ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"), ANSIBLE_NOCOLOR="1", PYTHONUNBUFFERED="1")
    environment.pop("ANSIBLE_FORCE_COLOR", None)
    changed, said = {}, []
    run = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with run.stdout:
        for line in run.stdout:
            said.append(line)
            task = re.match(r"TASK \[(?:.* : )?(.*)\]", line)
            if task:
                progress.task(task.group(1))
            recap = RECAP.match(line)
            if recap:
                changed[recap.group(1)] = int(recap.group(3))
    return run.wait(), changed, "".join(said)


def step(title, playbook, *arguments):
    """A playbook that must succeed: ends the demo with what it said when it does not.  Returns {host: changed}."""
    progress = Progress(title)
    status, changed, said = play(progress, playbook, *arguments)
    if status:
        progress.done(bad("failed"))
        print("\n%s\n%s" % (said, bad("The demo stopped here. To take the lab away: make lab-down")))
        sys.exit(1)
    progress.done(", ".join("%s changed=%d" % (host, count) for host, count in sorted(changed.items()) if host != "localhost") or good("up"))
    return changed


def table(results):
    """Print who reached whom, a line for each caller and called; returns how many probes are not as expected."""
    rows = [(node, *result["name"].split(": ", 1), result) for node, list_ in sorted(results.items()) for result in list_]
    sections = list(dict.fromkeys(row[1] for row in rows))
    for title, section in itertools.groupby(sorted(rows, key=lambda row: sections.index(row[1])), key=lambda row: row[1]):
        print("\n   " + paint("1", title[0].upper() + title[1:]))
        for (node, netns, callee), calls in itertools.groupby(section, key=lambda row: (row[0], row[3]["netns"], row[2])):
            calls = [row[3] for row in calls]
            word = bad("✘") if any(call["unexpected"] for call in calls) else good("✔")
            heard = [
                "%s %s" % (address, ", ".join(outcome(call) for call in same))
                for address, same in itertools.groupby(calls, key=lambda call: call["address"])
            ]
            print("   %s %-11s → %-14s %s" % (word, node + ("/" + netns if netns else ""), callee, "   ".join(heard)))
    return sum(1 for row in rows if row[3]["unexpected"])


def outcome(result):
    """What came of a probe, in words."""
    if result["unexpected"]:
        return bad(result["unexpected"])
    if result["largest"] is not None:
        return "%d fits (packet %d)" % (result["largest"], result["largest"] + (48 if ":" in result["address"] else 28))
    if result["dont_fragment"]:
        return "%d does not" % result["payload"]
    if not result["reached"]:
        return "not reached, as it should be"
    if result["source"]:
        return "sees %s" % result["source"]
    return "%.2f ms" % result["rtt"]


def proof():
    """Probe, and print the table; returns how many lines are not as expected."""
    with tempfile.TemporaryDirectory() as folder:
        progress = Progress("Who reaches whom")
        status, _changed, said = play(progress, "lab_proof.yml", "-e", "lab_proof_folder=" + folder)
        answers = {path.stem: json.loads(path.read_text()) for path in pathlib.Path(folder).glob("*.json")}
    results = {node: answer["results"] for node, answer in answers.items() if "results" in answer}
    if not results or len(results) < len(answers):
        progress.done(bad("could not be found out"))
        print("\n" + said)
        return 1
    progress.done("%d probes" % sum(map(len, results.values())))
    return table(results) or int(status != 0)


def main():
    os.chdir(CHECKOUT)
    sys.stdout.reconfigure(errors="replace")  # a terminal without these arrows is no reason to stop
    print("Two nodes on this machine, a switch between them, and a namespace that plays the internet.")
    print("The machine's own network is not touched.\n")
    step("Lab up", "lab_up.yml")
    step("site.yml", "site.yml")
    wrong = proof()
    print()
    again = step("site.yml again", "site.yml")
    print(
        """
To look inside:      make shell NODE=node1                 a shell in a node
                     make shell NODE=node1 NETNS=web       a shell in a container of it
                     tools/lab node1 bridge fdb show       one command; tools/lab alone lists what there is
To see every change: .venv/bin/ansible-playbook playbooks/site.yml --check --diff
To take it away:     make lab-down"""
    )
    if wrong:
        print("\n" + bad("%d of the probes above are not as expected." % wrong))
    if any(again.values()):
        print("\n" + bad("The second run changed something; it should not."))
    return 1 if wrong or any(again.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
