# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What README, guides and metadata name is there."""

from __future__ import annotations

import ast
import pathlib
import re

import pytest
import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
GUIDES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md")), *sorted((CHECKOUT / "roles").glob("*/README.md"))]
TARGETS = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.M))


def modules():
    return sorted(path.stem for path in (CHECKOUT / "plugins" / "modules").glob("*.py"))


def anchors(text):
    """The anchors that a page's headings get where it is shown."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, re.M)}


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: str(guide.relative_to(CHECKOUT)))
def test_links_lead_somewhere(guide):
    for link in re.findall(r"\]\(([^)]+)\)", guide.read_text()):
        if link.startswith("https://"):
            continue
        path, _hash, anchor = link.partition("#")
        target = guide.parent / path if path else guide
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: str(guide.relative_to(CHECKOUT)))
def test_commands_are_there(guide):
    text = guide.read_text()
    code = "\n".join(re.findall(r"`([^`\n]+)`", text) + re.findall(r"```console\n(.*?)```", text, re.S))
    for target in re.findall(r"(?:^|\n)\s*make ([a-z-]+)", code):
        assert target in TARGETS, "make " + target
    for path in re.findall(r"(?<![\w./])((?:playbooks|tools|plugins|docs|roles)/[\w./]+)", text):
        assert (CHECKOUT / path.rstrip(".")).exists(), path
    for playbook in re.findall(r"ansible-playbook [^\n]*\blinuxnet\.container\.(\w+)", code):
        assert (CHECKOUT / "playbooks" / (playbook + ".yml")).exists(), playbook


def sentences():
    """The texts in the collection's Python, as patterns: what is filled in later may be anything."""
    for path in (CHECKOUT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 12:
                yield re.compile(".*".join(map(re.escape, re.split("%[a-z]", node.value))))


def test_messages_that_are_explained_are_still_said():
    quoted = re.findall(r"^> (.*)$", (CHECKOUT / "docs" / "troubleshooting.md").read_text(), re.M)
    said = list(sentences())
    assert len(quoted) > 5
    for message in quoted:
        # Up to the option that a message begins with, and to the colon behind which lines for a shell stand, all is one text.
        assert any(pattern.fullmatch(re.sub(r"^\w+: ", "", message)) for pattern in said), message


def test_readme_and_action_group_have_every_module():
    group = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text())["action_groups"]["all"]
    assert sorted(group) == modules()
    table = (CHECKOUT / "README.md").read_text().partition("| module |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| \[`(\w+)`\]", table, re.M)) == modules()
