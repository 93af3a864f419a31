from shoestring.data.stroke_page import from_page_json
from tests.service.test_people import enrol, error


def ask(client, page, person="ana", **more):
    return client.post("/v1/verify", json={"person": person, "strokes": page} | more)


def test_the_answer_is_that_of_the_verifier(client, pages, verifier):
    enrol(client, "ana", pages[0][:4])
    template = verifier.enrol([from_page_json(page) for page in pages[0][:4]])
    for probe in (pages[0][5], pages[0][9], pages[1][0]):
        answer = ask(client, probe).json()
        expected = verifier.verify(template, from_page_json(probe)).as_dict()
        assert {key: answer[key] for key in expected} == expected
        assert answer["replay"]["suspected"] is False and answer["pointer_warning"] is None


def test_until_enough_samples_are_enrolled_the_answer_is_undecided(client, pages):
    enrol(client, "ana", pages[0][:2])
    answer = ask(client, pages[0][5]).json()
    assert answer["decision"] == "undecided" and "enrol 1 more" in answer["reasons"][0]


def test_a_copy_of_a_stored_sample_is_rejected_however_well_it_fits(client, pages):
    samples = enrol(client, "ana", pages[0][:4])
    columns = pages[0][2]["columns"]
    moved = [
        [value * 1.3 + 40 if name in ("x", "y") else value for name, value in zip(columns, row, strict=True)]
        for row in pages[0][2]["rows"]
    ]
    for copy in (pages[0][2], pages[0][2] | {"rows": moved}):
        answer = ask(client, copy).json()
        assert answer["score"] > answer["threshold"], "without the check this would be accepted"
        assert answer["decision"] == "reject" and answer["replay"]["suspected"] is True
        assert answer["replay"]["nearest_sample"] == samples[2]["sample"]
        assert answer["replay"]["message"] == answer["reasons"][0]


def test_a_copy_of_a_kept_forgery_is_a_replay_too(client, pages):
    enrol(client, "ana", pages[0][:4])
    enrol(client, "ana", pages[0][8:9], kind="forgery")
    assert ask(client, pages[0][8]).json()["replay"]["suspected"] is True


def test_another_pointer_is_warned_about(client, pages):
    enrol(client, "ana", pages[0][:3])
    assert "mouse" in ask(client, pages[0][5] | {"pointer": "mouse"}).json()["pointer_warning"]


def test_an_explanation_names_the_sample_and_comes_only_when_asked_for(client, pages):
    samples = enrol(client, "ana", pages[0][:3])
    assert "explain" not in ask(client, pages[0][5]).json()
    explained = ask(client, pages[0][5], explain=True).json()["explain"]
    assert explained["reference_sample"] in {sample["sample"] for sample in samples}


def accepted_probe(client, pages):
    return next(page for page in pages[1][4:8] if ask(client, page).json()["decision"] == "accept")


def test_only_an_accepted_signature_becomes_part_of_the_template(client, pages, verifier):
    enrol(client, "ana", pages[1][:4])
    store = client.app.state.service.store
    before = store.enrolment("ana", verifier.fingerprint).template
    assert ask(client, pages[0][0], update=True).json()["updated"] is False
    assert ask(client, pages[1][0], update=True).json()["updated"] is False, "a replay is no use"
    assert store.enrolment("ana", verifier.fingerprint).template == before
    probe = accepted_probe(client, pages)
    assert "updated" not in ask(client, probe).json()
    assert ask(client, probe, update=True).json()["updated"] is True
    after = store.enrolment("ana", verifier.fingerprint).template
    assert after == verifier.update(before, from_page_json(probe))


def test_a_person_enrolled_with_another_model_gets_a_template_from_the_stored_samples(serve, pages, verifier):
    client = serve()
    enrol(client, "ana", pages[0][:3])
    expected = ask(client, pages[0][5]).json()["score"]
    store = client.app.state.service.store
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE templates SET matcher = 'ffffffffffffffff'")
    assert ask(client, pages[0][5]).json()["score"] == expected


def test_what_cannot_be_answered_says_why(client, pages):
    assert error(ask(client, pages[0][0], person="nobody"))[0] == 404
    client.put("/v1/people/ana")
    assert error(ask(client, pages[0][0])) == (409, "not_enrolled", "person")
    assert error(ask(client, {"v": 1})) == (422, "bad_strokes", "strokes")
    assert error(ask(client, pages[0][0], model="nothing"))[0] == 404
    assert error(ask(client, pages[0][0], person="a/b"))[0] == 422
    assert error(client.post("/v1/verify", json={"person": "ana"})) == (422, "strokes_or_image", "strokes")
    assert error(client.post("/v1/identify", json={"strokes": pages[0][0]})) == (409, "not_enrolled", None)


def test_identify_ranks_like_the_verifier_and_divides_the_target(client, pages, verifier):
    for name, own in zip(("ana", "ben", "cem", "dora"), pages, strict=True):
        enrol(client, name, own[:3])
    client.put("/v1/people/empty")
    answer = client.post("/v1/identify", json={"strokes": pages[2][6], "k": 3}).json()
    templates = {
        name: verifier.enrol([from_page_json(page) for page in own[:3]])
        for name, own in zip(("ana", "ben", "cem", "dora"), pages, strict=True)
    }
    expected = verifier.identify(templates, from_page_json(pages[2][6]), 3)
    assert answer["candidates"] == [{"person": name, **decision.as_dict()} for name, decision in expected]
    assert answer["candidates"][0]["person"] == "cem"
    assert (answer["searched"], answer["not_searched"]) == (4, 1)


def test_identify_refuses_a_senseless_number(client, pages):
    enrol(client, "ana", pages[0][:1])
    for k in (0, -1, 51, 10**30, 1.5, "x", None, []):
        assert client.post("/v1/identify", json={"strokes": pages[0][0], "k": k}).status_code == 422, k


def test_a_computation_that_finds_the_queue_full_is_sent_away(serve, pages):
    client = serve(workers=1, queue=0)
    enrol(client, "ana", pages[0][:3])
    gate = client.app.state.service.gate
    gate.pending = gate.capacity
    answer = ask(client, pages[0][5])
    assert error(answer)[:2] == (429, "queue_full") and int(answer.headers["retry-after"]) >= 1
    gate.pending = 0
    assert ask(client, pages[0][5]).status_code == 200
