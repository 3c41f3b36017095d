# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints: whatever several tasks did to the networks is put back, and what others did meanwhile is left alone."""

from __future__ import annotations

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules import everything
from ansible_collections.linuxnet.container.tests.integration.modules.small_network import bridge, calls, endpoint

BOTH = {"name": "role", "networks": ["red", "blue", "green"]}


@pytest.fixture
def full(host):
    """A node that has everything."""
    host.sh(*everything.FOREIGN)
    host.make(*everything.CALLS)
    return host


def restored(host, before, name="role"):
    """Restore says in check mode what it does, does it, and does nothing the second time."""
    said = host.call("checkpoint", check=True, name=name, state="restored")
    result = host.done("checkpoint", name=name, state="restored")
    assert result["changed"] and said["commands"] == result["commands"]
    host.unchanged("checkpoint", name=name, state="restored")
    host.done("checkpoint", name=name, state="dropped")
    differences = host.differences(_without_sysctls(before), _without_sysctls(host.dump()))
    assert not differences, "differs from before:\n" + "\n".join(differences)
    return result


def _without_sysctls(dump):
    """``dump`` without the sysctls of namespaces, which are no part of a checkpoint."""
    return {netns: {what: found for what, found in shown.items() if what != "sysctls"} for netns, shown in dump.items()}


@pytest.mark.parametrize("position", range(len(everything.OTHERWISE)))
def test_each_change_is_taken_back(full, position):
    before = full.dump()
    full.done("checkpoint", **BOTH)
    module, arguments = everything.OTHERWISE[position]
    assert full.done(module, **arguments)["changed"]
    restored(full, before)


def test_many_changes_are_taken_back(full):
    before = full.dump()
    full.done("checkpoint", **BOTH)
    full.make(*everything.OTHERWISE[:2], *everything.OTHERWISE[3:4], *everything.OTHERWISE[5:7], everything.OTHERWISE[8])
    restored(full, before)


def test_what_was_taken_away_altogether_comes_back(full):
    before = full.dump()
    full.done("checkpoint", **BOTH)
    full.make(*everything.GONE)
    assert full.names() == ["foreign"]
    # What was set inside a namespace that has gone is not known any more.
    restored(full, before)
    assert full.reaches("c1", "10.1.0.1")


def test_what_was_added_to_nothing_goes_again(host):
    host.sh(*everything.FOREIGN)
    before = host.dump()
    host.done("checkpoint", **BOTH)
    host.make(*everything.CALLS)
    restored(host, before)


def test_what_others_do_meanwhile_is_left_alone(host):
    host.sh(*everything.FOREIGN)
    host.make(*calls([1]))
    host.done("checkpoint", name="role", networks=["red"])
    host.make(*calls([3], "green", "10.3.0"), ("nat_masquerade", {"name": "green", "sources": ["10.3.0.0/24"], "bridge": "br-green"}))
    host.sh(
        "ip link add tap7 type veth peer name t",
        "ip link set tap7 master br-red",
        "ip address add 172.17.0.9/16 dev docker0",
        "ip link set docker0 mtu 1400",
    )
    before = host.dump()
    host.done("veth", **endpoint(1, peer={"addresses": ["10.1.0.50/24"]}))
    host.done("nat_masquerade", name="red", sources=["10.1.0.0/24"], bridge="br-red")
    host.done("checkpoint", name="role", state="restored")
    assert host.link("tap7")["master"] == "br-red"
    host.is_as(before)
    host.done("nat_masquerade", name="green", state="absent")
    assert host.sh("cat /proc/sys/net/ipv4/ip_forward") == "0\n"


def test_somebody_elses_port_of_a_bridge_that_came_later_stays_without_it(host):
    host.done("checkpoint", name="role", networks=["red"])
    host.done("bridge", **bridge())
    host.sh("ip link add tap7 type veth peer name t", "ip link set tap7 master br-red")
    host.done("checkpoint", name="role", state="restored")
    assert host.link("br-red") is None and host.link("tap7") and "master" not in host.link("tap7")


def test_an_adopted_name_comes_back_while_its_process_lives(host):
    process = host.start(["unshare", "--net", "sh", "-c", "echo $$; exec sleep 600"], stdout=-1, text=True)
    pid = int(process.stdout.readline())
    host.done("netns", name=["box"], pid=pid, network=["red"])
    host.make(*calls([])[1:2], ("veth", endpoint(1, peer={"netns": "box"})))
    before = host.dump()
    host.done("checkpoint", name="role", networks=["red"])
    host.done("veth", name="v-1", state="absent")
    host.done("netns", name=["box"], state="absent")
    restored(host, before)
    assert host.reaches("box", "10.1.0.1")

    host.done("checkpoint", name="role", networks=["red"])
    host.done("netns", name=["box"], state="absent")
    process.kill()
    process.wait()
    process.stdout.close()
    result = host.done("checkpoint", name="role", state="restored")
    assert host.link("v-1") is None
    assert "cannot come back: its last process has ended" in str(result["warnings"])
    assert host.names() == [] and host.link("br-red")


def test_taking_changes_nothing_and_leaves_nothing_once_dropped(host):
    host.make(*calls([1]))
    before = host.dump()
    said = host.call("checkpoint", check=True, **BOTH)
    assert not said["changed"]
    host.is_as(before)
    assert not host.done("checkpoint", **BOTH)["changed"]
    host.run(["stat", "/run/linuxnet.container/checkpoint-role.json"])
    assert host.sh("stat -c %a /run/linuxnet.container /run/linuxnet.container/*").split() == ["700", "600", "600"]
    assert not host.done("checkpoint", name="role", state="dropped")["changed"]
    assert not host.done("checkpoint", name="role", state="dropped")["changed"]
    host.is_as(before)


def test_a_checkpoint_that_is_not_there_cannot_be_restored(host):
    host.fails("checkpoint", "^name: there is no checkpoint 'never': it was never taken, or has been dropped", name="never", state="restored")
    assert host.done("checkpoint", check=True, name="never", state="dropped")["changed"] is False


def test_a_checkpoint_says_of_which_networks(host):
    host.refuses("checkpoint", "^networks: say which networks", name="role")
    host.refuses("checkpoint", "^name: .*is not a network name", name="../role", networks=["red"])


def test_restoring_is_all_or_nothing_itself(full):
    full.done("checkpoint", **BOTH)
    full.make(*everything.OTHERWISE[:2])
    before = full.dump()
    steps = full.call("checkpoint", check=True, name="role", state="restored")["commands"]
    for position in range(len(steps)):
        result = full.call("checkpoint", breaks={"positions": [position], "how": "stop"}, name="role", state="restored")
        assert "Everything is as it was before" in result["msg"], result["msg"]
        full.is_as(before)
