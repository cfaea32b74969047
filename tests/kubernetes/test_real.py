# SPDX-License-Identifier: Apache-2.0
"""The driver against a real API server, with the credential of the manifest that is shipped."""
import base64
import json

import pytest

from kubernetes.conftest import RBAC, Driver, csr_make


def files_of(answer):
    """The join files by their path, as text."""
    return {each["path"]: base64.b64decode(each["content_base64"]).decode() for each in answer["result"]}


def node_add(cluster, name, ready="False", boot="boot-1"):
    """A Node object with a status, as a kubelet would leave it."""
    cluster.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
    status = {"conditions": [{"type": "Ready", "status": ready, "reason": "Test", "message": "as the test wants",
                              "lastHeartbeatTime": "2100-01-01T00:00:00Z",
                              "lastTransitionTime": "2026-01-01T00:00:00Z"}],
              "nodeInfo": {key: "x" for key in ("machineID", "systemUUID", "kernelVersion", "osImage",
                                                "containerRuntimeVersion", "kubeletVersion",
                                                "kubeProxyVersion", "operatingSystem", "architecture")}}
    status["nodeInfo"]["bootID"] = boot
    node = cluster.get("node", name)
    node["status"] = status
    cluster.kubectl("replace", "--raw", f"/api/v1/nodes/{name}/status", "-f", "-", text=json.dumps(node))


def test_manifest_grants_what_the_check_asks(driver):
    result = driver.run("check")["result"]
    assert [each for each in result["checks"] if not each["ok"]] == []
    assert len(result["checks"]) == 15
    assert result["version"].startswith("v1.")


def test_check_names_what_is_missing(driver_program, network, cluster, tmp_path):
    narrow = tmp_path / "narrow.yaml"
    text = RBAC.read_text()
    narrow.write_text(text.replace("name: slipway\n", "name: narrow\n").replace("verbs: [approve]", "verbs: [get]")
                      .replace("list, watch, patch", "list, patch"))
    result = Driver(driver_program, cluster.credential(narrow, "narrow"), network.argv([])).run("check")["result"]
    missing = [each["name"] for each in result["checks"] if not each["ok"]]
    assert missing == ["may watch nodes", "may approve signers kubernetes.io/kube-apiserver-client-kubelet"]


def test_relay_gives_a_certificate_that_is_the_node(driver, cluster, network, tmp_path):
    key, request = csr_make(tmp_path)
    files = files_of(driver.run("admit", "r1", request))
    certificate = files["/var/lib/kubelet/pki/kubelet-client-first.pem"]
    (tmp_path / "kubelet.pem").write_text(key.read_text() + certificate)
    assert "kubelet.config.k8s.io" in files["/var/lib/kubelet/config.yaml"]
    assert cluster.kubectl("get", "csr", "-o", "name") == ""

    config = json.loads(files["/etc/kubernetes/kubelet.conf"])
    user, server = config["users"][0]["user"], config["clusters"][0]["cluster"]
    (tmp_path / "ca.crt").write_text(files["/etc/kubernetes/pki/ca.crt"])
    server["certificate-authority"] = str(tmp_path / "ca.crt")
    user["client-certificate"] = user["client-key"] = str(tmp_path / "kubelet.pem")
    (tmp_path / "kubelet.conf").write_text(json.dumps(config))

    def as_node(*args):
        return network.run([cluster.bin / "kubectl", "--kubeconfig", tmp_path / "kubelet.conf", *args],
                           namespace=network.cluster, check=False, capture_output=True)

    assert as_node("auth", "can-i", "create", "nodes").stdout.strip() == "yes"
    assert as_node("auth", "can-i", "list", "secrets").stdout.startswith("no")
    assert as_node("create", "-f", write_node(tmp_path, "r1")).returncode == 0
    other = as_node("create", "-f", write_node(tmp_path, "r2"))
    assert other.returncode != 0 and "is not allowed to modify node" in other.stderr
    cluster.kubectl("delete", "node", "r1")


def write_node(folder, name):
    """A manifest of a Node."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}))
    return path


@pytest.mark.parametrize("organization, name, options, reason", [
    ("system:masters", "system:node:r1", (), "organization"),
    ("system:nodes", "system:node:r2", (), "not for system:node:r1"),
    ("system:nodes", "system:node:r1", ("-addext", "subjectAltName=DNS:r1"), "extensions"),
])
def test_other_requests_never_reach_the_cluster(driver, cluster, tmp_path, organization, name, options, reason):
    _, request = csr_make(tmp_path, organization, name, options)
    error = driver.run("admit", "r1", request)["error"]
    assert error["code"] == "SW-4010" and reason in error["text"]
    assert cluster.kubectl("get", "csr", "-o", "name") == ""


def test_old_node_is_forgotten(driver, cluster):
    node_add(cluster, "r7")
    assert driver.run("prepare", "r7") == {"result": None}
    assert cluster.get("node", "r7") is None
    assert driver.run("prepare", "r7") == {"result": None}


def test_labels_and_taints(driver, cluster):
    node_add(cluster, "r8")
    driver.run("label", "r8", "rack=B 12", "node-role.kubernetes.io/worker=yes", "serial=$(x)\"7")
    labels = cluster.get("node", "r8")["metadata"]["labels"]
    assert labels == {"rack": "B-12", "node-role.kubernetes.io/worker": "yes", "serial": "x--7"}
    assert driver.run("remove", "r8") == {"result": None}
    assert cluster.get("node", "r8") is None


def test_watch_tells_each_change(driver, cluster):
    node_add(cluster, "r9")
    with driver.start("watch") as watch:
        first = watch.next(lambda line: line.get("node") == "r9")
        assert (first["present"], first["ready"]) == (True, False)
        assert first["reason"] == "as the test wants"
        node_add(cluster, "r9", "True", "boot-2")
        ready = watch.next(lambda line: line.get("node") == "r9" and line["ready"])
        assert (ready["boot_id"], ready["reason"]) == ("boot-2", "")
        cluster.kubectl("delete", "node", "r9")
        watch.next(lambda line: line.get("node") == "r9" and not line["present"])


def test_refused_kubeconfig_is_one_error(driver_program, network, cluster, tmp_path):
    text = cluster.credential(RBAC).read_text()
    strange = tmp_path / "strange.conf"
    lines = [line for line in text.splitlines() if "client-" not in line]
    strange.write_text("\n".join(lines).replace("user: {}", "user:") + "\n    token: bm90IGEgdG9rZW4\n")
    error = Driver(driver_program, strange, network.argv([])).run("check")["error"]
    assert error["code"] == "SW-4004"
    assert cluster.address in error["text"] and "Unauthorized" in error["text"]
