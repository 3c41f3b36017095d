# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role that puts pyroute2 on a managed host: from an index that is a folder of the test's own, and as a package."""

from __future__ import annotations

import subprocess
import sys
import zipfile

import pytest
import yaml

from ansible_collections.linuxnet.container.plugins.module_utils._lab import Lab
from ansible_collections.linuxnet.container.tests.integration.playbooks.conftest import Site
from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input.spoil import complaint

HAS_APT = subprocess.run(["/usr/bin/python3", "-I", "-c", "import apt"], check=False, capture_output=True).returncode == 0


def wheel(folder, version):
    """A pyroute2 that is nothing but its version."""
    info = "pyroute2-%s.dist-info/" % version
    with zipfile.ZipFile(folder / ("pyroute2-%s-py3-none-any.whl" % version), "w") as archive:
        archive.writestr("pyroute2.py", "__version__ = %r\n" % version)
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: pyroute2\nVersion: %s\n" % version)
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(info + "RECORD", "")


def role(site, *arguments, **variables):
    """The role on the host `node`."""
    environment = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(site.folder), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    play = {"hosts": "node", "gather_facts": False, "environment": environment, "roles": ["linuxnet.container.pyroute2"]}
    playbook = site.folder / "pyroute2.yml"
    playbook.write_text(yaml.safe_dump([play]))
    host = {"ansible_connection": "linuxnet.container.lab", "ansible_pipelining": True, "ansible_python_interpreter": sys.executable}
    return site.play(playbook, {"all": {"hosts": {"node": dict(host, **variables)}}}, *arguments)


def test_a_virtual_environment_of_its_own(alone, tmp_path):
    site = alone("node")
    for version in "0.7.2", "0.9.7":
        wheel(tmp_path, version)
    venv = tmp_path / "venv"
    variables = {"pyroute2_venv": str(venv), "pyroute2_venv_command": sys.executable + " -m venv"}
    assert role(site, "--check", pyroute2_version="0.7.2", **variables).changed() == {"node": 1}
    assert not venv.exists()
    for version in "0.7.2", "0.9.7":
        assert role(site, pyroute2_version=version, **variables).changed() == {"node": 1}
        found = subprocess.run([venv / "bin" / "python", "-c", "import pyroute2; print(pyroute2.__version__)"], check=True, capture_output=True, text=True)
        assert found.stdout.strip() == version
    assert role(site, **variables).changed() == {"node": 0}


@pytest.mark.skipif(not HAS_APT, reason="the system's Python has no module apt (Debian's python3-apt): its packages cannot be asked for")
def test_the_package_of_the_distribution_in_a_dry_run(alone):
    site = alone("node")
    played = role(site, "--check", "-v", ansible_python_interpreter="/usr/bin/python3")
    assert played.recap["node"]["failed"] == 0
    assert "Library as Debian and its kin package it" in played.said and played.recap["node"]["skipped"] == 2


#: What a host's variables hold, and what no task may be given.
BAD = {
    "pyroute2_venv": ["relative", "~/venv", "a/b", "/a\nb", "/a\tb", "/\x1b[31m", "/\u202e", "/$(id)", "/a;id", "/{0}", "/%s", "/a'b", "--help", " /a", ["/a"], {"a": 1}, 5, True, "/" + "\u0661" * 300],
    "pyroute2_version": ["latest", "0.9.7 --index-url=http://x", "0.9.7;id", "0.9.7\n", " 0.9.7", ">=0.9", "$(id)", "\u0660.9", "-r/etc/passwd", "/etc", "..", ["0.9.7"], {"a": 1}, "x" * 300],
    "pyroute2_venv_command": ["", "python3; id", "$(id)", "`id`", "a|b", "a\nb", "--help", "\x1b[31m", ["python3"], {"a": 1}],
}  # fmt: skip


def test_variables_that_cannot_work(tmp_path):
    """All of them in one run, on hosts that are not there: none is ever spoken to."""
    cases = {"%s-%d" % (name, number): (name, value) for name, values in BAD.items() for number, value in enumerate(values)}
    hosts = {host: {"ansible_connection": "linuxnet.container.lab", name: value} for host, (name, value) in cases.items()}
    playbook = tmp_path / "bad.yml"
    block = {"block": [{"ansible.builtin.include_role": {"name": "linuxnet.container.pyroute2"}}], "rescue": [{"ansible.builtin.meta": "noop"}]}
    playbook.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [block]}]))
    played = Site(Lab(tmp_path / "lab"), tmp_path).play(playbook, {"all": {"hosts": hosts}}, fails=None)
    for host, (name, value) in cases.items():
        said = played.errors[host]
        assert len(said) == 1 and said[0].startswith(name + ": ") and complaint(said[0]) is None, (host, value, said)
        assert played.recap[host]["unreachable"] == 0 and played.recap[host]["changed"] == 0
