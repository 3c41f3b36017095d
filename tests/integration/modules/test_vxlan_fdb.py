# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding entries: their key, exact sets, and what was learned left alone."""

from __future__ import annotations

import pytest

A, B, C = "02:00:00:00:00:0a", "02:00:00:00:00:0b", "02:00:00:00:00:0c"


@pytest.fixture
def device(host):
    """A node with two VXLAN devices."""
    host.sh("ip address add 192.0.2.1/24 dev lo", "ip -6 address add 2001:db8::1/128 dev lo nodad")
    host.done("vxlan", vxlans=[
        {"name": "vx", "vni": 7, "local": "192.0.2.1", "mtu": 1450}, {"name": "vx6", "vni": 8, "local": "2001:db8::1", "mtu": 1430}
    ])
    return host


def shown(host, name="vx"):
    """The entries as bridge prints them."""
    return sorted(line.strip() for line in host.run(["bridge", "fdb", "show", "dev", name]).splitlines() if "dst" in line)


def test_a_mac_is_behind_a_remote_and_the_rest_is_flooded(device):
    result = device.changes("vxlan_fdb", device="vx", entries=[{"mac": A, "dst": "192.0.2.2"}], flood=["192.0.2.2", "192.0.2.3"])
    assert shown(device) == [
        "00:00:00:00:00:00 dst 192.0.2.2 self permanent",
        "00:00:00:00:00:00 dst 192.0.2.3 self permanent",
        "02:00:00:00:00:0a dst 192.0.2.2 self permanent",
    ]
    assert {"mac": A, "dst": "192.0.2.2", "port": 4789, "vni": 7} in result["devices"][0]["entries"]


def test_port_and_vni_belong_to_the_key(device):
    entries = [{"mac": A, "dst": "192.0.2.2", "port": 8472}, {"mac": B, "dst": "192.0.2.2", "vni": 99}]
    device.changes("vxlan_fdb", device="vx", entries=entries)
    assert shown(device) == [
        "02:00:00:00:00:0a dst 192.0.2.2 port 8472 self permanent",
        "02:00:00:00:00:0b dst 192.0.2.2 vni 99 self permanent",
    ]
    # Said or not, the device's own is the same entry.
    device.changes("vxlan_fdb", device="vx", entries=[{"mac": C, "dst": "192.0.2.2", "port": 4789, "vni": 7}])
    device.unchanged("vxlan_fdb", device="vx", entries=[{"mac": C.upper(), "dst": "192.0.2.2"}])
    device.changes("vxlan_fdb", device="vx", entries=[{"mac": A, "dst": "192.0.2.2"}])
    assert "02:00:00:00:00:0a dst 192.0.2.2 self permanent" in shown(device) and len(shown(device)) == 3


def test_a_mac_moves_to_another_remote(device):
    device.done("vxlan_fdb", device="vx", entries=[{"mac": A, "dst": "192.0.2.2"}, {"mac": B, "dst": "192.0.2.2"}])
    device.changes("vxlan_fdb", device="vx", entries=[{"mac": A, "dst": "192.0.2.3"}])
    assert shown(device) == ["02:00:00:00:00:0a dst 192.0.2.3 self permanent", "02:00:00:00:00:0b dst 192.0.2.2 self permanent"]


def test_without_purge_the_list_adds_and_with_it_the_list_is_exact(device):
    device.done("vxlan_fdb", device="vx", entries=[{"mac": A, "dst": "192.0.2.2"}], flood=["192.0.2.2"])
    device.changes("vxlan_fdb", device="vx", entries=[{"mac": B, "dst": "192.0.2.3"}], flood=["192.0.2.3"])
    assert len(shown(device)) == 4
    device.changes("vxlan_fdb", device="vx", entries=[{"mac": B, "dst": "192.0.2.3"}], flood=["192.0.2.3"], purge=True)
    assert shown(device) == ["00:00:00:00:00:00 dst 192.0.2.3 self permanent", "02:00:00:00:00:0b dst 192.0.2.3 self permanent"]
    device.changes("vxlan_fdb", device="vx", entries=[], flood=[], purge=True)
    assert shown(device) == []


