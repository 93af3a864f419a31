"""The REST reference, from the description that the service gives of itself."""

import json
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Any

from docs.parts.markdown import grid, prose
from shoestring.service.app import create_app
from shoestring.service.settings import Settings


def rest_routes() -> str:
    """Every route, from the description that the service gives of itself."""
    with TemporaryDirectory() as folder:
        app = create_app(Settings(database=f"sqlite:///{folder}/people.sqlite", warm=False))
        description = app.openapi()
        app.state.service.close()
    parts = []
    for path, item in description["paths"].items():
        for verb in ("get", "put", "post", "delete"):
            if verb in item:
                parts.append(_route(description, verb, path, item[verb]))
    return "".join(parts).rstrip() + "\n"


def _route(description: Mapping[str, Any], verb: str, path: str, operation: Mapping[str, Any]) -> str:
    rows: list[tuple[object, ...]] = [
        (f"`{p['name']}`", p["in"], _json_type(description, p["schema"]), _need(p, p["schema"]),
         prose(p.get("description")))
        for p in operation.get("parameters", [])
    ]  # fmt: skip
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        schema = _resolve(description, body)
        for name, part in schema.get("properties", {}).items():
            needed = _need({"required": name in schema.get("required", [])}, part)
            rows.append((f"`{name}`", "body", _json_type(description, part), needed, prose(part.get("description"))))
    table = "\n" + grid(("Name", "In", "Type", "Default", "Is"), rows) if rows else ""
    return f"### `{verb.upper()} {path}`\n\n{prose(operation.get('description'))}\n{table}\n"


def _need(parameter: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    return (
        "needed" if parameter.get("required") else f"`{json.dumps(default)}`" if default not in (None, "") else "none"
    )


def _resolve(description: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        return _resolve(description, description["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    parts = [part for part in schema.get("anyOf", []) if part.get("type") != "null"]
    return _resolve(description, parts[0]) if len(parts) == 1 else schema


def _json_type(description: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    schema = _resolve(description, schema)
    if "anyOf" in schema:
        return " or ".join(_json_type(description, part) for part in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    bounds = [f"{word} {schema[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema]
    return " ".join([str(schema.get("type", "any")), *bounds])
