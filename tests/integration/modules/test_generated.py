# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up topologies, made-up drift and made-up other wishes on the real kernel; whatever is done is typed on a twin."""

from __future__ import annotations

import os

import pytest

from ansible_collections.linuxnet.container.tests.integration.modules import topologies
from ansible_collections.linuxnet.container.tests.integration.modules.conftest import Host
from ansible_collections.linuxnet.container.tests.integration.modules.twins import Twins

#: How many seeds; GENERATED_CASES=300 for more of them, GENERATED_CASES=100-120 for certain ones.
_CASES = os.environ.get("GENERATED_CASES", "24").split("-")
SEEDS = range(int(_CASES[0]), int(_CASES[1])) if len(_CASES) == 2 else range(int(_CASES[0]))


@pytest.fixture(scope="module")
def standing(module_lab):
    """The nodes, as long as they are clean."""
    kept = []

    def fresh():
        for twins in kept:
            for host in twins.both:
                host.close()
        kept.clear()
        module_lab.down()
        module_lab.up(["made", "typed"], underlay=False)
        twins = Twins(*(Host(module_lab, name) for name in ("made", "typed")))
        kept.append(twins)
        # MACs that nobody gave follow from the host's name.
        twins.sh("echo twin > /proc/sys/kernel/hostname", *topologies.FOREIGN)
        return twins

    yield lambda: kept[0] if kept and kept[0].clean else fresh()
    for twins in kept:
        for host in twins.both:
            host.close()


@pytest.fixture
def twins(standing):
    """Two nodes that have somebody else's network; the test leaves them as it found them, or they are not used again."""
    found = standing()
    found.clean = False
    found.lines = []
    yield found
    found.end_processes()


@pytest.mark.parametrize("seed", SEEDS)
def test_generated(twins, seed):
    topology = topologies.generate(seed)
    twins.sh(*topology.before)
    twins.start_with_namespaces(topology.processes)
    before = twins.same()
    twins.run(topology.calls())
    made = twins.same()
    twins.nothing_left(topology.calls(purge=True))
    twins.run(topology.gone())
    twins.is_as(before)
    twins.sh(*topology.after)
    twins.clean = True
