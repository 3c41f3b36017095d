#!/usr/bin/python
# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.linuxnet.container.plugins.module_utils._door import enter
from ansible_collections.linuxnet.container.plugins.module_utils._doors.vxlan_fdb import ARGUMENTS, Wish


def main():
    enter(Wish, ARGUMENTS)


if __name__ == "__main__":
    main()
