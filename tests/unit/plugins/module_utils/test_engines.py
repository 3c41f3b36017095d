# Copyright: (c) 2026, linuxnet.container contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What engines may answer, and keep on disk, that they usually do not. Real engines are in tests/integration/modules/test_adoption.py."""

from __future__ import annotations

import json
import os
import pathlib
import socket
import subprocess
import threading

import pytest
from ansible_collections.linuxnet.container.plugins.module_utils._kernel import engines, finding, spaces
from ansible_collections.linuxnet.container.plugins.module_utils._sought import Found, Sought

ID = "ab" * 32
OTHER = "ac" * 32


@pytest.fixture
def answering(tmp_path, monkeypatch):
    """``answering(octets)``: whoever asks Docker gets these."""
    sockets = []

    def answer(octets):
        path = str(tmp_path / "docker.sock")
        server = socket.socket(socket.AF_UNIX)
        server.bind(path)
        server.listen()
        sockets.append(server)
        monkeypatch.setenv("DOCKER_HOST", "unix://" + path)

        def serve():
            client, _address = server.accept()
            with client:
                client.recv(65536)
                client.sendall(octets)

        threading.Thread(target=serve, daemon=True).start()

    yield answer
    for server in sockets:
        server.close()


def http(body, status="200 OK"):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


RUNNING = {"Id": ID, "State": {"Running": True, "Pid": 7, "Status": "running"}}


def test_what_docker_answers(answering):
    answering(http(RUNNING))
    assert engines.locate("docker", "shop") == engines.Container(ID, 7, "running")


def test_what_docker_does_not_know(answering):
    answering(http({"message": "No such container: shop"}, "404 Not Found"))
    assert engines.locate("docker", "shop") is None


@pytest.mark.parametrize(
    "octets, said",
    [
        (b"", "Docker does not run here"),
        (b"SSH-2.0-OpenSSH\r\n", "^what answers at .* is not Docker$"),
        (http(b"<html>"), "is not Docker"),
        (http(b"\xff\xfe"), "is not Docker"),
        (http([]), "is not Docker"),
        (http({}), "is not Docker"),
        (http({"Id": ID, "State": {"Running": True, "Pid": "x", "Status": ""}}), "is not Docker"),
        (http({"Id": ID, "State": None}), "is not Docker"),
        (http({}, "500 Oops"), "is not Docker"),
        (http({"message": "out\nof\x1b[31m order."}, "500 Oops"), r"Docker says: out\\nof\\x1b\[31m order$"),
    ],
)
def test_what_is_no_answer(answering, octets, said):
    answering(octets)
    with pytest.raises(engines.Silent, match=said):
        engines.locate("docker", "shop")


@pytest.mark.parametrize("text", ["Multiple IDs found with provided prefix: ab", "more than one result for container name or ID ab: multiple IDs"])
def test_an_id_of_several(answering, text):
    answering(http({"message": text}, "500 Internal Server Error"))
    with pytest.raises(engines.Unclear, match="Docker has several containers whose IDs begin with 'ab'"):
        engines.locate("docker", "ab")


@pytest.mark.parametrize("host", ["", "tcp://192.0.2.1:2375", "unix://relative", "ssh://somebody@somewhere"])
def test_docker_is_asked_on_this_host_alone(monkeypatch, host):
    monkeypatch.setenv("DOCKER_HOST", host)
    assert engines._docker_socket() == engines.DOCKER_SOCKET


def test_where_nobody_listens(monkeypatch, tmp_path):
    for path in tmp_path / "none", tmp_path / ("x" * 200), tmp_path:
        monkeypatch.setenv("DOCKER_HOST", "unix://%s" % path)
        with pytest.raises(engines.Silent, match="^Docker does not run here"):
            engines.locate("docker", "shop")


# On disk


@pytest.fixture
def storage(tmp_path, monkeypatch):
    """Where Podman keeps things; ``storage(driver, file, content, below)`` writes one of them."""
    roots = {"graph": tmp_path / "graph", "run": tmp_path / "run"}
    conf = tmp_path / "storage.conf"
    conf.write_text("# graphroot = '/no'\n[storage]\n  graphroot='%(graph)s'\nrunroot = \"%(run)s\" # here\n" % roots)
    monkeypatch.setattr(engines, "PODMAN_SOCKET", str(tmp_path / "none"))
    monkeypatch.setattr(engines, "STORAGE_CONF", (str(tmp_path / "no.conf"), str(conf)))
    monkeypatch.delenv("CONTAINERS_STORAGE_CONF", raising=False)

    def write(place, content, below="graph"):
        path = roots[below] / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_podman_that_has_never_run(storage):
    with pytest.raises(engines.Silent, match="^Podman has no containers here"):
        engines.locate("podman", "shop")


@pytest.mark.parametrize("asked", [ID, "shop", "till", "ab"])
def test_names_and_ids_of_whichever_driver(storage, asked):
    storage("overlay-containers/containers.json", [{"id": OTHER, "names": ["other", ID[:4]]}])
    storage("btrfs-containers/containers.json", [{"id": ID, "names": ["shop", "till"]}])
    assert engines.locate("podman", asked) == engines.Container(ID, None, "it has no process")


