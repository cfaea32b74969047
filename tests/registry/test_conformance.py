# SPDX-License-Identifier: Apache-2.0
"""The pull and content discovery sections of the OCI distribution specification 1.1, sentence by sentence.

Every request of a test goes over one connection that is kept alive.
"""
import http.client
import json
import re
import threading

import pytest

from contents import (DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, SBOM, SIGNATURE, TAGS, digest_of)
from slipwayd import DEADLINE_S

APP = "/v2/library/app"
NONE = "sha256:" + "0" * 64


# -- end-1: is it a registry

@pytest.mark.parametrize("path", ["/v2/", "/v2"])
def test_root(ask, path):
    answer = ask("GET", path)
    assert answer.status == 200 and answer.json() == {}
    assert answer.headers["docker-distribution-api-version"] == "registry/2.0"
    assert ask("HEAD", path).status == 200


# -- end-3: pulling manifests

def documents(contents):
    """Every document with its reference by tag."""
    return [(f"{APP}/manifests/1.0", contents.image, OCI_MANIFEST),
            (f"{APP}/manifests/multi", contents.oci_index, OCI_INDEX),
            ("/v2/library/docker/manifests/1", contents.docker, DOCKER_MANIFEST),
            ("/v2/library/docker/manifests/list", contents.docker_list, DOCKER_LIST)]


def test_manifest_by_tag_and_by_digest_is_the_stored_one(ask, contents):
    for path, descriptor, media_type in documents(contents):
        by_digest = path.rpartition("/")[0] + "/" + descriptor["digest"]
        for one in (path, by_digest):
            answer = ask("GET", one)
            assert answer.status == 200, one
            assert answer.body == contents.blob(descriptor["digest"])
            assert answer.headers["content-type"] == media_type
            assert answer.headers["docker-content-digest"] == descriptor["digest"] == digest_of(answer.body)
            assert answer.headers["etag"] == f'"{descriptor["digest"]}"'


def test_head_of_a_manifest_is_get_without_its_body(ask, contents):
    for path, descriptor, _ in documents(contents):
        head, get = ask("HEAD", path), ask("GET", path)
        assert head.status == 200 and head.body == b""
        assert int(head.headers["content-length"]) == descriptor["size"]
        for name in ("content-type", "docker-content-digest", "etag", "content-length"):
            assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("accept", [OCI_MANIFEST, DOCKER_MANIFEST, "*/*", f"{OCI_INDEX}, {DOCKER_LIST};q=0.5", "x"])
def test_what_is_accepted_changes_no_byte(ask, contents, accept):
    answer = ask("GET", f"{APP}/manifests/1.0", Accept=accept)
    assert answer.status == 200 and answer.headers["content-type"] == OCI_MANIFEST
    assert digest_of(answer.body) == contents.image["digest"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path, status, code", [
    (f"{APP}/manifests/none", 404, "MANIFEST_UNKNOWN"),
    (f"{APP}/manifests/{NONE}", 404, "MANIFEST_UNKNOWN"),
    (f"{APP}/manifests/sha256:totallywrong", 404, "MANIFEST_UNKNOWN"),
    (f"{APP}/manifests/.INVALID_MANIFEST_NAME", 404, "MANIFEST_UNKNOWN"),
    ("/v2/nothing/here/manifests/1.0", 404, "NAME_UNKNOWN"),
    ("/v2/UPPER/manifests/1.0", 404, "NAME_UNKNOWN"),
    ("/v2/a/../b/manifests/1.0", 404, "NAME_INVALID"),
    (f"{APP}/blobs/{NONE}", 404, "BLOB_UNKNOWN"),
    (f"{APP}/blobs/sha256:totallywrong", 400, "DIGEST_INVALID"),
    (f"{APP}/blobs/sha512:{'0' * 128}", 404, "BLOB_UNKNOWN"),
    ("/v2/nothing/here/tags/list", 404, "NAME_UNKNOWN"),
    ("/v2/library/app", 404, "NAME_INVALID"),
])
def test_what_is_not_there(ask, method, path, status, code):
    answer = ask(method, path)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    if method == "GET":
        assert answer.code() in (code, "NAME_INVALID", "NAME_UNKNOWN") and answer.json()["errors"][0]["message"]
    else:
        assert answer.body == b""


# -- end-2: pulling blobs

def layer_of(contents):
    """Path and bytes of the image's layer."""
    digest = json.loads(contents.blob(contents.image["digest"]))["layers"][0]["digest"]
    return f"{APP}/blobs/{digest}", contents.blob(digest)


def test_blob(ask, contents):
    path, content = layer_of(contents)
    answer, head = ask("GET", path), ask("HEAD", path)
    assert answer.status == head.status == 200
    assert answer.body == content and head.body == b""
    for one in (answer, head):
        assert int(one.headers["content-length"]) == len(content)
        assert one.headers["docker-content-digest"] == digest_of(content)
        assert one.headers["content-type"] == "application/octet-stream"
        assert one.headers["accept-ranges"] == "bytes"
        assert "immutable" in one.headers["cache-control"]


