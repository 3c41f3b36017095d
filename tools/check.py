# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make test` does: every check there is; what each found and took, what was skipped and why, and one line of totals.

Usage: check.py [--quick | --docs | --sanity]
Goes on after a failure, so that one run tells everything; the exit status says whether all was well. What only reads the
checkout runs beside the tests, and is heard when it is done.
"""

from __future__ import annotations

import collections
import concurrent.futures
import json
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
PYTHON = "%d.%d" % sys.version_info[:2]
#: Of the integration tests, those that an emulated machine does in reasonable time.
EMULATED = ["tests/integration/modules/test_%s.py" % name for name in ("bridge", "netns", "veth", "vxlan", "vxlan_fdb", "nat_masquerade", "checkpoint")]
#: What is tried in bulk: thousands of generated inputs, a fault at every call. Coverage is not measured there: it would double the time.
BULK = {
    "unit": ["tests/unit/plugins/bad_input", "tests/unit/plugins/module_utils/test_properties.py"],
    "integration": [
        "tests/integration/modules/test_%s.py" % name
        for name in ("all_or_nothing", "role_all_or_nothing", "generated", "crowd", "resources", "hostile")
    ],
}
#: Percentages that coverage may not fall below: what was measured, less two.
FLOORS = {"filter": 98, "modules": 86, "module_utils": 87, "module_utils/_doors": 97, "module_utils/_kernel": 90, "module_utils/_kinds": 96, "plugin_utils": 95}
COPY = CACHE / "copy" / "ansible_collections" / "linuxnet" / "container"


class Result:
    """How many checks of a part passed and failed, why some were skipped ({reason: how many}), and what is to be read of it."""

    def __init__(self, passed=0, failed=0, skipped=None, said=""):
        self.passed, self.failed, self.said = passed, failed, said
        self.skipped = collections.Counter(skipped or {})
        self.seconds = 0.0

    def __add__(self, other):
        return Result(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped, self.said + other.said)


def tool(*command, cwd=CHECKOUT, noise=(), **environment):
    """Run a program of the virtual environment as one check; it is heard when it fails, but for lines that begin with ``noise``."""
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=cwd, env=dict(os.environ, **environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode == 0:
        return Result(passed=1)
    return Result(failed=1, said="".join(line for line in done.stdout.splitlines(True) if not line.startswith(noise or "\0")))


# The checkout is read


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


def documentation():
    return tool("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "self", str(COPY))


def importer():
    """What Galaxy does with the tarball when it is published; its own warnings are failures here."""
    folder = CACHE / "importer"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tmp").mkdir(parents=True)
    built = tool("ansible-galaxy", "collection", "build", "--force", "--output-path", str(folder))
    if built.failed:
        return built
    (tarball,) = folder.glob("*.tar.gz")
    command = ["python", "-m", "galaxy_importer.main", str(tarball)]
    return tool(*command, cwd=folder, HOME=str(folder), GALAXY_IMPORTER_ANSIBLE_LOCAL_TMP=str(folder / "tmp"), GALAXY_IMPORTER_TMP_ROOT_DIR=str(folder / "tmp"))


def ansible_test(*arguments, environment=None):
    """ansible-test on the copy: (command, environment); its virtual environments stay in our cache instead of the home folder."""
    home = CACHE / "ansible-test"
    stand_in = home / ".ansible" / "test" / "cache" / "get_pip_24_2.py"
    stand_in.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(CHECKOUT / "tools" / "get_pip.py", stand_in)
    return ["ansible-test", arguments[0], "--color", "no", "--python", PYTHON, *arguments[1:]], {"HOME": str(home)}


def sanity():
    # What is shipped; the rest is for this checkout alone, and ruff reads it.
    outside = [word for folder in ("tests/", "tools/", "benchmarks/", "molecule/", "examples/") for word in ("--exclude", folder)]
    command, environment = ansible_test("sanity", *outside)
    return tool(*command, cwd=COPY, noise=("Running sanity test", "Installing requirements", "WARNING: "), **environment)


# Tests are run


def pytest(name, *arguments, measured=False):
    """Run tests as one part; ``measured``: coverage looks on."""
    report = CACHE / ("junit-%s.xml" % name.replace(" ", "-"))
    report.unlink(missing_ok=True)
    environment = dict(os.environ, COVERAGE_PROCESS_START=str(CHECKOUT / "pyproject.toml")) if measured else os.environ
    command = [BIN / "python", "-m", "pytest", "-q", "--no-header", "--junitxml", report, *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, check=False)
    return junit(report) if report.exists() and done.returncode in (0, 1) else Result(failed=1)


def junit(report):
    suite = xml.etree.ElementTree.parse(report).getroot().find("testsuite")
    reasons = collections.Counter(skipped.get("message") for skipped in suite.iter("skipped"))
    failed = int(suite.get("failures")) + int(suite.get("errors"))
    return Result(int(suite.get("tests")) - failed - sum(reasons.values()), failed, reasons)


def unit():
    return pytest("unit", "-n", "2", *["--ignore=" + path for path in BULK["unit"]], "tests/unit", measured=True)


def unit_bulk():
    return pytest("unit in bulk", "-n", "2", *BULK["unit"])


def ansible_units():
    """The unit tests as Ansible's own tool runs them, without those in bulk."""
    listed = [path for bulk in BULK["unit"] for path in [CHECKOUT / bulk, *(CHECKOUT / bulk).glob("test_*.py")] if path.is_file()]
    excluded = [word for path in listed for word in ("--exclude", str(path.relative_to(CHECKOUT)))]
    command, environment = ansible_test("units", "--num-workers", "2", *excluded)
    result = tool(*command, cwd=COPY, **environment)
    reports = [junit(path) for path in (COPY / "tests" / "output" / "junit").glob("*-units.xml")]
    return sum(reports, result) if reports else Result(failed=1, said=result.said)


