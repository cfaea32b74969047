# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml is what slipwayd serves: the same routes, and answers of the shapes it tells."""
import pathlib
import re

import pytest
import yaml

from slipwayd import disk

TREE = pathlib.Path(__file__).resolve().parents[2]
SPEC = yaml.safe_load((TREE / "docs" / "openapi.yaml").read_text())
METHODS = ("get", "put", "post", "delete")
KINDS = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
MAC = "52:54:00:00:00:01"


def resolve(node):
    """What a $ref leads to."""
    while "$ref" in node:
        found = SPEC
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        node = found
    return node


def is_kind(value, kind):
    """Whether a value is of a JSON type; true is no integer."""
    return isinstance(value, KINDS[kind]) and (kind == "boolean") == isinstance(value, bool)


def members(schema):
    """All properties of a schema and what it is made of."""
    schema = resolve(schema)
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found |= members(part)
    return found


def check(value, schema, where):
    """The value is of the schema, as far as this file uses JSON Schema."""
    schema = resolve(schema)
    for part in schema.get("allOf", []):
        check(value, part, where)
    if "oneOf" in schema:
        kinds = [each for each in map(resolve, schema["oneOf"]) if is_kind(value, each["type"])]
        assert len(kinds) == 1, f"{where}: {value!r}"
        check(value, kinds[0], where)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    assert not kinds or any(is_kind(value, kind) for kind in kinds), f"{where}: {value!r} is no {kinds}"
    assert value in schema.get("enum", [value]) and value == schema.get("const", value), f"{where}: {value!r}"
    if isinstance(value, list):
        for number, item in enumerate(value):
            check(item, schema.get("items", {}), f"{where}[{number}]")
    if isinstance(value, dict):
        assert set(schema.get("required", [])) <= set(value), f"{where}: of {schema['required']} {list(value)}"
        known = members(schema)
        for key, item in value.items():
            if key not in known:
                assert schema.get("additionalProperties", True) is not False, f"{where}: {key} is not told of"
                assert schema.get("unevaluatedProperties", True) is not False, f"{where}: {key} is not told of"
            check(item, schema.get("properties", {}).get(key, {}), f"{where}.{key}")


def answered(method, path, status, value):
    """The answer of a call is one that is told of."""
    responses = SPEC["paths"][path][method]["responses"]
    told = resolve(responses.get(str(status), responses["default"]))
    assert str(status) in responses or status >= 400, f"{method} {path}: {status} {value}"
    content, = told["content"].values()
    check(value, content["schema"], f"{method} {path}")


def test_routes_are_those_of_the_tables():
    served = set()
    for name in ("http_admin.c", "http_machine.c"):
        text = (TREE / "provisioner" / "daemon" / name).read_text()
        served |= {(method.lower(), path) for method, path in re.findall(r'\{ "([A-Z]+)", "(/[^"]+)",', text)}
    told = {(method, re.sub(r"\{[^}]*\}", "{}", path))
            for path, item in SPEC["paths"].items() for method in METHODS if method in item}
    assert told == served


def test_all_references_lead_somewhere():
    names = re.findall(r'\$ref: "([^"]+)"', (TREE / "docs" / "openapi.yaml").read_text())
    assert len(names) > 50
    for name in names:
        assert resolve({"$ref": name})
    used = {name.rsplit("/", 1)[1] for name in names if "/schemas/" in name}
    assert used == set(SPEC["components"]["schemas"])


@pytest.mark.parametrize("value", [{"id": 1}, {"status": "pending"}, {"status": "done", "message": ""},
                                   {"status": "pending", "message": "", "more": 1}, [], "pending"])
def test_the_check_finds_what_is_wrong(value):
    with pytest.raises(AssertionError):
        check(value, {"$ref": "#/components/schemas/Pending"}, "here")


def test_answers(daemon, agent):
    def call(method, path, body=None, **names):
        status, value = daemon.api(method.upper(), path.removeprefix("/api/v1").format(**names), body)
        answered(method, path, status, value)
        return value

    def agent_call(method, path, body=None):
        status, value = one.call(method.upper(), path.removeprefix("/machine/v1"), body)
        answered(method, path, status, value)

    one = agent(MAC, disks=[disk(serial="D1")])
    answered("post", "/machine/v1/enrol", *one.enrol())
    agent_call("post", "/machine/v1/hello", {"key": "AAAA"})
    agent_call("get", "/machine/v1/plan")
    call("post", "/api/v1/machines/{machine}/approve", {"profile": "worker"}, machine=MAC)
    agent_call("get", "/machine/v1/plan")
    agent_call("post", "/machine/v1/report", {"stage": "write", "status": "running", "step": "layer 1/1"})
    agent_call("get", "/machine/v1/csr")
    agent_call("post", "/machine/v1/csr", {"csr": "x"})
    agent_call("post", "/machine/v1/undo", {"at": 0, "data": "AAAA", "last": True})
    agent_call("post", "/machine/v1/installed", {"disk": one.inventory["disks"][0], "boot": "reboot", "layers": []})
    window = call("post", "/api/v1/enrol/windows", {"count": 1, "for_s": 60})
    for path in ("status", "machines", "profiles", "clusters", "images", "enrol/windows", "audit"):
        call("get", "/api/v1/" + path)
    call("get", "/api/v1/machines/{machine}", machine="r1")
    call("get", "/api/v1/machines/{machine}/undo", machine="r1")
    call("get", "/api/v1/machines/{machine}/undo/{seq}", machine="r1", seq=1)
    call("get", "/api/v1/profiles/{name}", name="worker")
    call("get", "/api/v1/clusters/{name}", name="nowhere")
    call("post", "/api/v1/machines/approve", {"machines": ["nobody"]})
    call("delete", "/api/v1/enrol/windows/{id}", id=window["id"])
    call("delete", "/api/v1/machines/{machine}", machine="r1")
