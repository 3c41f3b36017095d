# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples kept as JSON, and what is told of them: tables in Markdown, a plot in SVG."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import sys
import time

#: So many samples make a median that is told without saying how many there were.
ENOUGH = 5


class Samples:
    """What was measured, in the order of measuring; printed as it comes."""

    def __init__(self, about=None, notes=(), samples=()):
        self.about = about or machine()
        self.rows = list(samples)
        self.notes = list(notes)

    @classmethod
    def load(cls, path):
        kept = json.loads(path.read_text(encoding="utf-8"))
        return cls(kept["machine"], kept["notes"], kept["samples"])

    def add(self, part, way, count, number, values):
        values = {name: round(value, 6) for name, value in values.items()}
        self.rows.append(dict(values, part=part, way=way, count=count, round=number))
        told = ", ".join("%s %.3f" % (name, value) for name, value in values.items() if ":" not in name)
        print("%s, %s, %d, round %d: %s" % (part, way, count, number + 1, told), flush=True)

    def note(self, sentence):
        self.notes.append(sentence)
        print(sentence, flush=True)

    def of_part(self, part):
        return [row for row in self.rows if row["part"] == part]

    def save(self, path):
        path.write_text(json.dumps({"machine": self.about, "notes": self.notes, "samples": self.rows}, indent=1) + "\n", encoding="utf-8")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), platform.machine())
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(file.readline().split()[1]) >> 20
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": "%d x %s" % (os.cpu_count() or 0, model),
        "memory": "%d GiB" % (memory + 1),
        "kernel": platform.release().partition("-")[0],
        "python": "%d.%d" % sys.version_info[:2],
    }


# Figures


def of(samples, way, count):
    return [row for row in samples if row["way"] == way and row["count"] == count]


def values(samples, way, count, name):
    return [row[name] for row in of(samples, way, count) if name in row]


def shown(value):
    return "%.0f" % value if value >= 100 else "%.1f" % value if value >= 10 else "%.2f" % value if value >= 1 else "%.3f" % value


def column(samples, way, count, name):
    """The median, and from how few samples it is if they are few; "-" for none."""
    found = values(samples, way, count, name)
    if not found:
        return "-"
    return shown(statistics.median(found)) + (" (of %d)" % len(found) if len(found) < ENOUGH else "")


def times(samples, one, other, count, name):
    """How many times as long ``one`` took as ``other``, round by round."""
    others = {row["round"]: row[name] for row in of(samples, other, count) if name in row}
    return [row[name] / others[row["round"]] for row in of(samples, one, count) if name in row and row["round"] in others]


def bar(text, found, how, limit):
    """A row of the table of promises: (what, measured, limit, whether it holds)."""
    if not found:
        return [text, "not measured", "%s %g" % (how, limit), "-"]
    middle = statistics.median(found)
    holds = middle <= limit if how == "at most" else middle >= limit
    return [text, "%s (%s to %s)" % (shown(middle), shown(min(found)), shown(max(found))), "%s %g" % (how, limit), "yes" if holds else "**no**"]


def table(head, rows):
    lines = ["| %s |" % " | ".join(map(str, row)) for row in [head, ["---"] + ["---:"] * (len(head) - 1), *rows]]
    return "\n".join(lines) + "\n"


# The plot

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 60, 190, 20, 45
COLOURS = ("#c0392b", "#2c3e50", "#2980b9", "#7fb3d5", "#27ae60", "#8e44ad", "#d68910")


def plot(samples, phase="create"):
    """Seconds against the number of endpoints, both logarithmic; a line for each way."""
    lines = {}
    for way in dict.fromkeys(row["way"] for row in samples):
        counts = sorted({row["count"] for row in samples if row["way"] == way})
        points = [(count, statistics.median(values(samples, way, count, phase))) for count in counts if values(samples, way, count, phase)]
        if points:
            lines[way] = points
    every = [point for points in lines.values() for point in points]
    low, high = (math.log10(edge(count for count, _seconds in every)) for edge in (min, max))
    floor, roof = math.floor(min(math.log10(seconds) for _count, seconds in every)), math.ceil(max(math.log10(seconds) for _count, seconds in every))

    def place(count, seconds):
        across = (math.log10(count) - low) / ((high - low) or 1)
        up = (math.log10(seconds) - floor) / ((roof - floor) or 1)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    yield '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">' % (WIDTH, HEIGHT)
    yield "<title>Seconds to %s endpoints, by number of endpoints</title>" % phase
    yield '<rect width="100%" height="100%" fill="#fff"/>'
    for power in range(floor, roof + 1):
        _across, up = place(10**low, 10**power)
        yield '<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#ddd"/>' % (LEFT, up, WIDTH - RIGHT, up)
        yield '<text x="%d" y="%.1f" text-anchor="end">%g s</text>' % (LEFT - 6, up + 4, 10**power)
    for count in sorted({count for count, _seconds in every}):
        across, _up = place(count, 10**floor)
        yield '<text x="%.1f" y="%d" text-anchor="middle">%d</text>' % (across, HEIGHT - BOTTOM + 18, count)
    yield '<text x="%d" y="%d" text-anchor="middle">endpoints</text>' % ((LEFT + WIDTH - RIGHT) // 2, HEIGHT - 6)
    beside = 0.0
    for colour, (way, points) in zip(COLOURS, sorted(lines.items(), key=lambda line: -line[1][-1][1])):
        places = [place(*point) for point in points]
        yield '<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>' % (colour, " ".join("%.1f,%.1f" % one for one in places))
        for across, up in places:
            yield '<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (across, up, colour)
        # Where lines end close together, their names stand below each other.
        beside = max(places[-1][1] + 4, beside + 14)
        yield '<text x="%.1f" y="%.1f" fill="%s">%s</text>' % (WIDTH - RIGHT + 10, beside, colour, way)
    yield "</svg>\n"