def ansible_integration():
    """The targets of ansible-test, which run on localhost: so it runs as a whole inside a lab node."""
    sys.path.insert(0, str(CHECKOUT / ".collections"))
    from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab, environment

    lab = Lab(CACHE / "ansible-test-lab")
    command, own = ansible_test("integration")
    own = dict(environment(), PATH="%s:%s" % (BIN, environment()["PATH"]), **own)
    try:
        lab.up(["node"], underlay=False)
        inside = lab.enter("node", ["sh", "-c", 'cd "$0" && exec "$@"', str(COPY), str(BIN / command[0]), *command[1:]])
        done = subprocess.run(inside, env=own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    finally:
        lab.down()
    targets = len(re.findall(r"^Running (\w+) integration test role", done.stdout, re.M))
    there = len(list((COPY / "tests" / "integration" / "targets").iterdir()))
    if done.returncode == 0 and targets == there:
        return Result(passed=targets)
    return Result(targets - 1, 1, said=done.stdout[-8000:])


#: More workers than processors: much of the time is spent waiting for the kernel.
WORKERS = ("-n", "3", "--dist", "loadfile", "--no-loadscope-reorder")


def integration():
    """Coverage is measured where modules run without Ansible around them: their own process is what counts."""
    alone = ["tests/integration/modules", "tests/integration/beside"]
    modules = pytest("integration modules", *WORKERS, *["--ignore=" + path for path in BULK["integration"]], *alone, measured=True)
    return modules + pytest("integration", *WORKERS, *["--ignore=" + path for path in alone], "tests/integration")


def integration_bulk():
    return pytest("integration in bulk", *WORKERS, *BULK["integration"])


def scenarios():
    return pytest("scenarios", "tests/scenarios")


def emulated():
    """Where the kernel makes no namespaces any more: some of the integration tests in an emulated machine."""
    print("This machine's kernel does not make namespaces any more (dmesg may say why): start it anew.")
    print("Until then %s run in an emulated machine, and nothing else that needs namespaces." % ", ".join(EMULATED), flush=True)
    command = [BIN / "python", "tools/emulated.py", "--seconds", "3300", "--color", "no", "-n", "2", *EMULATED]
    counts = {}
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as machine:
        for line in machine.stdout:
            print(line, end="", flush=True)
            if re.search(r"\d+ (passed|failed|error).* in [\d.]+s", line):
                counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error|skipped)", line)}
    failed = counts.get("failed", 0) + counts.get("error", 0) or int(machine.returncode != 0)
    return Result(counts.get("passed", 0), failed, {"in the emulated machine, which says why": counts.get("skipped", 0)})


def makes_namespaces():
    try:
        subprocess.Popen(["unshare", "--user", "--map-root-user", "--mount", "true"], stderr=subprocess.DEVNULL).wait(30)
    except subprocess.TimeoutExpired:
        return False
    return True


