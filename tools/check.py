# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make test` does: every check there is, the fast ones first, with the time each took and one line of totals.

Usage: check.py [--quick | --docs | --sanity]
Goes on after a failure, so that one run tells everything; the exit status says whether all was well.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
CACHE = CHECKOUT / ".cache"
BIN = pathlib.Path(sys.executable).parent
#: Of the integration tests, those that an emulated machine does in reasonable time.
EMULATED = ["tests/integration/modules/test_%s.py" % name for name in ("bridge", "netns", "veth", "vxlan", "vxlan_fdb", "nat_masquerade", "checkpoint")]
COPY = CACHE / "copy" / "ansible_collections" / "linuxnet" / "container"


def tool(name, *arguments):
    """Run a program of the virtual environment on the checkout; returns (passed, failed, skipped) of it as one check."""
    done = subprocess.run([BIN / name, *arguments], cwd=CHECKOUT, check=False)
    return (0, 1, 0) if done.returncode else (1, 0, 0)


def pytest(folder, *arguments):
    """Run the tests of a folder; returns how many passed, failed and were skipped."""
    report = CACHE / ("junit-%s.xml" % folder)
    report.unlink(missing_ok=True)
    done = subprocess.run([BIN / "python", "-m", "pytest", "-q", "--junitxml", report, *arguments, "tests/" + folder], cwd=CHECKOUT, check=False)
    if not report.exists():
        return (0, 1, 0)
    suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite").attrib
    failed, skipped = int(suite["failures"]) + int(suite["errors"]), int(suite["skipped"])
    # Nothing collected, interrupted and the like are failures that no test is counted for.
    return (int(suite["tests"]) - failed - skipped, failed or int(done.returncode != 0), skipped)


def integration():
    """The tests that need namespaces. Where the kernel makes none any more, some of them in an emulated machine."""
    try:
        subprocess.Popen(["unshare", "--user", "--map-root-user", "--mount", "true"], stderr=subprocess.DEVNULL).wait(30)
        # More workers than processors: much of the time is spent waiting for the kernel.
        return pytest("integration", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")
    except subprocess.TimeoutExpired:
        print("This machine's kernel does not make namespaces any more (dmesg may say why): start it anew.")
        print("Until then %s run in an emulated machine, and nothing else of tests/integration." % ", ".join(EMULATED), flush=True)
    command = [BIN / "python", "tools/emulated.py", "--seconds", "3300", "--color", "no", "-n", "2", *EMULATED]
    counts = {}
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as emulated:
        for line in emulated.stdout:
            print(line, end="", flush=True)
            if re.search(r"\d+ (passed|failed|error).* in [\d.]+s", line):
                counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error|skipped)", line)}
    return (counts.get("passed", 0), counts.get("failed", 0) + counts.get("error", 0) or int(emulated.returncode != 0), counts.get("skipped", 0))


def copy():
    """A copy of what git has or would have: Ansible's tools want the right folder names, and nothing beside the collection."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout.split("\0"):
        if name and (CHECKOUT / name).exists():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, COPY / name)
    subprocess.run(["git", "init", "--quiet"], cwd=COPY, check=True)  # or the checkout around it would be taken for the collection
    subprocess.run(["git", "add", "--all"], cwd=COPY, check=True)


def docs():
    copy()
    return tool("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "self", str(COPY))


def sanity():
    """ansible-test's own checks; its virtual environments stay in our cache instead of the home folder."""
    copy()
    home = CACHE / "ansible-test"
    stand_in = home / ".ansible" / "test" / "cache" / "get_pip_24_2.py"
    stand_in.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(CHECKOUT / "tools" / "get_pip.py", stand_in)
    command = [BIN / "ansible-test", "sanity", "--color", "no", "--python", "%d.%d" % sys.version_info[:2]]
    # What is shipped; the rest is for this checkout alone, and ruff reads it.
    command += [word for folder in ("tests/", "tools/", "benchmarks/") for word in ("--exclude", folder)]
    said = subprocess.run(command, cwd=COPY, env=dict(os.environ, HOME=str(home)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    noise = ("Running sanity test", "Installing requirements", "WARNING: ")
    print("".join(line for line in said.stdout.splitlines(True) if said.returncode and not line.startswith(noise)), end="", flush=True)
    return (0, 1, 0) if said.returncode else (1, 0, 0)


PARTS = {
    "ruff": lambda: tool("ruff", "check", "--quiet", "."),
    "yamllint": lambda: tool("yamllint", "--strict", "."),
    "ansible-lint": lambda: tool("ansible-lint", "-q", "--nocolor"),
    "documentation": docs,
    "ansible-test sanity": sanity,
    "unit tests": lambda: pytest("unit", "-n", "2"),
    "integration tests": integration,
}
ALONE = {"--quick": ("ruff", "yamllint", "unit tests"), "--docs": ("documentation",), "--sanity": ("ansible-test sanity",)}


def main(arguments):
    wanted = next((ALONE[word] for word in arguments if word in ALONE), PARTS)
    CACHE.mkdir(exist_ok=True)
    os.environ["PATH"] = "%s:%s" % (BIN, os.environ["PATH"])  # the tools call ansible-doc and the like
    rows = []
    for name in wanted:
        print("== %s" % name, flush=True)
        started = time.monotonic()
        rows.append((name, PARTS[name](), time.monotonic() - started))
    print("\n%-20s %8s %8s %8s %9s" % ("", "passed", "failed", "skipped", "seconds"))
    for name, counts, seconds in rows:
        print("%-20s %8d %8d %8d %9.1f" % (name, *counts, seconds))
    passed, failed, skipped = (sum(counts[at] for _name, counts, _seconds in rows) for at in range(3))
    print("\n%d passed, %d failed, %d skipped" % (passed, failed, skipped), flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
