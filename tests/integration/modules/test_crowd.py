# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On a host full of other people's objects, and with another network of ours, those are byte for byte the same after
whatever is done to a network."""

from __future__ import annotations

import difflib
import json
import re
import sys
import time

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules import crowd, everything
from ansible_collections.linuxnet.container.tests.integration.modules.conftest import HERE
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import endpoint

#: What the networks red and blue have here, by name.
_LINKS = ("br-red", "br-blue", "br-new", "vx-red", "v-1", "v-2", "v-3", "v-box", "v-new")
_NAMES = ("c1", "c2", "c3", "box")
_OURS = re.compile(r"(?<![\w.-])(%s|/run/netns/(%s))(?![\w.-])" % ("|".join(_LINKS), "|".join(_NAMES)))
#: Where a line is about one object, and so about one of ours when it names it. Others' rules may name our objects.
_BY_OBJECT = ("ip", "ip -6", "bridge", "tc", "sysctl", "mounts", "names")
#: Files of a run, and of the checkpoint that is taken of red and blue.
_OF_A_RUN = ("lock", "checkpoint-role.json")


class Crowd:
    """A crowded host: ``alone`` is what it was before anything of ours, ``others`` what is there besides red and blue."""

    def __init__(self, host):
        self.host = host
        self.contained = [host.start(["unshare", "--net", "sh", "-c", "echo; exec sleep 3600"], stdout=-1) for _number in range(2)]
        for process in self.contained:
            process.stdout.readline()
        crowd.gather(host, self.contained[0].pid)
        self.alone = self.settled(())
        host.make(*crowd.GREEN)
        self.others = self.settled(crowd.GREEN_NAMES)
        box = self.contained[1].pid
        self.calls = [
            *everything.CALLS[:4],
            ("netns", {"name": ["box"], "pid": box, "network": ["red"]}),
            ("veth", {"veths": everything.CALLS[4][1]["veths"] + [endpoint(60, name="v-box", peer={"netns": "box"})]}),
            *everything.CALLS[5:],
        ]

    def close(self):
        for process in self.contained:
            process.kill()
            process.wait()
            process.stdout.close()

    def look(self, names):
        """What there is besides red and blue, in namespaces ``names`` too: {place: {section: lines}}."""
        places = [*crowd.NAMES, *names, str(self.contained[0].pid)]
        found = json.loads(self.host.run([sys.executable, "-I", "-S", str(HERE / "raw.py"), *places]))
        for sections in found.values():
            for section in _BY_OBJECT:
                if section in sections:
                    sections[section] = [line for line in sections[section] if not _OURS.search(line)]
        ours = found[""].pop("table inet linuxnet", [])
        found[""]["our rules"] = [line for line in ours if " comment " in line and not re.search('comment "(red|blue)"', line)]
        files = found[""]["files"]
        for name in _OF_A_RUN:
            files.pop(name, None)
        if "records.json" in files:
            records = json.loads(files["records.json"])
            records.get("adopted", {}).pop("box", None)
            records["localnet"] = {name: note for name, note in records.get("localnet", {}).items() if note["network"] == "green"}
            files["records.json"] = {subject: named for subject, named in records.items() if named}
        found[""]["files"] = [json.dumps(files, sort_keys=True)]
        return found

    def settled(self, names):
        """``look``, when nothing changes any more: carriers, duplicate address detection."""
        before = self.look(names)
        for _try in range(60):
            time.sleep(0.3)
            now = self.look(names)
            if now == before and "tentative" not in str(now):
                return now
            before = now
        return pytest.fail("the host does not come to rest: %s" % "\n".join(_differences(before, self.look(names))))

    def same(self, what):
        """Everybody else's objects are as they were, after ``what``."""
        _same(self.others, lambda: self.look(crowd.GREEN_NAMES), what)


def _same(before, look, what):
    # What the kernel does a little later it may do a little later.
    for _try in range(20):
        now = look()
        if now == before:
            return
        time.sleep(0.2)
    pytest.fail("after %s others' objects differ:\n%s" % (what, "\n".join(_differences(before, now))))


def _differences(before, now):
    for place in before:
        for section in sorted(set(before[place]) | set(now[place])):
            for line in difflib.unified_diff(before[place].get(section, []), now[place].get(section, []), lineterm="", n=0):
                yield "%s %s: %s" % (place or "host", section, line)


@pytest.fixture(scope="module")
def crowded(module_host):
    made = Crowd(module_host)
    yield made
    made.close()


@pytest.fixture
def full(crowded):
    """The crowd, with everything that red and blue can have."""
    crowded.host.make(*crowded.calls)
    return crowded


def _spoken(call):
    return "%s %s" % (call[0], " ".join("%s=%s" % pair for pair in sorted(call[1].items()) if isinstance(pair[1], (str, bool))))


