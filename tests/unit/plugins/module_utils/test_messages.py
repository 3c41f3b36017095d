# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to the kernel: attributes, and messages that are the same under every pyroute2."""

from __future__ import annotations

import json
import os
import pathlib
import struct
import subprocess
import sys

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import apply, speaker
from ansible_collections.linuxnet.container.plugins.module_utils._kernel.netlink import (
    NetlinkError,
    attribute_list,
    attributes,
    encode,
)
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem

from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils import messages

pytest.importorskip("pyroute2")

HERE = pathlib.Path(__file__).resolve().parent
KNOWN = HERE / "messages.json"
COLLECTIONS = next(path for path in map(pathlib.Path, sys.path) if (path / "ansible_collections/linuxnet/container").is_dir())


@pytest.fixture(autouse=True)
def pyroute2():
    apply.require_pyroute2()


def attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def test_attributes_by_their_number():
    body = b"head" + attribute(1, b"one") + attribute(0x8002, b"") + attribute(3, b"four")
    assert attributes(body, 4) == {1: b"one", 2: b"", 3: b"four"}
    assert attributes(body, 4, 12) == {1: b"one"}
    assert attributes(b"") == {}


def test_of_a_repeated_attribute_the_last_counts_and_a_list_keeps_them_all():
    body = attribute(1, b"a") + attribute(1, b"b")
    assert attributes(body) == {1: b"b"}
    assert attribute_list(body) == [(1, b"a"), (1, b"b")]
    assert attribute_list(b"xxxx" + body, 4) == [(1, b"a"), (1, b"b")]


@pytest.mark.parametrize("rest", [b"\0\0\0\0", b"\3\0\1\0", b"\1"])
def test_what_is_no_attribute_ends_the_list(rest):
    assert attributes(attribute(1, b"a") + rest) == {1: b"a"}
    assert attribute_list(attribute(1, b"a") + rest) == [(1, b"a")]


def test_an_error_says_what_the_kernel_said_or_else_what_the_number_means():
    assert str(NetlinkError(3, 17)) == "File exists"
    assert str(NetlinkError(3, 17, "Name is taken")) == "Name is taken"


def test_a_message_is_encoded_without_its_header():
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

    body = encode(ifinfmsg, {"index": 7, "flags": 1, "change": 1}, [["IFLA_IFNAME", "eth0"], ["IFLA_MTU", 1450]])
    assert body == struct.pack("=BxHiII", 0, 0, 7, 1, 1) + attribute(3, b"eth0\0") + attribute(4, struct.pack("=I", 1450))


def test_messages_are_what_they_were():
    made = messages.messages()
    if os.environ.get("GOLDEN_UPDATE"):
        lines = ["%s: %s" % (json.dumps(name), json.dumps(message)) for name, message in made.items()]
        KNOWN.write_text("{\n%s\n}\n" % ",\n".join(lines), encoding="utf-8")
    assert made == json.loads(KNOWN.read_text(encoding="utf-8"))


