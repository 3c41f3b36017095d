# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for AWX: as much of its API as awx.awx needs to set up job templates, and jobs run from them as AWX runs them.

The rules are those of AWX 24: what a survey may be (api/views), what answers it takes and what they become
(main/models/mixins.py), and what a job's private data look like (main/tasks/jobs.py).
"""

from __future__ import annotations

import contextlib
import http.server
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.parse

import ansible_runner
import yaml

#: The types of questions, and of their defaults.
TYPES = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "multiselect": str, "integer": int, "float": float}


class Refused(Exception):
    """What AWX answers with status 400."""


def check_survey(spec):
    """Refused unless AWX would take ``spec`` as a survey."""
    if [type(spec.get(key)) for key in ("name", "description", "spec")] != [str, str, list] or not spec["spec"]:
        raise Refused("a survey has a name, a description and questions")
    for number, question in enumerate(spec["spec"]):
        for key, kind in {"type": str, "question_name": str, "variable": str, "required": bool}.items():
            if not isinstance(question.get(key), kind):
                raise Refused("'%s' in survey question %d is no %s" % (key, number, kind.__name__))
        if [other["variable"] for other in spec["spec"]].count(question["variable"]) > 1:
            raise Refused("'variable' '%s' duplicated in survey question %d" % (question["variable"], number))
        if question["type"] not in TYPES:
            raise Refused("'%s' in survey question %d is not an allowed type" % (question["type"], number))
        default = question.get("default", "")
        if default != "" and not isinstance(default, TYPES[question["type"]]):
            raise Refused("default value %r in survey question %d is no %s" % (default, number, question["type"]))
        if any(question.get(key) is not None and not isinstance(question[key], int) for key in ("min", "max")):
            raise Refused("a limit in survey question %d is no integer" % number)
        if question["type"].startswith("multi") and default.splitlines() and not set(default.splitlines()) <= set(question.get("choices", ())):
            raise Refused("the default of survey question %d is none of its choices" % number)


def check_answer(question, answers):
    """Refused unless AWX would take what ``answers`` have for ``question``."""
    name = question["variable"]
    if name not in answers:
        if question["required"]:
            raise Refused("'%s' value missing" % name)
        return
    value = answers[name]
    if question["type"] in ("text", "textarea", "password"):
        if not isinstance(value, str):
            raise Refused("Value %s for '%s' expected to be a string." % (value, name))
        if not (question.get("min") or 0) <= len(value) <= (question.get("max") or len(value)):
            raise Refused("'%s' value %s is too small or too large" % (name, value))
    elif question["type"] == "multiplechoice" and value not in question["choices"]:
        raise Refused("Value %s for '%s' expected to be one of %s." % (value, name, question["choices"]))


class Unsafe(yaml.SafeDumper):
    """What comes from a survey is never a template."""


Unsafe.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


class Job:
    """What a job's events say. ``changed``: {host: number}; ``errors``: {host: messages}; ``lines``: {host: those that --diff shows}."""

    def __init__(self, status, events):
        self.status, self.events = status, events
        self.changed, self.errors, self.lines = {}, {}, {}
        for event in events:
            data = event.get("event_data", {})
            if event["event"] == "playbook_on_stats":
                self.changed = {host: data["changed"].get(host, 0) for host in data["processed"]}
            elif event["event"] in ("runner_on_failed", "runner_on_unreachable"):
                self.errors.setdefault(data["host"], []).append(data["res"]["msg"])
            elif event["event"] == "runner_on_ok":
                self.lines.setdefault(data["host"], []).extend(data["res"].get("commands", ()))


