import re
from html.parser import HTMLParser

from shoestring.service.reference import render


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.anchors = [], [], set()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("href", "src"):
                self.links.append(value)
            if name == "id":
                self.anchors.add(value)


def test_the_page_shows_every_operation_and_needs_nothing_from_elsewhere(client):
    answer = client.get("/docs")
    page = Page()
    page.feed(answer.text)
    assert "script" not in page.tags and "style" not in page.tags
    for link in page.links:
        assert link.startswith(("#", "/")), link
        if link.startswith("#"):
            assert link[1:] in page.anchors
        else:
            assert client.get(link).status_code == 200
    text = re.sub(r"<[^>]+>", "", answer.text)
    for path, item in client.get("/openapi.json").json()["paths"].items():
        for verb in item:
            assert f"{verb.upper()} {path}" in text
    assert "strokes" in text and "Idempotency-Key".lower() in text.lower()
    assert client.get("/docs/reference.css").headers["content-type"].startswith("text/css")


def test_what_a_description_says_is_never_markup():
    evil = '<script>alert(1)</script>"&'
    operation = {
        "description": evil,
        "parameters": [
            {"name": evil, "in": "query", "schema": {"type": "string", "enum": [evil]}, "description": evil}
        ],
    }
    info = {"title": evil, "version": evil, "description": evil}
    text = render({"info": info, "paths": {"/" + evil: {"get": operation}}})
    page = Page()
    page.feed(text)
    assert "script" not in page.tags and text.count("&lt;script&gt;") >= 6


def test_kinds_are_written_for_people():
    body = {"$ref": "#/components/schemas/Body"}
    schema = {
        "properties": {
            "a": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "b": {"type": "integer", "minimum": 1, "maximum": 5}, "c": {"const": "x"},
        },
        "required": ["b"],
    }  # fmt: skip
    description = {
        "info": {"title": "t", "version": "1"},
        "components": {"schemas": {"Body": schema}},
        "paths": {"/p": {"post": {"requestBody": {"content": {"application/json": {"schema": body}}}}}},
    }
    text = render(description)
    assert "string or null" in text and "integer from 1 to 5" in text and "<td>x</td>" in text
    optional = {"anyOf": [body, {"type": "null"}]}
    description["paths"]["/p"]["post"]["requestBody"]["content"]["application/json"]["schema"] = optional
    assert render(description) == text
