# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever fails in a run, in whatever way, the host is as it was before."""

from __future__ import annotations

import errno
import itertools
import re

import pytest

from ansible_collections.linuxnet.container.plugins.module_utils._marks import GOING
from ansible_collections.linuxnet.container.tests.integration.modules import everything
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import calls


NETWORKS = ["red", "blue", "green"]


def _id(call):
    return "-".join([call[0]] + [word for word in ("state", "name") for word in [str(call[1].get(word, ""))] if word and word[0] != "["])


#: What the kernel says when a call fails: of no privilege, of what is there or not there, of what is used up.
NUMBERS = (errno.EPERM, errno.ENOMEM, errno.EBUSY, errno.ENOBUFS, errno.EINVAL, errno.EEXIST, errno.ENOSPC)


def set_again(host, before):
    """Sysctls in namespaces, which a checkpoint does not keep, as they were ``before``."""
    for one in everything.CALLS[0][1]["namespaces"]:
        for path in one["sysctls"] if one["name"] in before else ():
            host.sh("sysctl -qw %s=%s" % (path, before[one["name"]]["sysctls"][path.replace("/", ".")]), netns=one["name"])


def every_call_fails(host, module, arguments, record_property):
    """Run the module once for each of its calls to the kernel, which fails: before it is made, or after; it may only fail as a
    whole, and not at all where nothing depends on the call. The last run is whole."""
    host.done("checkpoint", name="start", networks=NETWORKS)
    before = host.dump()
    succeeded = []
    for position in itertools.count():
        how = ("refuse", "after")[position // len(NUMBERS) % 2]
        asked = {"at": [position], "how": how, "number": NUMBERS[position % len(NUMBERS)]}
        result = host.call(module, faults=asked, **arguments)
        told = "call %d (%s), %s" % (position, result["faults"]["hit"], asked)
        if result["faults"]["hit"] is None:
            break
        if result.get("failed"):
            host.is_a_sentence(result["msg"])
            assert "Going back failed" not in result["msg"], told
            if not result["faults"]["written"]:
                continue  # compared with the next one
        else:
            host.done("checkpoint", name="none", state="dropped")  # what could not be unlinked goes with the next run
            succeeded.append((told, host.dump()))
            host.done("checkpoint", name="start", state="restored")
            set_again(host, before)
        differs = host.differences(before, host.dump())
        assert not differs, "%s: %s\n%s" % (told, result.get("msg"), "\n".join(differs))
    after = host.dump()
    assert after != before and not result.get("failed")
    for told, dump in succeeded:
        differs = host.differences(after, dump)
        assert not differs, "%s\n%s" % (told, "\n".join(differs))
    assert position > 10
    host.done("checkpoint", name="start", state="dropped")
    record_property("fault points", position)


@pytest.mark.parametrize("position", range(len(everything.CALLS)), ids=[_id(call) for call in everything.CALLS])
def test_every_call_of_building(host, position, record_property):
    host.sh(*everything.FOREIGN)
    host.make(*everything.CALLS[:position])
    every_call_fails(host, *everything.CALLS[position], record_property)


@pytest.mark.parametrize("call", everything.OTHERWISE + everything.GONE, ids=_id)
def test_every_call_of_changing_and_removing(host, call, record_property):
    host.sh(*everything.FOREIGN)
    host.make(*everything.CALLS)
    every_call_fails(host, *call, record_property)


def all_gone():
    """What takes everything away that any of the calls makes."""
    return [(module, {"purge_networks": NETWORKS}) for module, _arguments in everything.GONE]


def every_call_is_the_last(host, needed, call, record_property, self_contained=True):
    """A run is killed before each of its calls that write, although it then can tidy nothing: removal finds all of it, and
    the same task completes what was there. ``self_contained``: whether that does not take the tasks before it as well."""
    host.sh(*everything.FOREIGN)
    clean = host.dump()
    host.make(*needed)
    before = host.dump()
    host.make(call)
    after = host.dump()

    def start_anew():
        host.make(*all_gone())
        host.is_as(clean)
        host.make(*needed)

    start_anew()
    position, seen = 0, [before]
    while host.is_killed(call[0], position, **call[1]):
        left = host.dump()
        if left not in seen:
            seen.append(left)
            start_anew()
            assert host.is_killed(call[0], position, **call[1])
            host.make(*([] if self_contained else needed), call)
            host.is_as(after)
        if left != before:
            start_anew()
        position += 1
    assert position > 1
    host.is_as(after)
    record_property("points at which a run was killed", position)


@pytest.mark.parametrize("position", range(len(everything.CALLS)), ids=[_id(call) for call in everything.CALLS])
def test_a_run_that_builds_is_killed(host, position, record_property):
    every_call_is_the_last(host, everything.CALLS[:position], everything.CALLS[position], record_property)


@pytest.mark.parametrize("call", everything.OTHERWISE + everything.GONE, ids=_id)
def test_a_run_that_changes_or_removes_is_killed(host, call, record_property):
    # A device that is made anew has lost the entries that another task gave it.
    every_call_is_the_last(host, everything.CALLS, call, record_property, call != everything.OTHERWISE[3])


def test_a_run_that_deletes_many_at_once_is_killed(host):
    """Many go by a group of their own: a run that is killed leaves them there, and they are ours all the same."""
    clean, groups, position = host.dump(), set(), 0
    host.make(*calls(range(1, 6)))
    while host.is_killed("veth", position, purge_networks=["red"]):
        groups |= {int(link["group"]) for link in host.json("ip", "link", "show", "type", "veth") if link["group"].isdigit()}
        host.make(("veth", {"purge_networks": ["red"]}))
        assert host.json("ip", "link", "show", "type", "veth") == []
        host.make(*calls(range(1, 6)))
        position += 1
    assert groups & set(GOING)
    host.make(*[(module, {"purge_networks": ["red"]}) for module in ("bridge", "netns")])
    host.is_as(clean)


@pytest.fixture(scope="module")
def full(module_host):
    """A node that has everything; what fails leaves it as it is, so that the tests share it."""
    module_host.sh(*everything.FOREIGN)
    module_host.make(*everything.CALLS)
    return module_host


def test_what_nobody_thought_of_puts_the_host_back_as_well(full):
    before = full.dump()
    module, arguments = everything.OTHERWISE[1]
    asked = dict(arguments, _ansible_check_mode=False, _ansible_diff=False)
    with pytest.raises(AssertionError, match="nobody thought of this"):
        full._call(module, asked, {"positions": [4], "how": "bug"})
    full.is_as(before)


@pytest.mark.parametrize("call", everything.OTHERWISE, ids=_id)
def test_what_cannot_be_put_back_is_told_as_lines_that_do_it(host, call, record_property):
    """From some call on nothing can be written any more, so that going back fails too: the lines that the message then tells
    put the host back, typed into a shell."""
    host.sh(*everything.FOREIGN)
    host.make(*everything.CALLS)
    before = host.dump()
    told = 0
    for position in itertools.count():
        result = host.call(call[0], faults={"at": [position], "how": "refuse", "writes": True, "onwards": True}, **call[1])
        if result["faults"]["hit"] is None:
            break
        if not result.get("failed"):
            continue  # it had done its work
        left = re.search("Going back failed too: .* What is left to do by hand: (.*)", result["msg"])
        if left:
            told += 1
            host.run(["sh", "-c", left[1]])
            set_again(host, before)
        else:
            host.is_a_sentence(result["msg"])
        host.done("checkpoint", name="none", state="dropped")  # half-written files of ours go with the next run
        differs = host.differences(before, host.dump())
        assert not differs, "%s\n%s" % (result["msg"], "\n".join(differs))
    record_property("points at which going back failed too", told)


def test_processes_that_were_ended_are_told(host):
    host.done("netns", name=["c"], network=["red"])
    sleeper = host.start(["sleep", "300"], "c")
    lines = host.call("netns", check=True, name=["c"], state="absent", stop_processes=True)["commands"]
    assert lines == ["kill -TERM %d" % sleeper.pid, "ip netns delete c"]
    inode = host.done("network_info")["namespaces"][0]["inode"]
    result = host.call("netns", breaks={"positions": [1], "how": "stop"}, name=["c"], state="absent", stop_processes=True)
    assert sleeper.wait() == -15
    host.is_a_sentence(result["msg"], r"^The kernel refused 'ip netns delete c': No more today\. ")
    assert result["msg"].endswith(" Everything is as it was before, but these processes have been ended: %d (sleep)." % sleeper.pid)
    assert host.done("network_info")["namespaces"][0]["inode"] == inode


def test_the_kernels_own_refusal(full):
    """Nothing is injected: the routes are such that the kernel takes the first and refuses the last."""
    before = full.dump()
    peer = {"name": "eth0", "netns": "c1", "addresses": ["10.1.0.7/24"], "gateway": ["10.1.0.1"]}
    routes = [{"dst": "198.51.100.0/25", "via": "10.1.0.1"}, {"dst": "198.51.100.128/25", "via": "10.1.0.1", "src": "10.99.0.1"}]
    result = full.call("veth", name="v-1", mtu=1440, peer=dict(peer, routes=routes))
    assert result["failed"] and "src 10.99.0.1" in result["msg"] and "Everything is as it was before" in result["msg"]
    full.is_as(before)
