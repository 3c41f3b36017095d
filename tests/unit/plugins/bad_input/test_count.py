# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much bad input is tried: the promise is five thousand."""

from __future__ import annotations

from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input import test_modules as modules
from ansible_collections.linuxnet.container.tests.unit.plugins.bad_input import test_roles as roles

PROMISED = 5000


def test_it_is_as_much_as_was_promised(capsys, record_property):
    counts = {name: sum(1 for _case in modules.cases(name)) for name in modules.MODULES}
    counts.update((name, sum(1 for _case in roles.cases(name))) for name in roles.ROLES)
    counts["filters"] = len(roles.FILTER_CASES)
    # None that is tried and is none, none that is counted and is not tried: each module and role has its share.
    assert set(modules.KINDS) <= set(counts) and min(counts.values()) > 100, counts
    total = sum(counts.values())
    with capsys.disabled():
        print("\n%d malformed inputs: %s" % (total, ", ".join("%s %d" % one for one in sorted(counts.items()))))
    record_property("malformed inputs", total)
    assert total >= PROMISED
