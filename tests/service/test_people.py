from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from shoestring.data.stroke_page import from_page_json


def error(answer) -> tuple[int, str, str | None]:
    body = answer.json()["error"]
    assert set(body) == {"message", "type", "param", "code"} and body["message"]
    return answer.status_code, body["code"], body["param"]


def enrol(client, name, pages, **body):
    assert client.put(f"/v1/people/{quote(name, safe='')}").status_code in (200, 201)
    answers = [
        client.post(f"/v1/people/{quote(name, safe='')}/samples", json={"strokes": page} | body) for page in pages
    ]
    assert [answer.status_code for answer in answers] == [201] * len(pages), answers[-1].text
    return [answer.json() for answer in answers]


def test_a_person_from_first_to_last(client, pages):
    made = client.put("/v1/people/ana", json={"consent": "agreed on paper"})
    assert made.status_code == 201 and made.json()["consent"] == "agreed on paper"
    assert client.put("/v1/people/ana", json={}).status_code == 200
    answers = enrol(client, "ana", pages[0][:3])
    assert [answer["person"]["samples"] for answer in answers] == [1, 2, 3]
    assert "2 of 3 samples" in answers[1]["warnings"][-1] and answers[2]["warnings"] == []
    person = client.get("/v1/people/ana").json()
    assert person["samples"] == 3 and person["template_bytes"] == 3 * 1024 and person["created"].endswith("Z")
    assert [sample["sample"] for sample in person["sample_list"]] == [answer["sample"] for answer in answers]
    listed = client.get("/v1/people").json()
    assert listed["total"] == 1 and listed["people"][0]["name"] == "ana" and listed["more"] is False
    gone = client.delete("/v1/people/ana").json()
    assert gone["deleted"] == {"people": 1, "samples": 3, "templates": 1, "vectors": 0, "images": 0}
    assert gone["proof"]["found"] == 0 and gone["proof"]["searched_bytes"] > 0
    assert error(client.get("/v1/people/ana"))[:2] == (404, "not_found")
    assert error(client.delete("/v1/people/ana"))[0] == 404


def test_strokes_come_back_as_they_were_drawn(client, pages):
    sample = enrol(client, "ana", pages[0][:1], capture={"browser": "x", "undone": 2})[0]["sample"]
    back = client.get(f"/v1/people/ana/samples/{sample}/strokes").json()
    assert back["strokes"] == pages[0][0] and back["capture"] == {"browser": "x", "undone": 2}
    assert back["points"] == len(from_page_json(pages[0][0]))


def test_the_template_is_that_of_the_genuine_samples_in_their_order(client, pages, verifier):
    enrol(client, "ana", pages[0][:3])
    forgery = enrol(client, "ana", pages[0][8:9], kind="forgery")[0]
    expected = verifier.enrol([from_page_json(page) for page in pages[0][:3]])
    store = client.app.state.service.store
    assert store.enrolment("ana", verifier.fingerprint).template == expected
    assert forgery["person"]["forgeries"] == 1 and forgery["person"]["samples"] == 3


def test_deleting_a_sample_makes_the_template_again(client, pages, verifier):
    ids = [answer["sample"] for answer in enrol(client, "ana", pages[0][:3])]
    answer = client.delete(f"/v1/people/ana/samples/{ids[1]}").json()
    assert answer["person"]["samples"] == 2
    expected = verifier.enrol([from_page_json(pages[0][0]), from_page_json(pages[0][2])])
    assert client.app.state.service.store.enrolment("ana", verifier.fingerprint).template == expected
    for sample in (ids[0], ids[2]):
        client.delete(f"/v1/people/ana/samples/{sample}")
    assert client.get("/v1/people/ana").json()["template_bytes"] is None
    assert error(client.delete(f"/v1/people/ana/samples/{ids[0]}"))[0] == 404


def test_samples_sent_at_once_are_all_in_the_template(client, pages, verifier):
    client.put("/v1/people/ana")
    with ThreadPoolExecutor(8) as pool:
        send = lambda page: client.post("/v1/people/ana/samples", json={"strokes": page}).status_code  # noqa: E731
        assert set(pool.map(send, pages[0][:8])) == {201}
    store = client.app.state.service.store
    template = store.enrolment("ana", verifier.fingerprint).template
    assert template.count == 8 and store.person("ana").samples == 8


def test_an_idempotency_key_makes_a_repeated_sample_harmless(client, pages):
    client.put("/v1/people/ana")
    send = {"url": "/v1/people/ana/samples", "headers": {"Idempotency-Key": "one"}}
    first = client.post(**send, json={"strokes": pages[0][0]})
    again = client.post(**send, json={"strokes": pages[0][0]})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["sample"] == again.json()["sample"] and again.json()["new"] is False
    assert error(client.post(**send, json={"strokes": pages[0][1]}))[0] == 409
    assert client.get("/v1/people/ana").json()["samples"] == 1


