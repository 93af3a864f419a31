from shoestring.service.pages import PAGES, STATIC


def test_every_page_of_the_studio_has_a_permalink(client):
    shell = (STATIC / "index.html").read_bytes()
    for path in (
        "/",
        *(f"/{name}" for name in PAGES),
        "/runs/2026-11-22_x_1234",
        "/learn/gae",
        "/sign?person=ana",
        "/runs/a/b",
    ):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.content == shell, path
        assert answer.headers["content-type"].startswith("text/html")


def test_the_shell_loads_nothing_that_is_not_here(client):
    import re

    text = (STATIC / "index.html").read_text()
    for link in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert link.startswith("/static/") and client.get(link).status_code == 200, link


def test_files_have_their_types_and_are_asked_for_again(client):
    script = client.get("/static/app.js")
    assert "javascript" in script.headers["content-type"] and script.headers["cache-control"] == "no-cache"
    again = client.get("/static/app.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304 and again.content == b""


def test_nothing_outside_of_the_static_files_can_be_fetched(client):
    secret = (STATIC.parents[1] / "settings.py").read_bytes()[:60]
    base = str(client.base_url).rstrip("/")
    for path in (
        "/static/../../settings.py", "/static/..%2f..%2fsettings.py", "/static/%2e%2e/%2e%2e/settings.py",
        "/static//etc/passwd", "/static/%2fetc%2fpasswd", "/static/..\\..\\settings.py", "/static/", "/static",
        "/static/vendor", "/static/app.js%00.png", "/etc/passwd", "/service/settings.py", "/static/" + "a/" * 3000,
    ):  # fmt: skip
        answer = client.send(client.build_request("GET", base + path), follow_redirects=True)
        assert answer.status_code in (400, 404), path
        assert secret not in answer.content and b"root:" not in answer.content


def test_an_unknown_address_is_no_page(client):
    for path in ("/nothing", "/v2/people", "/index.html", "/favicon.ico", "/runsx"):
        assert client.get(path).status_code == 404, path
