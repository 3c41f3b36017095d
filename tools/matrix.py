# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make test-matrix` does: the same on other versions of ansible-core, Python and pyroute2, one combination after the other.

Usage: matrix.py [--table | WORD ...]    (a WORD: only what has it in its name; --table: what README says of this)
Each combination has virtual environments of its own in .cache/matrix, one of the controller and one of the managed hosts.
Goes on after a failure; the exit status says whether all was well. A Python that is not found is told, and fails under CI.
"""

from __future__ import annotations

import concurrent.futures
import functools
import itertools
import os
import pathlib
import subprocess
import sys
import threading
import time

from check import CACHE, CHECKOUT, Result, junit, makes_namespaces, tell

CONTROLLERS = {"2.19": "3.11", "2.21": "3.13"}  # ansible-core, and the Python that it runs on
PYTHONS = ("3.9", "3.11", "3.13")
PYROUTE2 = ("0.7.2", "0.8.1", "0.9.7")
MANAGED = list(itertools.product(PYTHONS, PYROUTE2))
EACH_ONCE = list(zip(PYTHONS, PYROUTE2))
#: [(ansible-core, [what each of the lab's three nodes has])]. A controller never meets pyroute2, but its module_utils meet the
#: managed Python: so one controller has all of the managed side, the other each Python and each pyroute2 once.
LABS = [("2.19", [pair for pair in MANAGED if pair[0] == python]) for python in PYTHONS] + [("2.21", EACH_ONCE)]
ROOM = CACHE / "matrix"
TESTS = ["-r", "requirements-matrix.txt"]
#: {virtual environment: (Python, what pip is told, a package, what its version begins with)}
ENVIRONMENTS = {
    **{"controller-" + core: (version, ["-r", "requirements-lab.txt", *TESTS], "ansible-core", core + ".") for core, version in CONTROLLERS.items()},
    **{"managed-%s-%s" % pair: (pair[0], ["pyroute2==" + pair[1]], "pyroute2", pair[1]) for pair in MANAGED},
    **{"tests-" + version: (version, TESTS, "pytest", "") for version in PYTHONS},
}
ANSIBLE = "2.19"  # whose module_utils the tests import that run under a managed Python
UNITS = "tests/unit/plugins/module_utils"
#: Thousands of generated states say nothing of a version that hundreds of written ones do not.
IN_BULK = "--ignore=%s/test_properties.py" % UNITS
#: Every kind of step that there is, as modules of a node.
STEPS = ("tests/integration/modules/test_generated.py::test_every_kind_of_step_is_typed", "tests/integration/modules/test_other_python.py")
#: The bytes that go to the kernel, and what it says to those of nf_tables.
WIRE = (UNITS + "/test_messages.py", UNITS + "/test_nft_messages.py", "tests/integration/nft_wire_inside.py")
NAMESPACE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--", "unshare", "--net"]


class NotFound(Exception):
    """There is no such Python on this machine."""


# Pythons, and what is installed for them


def find(version):
    """A CPython of this ``version``: the system's, one of the PATH, of pyenv or of uv."""
    name = "python" + version
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv")
    places = [os.path.join(folder, name) for folder in ["/usr/bin", *os.environ["PATH"].split(":")]]
    places += sorted(pyenv.glob("versions/%s.*/bin/%s" % (version, name)))
    places += [said("uv", "python", "find", version, UV_PYTHON_DOWNLOADS="never")]
    for place in places:
        found = said(place, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2], sys.executable)").split(None, 1)
        if found[:1] == [version]:
            return found[1]
    raise NotFound("no Python %s with venv on the PATH, of pyenv or of uv: 'pyenv install %s' or 'uv python install %s' brings one" % ((version,) * 3))