def test_any_visible_name_works_in_an_address(client):
    for name in ("Zoë O'Neill", "山田 太郎", "a.b", "100%", "a?b#c", "a+b", "...", "-rf", "%2e%2e"):
        made = client.put(f"/v1/people/{quote(name, safe='')}")
        assert made.status_code == 201 and made.json()["name"] == name
        assert client.get(f"/v1/people/{quote(name, safe='')}").json()["name"] == name
        assert client.delete(f"/v1/people/{quote(name, safe='')}").json()["deleted"]["people"] == 1


def test_names_that_play_tricks_are_refused_and_leave_nothing(client):
    tricks = (
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e%5cx",
        "a%00b",
        "a%0ab",
        "%20",
        "a%e2%80%aeb",
        "a%1fb",
        "x" * 201,
        "%ff%fe",
    )
    for path in tricks:
        answer = client.put(f"/v1/people/{path}")
        assert answer.status_code in (404, 422), answer.text
    assert client.get("/v1/people").json()["total"] == 0


def test_another_kind_of_pointer_is_warned_about(client, pages):
    enrol(client, "ana", pages[0][:1])
    mouse = pages[0][1] | {"pointer": "mouse"}
    warnings = client.post("/v1/people/ana/samples", json={"strokes": mouse}).json()["warnings"]
    assert "mouse" in warnings[0] and "pen" in warnings[0]


def strange(pages):
    page = pages[0][0]
    rows = page["rows"]
    yield "no rows", page | {"rows": []}
    yield "one point", page | {"rows": rows[:1]}
    yield "a dot", page | {"rows": [rows[0]] * 50}
    yield "words", page | {"rows": [["x"] * len(rows[0])]}
    yield "columns", page | {"columns": ["x", "y"]}
    yield "huge numbers", page | {"rows": [[10**400, *row[1:]] for row in rows]}
    yield "too many rows", page | {"rows": rows[:1] * 30_000}
    yield "version", page | {"v": 2}
    yield "nothing", {}


def test_strokes_that_cannot_be_a_signature_are_refused_and_not_kept(client, pages):
    client.put("/v1/people/ana")
    for what, strokes in strange(pages):
        answer = client.post("/v1/people/ana/samples", json={"strokes": strokes})
        assert error(answer) == (422, "bad_strokes", "strokes"), what
    assert client.get("/v1/people/ana").json()["samples"] == 0


def test_what_does_not_exist_is_404(client, pages):
    body = {"strokes": pages[0][0]}
    assert error(client.post("/v1/people/nobody/samples", json=body))[0] == 404
    assert error(client.get("/v1/people/nobody/samples"))[0] == 404
    assert error(client.get("/v1/people/nobody/samples/x/strokes"))[0] == 404
    assert error(client.put("/v1/people/ana", json={"model": "../../etc"}))[0] == 404
    assert client.get("/v1/people").json()["total"] == 0


def test_the_number_of_samples_and_people_is_limited(serve, pages):
    client = serve(max_people=1, max_samples=2)
    enrol(client, "ana", pages[0][:2])
    assert error(client.post("/v1/people/ana/samples", json={"strokes": pages[0][2]}))[0] == 409
    assert error(client.put("/v1/people/ben"))[0] == 409


def test_a_person_with_nonsense_is_refused(client):
    consents = ("x" * 2001, "a\0b", 1, ["x"])
    for body in (*({"consent": consent} for consent in consents), {"konsent": "x"}, [], "x", 1, {"model": 3}):
        assert error(client.put("/v1/people/ana", json=body))[0] == 422, body
    assert client.get("/v1/people").json()["total"] == 0


def test_notes_have_a_bound(client, pages):
    client.put("/v1/people/ana")
    for notes in ({f"k{n}": n for n in range(21)}, {"k": "x" * 2001}, {"k": {"deep": 1}}):
        answer = client.post("/v1/people/ana/samples", json={"strokes": pages[0][0], "capture": notes})
        assert answer.status_code == 422
    assert client.get("/v1/people/ana").json()["samples"] == 0


def test_pages_of_people(client):
    for number in range(7):
        client.put(f"/v1/people/p{number}")
    first = client.get("/v1/people?limit=5").json()
    rest = client.get("/v1/people", params={"limit": 5, "after": first["people"][-1]["name"]}).json()
    assert [len(page["people"]) for page in (first, rest)] == [5, 2] and first["more"] and not rest["more"]
    assert error(client.get("/v1/people?limit=0"))[0] == 422
