# SPDX-License-Identifier: Apache-2.0
"""The machine API towards strangers: no key but one's own, no token but one's own, no body without a limit."""
import pytest

from lab.stranger import Stranger

MAC = "52:54:00:99:00:{:02x}"


@pytest.fixture
def stranger(site, tmp_path):
    """A peer with a key of its own."""
    return Stranger(site, tmp_path)


def refused(answer, status, code):
    """The answer must be a problem with this status and code."""
    assert answer[0] == status
    assert answer[1]["code"] == code
    assert answer[1]["title"]


def test_own_key_is_enrolled_and_waits(stranger, site):
    status, answer = stranger.enrol(MAC.format(1))
    assert status == 200
    assert site.appliance.machine(MAC.format(1))["check_code"] == answer["check_code"]
    status, plan = stranger.call("GET", "/machine/v1/plan?seq=0", token=answer["token"])
    assert (status, plan["state"], plan["plan"]) == (200, "pending", None)
    site.appliance.run("machine", "rm", MAC.format(1))


def test_key_of_someone_else_is_refused(stranger, site, tmp_path):
    (tmp_path / "other").mkdir()
    other = Stranger(site, tmp_path / "other")
    refused(stranger.enrol(MAC.format(2), public=other.public), 403, "SW-5003")
    assert site.appliance.machine(MAC.format(2)) is None


@pytest.mark.parametrize("token", [None, "x", "A" * 43])
@pytest.mark.parametrize("path", ["/machine/v1/plan?seq=0", "/machine/v1/csr"])
def test_no_token_no_answer(stranger, path, token):
    refused(stranger.call("GET", path, token=token), 401, "SW-5001")


def test_certificate_request_of_a_machine_that_is_not_approved_is_refused(stranger, site):
    _, answer = stranger.enrol(MAC.format(3))
    status, problem = stranger.call("POST", "/machine/v1/csr", {"csr": "x"}, token=answer["token"])
    assert status in (400, 403, 409)
    assert problem["code"].startswith("SW-")
    site.appliance.run("machine", "rm", MAC.format(3))


def test_body_over_its_limit_is_refused(stranger):
    status, problem = stranger.call("POST", "/machine/v1/hello", '{"key":"' + "A" * (300 << 10) + '"}')
    assert status == 413
    assert problem["code"].startswith("SW-5")


def test_kubeconfig_that_is_refused_or_is_none(site, tmp_path):
    for text in ("nonsense\n", "apiVersion: v1\nkind: Config\nclusters: []\n"):
        path = tmp_path / "bad.conf"
        path.write_text(text)
        done = site.appliance.run("cluster", "add", "bad", "--kubeconfig", path, check=False)
        assert done.returncode != 0
        assert "SW-4001" in done.stderr
    good = (site.cluster.folder / "slipway.conf").read_text()
    path.write_text(good.replace(":6443", ":6444"))
    done = site.appliance.run("cluster", "add", "bad", "--kubeconfig", path, check=False)
    assert done.returncode != 0
    assert "SW-4003" in done.stderr and "6444" in done.stderr


def test_profile_that_names_an_unknown_image_is_refused(site, tmp_path):
    path = tmp_path / "profile.yaml"
    path.write_text("name: nowhere\nimage: os/nowhere\nhostname: 'x{n}'\n")
    done = site.appliance.run("profile", "apply", path, check=False)
    assert done.returncode != 0
    assert "os/nowhere" in done.stderr
