# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adopted containers are in the network like any other: seen by the engine, the container, the sibling and the host."""

from __future__ import annotations

import pathlib
import sys

import pytest

ENGINES = pathlib.Path(__file__).resolve().parents[3] / "tests" / "integration" / "engines.py"
PODMAN = "%s -I -S %s call podman " % (sys.executable, ENGINES)
ADDRESSES = {"shop": ("eth0", "10.10.1.10"), "till": ("lan0", "10.10.1.11"), "tool": ("eth0", "10.10.1.12")}


def test_names_are_those_of_the_containers(at):
    node = at("node1")
    for name in "shop", "till":
        pid = node.check_output(PODMAN + "inspect --format '{{.State.Pid}}' " + name)
        assert node.check_output("stat -L -c %i /run/netns/" + name) == node.check_output("stat -L -c %%i /proc/%s/ns/net" % pid)


@pytest.mark.parametrize("name", ADDRESSES)
def test_inside(at, name):
    device, address = ADDRESSES[name]
    inside = at("node1/" + name)
    assert inside.addresses(device) == {address + "/24"}
    # The namespace is not ours: nothing of it but the interface has been touched.
    assert "ifalias" not in inside.ip("link show dev lo")[0]
    assert "UP" in inside.ip("link show dev " + device)[0]["flags"]
    gateways = [way["gateway"] for way in inside.ip("-4 route show default")]
    assert gateways == (["10.88.0.1"] if name == "till" else ["10.10.1.1"])


@pytest.mark.parametrize("name", ["shop", "till"])
def test_from_the_container(at, name):
    for address in "10.10.1.20", "10.10.1.1", "10.10.1.12":
        at("node1").check_output(PODMAN + "exec %s ping -c 1 -w 2 %s" % (name, address))


def test_its_own_network_is_as_it_was(at):
    at("node1").check_output(PODMAN + "exec till ping -c 1 -w 2 10.88.0.1")


@pytest.mark.parametrize("name", ADDRESSES)
def test_from_the_sibling_and_the_host(at, name):
    address = ADDRESSES[name][1]
    with at("node1/" + name).serving(address) as came:
        assert at("node1/db").send("tcp", address, 100_000) == "same"
        assert at("node1").send("tcp", address, 1000) == "same"
    assert came == ["10.10.1.20", "10.10.1.1"]


def test_way_out(at):
    with at("internet").serving("203.0.113.10") as came:
        assert at("node1/shop").send("tcp", "203.0.113.10", 1000) == at("node1/tool").send("udp", "203.0.113.10", 1000) == "same"
    assert came == ["192.0.2.11"] * 2