def said(program, *arguments, **variables):
    """What a program prints; nothing when it fails or is not there."""
    try:
        return subprocess.run([program, *arguments], env=dict(os.environ, **variables), capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def environment(name):
    """The folder of a virtual environment, made anew where it is not as ENVIRONMENTS says."""
    version, requirements, package, begins = ENVIRONMENTS[name]
    folder = ROOM / name
    note = folder / "requirements"
    text = "\n".join((CHECKOUT / word).read_text() if word.endswith(".txt") else word for word in requirements)

    def right():
        ask = "import sys, importlib.metadata as m; print('%%d.%%d' %% sys.version_info[:2], m.version(%r))" % package
        return said(folder / "bin" / "python", "-I", "-c", ask).startswith("%s %s" % (version, begins))

    if not (note.exists() and note.read_text() == text and right()):
        subprocess.run([find(version), "-m", "venv", "--clear", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input", "--cache-dir", CACHE / "pip"]
        subprocess.run([*pip, *requirements], cwd=CHECKOUT, check=True)
        assert right(), "%s was to have %s %s on Python %s: %s says otherwise" % (name, package, begins, version, " ".join(requirements))
        note.write_text(text)
    return folder


def managed(python, pyroute2):
    return environment("managed-%s-%s" % (python, pyroute2)) / "bin" / "python"


def set_up():
    """All of them, two at a time. What cannot be made is told where it is needed."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        made = [pool.submit(environment, name) for name in ENVIRONMENTS]
    return Result(passed=sum(one.exception() is None for one in made))


def imports(version):
    """What tests need beside pyroute2 where a managed Python runs them itself: folders with pytest, and with Ansible alone."""
    (ansible,) = environment("controller-" + ANSIBLE).glob("lib/python*/site-packages/ansible")
    link = ROOM / "imports" / "ansible"
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(ansible)
    return [*environment("tests-" + version).glob("lib/python*/site-packages"), link.parent]


# What is run


def pytest(command, tests, **variables):
    """Run ``tests`` with the Python at the end of ``command``; what it says is heard when it fails."""
    report = ROOM / ("junit-%s.xml" % threading.get_ident())
    report.unlink(missing_ok=True)
    command = [*command, "-m", "pytest", "-q", "--no-header", "--junitxml", report, *tests]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(command, cwd=CHECKOUT, env=dict(os.environ, **variables), check=False, **streams)
    result = junit(report) if report.exists() and done.returncode in (0, 1) else Result(failed=1)
    result.said = done.stdout if result.failed else ""
    return result


def site(core, pairs):
    """site.yml foretold, made, made again, proven and taken away."""
    pythons = ":".join(str(managed(*pair)) for pair in pairs)
    return pytest([environment("controller-" + core) / "bin" / "python"], ["tests/matrix"], LINUXNET_MANAGED_PYTHONS=pythons)


def steps(python, pyroute2):
    """Every kind of step, on nodes and in messages."""
    command = [environment("controller-" + ANSIBLE) / "bin" / "python"]
    on_nodes = pytest(command, STEPS, LINUXNET_MANAGED_PYTHON=str(managed(python, pyroute2)))
    return on_nodes + alone(python, pyroute2, NAMESPACE, WIRE)


def alone(python, pyroute2, before, tests):
    """With pytest under the managed Python itself."""
    command = [*before, managed(python, pyroute2)]
    own = said(*command, "-I", "-c", "import pyroute2; print(pyroute2.__file__)")
    outside = str(os.stat("/proc/self/ns/net").st_ino)
    return pytest(command, tests, PYTHONPATH=":".join(map(str, imports(python))), NFT_WIRE_PYROUTE2=own, NFT_WIRE_OUTSIDE=outside)


def parts():
    """({what needs lab nodes or namespaces, and so runs by itself}, {what runs beside it}): name -> what to call. In a name,
    3.9/0.7.2 is Python 3.9 with pyroute2 0.7.2."""
    labs = {"site.yml, ansible-core %s: %s" % (core, " ".join(map("/".join, pairs))): functools.partial(site, core, pairs) for core, pairs in LABS}
    labs.update(("every kind of step: %s/%s" % pair, functools.partial(steps, *pair)) for pair in MANAGED)
    beside = {"unit tests: %s/%s" % pair: functools.partial(alone, *pair, [], [UNITS, IN_BULK]) for pair in EACH_ONCE}
    return labs, beside


def shown(pairs):
    """What a lab's nodes have, in words."""
    for python in dict.fromkeys(python for python, _pyroute2 in pairs):
        yield "Python %s with pyroute2 %s" % (python, ", ".join(pyroute2 for one, pyroute2 in pairs if one == python))


def run(name, part):
    started = time.monotonic()
    try:
        result = part()
    except NotFound as error:
        result = Result(failed=1, said="%s\n" % error) if "CI" in os.environ else Result(skipped={"%s" % error: 1})
    except (AssertionError, subprocess.CalledProcessError) as error:
        result = Result(failed=1, said="%s\n" % error)
    result.seconds = time.monotonic() - started
    how = "failed" if result.failed else "well" if result.passed else "not run"
    print("== %s: %s (%.0f s)\n%s" % (name, how, result.seconds, result.said), end="", flush=True)
    return name, result


def table():
    """What README says of all this."""
    yield "| controller | managed hosts |"
    yield "| --- | --- |"
    for core, pairs in LABS:
        yield "| ansible-core %s on Python %s | %s |" % (core, CONTROLLERS[core], "; ".join(shown(pairs)))


def main(words):
    if words == ["--table"]:
        print(*table(), sep="\n")
        return 0
    if not makes_namespaces():
        sys.exit("make test-matrix: this machine's kernel does not make namespaces any more (dmesg may say why): start it anew.")
    ROOM.mkdir(parents=True, exist_ok=True)
    labs, beside = ({name: part for name, part in some.items() if all(word in name for word in words)} for some in parts())
    if not labs and not beside:
        sys.exit("make test-matrix: nothing has all of %s in its name." % " ".join(words))
    print("3.9/0.7.2 is Python 3.9 with pyroute2 0.7.2 on the managed side", flush=True)
    rows = [run("virtual environments", set_up)]
    with concurrent.futures.ThreadPoolExecutor(1) as second:
        heard = [second.submit(run, *part) for part in beside.items()]
        rows += [run(*part) for part in labs.items()]
        return tell(rows + [one.result() for one in heard])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
