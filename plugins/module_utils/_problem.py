# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that a user sees: what is wrong, in which option, and what to do."""

from __future__ import annotations


class Problem(Exception):
    """One sentence for the person who reads it; a door turns it into ``fail_json``, never into a traceback.

    ``option``: the option it is about ("" when it is about none), ``text``: the sentence.
    """

    def __init__(self, option: str, text: str):
        self.option = option
        self.text = text
        super().__init__("%s: %s" % (option, text) if option else text)


def refused(error: OSError) -> Problem:
    """What the operating system refused, where nobody knew better."""
    what = " '%s'" % error.filename if error.filename else ""
    return Problem("", "This host refused what the module needs: %s%s." % (error.strerror or error, what))