@pytest.mark.parametrize("below", ["graph", "run"])
def test_a_container_that_goes_with_its_process_is_in_a_list_of_its_own(storage, below):
    storage("overlay-containers/containers.json", [])
    storage("overlay-containers/volatile-containers.json", [{"id": ID, "names": None}, {"id": OTHER}], below)
    assert engines.locate("podman", ID[:5]).identity == ID
    assert engines.locate("podman", "shop") is None
    with pytest.raises(engines.Unclear, match="Podman has several containers whose IDs begin with 'a'"):
        engines.locate("podman", "a")


@pytest.mark.parametrize("content", ["", "{", "[1]", "[{}]", '{"a": 1}', "5", '[{"id": "a", "names": 5}]'])
def test_a_list_that_cannot_be_read(storage, content):
    storage("overlay-containers/containers.json", content)
    with pytest.raises(engines.Silent, match="^Podman's list of containers .* cannot be read$"):
        engines.locate("podman", "shop")


def test_a_list_that_changes_is_read_again(storage):
    place = "overlay-containers/containers.json"
    storage(place, [{"id": OTHER, "names": ["shop"]}])
    assert engines.locate("podman", "shop").identity == OTHER
    # As Podman does: another file takes its place.
    storage(place + ".new", [{"id": ID, "names": ["shop"]}]).rename(storage(place, ""))
    assert engines.locate("podman", "shop").identity == ID


def test_the_configuration_that_the_environment_names(storage, tmp_path, monkeypatch):
    (tmp_path / "mine.conf").write_text('graphroot = "/mine"')
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(tmp_path / "mine.conf"))
    assert engines._roots() == ("/mine", "/run/containers/storage")


def test_a_number_that_is_not_that_of_the_container(storage):
    storage("overlay-containers/containers.json", [{"id": ID, "names": ["shop"]}])
    for written in "", "x", "0", "-1", "99999999", str(os.getpid()):
        storage("overlay-containers/%s/userdata/pidfile" % ID, written, "run")
        assert engines.locate("podman", "shop").pid is None


def test_a_process_is_of_a_container_when_what_watches_over_it_says_so(storage):
    storage("overlay-containers/containers.json", [{"id": ID, "names": ["shop"]}])
    # As conmon and containerd-shim do: the identity is an argument of the parent.
    with subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait", "monitor", ID], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        try:
            storage("overlay-containers/%s/userdata/pidfile" % ID, "%d\n" % child, "run")
            assert engines.locate("podman", "shop") == engines.Container(ID, child, "running")
            assert not engines.Container(OTHER, child, "").has(child)
        finally:
            os.kill(child, 9)


# What a search comes to


def container(monkeypatch, **answers):
    """What is found of container shop when the engines answer so."""

    def locate(engine, name):
        assert name == "shop"
        if isinstance(answers[engine], Exception):
            raise answers[engine]
        return answers[engine]

    monkeypatch.setattr(engines, "locate", locate)
    sought = Sought("container", "shop", "auto")
    return finding.find([sought])[sought]


def test_engines_that_answer_with_the_same_container_are_one(monkeypatch):
    """Podman may listen in Docker's place."""
    stopped = engines.Container(ID, None, "exited")
    found = container(monkeypatch, docker=stopped, podman=stopped)
    assert found.gone and found.problem == "container 'shop' of Docker does not run (exited): start it first."


def test_who_could_not_be_asked_is_told_along(monkeypatch):
    found = container(monkeypatch, docker=engines.Silent("Docker does not run here (x: y)"), podman=None)
    assert found.gone and found.silent == ("docker",)
    assert found.problem == "Podman knows no container 'shop' (Docker does not run here (x: y))."
    found = container(monkeypatch, docker=engines.Silent("Docker is away"), podman=engines.Silent("Podman too"))
    assert not found.gone and found.problem == "nobody can be asked for container 'shop': Docker is away, and Podman too."


def test_a_process_that_an_engine_names_and_is_not_the_containers(monkeypatch):
    found = container(monkeypatch, docker=None, podman=engines.Container(ID, os.getpid(), "running"))
    assert not found.gone and found.problem == "process %d, which Podman has as that of container 'shop', is another's." % os.getpid()


def test_what_stands_in_a_path(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, said in [
        (fifo, "'%s' is no network namespace: give the path of a network namespace, like /proc/PID/ns/net." % fifo),
        (pathlib.Path("/proc/self/ns/uts"), "'/proc/self/ns/uts' is a namespace of another kind: give the path of a network namespace, like /proc/PID/ns/net."),
        (pathlib.Path("/proc/self/ns/net"), "'/proc/self/ns/net' is the host's own network namespace, which is not to be adopted."),
        (tmp_path / "none", "there is no file '%s'." % (tmp_path / "none")),
    ]:
        sought = Sought("path", str(path))
        found = finding.find([sought])[sought]
        assert isinstance(found, Found) and found.problem == said and found.gone == said.startswith("there is no")


def test_what_stands_for_a_process(monkeypatch):
    def problem(pid):
        sought = Sought("pid", pid)
        return finding.find([sought])[sought].problem

    assert problem(os.getpid()) == "process %d is in the host's own network namespace: it has none to adopt." % os.getpid()
    assert problem(1 << 22) == "there is no process 4194304 (it has ended, or never was)."
    monkeypatch.setattr(spaces, "is_of_the_kernel", lambda pid: True)
    assert problem(os.getpid()) == "process %d is a thread of the kernel's own: it has no namespace to adopt." % os.getpid()

    def closed(pid):
        raise PermissionError

    monkeypatch.setattr(spaces, "open_process", closed)
    assert problem(7) == "process 7 may not be looked into: it is in another user namespace."
