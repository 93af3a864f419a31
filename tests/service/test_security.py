import pytest

from shoestring.core.errors import ConfigError
from shoestring.service.security import HEADERS, cookie_name, cookie_value, host_name
from shoestring.service.settings import Settings
from tests.service.test_people import enrol, error

TOKEN, READ = "w" * 32, "r" * 32


@pytest.fixture
def guarded(serve):
    return serve(token=TOKEN, read_token=READ)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_names_of_this_machine_are_served_whatever_the_port(client):
    for host in ("localhost", "127.0.0.1", "LOCALHOST:1", "127.0.0.1:99", "[::1]:8", "127.9.9.9", "localhost.:80"):
        assert client.get("/v1/info", headers={"Host": host}).status_code == 200, host


FOREIGN = (
    "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8321", "0.0.0.0", "10.0.0.1",
    "[::2]", "127.0.0.1@evil.example", "localhost,evil.example", "..", "[", "xn--lcalhost-x1a", "2130706433",
)  # fmt: skip


def test_any_other_name_is_refused_everywhere(client):
    for host in FOREIGN:
        for path in ("/", "/v1/info", "/healthz", "/static/app.js", "/nothing"):
            assert error(client.get(path, headers={"Host": host}))[:2] == (403, "wrong_host"), (host, path)


def test_names_and_addresses_that_the_owner_allows(serve):
    client = serve(hosts=("pen.example",))
    assert client.get("/healthz", headers={"Host": "PEN.example:443"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "other.example"}).status_code == 403
    assert client.get("/healthz", headers={"Host": "10.1.2.3"}).status_code == 403
    public = serve(host="0.0.0.0", token=TOKEN)
    assert public.get("/healthz", headers={"Host": "10.1.2.3:8"}).status_code == 200
    assert public.get("/healthz", headers={"Host": "other.example"}).status_code == 403


FOREIGN_PAGES = (
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:1"}, {"Origin": ""},
    {"Origin": "http://["}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
)  # fmt: skip


def test_pages_of_other_sites_change_nothing(client):
    client.put("/v1/people/ana")
    for headers in FOREIGN_PAGES:
        for method, path in (("PUT", "/v1/people/ben"), ("DELETE", "/v1/people/ana"), ("POST", "/v1/runs")):
            assert error(client.request(method, path, headers=headers, json={}))[:2] == (403, "wrong_origin"), headers
    assert [person["name"] for person in client.get("/v1/people").json()["people"]] == ["ana"]


def test_the_own_page_and_allowed_ones_may_write(serve):
    client = serve(origins=("https://studio.example",))
    own = str(client.base_url).rstrip("/")
    for number, headers in enumerate(
        ({}, {"Origin": own, "Sec-Fetch-Site": "same-origin"}, {"Origin": "https://studio.example"})
    ):
        assert client.put(f"/v1/people/p{number}", headers=headers).status_code == 201


def test_without_a_token_nothing_but_the_shell_and_the_probes_answers(guarded):
    for method, path in (
        ("GET", "/v1/info"), ("GET", "/v1/people"), ("PUT", "/v1/people/ana"), ("GET", "/metrics"),
        ("POST", "/v1/verify"), ("GET", "/v1/openapi.json"), ("GET", "/v1/runs/x/events"),
        ("DELETE", "/v1/people/ana"), ("GET", "/v1/nothing"),
    ):  # fmt: skip
        answer = guarded.request(method, path)
        assert error(answer)[:2] == (401, "no_token") and answer.headers["www-authenticate"] == "Bearer"
    for path in ("/", "/sign", "/static/app.js", "/healthz", "/readyz", "/docs"):
        assert guarded.get(path).status_code == 200


def test_every_way_to_show_the_token_opens(guarded):
    for headers in (
        bearer(TOKEN), {"Authorization": f"bEARER  {TOKEN}"}, {"api-key": TOKEN}, {"x-api-key": TOKEN},
        {"Cookie": f"other=1; {cookie_name(TOKEN)}={cookie_value(TOKEN)}"},
    ):  # fmt: skip
        answer = guarded.get("/v1/info", headers=headers)
        assert answer.json().get("auth") == {"required": True, "role": "write"}, headers


