# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of README and guides, run as a reader would: in a fresh copy of the checkout, with a lab of the test's own.

A guide is gone through from top to bottom. Its files are written, its console blocks and the commands inside its
sentences are run, and where a block shows what a command prints (after a line with `$ `), that is compared; `...` stands
for anything. What a page need not say stands in a comment before a block, several things separated by `; `:

    <!-- run: after COMMAND -->           what the reader has done before
    <!-- run: with HERS=OURS -->          what stands for something of the reader's own
    <!-- run: on node1 -->                the host that the reader types it on is this node of the lab
    <!-- needs real hosts: REASON -->     not run

A block without it is run in the checkout. What runs for minutes is in SLOW, with the file that runs it.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
#: In the order in which the list of guides has them; README last.
GUIDES = [CHECKOUT / "docs" / path for path in re.findall(r"\]\(([^)]*\.md)\)", (CHECKOUT / "docs" / "README.md").read_text())]
GUIDES = [path.resolve() for path in GUIDES] + [CHECKOUT / "README.md"]
PART = re.compile(r"^( *)(?:<!-- (?P<mark>(?:run|needs)[^\n]*) -->\n\1)?```(?P<language>\w*)\n(?P<block>.*?)^\1```|`(?P<inline>[^`\n]+)`", re.S | re.M)
COMMANDS, OTHERS = {"console", "sh"}, {"", "yaml", "json", "ini", "text"}

#: Command: (what does the same in less time, or None; the file that runs it, and the words there).
SLOW = {
    "make demo": ("make lab-up && { tools/lab node1/web true || .venv/bin/ansible-playbook playbooks/site.yml --limit node1; }", "tests/integration/lab/test_demo.py", '"tools/demo.py"'),
    "make test": (None, ".ci/run", "make test ||"),
    "make test-matrix": (None, ".ci/run", "make test-matrix ||"),
    "make docs": (None, "tools/check.py", '"documentation": documentation'),
    ".venv/bin/python -m pytest tests/scenarios": (None, "tools/check.py", '"tests/scenarios"'),
    ".venv/bin/python -m pytest tests/scenarios -k vxlan_overlay": (None, "tools/check.py", '"tests/scenarios"'),
    "make test-quick": (None, "tools/check.py", '"--quick"'),
    "ansible-playbook -i INVENTORY linuxnet.container.site": (None, "tests/integration/playbooks/test_example.py", '"site.yml"'),
    "ansible-playbook -i INVENTORY linuxnet.container.site --check --diff": (None, "tests/integration/playbooks/test_site.py", '"--check", "--diff"'),
    "ansible-playbook -i INVENTORY linuxnet.container.teardown": (None, "tests/integration/playbooks/test_example.py", '"teardown.yml"'),
    "make bench": (".venv/bin/python benchmarks/run.py --rounds 1 data_plane", "Makefile", "benchmarks/run.py"),
}
#: Of what a reader's own machine is asked for, these may be run here; all else would change it.
OURS = re.compile(r"(make|cd|export|pip|tools/\w+|ansible(-\w+)?|\.venv/bin/\S+) ?")
#: Inside a sentence these are names of programs, and what others are told to type.
SPOKEN = re.compile(r"(ip|bridge) -?[a-z]+|ip netns exec web COMMAND|ansible-test \w+")
PROGRAMS = re.compile(r"tools/lab$|(make|tools/lab|ansible(-\w+)?|\.venv/bin/\S+|pip|ip|bridge|nft|sysctl|tcpdump|iptables) ")


class Wrong(Exception):
    """What a guide has that cannot be run, in one sentence."""


class Step:
    """One thing that a reader does: ``path`` is written, or ``commands`` [(command, what it prints or None)] are run."""

    def __init__(self, text, found):
        self.where = "line %d" % (text.count("\n", 0, found.end("mark") if found["mark"] else found.start()) + 1)
        self.path, self.content, self.commands = None, None, []
        self.after, self.replaced, self.node, self.real = [], [], None, False
        block = re.sub("^" + found[1], "", found["block"], flags=re.M) if found["block"] is not None else None
        if block is None:
            if PROGRAMS.match(found["inline"]) and not SPOKEN.fullmatch(found["inline"]):
                self.commands = [(found["inline"], None)]
        elif found["language"] in COMMANDS:
            self._marked(found["mark"])
            shown = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)
            self.commands = shown or [(block.rstrip(), None)]
        elif found["language"] not in OTHERS:
            raise Wrong("%s: `%s` is no language of these pages: commands are console." % (self.where, found["language"]))
        else:
            named = re.match(r"# (\w+/[\w./]+\.yml)\n", block)
            self.path, self.content = (named[1], block) if named else (None, None)
        for command, _shown in self.commands if not self.real and self.node is None else ():
            for line in command.splitlines():
                if not OURS.match(line + " "):
                    raise Wrong("%s: where is '%s' to be run? Put a mark before it, such as <!-- run: on node1 -->." % (self.where, line))

    def _marked(self, mark):
        kind, _colon, text = (mark or "run:").partition(":")
        self.real = kind == "needs real hosts" and bool(text.strip())
        if kind != "run" and not self.real:
            raise Wrong("%s: '%s' is no mark: <!-- run: ... -->, or <!-- needs real hosts: REASON -->." % (self.where, mark))
        for word in [] if self.real else filter(None, text.strip().split("; ")):
            how, _space, what = word.partition(" ")
            if how == "after":
                self.after.append(what)
            elif how == "with" and "=" in what:
                self.replaced.append(what.split("=", 1))
            elif how == "on":
                self.node = what
            else:
                raise Wrong("%s: '%s' is none of after COMMAND, with HERS=OURS, on NODE." % (self.where, word))


