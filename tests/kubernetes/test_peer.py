# SPDX-License-Identifier: Apache-2.0
"""The driver against an API server that answers as few do: other versions, conflicts, refusals, trouble."""
import base64
import re

import pytest

from kubernetes.conftest import Driver, csr_make
from kubernetes.api_server import CSRS, Authority, Peer

ANY_CSR = CSRS + "/slipway-[0-9a-f]{16}"


@pytest.fixture
def peer(tmp_path):
    with Peer(tmp_path) as running:
        yield running


@pytest.fixture
def request_file(tmp_path):
    return csr_make(tmp_path)[1]


@pytest.fixture
def talk(driver_program, peer, tmp_path):
    """The driver with the peer's kubeconfig."""
    path = tmp_path / "kubeconfig"
    path.write_text(peer.kubeconfig())
    return Driver(driver_program, path)


def flags_of(answer):
    """The kubelet's flags among the join files."""
    text = [each["content_base64"] for each in answer["result"] if each["path"].endswith("kubeadm-flags.env")]
    return base64.b64decode(text[0]).decode()


@pytest.mark.parametrize("minor, config, runtime, encipher", [
    ("20+", "kubelet-config-1.20", True, True),
    ("24", "kubelet-config", True, True),
    ("30", "kubelet-config", False, False),
])
def test_each_version_gets_what_it_knows(talk, peer, request_file, minor, config, runtime, encipher):
    peer.version["minor"] = minor
    peer.config_set(config)
    answer = talk.run("admit", "r1", request_file)
    assert ("--container-runtime=remote" in flags_of(answer)) == runtime
    spec = peer.called("POST", CSRS)[0]["spec"]
    assert ("key encipherment" in spec["usages"]) == encipher
    assert spec["signerName"] == "kubernetes.io/kube-apiserver-client-kubelet"
    assert len(peer.called("DELETE", ANY_CSR)) == 1


def test_goes_on_where_a_killed_daemon_was(talk, peer, request_file):
    peer.answer("POST", CSRS, (201, {}))
    talk.run("admit", "r1", request_file)
    body = peer.called("POST", CSRS)[0]
    peer.objects[f"{CSRS}/{body['metadata']['name']}"] = body
    assert "result" in talk.run("admit", "r1", request_file)


def test_trouble_that_passes_is_tried_again(talk, peer, request_file):
    peer.answer("GET", "/version", (500, {"message": "etcd"}), (429, {}), None)
    peer.answer("POST", CSRS, (503, {}), None)
    assert "result" in talk.run("admit", "r1", request_file)


def test_conflict_at_the_approval_is_looked_at_again(talk, peer, request_file):
    name = request_name(talk, peer, request_file)
    peer.answer("PUT", f"{CSRS}/{name}/approval", (409, {"message": "changed"}), None)
    assert "result" in talk.run("admit", "r1", request_file)


def request_name(talk, peer, request_file):
    """The name that the driver gives this request."""
    talk.run("admit", "r1", request_file)
    return peer.called("POST", CSRS)[0]["metadata"]["name"]


@pytest.mark.parametrize("change, reason", [
    ({"spec": {"request": "b3RoZXI=", "signerName": "kubernetes.io/kube-apiserver-client-kubelet",
               "usages": ["digital signature", "client auth"]}}, "not the one we sent"),
    ({"status": {"conditions": [{"type": "Denied", "message": "by policy"}]}}, "by policy"),
    ({"status": {"conditions": [{"type": "Failed", "message": "no signer"}]}}, "no signer"),
])
def test_only_our_request_is_approved(talk, peer, request_file, change, reason):
    name = request_name(talk, peer, request_file)
    body = {**peer.called("POST", CSRS)[0], **change}
    peer.calls.clear()
    peer.objects[f"{CSRS}/{name}"] = body
    error = talk.run("admit", "r1", request_file)["error"]
    assert error["code"] == "SW-4011" and reason in error["text"]
    assert peer.called("PUT", ".*") == []


