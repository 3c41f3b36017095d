#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: probe
short_description: Find out who can be reached from a host or a network namespace
version_added: 0.1.0
description:
  - Sends ICMP echo requests, UDP questions or TCP calls to a list of targets, all at the same time, from the host or from named
    network namespaces, and returns what came back.
  - Needs no C(ping). The ICMP messages are made by the module itself.
  - With expectations (O(targets[].expect_reached), O(targets[].expect_source), O(targets[].expect_largest)) it is an assertion that
    names every target that is not as expected.
author:
  - linuxnet.container contributors (@linuxnet)
attributes:
  check_mode:
    support: full
    description: Probing changes nothing, so it is done in check mode as well.
  diff_mode:
    support: N/A
    description: Nothing is changed.
  platform:
    support: full
    platforms: linux
    description: The systems the module works on.
options:
  targets:
    description:
      - What to probe.
    type: list
    elements: dict
    required: true
    suboptions:
      address:
        description:
          - IPv4 or IPv6 address. Host names are not looked up.
        type: str
        required: true
      netns:
        description:
          - Name of the network namespace to probe from, in place of O(netns).
        type: str
      name:
        description:
          - A word of your own for the target, returned with its result and used in messages.
        type: str
      protocol:
        description:
          - V(icmp) sends echo requests (ICMPv6 ones to an IPv6 address), which takes root.
          - V(udp) asks a whoami server, as in the node V(internet) of a lab, which answers with the address it saw.
          - V(tcp) opens a connection. If the other end is a whoami server, the address it saw is returned too.
        type: str
        choices: [icmp, udp, tcp]
        default: icmp
      port:
        description:
          - Port to ask, for V(udp) and V(tcp).
        type: int
        default: 7007
      payload:
        description:
          - Octets to send after the ICMP or UDP header. The packet is 28 octets longer over IPv4 and 48 over IPv6.
        type: int
        default: 56
      dont_fragment:
        description:
          - Send packets that must not be fragmented, neither here nor on the way. For O(targets[].protocol=icmp).
        type: bool
        default: false
      largest:
        description:
          - Look for the largest payload that is answered without being fragmented, up to what the first interface lets out.
          - One octet more than the result was tried too and not answered, or does not fit through the first interface.
          - For O(targets[].protocol=icmp).
        type: bool
        default: false
      count:
        description:
          - How many times to try, one after the other.
        type: int
        default: 1
      timeout:
        description:
          - How long to wait for each answer, in seconds.
        type: float
        default: 1.0
      expect_reached:
        description:
          - V(true) fails if no try is answered, V(false) fails if one is.
        type: bool
      expect_source:
        description:
          - Fails if the other end, a whoami server, saw another address than this one. Tells whether the traffic was masqueraded.
        type: str
      expect_largest:
        description:
          - Fails if O(targets[].largest) finds another number of octets.
        type: int
  netns:
    description:
      - Name of the network namespace to probe from.
      - When not given, the probes leave from where the module runs.
    type: str
seealso:
  - plugin: linuxnet.container.netns
    plugin_type: become
  - module: linuxnet.container.lab_node
"""

EXAMPLES = r"""
- name: The host reaches itself
  linuxnet.container.probe:
    targets:
      - address: 127.0.0.1
        expect_reached: true
      - address: ::1
        expect_reached: true

- name: A namespace to probe from
  linuxnet.container.netns:
    name: web

- name: From the namespace, only its own loopback is there
  linuxnet.container.probe:
    netns: web
    targets:
      - address: 127.0.0.1
        expect_reached: true
      - address: 192.0.2.254
        expect_reached: false
        timeout: 0.5

- name: How much fits through the loopback device
  linuxnet.container.probe:
    targets:
      - address: 127.0.0.1
        largest: true
"""

RETURN = r"""
results:
  description: What came of each target, in the order of O(targets). Contains the options of the target as well.
  returned: always
  type: list
  elements: dict
  contains:
    reached:
      description: Whether at least one try was answered.
      returned: always
      type: bool
      sample: true
    sent:
      description: How many tries were made.
      returned: always
      type: int
      sample: 1
    received:
      description: How many tries were answered.
      returned: always
      type: int
      sample: 1
    rtt:
      description: The shortest round trip in milliseconds, for TCP that of the connection being opened.
      returned: always, none if there was no answer
      type: float
      sample: 0.081
    source:
      description: The address that the other end saw, if it is a whoami server.
      returned: always, none if not known
      type: str
      sample: 192.0.2.11
    largest:
      description: The largest payload in octets that fits.
      returned: always, none if not looked for or not found
      type: int
      sample: 1422
    error:
      description: Why there was no answer.
      returned: always, none if there was one
      type: str
      sample: no answer
    unexpected:
      description: What differs from the expectations.
      returned: always, none if nothing does
      type: str
      sample: not reached (no answer)
"""

from ansible_collections.linuxnet.container.plugins.module_utils import _values
from ansible_collections.linuxnet.container.plugins.module_utils._module import Module
from ansible_collections.linuxnet.container.plugins.module_utils._probe import ProbeError, Target, complaint, probe
from ansible_collections.linuxnet.container.plugins.module_utils._problem import Problem
from ansible_collections.linuxnet.container.plugins.module_utils._whoami import PORT


def main():
    options = dict(
        address=dict(type="str", required=True),
        netns=dict(type="str"),
        name=dict(type="str"),
        protocol=dict(type="str", choices=["icmp", "udp", "tcp"], default="icmp"),
        port=dict(type="int", default=PORT),
        payload=dict(type="int", default=56),
        dont_fragment=dict(type="bool", default=False),
        largest=dict(type="bool", default=False),
        count=dict(type="int", default=1),
        timeout=dict(type="float", default=1.0),
        expect_reached=dict(type="bool"),
        expect_source=dict(type="str"),
        expect_largest=dict(type="int"),
    )
    module = Module(
        argument_spec=dict(
            targets=dict(type="list", elements="dict", required=True, options=options),
            netns=dict(type="str"),
        ),
        supports_check_mode=True,
    )
    try:
        _values.optional(_values.netns_name, module.params, "", "netns")
        results = probe(Target(**dict(t, netns=module.params["netns"] if t["netns"] is None else t["netns"])) for t in module.params["targets"])
    except (Problem, ProbeError) as error:
        module.fail_json(msg=str(error))
    failure = complaint(results)
    if failure:
        module.fail_json(msg=failure, results=results)
    module.exit_json(changed=False, results=results)


if __name__ == "__main__":
    main()