class AWX:
    """``project``: the folder that its project's repository is; ``folder``: where jobs live."""

    def __init__(self, project, folder):
        self.project, self.folder = project, folder
        self.kinds = {"organizations": [{"id": 1, "name": "Default"}], "credentials": [{"id": 1, "name": "Container hosts"}]}
        self.surveys, self.linked = {}, {}
        self.jobs = 0
        # What the project's requirements.yml names, as an update of the project fetches it.
        self.collections = folder / "requirements_collections"
        command = [sys.executable, "-m", "ansible", "galaxy", "collection", "install", "-r", "requirements.yml"]
        known = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "ANSIBLE_COLLECTIONS_PATH": str(self.collections)}
        subprocess.run([*command, "--collections-path", self.collections], cwd=project, env=known, capture_output=True, check=True)

    # -- its API

    @contextlib.contextmanager
    def served(self):
        """Its API's address on this machine, while the block runs."""
        awx = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def respond(self):
                where = urllib.parse.urlsplit(self.path)
                words = where.path.split("/")[3:-1]  # /api/v2/KIND/...
                text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                data = json.loads(text) if text else {}
                try:
                    status, body = awx.answer(self.command, words, dict(urllib.parse.parse_qsl(where.query)), data)
                except Refused as problem:
                    status, body = 400, {"error": str(problem)}
                body = b"" if status == 204 else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_DELETE = respond

            def log_message(self, *words):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield "http://127.0.0.1:%d" % server.server_port
            server.shutdown()

    def answer(self, method, words, query, data):
        kind, *rest = words
        things = self.kinds.setdefault(kind, [])
        if not rest and method == "GET":
            return 200, _page([thing for thing in things if all(str(thing.get(key)) == value for key, value in query.items())])
        if not rest:
            thing = {"id": len(things) + 1, "type": kind[:-1], "summary_fields": {}, "scm_revision": "", **data}
            thing["url"] = "/api/v2/%s/%d/" % (kind, thing["id"])
            thing["related"] = {"survey_spec": thing["url"] + "survey_spec/"}
            self.check(kind, thing)
            things.append(thing)
            return 201, thing
        thing = things[int(rest[0]) - 1]
        if rest[1:] == ["survey_spec"]:
            if method == "POST":
                check_survey(data)
            if method != "GET":
                self.surveys[thing["id"]] = data
            return 200, self.surveys.get(thing["id"], {})
        if rest[1:]:
            linked = self.linked.setdefault((kind, *rest), [])
            if method == "GET":
                return 200, _page([{"id": one} for one in linked])
            linked.append(data["id"])
            return 204, None
        thing.update(data)
        self.check(kind, thing)
        return 200, thing

    def check(self, kind, thing):
        """What names files of the project names some that it has."""
        for key in "playbook", "source_path":
            if key in thing and not (self.project / thing[key]).exists():
                raise Refused("%s %s: the project has no %s" % (kind, thing["name"], thing[key]))

    # -- its jobs

    def launch(self, name, inventory, answers=None, limit=None):
        """Run the job template ``name``; returns its Job. ``inventory``: as `ansible-inventory --list --export` gives it."""
        (template,) = [one for one in self.kinds["job_templates"] if one["name"] == name]
        variables = {}
        for question in self.surveys[template["id"]].get("spec", ()):
            check_answer(question, answers or {})
            with contextlib.suppress(Refused):
                check_answer(question, {question["variable"]: question["default"]})
                variables[question["variable"]] = question["default"]
        variables.update(answers or {}, awx_job_id=self.jobs, awx_job_template_name=name)
        if limit is not None and not template["ask_limit_on_launch"]:
            raise Refused("limit is not asked for")
        options = ["-u", "root", *(["--check"] if template["job_type"] == "check" else []), *(["--diff"] if template["diff_mode"] else [])]
        return self.run(template["playbook"], inventory, variables, [*options, *(["-l", limit] if limit else [])])

    def run(self, playbook, inventory, variables, options):
        """Transmit the private data, work on them elsewhere, and process what comes back, each as AWX does it."""
        self.jobs += 1
        here, there = self.folder / ("awx_%d" % self.jobs), self.folder / ("runner_%d" % self.jobs)
        shutil.copytree(self.project, here / "project")
        shutil.copytree(self.collections, here / "requirements_collections")
        for folder in "inventory", "env":
            (here / folder).mkdir()
        script = here / "inventory" / "hosts"
        script.write_text("#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint(%r)\n" % json.dumps(inventory))
        script.chmod(0o700)
        (here / "env" / "extravars").write_text(yaml.dump(variables, Dumper=Unsafe))
        (here / "env" / "cmdline").write_text(ansible_runner.utils.args2cmdline(*options))
        job = {
            "playbook": playbook,
            "inventory": str(script),
            "envvars": {
                "ANSIBLE_COLLECTIONS_PATH": str(there / "requirements_collections"),
                "ANSIBLE_FORCE_COLOR": "True",
                "ANSIBLE_HOST_KEY_CHECKING": "False",
                "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
                "ANSIBLE_RETRY_FILES_ENABLED": "False",
                "HOME": str(there),
            },
            "settings": {"suppress_ansible_output": True},
        }
        sent, events = here.with_suffix(".sent"), []
        with open(sent, "wb") as stream:
            ansible_runner.interface.run(streamer="transmit", _output=stream, private_data_dir=str(here), **job)
        # As in an execution environment: nothing of ours but the programs.
        known = {"PATH": "%s:%s" % (os.path.dirname(sys.executable), os.environ["PATH"]), "HOME": str(self.folder), "LANG": "C.UTF-8"}
        command = [sys.executable, "-m", "ansible_runner", "worker", "--private-data-dir", there]
        worked = subprocess.run(command, input=sent.read_bytes(), env=known, stdout=subprocess.PIPE, timeout=300, check=False)
        processed = ansible_runner.interface.run(
            streamer="process", _input=io.BytesIO(worked.stdout), private_data_dir=str(here), event_handler=events.append, quiet=True
        )
        return Job(processed.status, events)


def _page(found):
    return {"count": len(found), "next": None, "results": found}