def test_certificate_for_another_key_is_refused(talk, peer, request_file, tmp_path):
    name = request_name(talk, peer, request_file)
    other = tmp_path / "other"
    other.mkdir()
    certificate = peer.authority.sign(csr_make(other)[1].read_text())
    body = {**peer.called("POST", CSRS)[0], "status": {
        "conditions": [{"type": "Approved"}], "certificate": base64.b64encode(certificate.encode()).decode()}}
    peer.objects[f"{CSRS}/{name}"] = body
    error = talk.run("admit", "r1", request_file)["error"]
    assert error["code"] == "SW-4011" and "not for our request" in error["text"]


def test_no_kubelet_config(talk, peer, request_file):
    peer.config_set("something-else")
    error = talk.run("admit", "r1", request_file)["error"]
    assert error["code"] == "SW-4012" and "kubeadm" in error["hint"]
    assert peer.called("POST", CSRS) == []


def test_another_authority_is_no_cluster_of_ours(driver_program, peer, tmp_path):
    (tmp_path / "other").mkdir()
    path = tmp_path / "foreign"
    path.write_text(peer.kubeconfig(Authority(tmp_path / "other")))
    error = Driver(driver_program, path).run("check")["error"]
    assert error["code"] == "SW-4003" and peer.url in error["text"] and "certificate" in error["text"]


def test_nobody_there(driver_program, peer, tmp_path):
    path = tmp_path / "gone"
    path.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:1", peer.kubeconfig()))
    error = Driver(driver_program, path).run("check")["error"]
    assert error["code"] == "SW-4003" and "https://127.0.0.1:1" in error["text"]


def node(name, ready="True", boot="b1"):
    """A Node object."""
    return {"metadata": {"name": name, "uid": "u", "resourceVersion": "5"}, "status": {
        "conditions": [{"type": "Ready", "status": ready, "message": "m"}], "nodeInfo": {"bootID": boot}}}


def test_watch_lists_again_when_its_version_is_gone(talk, peer):
    peer.objects["/api/v1/nodes"] = {"metadata": {"resourceVersion": "9"}, "items": [node("b", boot="again")]}
    peer.answer("GET", "/api/v1/nodes",
                (200, {"metadata": {"resourceVersion": "5", "continue": "more"}, "items": [node("a")]}),
                (200, {"metadata": {"resourceVersion": "5"}, "items": [node("b")]}))
    peer.answer("GET", "/api/v1/nodes?watch=true",
                (200, [{"type": "MODIFIED", "object": node("b", "False")},
                       {"type": "ERROR", "object": {"code": 410}}]))
    with talk.start("watch") as watch:
        watch.next(lambda line: line.get("node") == "a" and line["ready"])
        watch.next(lambda line: line.get("node") == "b" and line["ready"])
        assert watch.next(lambda line: line.get("node") == "b" and not line["ready"])["reason"] == "m"
        watch.next(lambda line: line.get("boot_id") == "again")
        assert not watch.next(lambda line: line.get("node") == "a")["present"]


def test_watch_says_once_that_the_server_is_away_and_back(talk, peer):
    peer.objects["/api/v1/nodes"] = {"metadata": {"resourceVersion": "9"}, "items": [node("a")]}
    peer.answer("GET", "/api/v1/nodes", (401, {"message": "Unauthorized"}), (401, {"message": "Unauthorized"}))
    with talk.start("watch") as watch:
        assert watch.next(lambda line: "reachable" in line) == {"reachable": False, "code": "SW-4004"}
        assert watch.next(lambda line: "reachable" in line) == {"reachable": True, "code": ""}
        watch.next(lambda line: line.get("node") == "a")


def test_old_node_that_its_new_system_took_over_stays(talk, peer):
    path = "/api/v1/nodes/r1"
    peer.objects[path] = node("r1", boot="new")
    peer.answer("GET", path, (200, node("r1", boot="old")))
    assert talk.run("prepare", "r1") == {"result": None}
    assert peer.called("DELETE", path) == []


def test_old_node_is_deleted_only_as_it_was_seen(talk, peer):
    path = "/api/v1/nodes/r1"
    peer.objects[path] = node("r1", "Unknown")
    peer.answer("DELETE", path, (409, {"message": "changed"}), None)
    assert talk.run("prepare", "r1") == {"result": None}
    assert [each["preconditions"]["uid"] for each in peer.called("DELETE", path)] == ["u", "u"]