@pytest.mark.skipif(not os.path.exists("/usr/bin/python3"), reason="there is no /usr/bin/python3")
def test_messages_are_the_same_with_the_systems_pyroute2():
    command = ["/usr/bin/python3", "-E", "-s", "-c", "import pyroute2"]
    if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("/usr/bin/python3 has no pyroute2 (Debian's python3-pyroute2)")
    command = ["/usr/bin/python3", "-E", "-s", str(HERE / "messages.py"), str(COLLECTIONS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == json.loads(KNOWN.read_text(encoding="utf-8"))


# The same, read by us: what a message says, in few words


@pytest.fixture(scope="module")
def said():
    return {name: (kind, flags, bytes.fromhex(body)) for name, (kind, flags, body) in messages.messages().items()}


def nested(body, *path, offset=0):
    for number in path:
        body, offset = attributes(body, offset)[number], 0
    return attributes(body)


CREATE, EXCL, REPLACE, APPEND = 0x400, 0x200, 0x100, 0x800


def test_a_pair_is_one_message_whose_peer_is_made_in_its_namespace(said):
    kind, flags, body = said["pair into a namespace"]
    assert (kind, flags) == (speaker.RTM_NEWLINK, CREATE | EXCL)
    assert struct.unpack_from("=BxHiII", body) == (0, 0, 0, 1, 1)  # up
    values = attributes(body, 16)
    assert values[3] == b"v-web\0" and values[10] == struct.pack("=I", 5) and values[27] == struct.pack("=I", 0x4C4E43)
    assert nested(body, 18, offset=16)[1] == b"veth\0"
    peer = attributes(body, 16)[18]
    peer = attributes(attributes(peer)[2])[1]
    assert struct.unpack_from("=BxHiII", peer) == (0, 0, 0, 0, 0)  # IFF_UP here is ENOTCONN
    values = attributes(peer, 16)
    assert values[3] == b"eth0\0" and values[1] == b"\2\0\0\0\0\1" and values[28] == struct.pack("=I", 9)


def test_a_vxlan_speaks_of_its_addresses_by_family(said):
    four = nested(said["vxlan over IPv4"][2], 18, 2, offset=16)
    six = nested(said["vxlan over IPv6"][2], 18, 2, offset=16)
    assert four[4] == bytes([192, 0, 2, 1]) and 17 not in four and four[15] == struct.pack(">H", 4789)
    assert six[17][:4] == b"\x20\x01\x0d\xb8" and six[16][:2] == b"\xff\x02" and not {2, 4} & set(six)
    assert (four[1], four[7], four[3]) == (struct.pack("=I", 7), b"\0", struct.pack("=I", 6))


def test_what_is_added_is_new_and_what_is_said_again_is_not(said):
    assert said["address"][1] == CREATE | EXCL and said["address again"][1] == CREATE | REPLACE
    assert said["default route"][1] == CREATE | EXCL and said["route replaced"][1] == CREATE | REPLACE
    assert said["flood entry"][1] == CREATE | APPEND and said["entry"][1] == CREATE | REPLACE


def test_addresses(said):
    body = said["address"][2]
    assert struct.unpack_from("=BBBBi", body) == (2, 20, 0, 0, 7)
    assert attributes(body, 8) == {1: bytes([10, 1, 0, 2]), 2: bytes([10, 1, 0, 2]), 4: bytes([10, 1, 15, 255])}
    assert 4 not in attributes(said["address of a point"][2], 8)
    assert said["IPv6 address"][2][2] == 2  # IFA_F_NODAD
    assert said["IPv6 link-local address"][2][3] == 253  # scope link


def test_routes(said):
    family, length, _src, _tos, table, proto, scope, kind, flags = struct.unpack_from("=BBBBBBBBI", said["route on the link"][2])
    assert (family, length, table, proto, scope, kind, flags) == (2, 16, 254, 4, 253, 1, 0)
    assert attributes(said["route on the link"][2], 12) == {
        1: bytes([10, 9, 0, 0]), 4: struct.pack("=I", 7), 6: struct.pack("=I", 7), 7: bytes([10, 1, 0, 2]),
    }  # fmt: skip
    assert struct.unpack_from("=BBBBBBBBI", said["route replaced"][2])[8] == 4  # RTNH_F_ONLINK
    assert struct.unpack_from("=BBBBBBBBI", said["default route"][2])[:7] == (2, 0, 0, 0, 254, 4, 0)


def test_entries(said):
    assert struct.unpack_from("=BxxxiHBB", said["entry"][2]) == (7, 8, 0x80, 2, 0)
    values = attributes(said["entry"][2], 12)
    assert (values[2], values[6], values[7]) == (b"\2\0\0\0\0\1", struct.pack(">H", 8472), struct.pack("=I", 8))
    assert set(attributes(said["flood entry"][2], 12)) == {1, 2}


# From steps to sends


class Kernel:
    """A socket that knows some devices and notes what it is sent."""

    def __init__(self, known=(), refuse=None):
        self.known = {name: number for number, name in enumerate(known, 20)}
        self.refuse = refuse
        self.sent = []

    def get_many(self, requests):
        names = [attributes(body, 16)[3].rstrip(b"\0").decode() for _kind, body in requests]
        self.sent.append(("asked",) + tuple(names))
        return [struct.pack("=BxHiII", 0, 0, self.known[name], 0, 0) if name in self.known else None for name in names]

    def batch(self, said, tolerates=None):
        said = list(said)
        if self.refuse is not None:
            raise NetlinkError(self.refuse, 17, "no")
        self.sent.append(len(said))
        for message in said:
            values = attributes(message.body, 16)
            if message.type == speaker.RTM_NEWLINK and 3 in values:
                self.known.setdefault(values[3].rstrip(b"\0").decode(), 100 + len(self.known))


def spoken(kernel, steps):
    speaker.Speaker(kernel, messages.HOME).say(steps)
    return kernel.sent


def planned(*elements, before=()):
    from ansible_collections.linuxnet.container.plugins.module_utils._plan import plan
    from ansible_collections.linuxnet.container.tests.unit.plugins.module_utils.readable import parse_state

    return plan(parse_state(before), parse_state(elements))


def test_what_needs_no_index_of_something_new_is_one_send():
    bridges = [{"link": "br%d" % n, "kind": "bridge", "of": ["blue"]} for n in range(10)]
    assert [one for one in spoken(Kernel(), planned(*bridges)) if one != ("asked",)] == [len(planned(*bridges))]


def test_what_needs_it_waits_for_it():
    bridge = {"link": "br0", "kind": "bridge", "of": [], "addresses": ["10.1.0.1/24"]}
    ports = [
        {"link": "v%d" % n, "kind": "vxlan", "of": [], "options": {"vni": n, "dev": "up0"}, "master": "br0"} for n in range(3)
    ]
    sent = spoken(Kernel(["up0"]), planned(bridge, *ports, {"link": "up0"}, before=[{"link": "up0"}]))
    assert [one for one in sent if isinstance(one, tuple)] == [("asked",), ("asked", "br0", "up0")]
    assert len(sent) == 4  # what makes br0; then all the rest


def test_a_device_that_is_not_there_is_the_failure_of_its_step():
    steps = planned({"link": "eth0", "addresses": ["10.1.0.1/24"]}, before=[{"link": "eth0"}])
    with pytest.raises(apply.Failure) as failure:
        spoken(Kernel(), steps)
    assert str(failure.value) == "%s: there is no device 'eth0'" % steps[0].line


def test_a_message_that_is_refused_names_its_step():
    steps = planned(*({"link": "br%d" % n, "kind": "bridge", "of": []} for n in range(3)))
    with pytest.raises(apply.Failure) as failure:
        spoken(Kernel(refuse=2), steps)
    assert failure.value.step is steps[2] and (failure.value.errno, failure.value.said) == (17, "no")


@pytest.mark.parametrize("missing", ["pyroute2", "pyroute2.netlink.rtnl.ifinfmsg"])
def test_without_pyroute2_one_sentence_says_what_to_install(monkeypatch, missing):
    """Also when it is there and cannot be loaded, which shows only then."""
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(Problem) as problem:
        apply.require_pyroute2()
        spoken(Kernel(), planned({"link": "br0", "kind": "bridge", "of": []}))
    assert str(problem.value).startswith("%s has no pyroute2 (" % sys.executable)
    assert "install Debian's python3-pyroute2" in str(problem.value)


def test_what_is_made_by_the_thousand_is_said_without_loading_pyroute2(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyroute2.netlink.rtnl.ifinfmsg", None)
    near = {"link": "one", "kind": "veth", "of": [], "peer": "other"}
    far = {"link": "other", "kind": "veth", "peer": "one", "addresses": ["10.1.0.2/24"], "routes": ["default via 10.1.0.1"]}
    steps = planned(near, far)
    assert {step.do[0] for step in steps} == {"link_add", "link_set", "address_add", "route_add"}
    assert sum(one for one in spoken(Kernel(["other"]), steps) if isinstance(one, int)) == len(steps)
