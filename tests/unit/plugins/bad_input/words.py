# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is no value of a kind: catalogues, and strategies that make more of the same.

A kind is what an option takes: "ifname", "mac", "interface" (an address with its prefix length) and so on; a number is
("int", low, high), a choice ("choice", ...). Every word that is given for a kind is one that it does not take, whoever
reads it: whatever turns out to be taken is a defect, of the reader or of the catalogue.
"""

from __future__ import annotations

from hypothesis import strategies

#: Text that is the value of nothing: empty, a path, an option of a program, blanks, control characters, what is not
#: seen or looks like something else, what a formatter, a template, a shell or nft would read as its own, too long.
TEXTS = [
    "", " ", ".", "..", "../x", "a/b", "/", "/etc/passwd", "-x", "--help", "a b", " a", "a ", "a\n", "\na", "a\nb", "a\tb",
    "a\rb", "a\0b", "\x1b[31mred", "a\x7f", "a\x85b", "a\u2028b", "a\u202eb", "a\u2066b", "a\u200bb", "\ufeffa", "a\u00a0b", "\u0661\u0662",
    "\uff11", "\u0430bc", "\uff41", "a\u0301", "\U0001f4a5", "\ud800", "a\udcffb", "a%sb", "%n", "%(x)s", "{{ x }}", "{% x %}", "{0}", "{x!r}",
    "${HOME}", "$(id)", "`id`", "a;id", "a|b", "a&b", "a>b", "a'b", 'a"b', "a\\b", "a*", "a?b", "a#b", "a!b", "a,b", "a:b/", "x" * 300, "\n" * 300,
    "\u202e" * 40, "\u0661" * 5000,
]  # fmt: skip

#: Characters that no value has anywhere.
FOREIGN = " \t\n\r\0\x1b\x7f\x85\u00a0\u0661\u06f2\uff11\u0430\u200b\u200d\u202e\u2066\u2028\ufeff\ud800\udcff\U0001f4a5\"'`$;|&<>*?!#,\\(){}[]^"

ADDRESSES = [
    "10.1.0", "10.1.0.2.3", "10.1.0.300", "10.1.0.-1", "10.1.0.0x2", "010.1.0.2", "10.1..2", "10,1,0,2", "10.1.0.2:80", "10.1.0.2/24/24",
    "\u0661\u0660.1.0.2", "10.1.0.\uff12", "10\u30021.0.2", "10.1.0.2\n", " 10.1.0.2", "10.1.0.2 ", "10.1.0.2\0", "fd00::1::2", "fd00:::2", "fd00::g",
    "fe80::1%eth0", "fe80::1%", "fe80::%1", "[fd00::2]", "fd00::2\n", "fd00::\u0662", "1:2:3:4:5:6:7:8:9", "::ffff:10.1.0.300", "0x0a010002", "localhost",
    "default", "any", "10.1.0.2#1", "10.1.0.%s", "10.1.0.{{ x }}",
]  # fmt: skip

PREFIXES = ["/", "/-1", "/+24", "/ 24", "/24 ", "/24\n", "/33", "/129", "/24.0", "/2_4", "/\u0662\u0664", "/x", "/24/24", "/255.255.255.256", "/255.0.255.0", "/" + "9" * 5000]

MACS = [
    "02:00:00:00:00", "02:00:00:00:00:00:01", "2:0:0:0:0:1", "02:00:00:00:00:0g", "0200.0000.0001", "020000000001", "02 00 00 00 00 01",
    "02:00:00-00:00:01", "02:00:00:00:00:01\n", " 02:00:00:00:00:01", "\u0660\u0662:00:00:00:00:01", "01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "02:00:00:00:00:",
]  # fmt: skip

#: What is no text, and is no text of any kind when it is made one.
OBJECTS = [{}, {"a": 1}, {"name": "a"}, [], [[]], ["a"], [{"a": 1}], [None]]
NUMBERS = [0, -1, 1.5, 1e300, float("nan"), True, False, 2**63]

#: What Ansible makes a number, a list or a truth value of is none of these.
NO_INTEGER = ["", " ", "x", "1.5", "0x10", "1,000", "1 0", "--1", "1\0", "\u00bd", "{{ x }}", "%d", "$(id)", 1.5, float("nan"), [], [1], {}, {"a": 1}, "1" + "0" * 30 + ".5"]
NO_BOOLEAN = ["", " ", "maybe", "2", "yess", "\u0661", "nil", "{{ x }}", 2, -1, 1.5, [], [True], {}, {"a": True}]
NO_LIST = [{}, {"a": 1}]
NO_DICT = ["", "x", "[", "{", "{]", "a, b", 0, 1.5, True, [], [{}], ["a"]]

_NAMES = {
    "ifname": ["x" * 16, "\u00e4" * 8, "all", "default", "~", "a~b~c~d~e~f~g~h~"],
    "netns": ["x" * 129, ".hidden", "@x", "+x", "=x", "a~b"],
    "network": ["x" * 64, "_a", ".a", "a@b", "a+b", "a=b"],
}
_SAMPLES = {
    "ifname": "br-red.7", "netns": "web_1.x", "network": "red-1.x", "mac": "02:00:00:00:00:01", "address": "10.1.0.2", "interface": "fd00::2/64",
    "subnet": "10.1.0.0/24", "sysctl": "net.ipv4.ip_forward",
}  # fmt: skip


def wrong(kind) -> list:
    """Values that an option of ``kind`` does not take."""
    if isinstance(kind, tuple):
        return _NUMBERS_AND_CHOICES[kind[0]](*kind[1:])
    return _WRONG[kind]()


def _integers(low, high):
    beyond = [low - 1, high + 1, low - 2**40, high + 2**40, -(10**40), 10**40, 10**4000, float("inf"), "-Infinity", str(low - 1), str(high + 1), "9" * 5000]
    return NO_INTEGER + beyond


def _choices(*taken):
    return [*TEXTS, taken[0].upper(), taken[0] + "s", *OBJECTS, 0, True]


_NUMBERS_AND_CHOICES = {"int": _integers, "choice": _choices}


def _name(kind):
    return TEXTS + _NAMES[kind] + OBJECTS


def _roles_addresses():
    return [*TEXTS, *ADDRESSES, *OBJECTS, *NUMBERS]


def _addresses():
    return TEXTS + ADDRESSES + OBJECTS + NUMBERS


_WRONG = {
    "ifname": lambda: _name("ifname"),
    "ifname or nothing": lambda: [one for one in _name("ifname") if one != ""],
    "netns": lambda: _name("netns"),
    "network": lambda: _name("network"),
    "mac": lambda: TEXTS + MACS + OBJECTS + NUMBERS,
    "interface mac": lambda: [*wrong("mac"), "00:00:00:00:00:00"],
    "address": lambda: [*_addresses(), "10.1.0.2/24", "fd00::2/64"],
    "ports": lambda: [
        *TEXTS, *OBJECTS, "0", "65536", "-1", "+80", "80-", "-80", "80-90-100", "8010-8000", "0-80", "80-65536", "0x50", "80.0", "http", 0, -1, 1.5, 65536, True, 10**40,
    ],  # fmt: skip
    "snat": lambda: [
        *wrong("address"), "192.0.2.9-192.0.2.7", "192.0.2.7-", "-192.0.2.7", "192.0.2.7-2001:db8::1", "192.0.2.7-192.0.2.8-192.0.2.9", "192.0.2.7:80", "224.0.0.1", "0.0.0.0", "127.0.0.1",
    ],  # fmt: skip
    "interface": lambda: [
        *_addresses(), "10.1.0.2", "fd00::2", "0.0.0.0/8", "::/64", "224.0.0.1/24", "ff02::1/64", "127.0.0.1/8", "::1/128", "255.255.255.255/32", "10.1.0.0/24", "10.1.0.255/24",
        *("10.1.0.2" + one for one in PREFIXES), *("fd00::2" + one for one in PREFIXES if one != "/33"), "fe80::1%eth0/64",
    ],  # fmt: skip
    "subnet": lambda: [
        *_addresses(), "10.1.0.1/24", "fd00::1/64", *("10.1.0.0" + one for one in PREFIXES), *("fd00::" + one for one in PREFIXES if one != "/33"), "fe80::%1/64",
    ],  # fmt: skip
    "source": lambda: [*wrong("subnet"), "0.0.0.0/0", "::/0"],
    "destination": lambda: [one for one in wrong("subnet") if one != "default"],
    "sysctl": lambda: [
        *TEXTS, "net", "net.", "net.ipv4", ".net.ipv4.ip_forward", "kernel.hostname", "net..ip_forward", "net/../kernel/hostname", "net.ipv4...x", "net/ipv4/./x",
        "net.ipv4.conf.//.forwarding", "../net/ipv4/ip_forward", "/proc/sys/net/ipv4/ip_forward", "net.ipv4.ip_forward\n", "net.ipv4.ip forward",
    ],  # fmt: skip
    "sysctl value": lambda: ["", "\n", "1\n", "1\n0", "1\0", "\x1b[0m", "\u0661", "1\u00a0", "\ud800", "x" * 1025, None, [], [1], {}, {"a": 1}],
    "seconds": lambda: ["", "x", "1,5", "{{ x }}", [], {}, 0, -1, -0.5, 1e300, float("nan"), float("inf"), "nan", "-inf", "infinity", 10**400],
    "node": lambda: [*TEXTS, "Node", "node_1", "node.1", "x" * 33, "x-", *OBJECTS],
    # A device behind a percent sign is what makes a link-local address one that can be reached.
    "target": lambda: [one for one in wrong("address") if one not in ("fe80::1%eth0", "fe80::%1")],
    "text path": lambda: [*wrong("path"), *NUMBERS],
    "text container": lambda: [*wrong("engine's container"), *NUMBERS],
    "path": lambda: [*(one for one in TEXTS if one not in ("/", "/etc/passwd")), "proc/4711/ns/net", "~/x", "/proc/4711/ns/net\n", "/a\0b", "/" * 5000, *OBJECTS],
    "engine's container": lambda: [*TEXTS, "_a", ".a", "a@b", "a+b", "x" * 256, *OBJECTS],
    "folder": lambda: ["", "a\0b", "a\nb", "\x1b[31m", "\ud800", *OBJECTS],
    # What the roles take: names are text, one text stands for a list of one, an address lies in the network it is for.
    "box": lambda: [*(one for one in _name("network") if one != "x" * 64), "x" * 129, *NUMBERS],
    "box address": lambda: [*_roles_addresses(), *("10.10.1.10" + one for one in PREFIXES), "10.77.1.10", "fd77::1", "10.10.1.10/8", "10.10.1.0/24", "0.0.0.0", "224.0.0.1"],
    "gateway": lambda: [
        *_roles_addresses(), *("10.10.1.1" + one for one in PREFIXES), "10.10.1.1", "fd00:10::1", "10.10.1.0/24", "10.10.1.255/24", "fd00:10::/64", "224.0.0.1/24", "127.0.0.1/8", "0.0.0.0/8", "::1/64",
    ],  # fmt: skip
    "gateway address": lambda: [*_roles_addresses(), *("10.10.0.1" + one for one in PREFIXES), "10.77.0.1", "fd77::1", "10.10.0.1/24", "10.10.0.0", "10.10.255.255", "fd00:10::"],
    "role snat": lambda: [one for one in wrong("snat") if one != "0x0a010002"] + NUMBERS,
    "route": lambda: [one for one in wrong("subnet") if one not in ("default", "10.1.0.0/")] + NUMBERS,
    "route address": lambda: [*_roles_addresses(), "10.10.1.9/24", "fd00:10::9"],
    "host address": lambda: [*_roles_addresses(), "192.0.2.1/24", "::1"],
    "underlay": lambda: [*_roles_addresses(), "192.0.2.21/24", "0.0.0.0", "127.0.0.1", "224.0.0.1", "::", "::1", "ff02::1", "255.255.255.255", "10.10.0.7", "192.0.2.22", "fd00::1"],
    "overlay subnet": lambda: [*wrong("subnet"), *NUMBERS, "10.10.0.1/16", "224.0.0.0/4", "127.0.0.0/8", "0.0.0.0/0", "::/0", "192.0.2.0/24"],
    "overlay": lambda: _name("network"),
    "device": lambda: [one for one in _name("ifname") if one != ""],
    "text list": lambda: [{}, {"a": 1}, 5, 1.5, True, *TEXTS],
    "strict list": lambda: [{}, {"a": 1}, 5, 1.5, True, "", "x", "a,b", "{{ x }}"],
    "options": lambda: [5, 1.5, True, "", "x", [], ["a"], [{}]],
    "container": lambda: [5, 1.5, True, "", "x", [], ["a"], [{}], None, {}],
    "bool": lambda: NO_BOOLEAN,
    "list": lambda: NO_LIST,
    "dict": lambda: NO_DICT,
}


def more_wrong(kind):
    """A strategy for more of what an option of ``kind`` does not take; None where the catalogue is all there is to say."""
    if isinstance(kind, tuple) and kind[0] == "int":
        _word, low, high = kind
        return strategies.integers(max_value=low - 1) | strategies.integers(min_value=high + 1)
    kind = {"interface mac": "mac", "ifname or nothing": "ifname", "source": "subnet", "destination": "subnet"}.get(kind, kind)
    if kind not in _SAMPLES:
        return None
    sample = _SAMPLES[kind]
    # One character that is foreign to every value, anywhere in one that would be taken: none is read over, or cut off.
    return strategies.builds(
        lambda place, char: sample[:place] + char + sample[place:], strategies.integers(0, len(sample)), strategies.sampled_from(FOREIGN)
    )
