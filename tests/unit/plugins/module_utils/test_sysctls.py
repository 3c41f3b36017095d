# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls in a tree of the test's own."""

from __future__ import annotations

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import sysctls


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(sysctls, "_ROOT", str(tmp_path))
    for name in ("all", "eth0.1"):
        (tmp_path / "net/ipv4/conf" / name).mkdir(parents=True)
    (tmp_path / "net/ipv4/conf/all/forwarding").write_text("0\n")
    (tmp_path / "net/ipv4/conf/eth0.1/forwarding").write_text("1\n")
    (tmp_path / "net/ipv4/ip_local_port_range").write_text("32768\t60999\n")
    return tmp_path


@pytest.mark.parametrize("path", ["net.ipv4.conf.eth0/1.forwarding", "net/ipv4/conf/eth0.1/forwarding"])
def test_a_device_with_a_dot_is_spoken_of_in_both_ways(root, path):
    assert sysctls.read(path) == "1"
    sysctls.write(path, "0")
    assert (root / "net/ipv4/conf/eth0.1/forwarding").read_text() == "0"


def test_values_are_compared_without_regard_to_white_space():
    assert sysctls.read("net.ipv4.ip_local_port_range") == "32768 60999"


@pytest.mark.parametrize("path", ["net.ipv4.nonsense", "net.ipv4.conf", "net.ipv4.ip_local_port_range.x"])
def test_what_the_kernel_has_not_reads_as_none(path):
    assert sysctls.read(path) is None


def test_what_the_kernel_has_not_cannot_be_written():
    with pytest.raises(OSError):
        sysctls.write("net.ipv4.conf.eth9.forwarding", "1")


def test_one_value_of_every_device():
    assert sysctls.every("net/ipv4/conf", "forwarding") == {"all": "0", "eth0.1": "1"}
    assert sysctls.every("net/ipv4/conf", "nonsense") == {}


def test_a_kernel_without_ipv6_has_none():
    assert sysctls.every("net/ipv6/conf", "forwarding") == {}
