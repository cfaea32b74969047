# SPDX-License-Identifier: Apache-2.0
"""Clusters that do not answer: a check that is put off is answered in the end, also by an end of the daemon."""
import base64
import json
import socket

import pytest

from slipwayd import UnixConnection, free_port

KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: prod
contexts: [{{name: prod, context: {{cluster: prod, user: slipway}}}}]
clusters: [{{name: prod, cluster: {{server: "https://127.0.0.1:{port}", certificate-authority-data: {ca}}}}}]
users: [{{name: slipway, user: {{token: canary-token}}}}]
"""


def add(daemon, port):
    """Add the cluster 'prod' at a port of ours; the appliance's own certificate does as an authority."""
    ca = base64.b64encode((daemon.state / "appliance.crt").read_bytes()).decode()
    status, answer = daemon.api("PUT", "/clusters/prod", {"kubeconfig": KUBECONFIG.format(port=port, ca=ca)})
    assert status == 200, answer


@pytest.fixture
def silent():
    """A port where connections are taken and nothing is ever said."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def test_cluster_that_is_not_there(daemon):
    add(daemon, free_port())
    status, problem = daemon.api("POST", "/clusters/prod/check")
    assert status >= 400 and problem["code"].startswith("SW-40")
    assert daemon.api("POST", "/clusters/other/check")[0] == 404
    cluster, = daemon.get("/clusters")["items"]
    assert cluster["name"] == "prod"
    assert "canary-token" not in json.dumps(daemon.get("/clusters/prod"))


def test_cluster_that_a_profile_names_stays(daemon):
    add(daemon, free_port())
    body = {"image": "os/debian", "hostname": "r{n}", "cluster": "prod"}
    assert daemon.api("PUT", "/profiles/worker", body)[0] == 200
    status, problem = daemon.api("DELETE", "/clusters/prod")
    assert (status, problem["code"]) == (409, "SW-4008")
    assert daemon.api("DELETE", "/profiles/worker")[0] == 200
    assert daemon.api("DELETE", "/clusters/prod")[0] == 200
    assert daemon.get("/clusters")["items"] == []


def test_end_while_a_check_waits(daemon, silent):
    add(daemon, silent)
    waiting = []
    for _ in range(10):
        connection = UnixConnection(daemon.run_dir / "api.sock")
        connection.request("POST", "/api/v1/clusters/prod/check")
        waiting.append(connection)
    assert daemon.get("/status")["address"] == "127.0.0.1"
    assert daemon.stop() == 0
    for connection in waiting:
        answer = connection.getresponse()
        assert answer.status == 503
        assert json.loads(answer.read())["code"] == "SW-1026"
        connection.close()
    daemon.start()
    assert daemon.get("/clusters")["items"][0]["name"] == "prod"