@pytest.mark.parametrize("wanted, first, last", [
    ("bytes=0-0", 0, 1), ("bytes=1-5", 1, 6), ("bytes=70000-", 70000, None), ("bytes=-7", -7, None),
    ("bytes=10-99999999", 10, None), ("bytes=-99999999", 0, None)])
def test_range(ask, contents, wanted, first, last):
    path, content = layer_of(contents)
    answer = ask("GET", path, Range=wanted)
    part = content[first:last]
    start = len(content) + first if first < 0 else first
    assert answer.status == 206 and answer.body == part
    assert answer.headers["content-range"] == f"bytes {start}-{start + len(part) - 1}/{len(content)}"
    assert int(answer.headers["content-length"]) == len(part)


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=-0"])
def test_range_outside(ask, contents, wanted):
    path, content = layer_of(contents)
    answer = ask("GET", path, Range=wanted)
    assert answer.status == 416 and answer.headers["content-range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "bytes=x", "lines=1-2", "bytes=5-1"])
def test_range_that_need_not_be_honoured(ask, contents, wanted):
    path, content = layer_of(contents)
    answer = ask("GET", path, Range=wanted)
    assert answer.status == 200 and answer.body == content


def test_range_means_nothing_to_head(ask, contents):
    path, content = layer_of(contents)
    answer = ask("HEAD", path, Range="bytes=0-0")
    assert answer.status == 200 and int(answer.headers["content-length"]) == len(content)


def test_if_range(ask, contents):
    path, content = layer_of(contents)
    for tag, status in ((f'"{digest_of(content)}"', 206), (f'"{NONE}"', 200), ("Tue, 24 Nov 2026 13:00:00 GMT", 200)):
        answer = ask("GET", path, Range="bytes=0-9", If_Range=tag)
        assert answer.status == status and len(answer.body) == (10 if status == 206 else len(content))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditional(ask, contents, method):
    for path, digest in ((layer_of(contents)[0], digest_of(layer_of(contents)[1])),
                         (f"{APP}/manifests/1.0", contents.image["digest"])):
        for tag in (f'"{digest}"', f'W/"{digest}"', f'"{NONE}", "{digest}"', "*"):
            answer = ask(method, path, If_None_Match=tag)
            assert answer.status == 304 and answer.body == b""
            assert answer.headers["etag"] == f'"{digest}"'
        assert ask(method, path, If_None_Match=f'"{NONE}"').status == 200
        assert ask(method, path, If_Match=f'"{digest}"').status == 200
        assert ask(method, path, If_Match=f'"{NONE}"').status == 412


def test_percent_encoding(ask, contents):
    assert ask("GET", "/v2/library%2Fapp/manifests/1%2e0").headers["docker-content-digest"] == contents.image["digest"]
    assert ask("GET", f"{APP}/manifests/" + contents.image["digest"].replace(":", "%3A")).status == 200
    assert ask("GET", "/v2/library/app/manifests/1.0%00x").status in (200, 400, 404)
    assert ask("GET", "/v2/%2e%2e/%2e%2e/etc/passwd").status == 404


def test_namespace_of_a_mirror(ask, contents):
    for query, status in (("ns=registry.example", 200), ("ns=registry%2Eexample", 200), ("ns=", 404),
                          ("ns=quay.example", 404), ("x=y&ns=registry.example&ns=quay.example", 200)):
        assert ask("GET", f"{APP}/manifests/1.0?{query}").status == status, query
    assert ask("GET", "/v2/library/both/manifests/other?ns=other.example").status == 200
    assert ask("GET", "/v2/library/both/manifests/other").status == 404  # which one is meant?
    assert ask("GET", "/v2/registry.example/library/app/manifests/1.0").status == 200
    assert ask("GET", "/v2/os/debian/manifests/latest?ns=192.0.2.1").status == 200


# -- end-8: tags

ALL_TAGS = sorted([*TAGS, "multi", "sbom", "signature"])


def test_tags(ask):
    answer = ask("GET", f"{APP}/tags/list?ns=registry.example")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    assert answer.json() == {"name": "library/app", "tags": ALL_TAGS}
    assert "link" not in answer.headers


@pytest.mark.parametrize("size", [1, 3, 8, 100])
def test_tags_by_pages(ask, size):
    path, seen = f"{APP}/tags/list?n={size}&ns=registry.example", []
    while path:
        answer = ask("GET", path)
        assert answer.status == 200 and len(answer.json()["tags"]) <= size
        seen += answer.json()["tags"]
        path = re.fullmatch(r'<(/v2/\S+)>; rel="next"', answer.headers["link"])[1] if "link" in answer.headers else ""
    assert seen == ALL_TAGS


@pytest.mark.parametrize("query, tags", [("n=0", []), ("last=latest", ["multi", "sbom", "signature", "v2"]),
                                         ("n=1&last=m", ["multi"]), ("last=zzz", []), ("n=2&last=", ALL_TAGS[:2])])
def test_tags_from_one_on(ask, query, tags):
    assert ask("GET", f"{APP}/tags/list?{query}&ns=registry.example").json()["tags"] == tags


def test_tags_of_no_number(ask):
    for n in ("x", "-1", "1x", ""):
        answer = ask("GET", f"{APP}/tags/list?n={n}&ns=registry.example")
        assert answer.status == 400 and answer.code() == "PAGINATION_NUMBER_INVALID"


def test_catalog(ask):
    names = ask("GET", "/v2/_catalog").json()["repositories"]
    assert names == ["os/debian", "other.example/library/both", "registry.example/library/app",
                     "registry.example/library/both",
                     "registry.example/library/docker"]
    assert ask("GET", "/v2/_catalog?n=1&last=os/debian").json()["repositories"] == names[1:2]


# -- end-12: referrers

def test_referrers(ask, contents):
    answer = ask("GET", f"{APP}/referrers/{contents.image['digest']}")
    assert answer.status == 200 and answer.headers["content-type"] == OCI_INDEX
    assert "oci-filters-applied" not in answer.headers
    index = answer.json()
    assert index["schemaVersion"] == 2 and index["mediaType"] == OCI_INDEX
    found = {each["artifactType"]: each for each in index["manifests"]}
    assert set(found) == {SBOM, SIGNATURE}
    assert found[SBOM] == {**contents.sbom, "artifactType": SBOM, "annotations": {"org.example.of": "app"}}
    assert found[SIGNATURE] == {**contents.signature, "artifactType": SIGNATURE}


def test_referrers_of_one_type(ask, contents):
    for wanted, count in ((SBOM, 1), (SIGNATURE, 1), ("application/none", 0)):
        query = wanted.replace("/", "%2F").replace("+", "%2B")
        answer = ask("GET", f"{APP}/referrers/{contents.image['digest']}?artifactType={query}")
        assert answer.headers["oci-filters-applied"] == "artifactType"
        assert [each["artifactType"] for each in answer.json()["manifests"]] == [wanted] * count


def test_referrers_of_nothing_are_an_empty_index(ask):
    for path in (f"{APP}/referrers/{NONE}", f"/v2/nothing/here/referrers/{NONE}"):
        answer = ask("GET", path)
        assert answer.status == 200 and answer.json()["manifests"] == []
        assert answer.headers["content-type"] == OCI_INDEX
    assert ask("GET", f"{APP}/referrers/sha256:x").status == 400


def test_a_new_referrer_is_found(ask, contents):
    one = contents.referrer("late", artifactType="application/vnd.example.late")
    contents.write()
    try:
        found = ask("GET", f"{APP}/referrers/{contents.image['digest']}").json()["manifests"]
        assert one["digest"] in [each["digest"] for each in found]
    finally:
        contents.entries.pop()
        contents.write()
    assert len(ask("GET", f"{APP}/referrers/{contents.image['digest']}").json()["manifests"]) == 2


# -- pushing: there is none

@pytest.mark.parametrize("method, path, body", [
    ("POST", f"{APP}/blobs/uploads/", b""), ("POST", f"{APP}/blobs/uploads/?digest={NONE}", b"x" * 200000),
    ("PUT", f"{APP}/manifests/new", b'{"schemaVersion":2}'), ("PATCH", f"{APP}/blobs/uploads/1", b"x"),
    ("DELETE", f"{APP}/manifests/1.0", b""), ("DELETE", f"{APP}/blobs/{NONE}", b"")])
def test_push_is_refused(daemon, method, path, body):
    connection = http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=DEADLINE_S)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        assert answer.status == 405 and answer.getheader("Allow") == "GET, HEAD"
        assert json.loads(answer.read())["errors"][0]["code"] == "UNSUPPORTED"
    finally:
        connection.close()


# -- limits

def test_requests_that_are_too_large(daemon):
    for path, headers in ((f"{APP}/manifests/{'x' * 100000}", {}), ("/v2/", {"X": "y" * 100000})):
        connection = http.client.HTTPConnection("127.0.0.1", daemon.http_port, timeout=DEADLINE_S)
        try:
            connection.request("GET", path, headers=headers)
            assert connection.getresponse().status in (400, 404, 413, 414, 431)
        except (http.client.HTTPException, ConnectionError):
            pass  # cut off is fine too
        finally:
            connection.close()
    assert daemon.http("GET", "/v2/")[0] == 200


def test_many_at_once(daemon, contents):
    path, content = layer_of(contents)
    wrong = []

    def fetch():
        for _ in range(5):
            if daemon.http("GET", path)[2] != content:
                wrong.append(path)
    threads = [threading.Thread(target=fetch) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not wrong