def coverage():
    """What of each room ran, over the unit tests and the modules in lab nodes together."""
    run = [BIN / "python", "-m", "coverage"]
    subprocess.run([*run, "combine", "--quiet"], cwd=CHECKOUT, check=True)
    report = CACHE / "coverage.json"
    subprocess.run([*run, "json", "--quiet", "-o", report], cwd=CHECKOUT, check=True)
    rooms = collections.defaultdict(collections.Counter)
    for path, found in json.loads(report.read_text())["files"].items():
        room = str(pathlib.Path(path).parent.relative_to("plugins"))
        rooms[room].update(lines=found["summary"]["num_statements"], ran=found["summary"]["covered_lines"])
    result = Result()
    for room, count in sorted(rooms.items()):
        percent = 100 * count["ran"] / count["lines"] if count["lines"] else 100
        low = percent < FLOORS.get(room, 0)
        result += Result(int(not low), int(low), said="  %5.1f %% of plugins/%s%s\n" % (percent, room, " is less than %d %%" % FLOORS[room] if low else ""))
    return result


READING = {
    "ruff": lambda: tool("ruff", "check", "--quiet", "."),
    "yamllint": lambda: tool("yamllint", "--strict", "."),
    "mypy": lambda: tool("mypy"),
    "ansible-lint": lambda: tool("ansible-lint", "-q", "--nocolor"),
    "changelog": lambda: tool("antsibull-changelog", "lint"),
    "documentation": documentation,
    "docs site": lambda: tool("python", "tools/docs.py"),
    "galaxy-importer": importer,
    "ansible-test sanity": sanity,
}
TESTS = {
    "unit tests": unit,
    "unit tests in bulk": unit_bulk,
    "ansible-test units": ansible_units,
}
IN_LABS = {
    "ansible-test integration": ansible_integration,
    "integration tests": integration,
    "integration tests in bulk": integration_bulk,
    "molecule scenarios": scenarios,
    "coverage": coverage,
}
#: The least that tells of most mistakes, in a minute and a half.
QUICK_READING = ("ruff", "yamllint", "mypy", "ansible-lint", "changelog")
QUICK_TESTS = {
    "unit tests, none in bulk": lambda: pytest("quick", "-n", "2", *["--ignore=" + path for path in BULK["unit"]], "tests/unit"),
    "one molecule scenario": lambda: pytest("scenario", "tests/scenarios", "-k", "single_host_bridge"),
}


def chosen(arguments):
    """What is to be done: (what reads, what runs tests), each {name: function}."""
    if "--docs" in arguments:
        return {name: READING[name] for name in ("documentation", "docs site")}, {}
    if "--sanity" in arguments:
        return {"ansible-test sanity": sanity}, {}
    if "--quick" in arguments:
        return {name: READING[name] for name in QUICK_READING}, QUICK_TESTS
    return READING, dict(TESTS, **(IN_LABS if makes_namespaces() else {"integration tests": emulated}))


def run(name, part):
    started = time.monotonic()
    result = part()
    result.seconds = time.monotonic() - started
    return name, result


def main(arguments):
    CACHE.mkdir(exist_ok=True)
    shutil.rmtree(CACHE / "coverage", ignore_errors=True)
    os.environ["PATH"] = "%s:%s" % (BIN, os.environ["PATH"])  # the tools call ansible-doc and the like
    copy()
    reading, tests = chosen(arguments)
    with concurrent.futures.ThreadPoolExecutor(1) as beside:
        heard = [beside.submit(run, name, part) for name, part in reading.items()]
        rows = []
        for name, part in tests.items():
            print("== %s" % name, flush=True)
            rows.append(run(name, part))
            print(rows[-1][1].said, end="", flush=True)
        for one in heard:
            name, result = one.result()
            print("== %s%s" % (name, "\n" + result.said if result.said else ""), flush=True)
            rows.append((name, result))
    return tell(rows)


def tell(rows):
    width = max(26, *(len(name) for name, _result in rows))
    print("\n%-*s %8s %8s %8s %9s" % (width, "", "passed", "failed", "skipped", "seconds"))
    for name, result in rows:
        print("%-*s %8d %8d %8d %9.1f" % (width, name, result.passed, result.failed, result.skipped.total(), result.seconds))
    total = sum((result for _name, result in rows), Result())
    for reason, count in sorted(total.skipped.items()):
        print("skipped, %d: %s" % (count, reason))
    print("\n%d passed, %d failed, %d skipped" % (total.passed, total.failed, total.skipped.total()), flush=True)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
