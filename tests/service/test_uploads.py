"""Forms with files, also broken ones, through the real server."""

import base64

import pytest

from shoestring.service.errors import ApiError
from shoestring.service.uploads import MAX_FIELDS, fields_of
from tests.service.test_people import error
from tests.service.test_pictures import coded, enrol_faces

KIND = "multipart/form-data; boundary=cut"


def form(*parts: tuple[str, bytes], end: bytes = b"--cut--\r\n") -> bytes:
    head = 'Content-Disposition: form-data; name="{}"\r\n\r\n'
    return b"".join(b"--cut\r\n" + head.format(name).encode() + data + b"\r\n" for name, data in parts) + end


def test_fields_are_text_json_or_the_file():
    data = bytes(range(256)) + b"--cu\r\n--"
    body = form(("image", data), ("person", "Ana Müller".encode()), ("capture", b'{"source": "camera"}'), ("k", b"3"))
    found = fields_of(KIND, body)
    assert base64.b64decode(found.pop("image")) == data
    assert found == {"person": "Ana Müller", "capture": {"source": "camera"}, "k": "3"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", form(("image", b"x"))),
        ("multipart/form-data; boundary=" + "x" * 300, form(("image", b"x"))),
        (KIND, b""),
        (KIND, b"{}"),
        (KIND, form(("image", b"x"), end=b"")),
        (KIND, form(("image", b"x"))[:-6]),
        (KIND, form(("image", b"x"), ("image", b"y"))),
        (KIND, form(("", b"x"))),
        (KIND, form(("person", b"\xff\xfe"))),
        (KIND, form(("capture", b"{" * 100_000))),
        (KIND, form(*((f"f{n}", b"x") for n in range(MAX_FIELDS + 1)))),
        (KIND, b"--cut\r\nX: " + b"y" * 10_000 + b"\r\n\r\nx\r\n--cut--\r\n"),
        (KIND, b"--cut\r\nContent-Disposition: form-data\r\n\r\nx\r\n--cut--\r\n"),
    ],
)
def test_what_is_no_complete_form_is_refused(kind, body):
    with pytest.raises(ApiError) as refusal:
        fields_of(kind, body)
    assert refusal.value.status == 400 and refusal.value.code == "bad_form"


def test_a_form_enrols_and_verifies_as_json_does(serve, both, photos):
    client = serve(served=both)
    client.put("/v1/people/ana")
    for photo in photos[0][:3]:
        answer = client.post("/v1/people/ana/samples", files={"image": ("face.png", photo)},
                             data={"capture": '{"source": "camera"}'})  # fmt: skip
        assert answer.status_code == 201, answer.text
    assert client.get("/v1/people/ana").json()["sample_list"][0]["pointer"] == "camera"
    sent = client.post("/v1/verify", data={"person": "ana", "explain": "true"}, files={"image": photos[0][3]}).json()
    asked = client.post("/v1/verify", json={"person": "ana", "image": coded(photos[0][3])}).json()
    assert sent.pop("explain") is None and sent == asked


def test_broken_forms_and_other_routes_change_nothing(serve, both, photos):
    client = serve(served=both)
    enrol_faces(client, "ana", photos[0][:1])
    post = lambda body, kind=KIND, route="/v1/people/ana/samples": client.post(  # noqa: E731
        route, content=body, headers={"Content-Type": kind}
    )
    assert error(post(form(("image", photos[0][1]), end=b""))) == (400, "bad_form", None)
    assert error(post(form(("strokes", b"x"))))[0] == 422
    assert error(post(form(("imag", b"x")))) == (422, "unknown_field", "imag")
    assert error(post(form(("image", b"x")), "application/x-www-form-urlencoded"))[:2] == (415, "not_json")
    assert (
        error(client.put("/v1/people/ben", content=form(("consent", b"x")), headers={"Content-Type": KIND}))[0] == 415
    )
    assert client.get("/v1/people/ana").json()["samples"] == 1