def _run(crowded, *calls):
    for module, arguments in calls:
        result = crowded.host.done(module, **arguments)
        crowded.same("%s (%s)" % (_spoken((module, arguments)), "; ".join(result["commands"][:50])))
    return result


def test_making_and_making_again(crowded):
    for call in crowded.calls:
        assert crowded.host.call(call[0], check=True, **call[1])["changed"]
        assert _run(crowded, call)["changed"]
    for call in crowded.calls:
        assert not _run(crowded, call)["changed"]


@pytest.mark.parametrize("position", range(len(everything.OTHERWISE)))
def test_a_change_that_fails_one_that_is_taken_back_and_one_that_stays(full, position):
    module, arguments = everything.OTHERWISE[position]
    last = len(full.host.call(module, check=True, **arguments)["commands"]) - 1
    full.host.done("checkpoint", name="role", networks=["red", "blue"])
    full.same("checkpoint taken")
    result = full.host.call(module, breaks={"positions": [last], "how": "stop"}, **arguments)
    assert "Everything is as it was before" in result["msg"]
    full.same("failing at its last step, %s" % _spoken((module, arguments)))
    assert _run(full, (module, arguments))["changed"]
    assert _run(full, ("checkpoint", {"name": "role", "state": "restored"}))["changed"]
    _run(full, ("checkpoint", {"name": "role", "state": "dropped"}))


def test_what_others_did_to_ours_is_mended(full):
    full.host.sh(
        "ip link delete v-1",
        "ip link set br-blue mtu 1300 down",
        "ip address flush dev br-red",
        "bridge fdb delete 02:00:00:00:00:02 dev vx-red dst 192.0.2.2",
        "ip -n c2 route flush proto static",
        "ip -n c1 link set lo down",
    )
    inside = ""
    for chain, handle in re.findall(r'chain (\w+) \{|comment "red" # handle (\d+)', full.host.sh("nft -a list table inet linuxnet")):
        inside = chain or inside
        if handle:
            full.host.sh("nft delete rule inet linuxnet %s handle %s" % (inside, handle))
    full.host.sh("nft delete element inet linuxnet published_ip '{ tcp . 8080 }'")
    full.same("what others did")
    for call in full.calls:
        _run(full, call)
    full.host.done("netns", name=["c1"], state="absent")
    full.host.sh("ip link delete br-blue", "ip link delete vx-red", "ip netns delete c2", "rm -f /run/netns/c2")
    full.same("what others did")
    for call in full.calls:
        _run(full, call)


def test_entries_of_others_on_our_device_stay(full):
    full.host.sh("bridge fdb append 02:00:00:00:00:77 dev vx-red dst 192.0.2.9 self permanent", "bridge fdb append 00:00:00:00:00:00 dev vx-red dst 192.0.2.9")
    full.host.sh("bridge fdb append 02:00:00:00:00:78 dev vx-red dst 192.0.2.9 self extern_learn")

    def theirs():
        return [line for line in full.host.sh("bridge fdb show dev vx-red").splitlines() if "192.0.2.9" in line]

    before = theirs()
    assert len(before) == 3
    for call in full.calls:
        _run(full, call)
    _run(full, ("vxlan_fdb", {"device": "vx-red", "flood": ["192.0.2.5"], "entries": [{"mac": "02:00:00:00:00:04", "dst": "192.0.2.5"}]}))
    assert theirs() == before
    _run(full, ("vxlan_fdb", {"device": "vx-red", "flood": ["192.0.2.5"], "entries": [{"mac": "02:00:00:00:00:04", "dst": "192.0.2.5"}], "state": "absent"}))
    assert theirs() == before


#: What red could take for its own: somebody else's, and green's.
_THEIRS = {
    "bridge": ("docker0", "br-red-old", "in-a-free-group", "br-green"),
    "veth": ("vethf0a1", "v-red-other", "v-red-peer", "v-51"),
    "vxlan": ("vx-other", "vx-red-1", "vx-green"),
    "": ("mv0", "tap0", "ifb7", "under"),
}
_ASKED = {
    "bridge": {"network": "red", "addresses": ["10.1.0.1/24"]},
    "veth": {"network": "red", "bridge": "br-red", "peer": {"name": "eth9", "netns": "c1"}},
    "vxlan": {"network": "red", "vni": 45, "local": "192.0.2.1", "dev": "under"},
}


def _refused(crowded, module, **arguments):
    """A run fails with a sentence, in check mode too."""
    for check in (True, False):
        result = crowded.host.call(module, check=check, **arguments)
        assert result.get("failed"), "%s %s was not refused: %s" % (module, arguments, result["commands"])
        crowded.host.is_a_sentence(result["msg"])
    return result["msg"]


