"""The reference of the API as one page without script, made from the description that the application generates."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

METHODS = ("get", "put", "post", "delete")
STYLE = """
:root { color-scheme: light dark; --line: #8884; --accent: light-dark(#0b57d0, #a8c7fa); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
nav ul { columns: 18rem; padding-left: 1rem; } a { color: var(--accent); }
section { border-top: 1px solid var(--line); padding: .5rem 0; }
h3 { font-size: 1rem; margin: .5rem 0; } code, pre { font: .9rem ui-monospace, monospace; overflow-wrap: anywhere; }
.verb { display: inline-block; min-width: 4.5rem; font-weight: 700; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid var(--line); }
:target { outline: 2px solid var(--accent); outline-offset: .25rem; }
"""


def add_reference(app: FastAPI) -> None:
    """Serve the page at ``/docs`` and its style beside it."""

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(render(request.app.openapi()))

    async def style() -> Response:
        return Response(STYLE, media_type="text/css")

    app.add_api_route("/docs", page, methods=["GET"], include_in_schema=False)
    app.add_api_route("/docs/reference.css", style, methods=["GET"], include_in_schema=False)


def render(description: Mapping[str, Any]) -> str:
    """The page of an OpenAPI description."""
    info = description["info"]
    operations = list(_operations(description))
    links = "".join(
        f'<li><a href="#{anchor}"><code>{verb.upper()} {escape(path)}</code></a></li>'
        for anchor, verb, path, _ in operations
    )
    sections = "".join(_section(description, *operation) for operation in operations)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(info["title"])} API</title><link rel="stylesheet" href="/docs/reference.css"></head><body>'
        f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1>{_paragraphs(info.get('description', ''))}"
        f'<p>For programs: <a href="/openapi.json">openapi.json</a>. <a href="/">To the studio</a>.</p>'
        f"<nav><ul>{links}</ul></nav><main>{sections}</main></body></html>"
    )


def _operations(description: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    for path, item in description["paths"].items():
        for verb in METHODS:
            if verb in item:
                anchor = f"{verb}{path}".replace("/", "-").replace("{", "").replace("}", "")
                yield anchor, verb, path, item[verb]


def _section(description: Mapping[str, Any], anchor: str, verb: str, path: str, operation: Mapping[str, Any]) -> str:
    rows = [
        (
            one["name"],
            one["in"],
            _kind(description, one["schema"]),
            one.get("required", False),
            one.get("description", ""),
        )
        for one in operation.get("parameters", [])
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        schema = _resolve(description, body)
        needed = schema.get("required", [])
        for name, part in schema.get("properties", {}).items():
            rows.append((name, "body", _kind(description, part), name in needed, part.get("description", "")))
    head = "<tr><th>Name</th><th>In</th><th>Kind</th><th>Needed</th></tr>"
    lines = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{place}</td><td>{escape(kind)}</td>"
        f"<td>{'yes' if need else 'no'}</td></tr>"
        + (f'<tr><td></td><td colspan="3">{escape(text)}</td></tr>' if text else "")
        for name, place, kind, need, text in rows
    )
    return (
        f'<section id="{anchor}"><h3><span class="verb">{verb.upper()}</span> <code>{escape(path)}</code></h3>'
        f"{_paragraphs(operation.get('description', ''))}{f'<table>{head}{lines}</table>' if rows else ''}</section>"
    )


def _kind(description: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    schema = _resolve(description, schema)
    if "anyOf" in schema:
        return " or ".join(_kind(description, part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    bounds = [f"{word} {schema[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema]
    return " ".join([str(schema.get("type", "any")), *bounds])


def _resolve(description: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    parts = schema.get("anyOf", [])
    # A body that may be left out is described as "this or nothing".
    kept = [part for part in parts if part.get("type") != "null"]
    return _resolve(description, kept[0]) if len(kept) == 1 and len(parts) == 2 and "$ref" in kept[0] else schema


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part.strip())}</p>" for part in text.replace("``", "").split("\n\n") if part.strip())