def test_nothing_else_opens(guarded):
    for name, value in (
        ("Authorization", "Bearer"), ("Authorization", "Bearer " + "x" * 32), ("Authorization", "Bearer " + TOKEN[:-1]),
        ("Authorization", f"Bearer {TOKEN}w"), ("Authorization", f"Basic {TOKEN}"), ("Authorization", "Bearer \xe9"),
        ("api-key", ""), ("Cookie", f"{cookie_name(TOKEN)}={TOKEN}"), ("Cookie", f"{cookie_name(TOKEN)}="),
        ("Cookie", f"{cookie_name(READ)}={cookie_value(TOKEN)}"), ("Cookie", "=;;;"),
    ):  # fmt: skip
        answer = guarded.get("/v1/info", headers=[(name.encode(), value.encode("latin-1"))])
        assert answer.status_code == 401, (name, value)


def test_the_read_token_reads_and_verifies_and_changes_nothing(guarded, pages):
    guarded.headers = bearer(TOKEN)
    enrol(guarded, "ana", pages[0][:3])
    guarded.headers = bearer(READ)
    assert guarded.get("/v1/people/ana").status_code == 200
    question = {"person": "ana", "strokes": pages[0][5]}
    assert guarded.post("/v1/verify", json=question).status_code == 200
    assert guarded.post("/v1/identify", json={"strokes": pages[0][5]}).status_code == 200
    assert error(guarded.post("/v1/verify", json=question | {"update": True}))[:2] == (403, "read_only_token")
    for method, path in (
        ("PUT", "/v1/people/ben"), ("DELETE", "/v1/people/ana"), ("POST", "/v1/people/ana/samples"),
        ("POST", "/v1/runs"), ("POST", "/v1/runs/x/stop"), ("POST", "/v1/verify/"), ("PATCH", "/v1/people/ana"),
    ):  # fmt: skip
        assert error(guarded.request(method, path, json={}))[:2] == (403, "read_only_token")
    assert guarded.get("/v1/people/ana").json()["samples"] == 3


def test_the_printed_address_becomes_a_cookie_that_only_this_site_sends(guarded):
    answer = guarded.get("/sign", params={"person": "ana", "token": TOKEN})
    assert answer.status_code == 303 and answer.headers["location"] == "/sign?person=ana"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and TOKEN not in cookie
    assert guarded.get("/v1/info").json()["auth"]["role"] == "write", "the client keeps the cookie"
    guarded.cookies.clear()
    assert guarded.get("/?token=" + READ).status_code == 303
    assert guarded.get("/v1/info").json()["auth"]["role"] == "read"
    guarded.cookies.clear()
    wrong = guarded.get("/?token=" + "x" * 32)
    assert wrong.status_code == 200 and "set-cookie" not in wrong.headers


def test_the_exchange_never_leads_to_another_site(guarded):
    for path in ("//evil.example/", "/\\evil.example", "///evil.example", "/%2F/evil.example", "/%5Cevil.example"):
        answer = guarded.send(
            guarded.build_request("GET", str(guarded.base_url).rstrip("/") + path + f"?token={TOKEN}")
        )
        assert answer.status_code != 303 or answer.headers["location"].lstrip("/\\") != answer.headers["location"][2:]
        assert not answer.headers.get("location", "/x").startswith(("//", "/\\", "http"))


def test_every_answer_carries_the_security_headers(client):
    for path in ("/", "/v1/info", "/v1/nothing", "/static/app.js", "/docs", "/metrics", "/nothing"):
        answer = client.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["cache-control"] == ("no-store" if path.startswith("/v1/") else "no-cache")
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_refusals_carry_them_too(client):
    assert client.get("/", headers={"Host": "evil.example"}).headers["x-frame-options"] == "DENY"
    assert client.post("/v1/verify", content=b"x").headers["x-frame-options"] == "DENY"


def test_no_other_site_may_read(client):
    answer = client.get("/v1/info", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    preflight = client.options(
        "/v1/people/ana", headers={"Access-Control-Request-Method": "DELETE", "Origin": "http://e"}
    )
    assert "access-control-allow-methods" not in preflight.headers


def test_another_address_than_loopback_needs_a_token():
    for host in ("0.0.0.0", "::", "192.168.1.2", "example.org", ""):
        with pytest.raises(ConfigError, match="without a token"):
            Settings(host=host)
        Settings(host=host, token=TOKEN)
    for host in ("127.0.0.1", "localhost", "::1", "127.8.8.8"):
        Settings(host=host)


@pytest.mark.parametrize(
    ("host", "name"),
    [("a:1", "a"), ("A.", "a"), ("[::1]:8", "::1"), ("[::1]", "::1"), ("", ""), (":8", ""), ("[", ""), ("::1", "")],
)
def test_the_name_in_a_host_header(host, name):
    assert host_name(host) == name
