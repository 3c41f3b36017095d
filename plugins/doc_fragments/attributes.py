# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module says of itself."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of modules that change something, and (``INFO``) of those that only look."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Changes nothing in check mode, and says what it would change.
  diff_mode:
    support: full
    description: Shows the change as the C(ip), C(bridge), C(nft) and C(sysctl) lines that would make it.
  platform:
    support: full
    platforms: linux
    description: The systems the module works on.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: The module changes nothing, in check mode or out of it.
  diff_mode:
    support: N/A
    description: The module changes nothing.
  platform:
    support: full
    platforms: linux
    description: The systems the module works on.
"""
