#!/usr/bin/env python3
"""Writes schemas/ for kubeconform from the cluster of KUBECONFIG: one file for each kind that the overlays use, as that API
server knows it, the operators' kinds too. Run it after a change of their versions: python3 tests/kube/schemas.py"""

import json
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
OVERLAYS = [*(HERE.parent.parent / "deploy/k8s/overlays").iterdir(), HERE.parent / "system/tests/manifests/production-signed"]
# What describes a value; all else (descriptions, merge keys, server-side rules) a check by schema does not need.
KEPT = {"type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "required"}


def kubectl(*arguments):
    return subprocess.run(["kubectl", *arguments], check=True, capture_output=True, text=True).stdout


def kinds_in_use():
    """(apiVersion, kind) of every object of every overlay."""
    used = set()
    for overlay in OVERLAYS:
        api = None
        for line in kubectl("kustomize", str(overlay)).splitlines():
            if line.startswith("apiVersion: "):
                api = line.split()[1]
            if line.startswith("kind: "):
                used.add((api, line.split()[1]))
    return used


def strict(schema, definitions, within=()):
    """The schema with its references in place, and no property beyond those that it names."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name.endswith((".Quantity", ".IntOrString")):
            return {"type": ["string", "number"]}
        # A type that holds itself: not looked into a second time.
        return {} if name in within else strict(definitions[name], definitions, (*within, name))
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["string", "number"]}
    result = {key: value for key, value in schema.items() if key in KEPT}
    inside = lambda value: strict(value, definitions, within) if isinstance(value, dict) else value
    for key in ("items", "additionalProperties", "not"):
        if key in schema:
            result[key] = inside(schema[key])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            result[key] = [inside(one) for one in schema[key]]
    if "properties" in schema:
        result["properties"] = {name: inside(value) for name, value in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            result.setdefault("additionalProperties", False)
    return result


def main():
    definitions = json.loads(kubectl("get", "--raw", "/openapi/v2"))["definitions"]
    by_kind = {}
    for name, definition in definitions.items():
        for gvk in definition.get("x-kubernetes-group-version-kind", []):
            api = "/".join(part for part in (gvk["group"], gvk["version"]) if part)
            by_kind[api, gvk["kind"]] = name
    for api, kind in sorted(kinds_in_use()):
        schema = strict({"$ref": f"#/definitions/{by_kind[api, kind]}"}, definitions)
        # A manifest says what is wanted, not what is.
        schema["properties"].pop("status", None)
        group, _, version = api.rpartition("/")
        path = HERE / "schemas" / (group or "v1") / f"{kind.lower()}_{version}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema, separators=(",", ":"), sort_keys=True) + "\n")
        print(path.relative_to(HERE), path.stat().st_size)


main()