def steps(text):
    """The steps of a guide; a command inside a sentence is one where it comes for the first time."""
    found, seen = [], set()
    for part in PART.finditer(text):
        step = Step(text, part)
        if part["inline"] is None or part["inline"] not in seen:
            found.append(step)
        seen.add(part["inline"])
    return [step for step in found if step.path or step.commands]


def as_shown(text):
    """The pattern for output that a page shows: `...` is any text of a line, alone on its line any number of lines."""
    lines = text.splitlines()
    return re.compile("".join("(?:.*\n)*" if line.strip() == "..." else ".*".join(map(re.escape, line.rstrip().split("..."))) + " *\n" for line in lines))


class Reader:
    """Somebody with a fresh copy of the checkout and a home folder with nothing in it."""

    def __init__(self, folder, lab):
        self.checkout, self.lab = folder / "container", lab
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in subprocess.run(listed, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout.split("\0"):
            if name and (CHECKOUT / name).is_file():
                (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, self.checkout / name)
        # As `make setup` leaves it, without the half minute that it takes.
        (self.checkout / ".venv").symlink_to(sys.prefix)
        link = self.checkout / ".collections" / "ansible_collections" / "linuxnet" / "container"
        link.parent.mkdir(parents=True)
        link.symlink_to("../../..")
        (folder / "home").mkdir()
        self.known = {
            "PATH": "%s/.venv/bin:%s:/usr/sbin:/sbin" % (self.checkout, os.environ["PATH"]),
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            "LINUXNET_LAB_DIR": lab.folder,
            "ANSIBLE_TRANSPORT": "linuxnet.container.lab",  # for inventories with hosts of the reader's own
        }

    def does(self, step):
        if step.path:
            (self.checkout / step.path).parent.mkdir(parents=True, exist_ok=True)
            (self.checkout / step.path).write_text(step.content)
        if step.real:
            return
        for command in step.after:
            self.types(command)
        for command, shown in step.commands:
            printed = self.types(command, step.replaced, step.node)
            assert shown is None or as_shown(shown).fullmatch(printed), "%s: %s\nprints\n%s\nand not\n%s" % (step.where, command, printed, shown)

    def types(self, command, replaced=(), node=None):
        """What ``command`` prints; fails the test when it fails."""
        command = "\n".join(SLOW[line][0] or "true" if line in SLOW else line for line in command.splitlines())
        for theirs, ours in replaced:
            for path in self.checkout.glob("inventory/**/*.yml"):
                path.write_text(path.read_text().replace(theirs, ours))
            command = command.replace(theirs, ours)
        argv = ["bash", "-ec", command]
        if node:
            argv = self.lab.enter(node, argv)
        done = subprocess.run(argv, cwd=self.checkout, env=self.known, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240, check=False)
        assert done.returncode == 0, "%s\n%s" % (command, done.stdout)
        return done.stdout


@pytest.fixture(scope="module")
def reader(module_lab, tmp_path_factory):
    """One reader for all guides: a lab that the last one has brought up need not be brought up again."""
    return Reader(tmp_path_factory.mktemp("reader"), module_lab)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: str(guide.relative_to(CHECKOUT)))
def test_commands_of_the_guide(reader, guide, record_property):
    todo = steps(guide.read_text())
    for step in todo:
        reader.does(step)
    record_property("commands of guides that were run", sum(len(step.commands) for step in todo if not step.real))
    record_property("commands of guides that need real hosts", sum(len(step.commands) for step in todo if step.real))


@pytest.mark.parametrize("command", SLOW)
def test_what_runs_for_minutes_is_run_elsewhere(command):
    _in_place, path, words = SLOW[command]
    assert words in (CHECKOUT / path).read_text()
    assert any(command in one.splitlines() for guide in GUIDES for step in steps(guide.read_text()) for one, _shown in step.commands)


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("```bash\nmake help\n```\n", "line 1: `bash` is no language of these pages: commands are console."),
        ("```console\nip link set eth0 down\n```\n", "line 1: where is 'ip link set eth0 down' to be run? Put a mark before it, such as <!-- run: on node1 -->."),
        ("Type `ip link set eth0 down`.\n", "line 1: where is 'ip link set eth0 down' to be run? Put a mark before it, such as <!-- run: on node1 -->."),
        ("<!-- needs real hosts -->\n```console\nmake help\n```\n", "line 1: 'needs real hosts' is no mark: <!-- run: ... -->, or <!-- needs real hosts: REASON -->."),
        ("<!-- run: never -->\n```console\nmake help\n```\n", "line 1: 'never' is none of after COMMAND, with HERS=OURS, on NODE."),
    ],
)
def test_a_page_that_cannot_be_run_fails(page, sentence):
    with pytest.raises(Wrong) as raised:
        steps(page)
    assert str(raised.value) == sentence


@pytest.mark.parametrize("page", ["```console\nmake nothing\n```\n", "```console\n$ make help\n...\n  make everything ...\n```\n", "Type `make nothing NODE=1`.\n"])
def test_a_command_that_fails_or_prints_something_else_fails(reader, page):
    with pytest.raises(AssertionError):
        for step in steps(page):
            reader.does(step)