def _unchanged(crowded):
    """Red and blue are as they are to be."""
    for module, arguments in crowded.calls:
        assert crowded.host.call(module, check=True, **arguments)["commands"] == []


@pytest.mark.parametrize("module", _ASKED)
def test_names_of_others_are_refused_whatever_has_them(full, module):
    for kind, names in _THEIRS.items():
        for name in names:
            green = "green" in name or name == "v-51"
            said = _refused(full, module, name=name, **_ASKED[module])
            reason = "belongs to network 'green', not to 'red'" if green else "somebody else's"
            assert ("is the device itself" if (module, name) == ("vxlan", "under") else reason) in said
            if module == "veth":
                _refused(full, module, name="v-new", network="red", peer={"name": name})
            if not (green and kind == module):
                assert "was not made by this collection" in _refused(full, module, name=name, state="absent")
            if module == "bridge" and "master" in full.host.link(name):
                said = _refused(full, "bridge", name="br-red", network="red", ports=[{"name": name}])
                assert ("belongs to network 'green'" if green else "is somebody else's port of") in said
    _unchanged(full)
    full.same("all that was refused")


def test_namespaces_of_others_are_refused_or_used_but_never_ours(full):
    for name in ("c3-plain", "c3-link"):
        for more in ({"network": ["red"]}, {"state": "absent"}, {"pid": full.contained[1].pid}):
            assert "is no namespace, and left alone" in _refused(full, "netns", name=[name], **more)
        assert "is no namespace, and left alone" in _refused(full, "veth", name="v-new", peer={"name": "eth0", "netns": name})
    for name in crowd.NAMES:
        assert "was not made by this collection" in _refused(full, "netns", name=[name], state="absent")
        assert "names another namespace, somebody else's" in _refused(full, "netns", name=[name], pid=full.contained[1].pid)
    assert "is an end of somebody else's pair" in _refused(full, "veth", name="v-new", network="red", peer={"name": "eth0", "netns": "foreign"})
    _unchanged(full)
    # As it is to be already: it is used, and no mark says that it belongs to red.
    assert full.host.done("netns", name=["foreign"], network=["red"])["commands"] == []
    full.same("all that was refused")


def test_a_bridge_is_not_taken_from_under_others_devices(full):
    full.host.sh("ip link add mv-new link br-red type macvlan mode bridge", "ip link add vx-new type vxlan id 99 dev br-blue dstport 4801")
    for arguments in ({"name": "br-red", "state": "absent"}, {"purge_networks": ["red", "blue"]}):
        assert re.search("has devices that are not ours on it, which would go with it: (mv|vx)-new", _refused(full, "bridge", **arguments))
    assert "mv-new" not in _refused(full, "bridge", name="br-blue", state="absent")
    assert full.host.link("mv-new") and full.host.link("vx-new")
    full.host.sh("ip link delete mv-new", "ip link delete vx-new")
    full.same("what was refused")


def test_by_name_and_made_again(full):
    _run(
        full,
        ("nat_masquerade", {"name": "blue", "state": "absent"}),
        ("vxlan_fdb", dict(everything.CALLS[3][1], state="absent")),
        ("veth", {"name": "v-1", "state": "absent"}),
        ("vxlan", {"name": "vx-red", "state": "absent"}),
        ("bridge", {"bridges": [{"name": "br-red"}, {"name": "br-blue"}], "state": "absent"}),
        ("netns", {"name": ["c1", "box"], "state": "absent"}),
        ("netns", {"name": ["c2"], "state": "absent"}),
        ("nat_masquerade", {"name": "red", "state": "absent"}),
    )


def test_a_run_that_is_killed_and_the_next(full):
    for module, arguments in (everything.OTHERWISE[6], everything.GONE[1]):
        steps = len(full.host.call(module, check=True, **arguments)["commands"])
        with pytest.raises(AssertionError, match="process died"):
            full.host.call(module, breaks={"positions": [steps // 2], "how": "die"}, **arguments)
        full.same("half of %s" % _spoken((module, arguments)))
        _run(full, *full.calls)


def test_removal_in_the_order_of_the_roles(full):
    for module, arguments in everything.GONE:
        last = len(full.host.call(module, check=True, **arguments)["commands"]) - 1
        result = full.host.call(module, breaks={"positions": [last], "how": "stop"}, **arguments)
        assert "Everything is as it was before" in result["msg"]
        full.same("failing at its last step, %s" % _spoken((module, arguments)))
        assert _run(full, (module, arguments))["changed"]
        assert not _run(full, (module, arguments))["changed"]


def test_what_is_left_is_everything_there_was_before_any_of_ours(crowded):
    crowded.host.make(*everything.GONE)
    crowded.same("the removal of red and blue")
    crowded.host.make(*crowd.GREEN_GONE)
    _same(crowded.alone, lambda: crowded.look(()), "the removal of everything of ours")