def test_stale_entries_go_and_what_was_learned_stays(device):
    device.done("vxlan_fdb", device="vx", entries=[{"mac": A, "dst": "192.0.2.2"}])
    device.sh(
        "bridge fdb add %s dev vx dst 192.0.2.9 self dynamic" % B,
        "bridge fdb add %s dev vx dst 192.0.2.9 self permanent extern_learn" % C,
        "bridge fdb add 02:00:00:00:00:0d dev vx dst 192.0.2.9 self permanent",
    )
    device.changes("vxlan_fdb", device="vx", entries=[{"mac": A, "dst": "192.0.2.2"}], purge=True)
    kept = shown(device)
    assert len(kept) == 3 and any("extern_learn" in line for line in kept) and not any("0d dst" in line for line in kept)


def test_the_devices_own_multicast_group_is_no_stale_entry(device):
    device.sh("ip link add u type veth peer name w", "ip address add 198.51.100.1/24 dev u", "ip link set u up")
    device.done("vxlan", name="vxm", vni=9, dev="u", group="239.1.1.1")
    device.unchanged("vxlan_fdb", device="vxm", entries=[], flood=[], purge=True)
    assert "239.1.1.1" in device.run(["bridge", "fdb", "show", "dev", "vxm"])


def test_several_devices_in_one_task_ipv6_too(device):
    device.changes(
        "vxlan_fdb",
        devices=[
            {"device": "vx", "entries": [{"mac": A, "dst": "192.0.2.2"}], "purge": True},
            {"device": "vx6", "entries": [{"mac": A, "dst": "2001:db8::2"}], "flood": ["2001:db8::2", "2001:db8::3"]},
        ],
    )
    assert len(shown(device)) == 1 and len(shown(device, "vx6")) == 3


def test_absent_takes_the_listed_entries_or_all(device):
    entries = [{"mac": A, "dst": "192.0.2.2"}, {"mac": B, "dst": "192.0.2.3"}]
    device.done("vxlan_fdb", device="vx", entries=entries, flood=["192.0.2.2"])
    device.changes("vxlan_fdb", device="vx", entries=entries[:1], state="absent")
    assert len(shown(device)) == 2
    device.changes("vxlan_fdb", device="vx", state="absent")
    assert shown(device) == []
    device.unchanged("vxlan_fdb", device="never-was", state="absent")


def test_a_thousand_entries_are_one_task(device):
    entries = [{"mac": "02:00:00:01:%02x:%02x" % divmod(number, 256), "dst": "192.0.2.2"} for number in range(1000)]
    device.changes("vxlan_fdb", device="vx", entries=entries, purge=True)
    assert len(shown(device)) == 1000
    device.changes("vxlan_fdb", device="vx", entries=entries[:10], purge=True)
    assert len(shown(device)) == 10


@pytest.mark.parametrize(
    "said, arguments",
    [
        (r"^entries\[0\].mac: .*is not a MAC", {"entries": [{"mac": "02:00", "dst": "192.0.2.2"}]}),
        (r"^entries\[0\].mac: .*multicast", {"entries": [{"mac": "01:00:5e:00:00:01", "dst": "192.0.2.2"}]}),
        (r"^entries\[0\].dst: .*is not an IP address", {"entries": [{"mac": A, "dst": "peer"}]}),
        (r"^entries\[0\].port: 65536 is out of range", {"entries": [{"mac": A, "dst": "192.0.2.2", "port": 65536}]}),
        (r"^entries\[0\].vni: 16777216 is out of range", {"entries": [{"mac": A, "dst": "192.0.2.2", "vni": 1 << 24}]}),
        (r"^entries\[1\].mac: .*listed twice, with different remotes", {"entries": [{"mac": A, "dst": "192.0.2.2"}, {"mac": A, "dst": "192.0.2.3"}]}),
        (r"^flood\[0\]: 2001:db8::2 is not IPv4, which carries", {"flood": ["2001:db8::2"]}),
        (r"^device: 'lo' is no vxlan", {"device": "lo", "flood": ["192.0.2.2"]}),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(device, said, arguments):
    device.refuses("vxlan_fdb", said, **{"device": "vx", **arguments})


def test_a_missing_device_is_an_error_but_taken_as_given_in_check_mode(device):
    asked = {"device": "later", "flood": ["192.0.2.2"]}
    device.fails("vxlan_fdb", "^device: there is no vxlan 'later'", **asked)
    assert device.call("vxlan_fdb", check=True, **asked)["changed"]
