"""People with faces, through the real server: what is kept, what is refused, and who may be looked for."""

import base64
import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shoestring.data.image_decode import decode_image, encode_png
from shoestring.data.images import Picture
from shoestring.service.models import Models
from shoestring.service.pictures import RULES
from shoestring.similarity.calibration import Calibration
from shoestring.similarity.verifier import Verifier
from tests.service.drawn import drawn_verifier
from tests.service.test_people import error


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def enrol_faces(client, name, photos, **person):
    assert client.put(f"/v1/people/{name}", json=person).status_code in (200, 201)
    answers = [client.post(f"/v1/people/{name}/samples", json={"image": coded(photo)}) for photo in photos]
    assert [answer.status_code for answer in answers] == [201] * len(photos), answers[-1].text
    return [answer.json() for answer in answers]


def ask(client, photo, person="ana", **more):
    return client.post("/v1/verify", json={"person": person, "image": coded(photo)} | more)


@pytest.fixture
def faces(serve, both):
    return serve(served=both)


def test_a_person_with_faces_from_first_to_last(faces, photos, face_verifier):
    answers = enrol_faces(faces, "ana", photos[0][:3], consent="agreed on paper")
    assert [answer["person"]["pictures"] for answer in answers] == [1, 2, 3]
    assert "1 of 2 samples" in answers[0]["warnings"][-1] and answers[2]["warnings"] == []
    assert answers[0]["modality"] == "face" and answers[0]["model_name"] == "faces"
    assert answers[0]["quality"]["face"] > 40 and answers[0]["quality"]["sharpness"] > 0.01
    person = faces.get("/v1/people/ana").json()
    assert person["model"] == "faces" and person["template_bytes"] == 32 and person["consented"].endswith("Z")
    assert {sample["image_kept"] for sample in person["sample_list"]} == {False}
    crops = [RULES.crop(decode_image(photo)) for photo in photos[0]]
    expected = face_verifier.verify(face_verifier.enrol(crops[:3]), crops[3])
    answer = ask(faces, photos[0][3]).json()
    assert answer["score"] == pytest.approx(expected.score, abs=1e-5) and answer["decision"] == expected.decision
    assert answer["modality"] == "face" and answer["quality"]["face"] > 40 and answer["replay"]["suspected"] is False
    sample = person["sample_list"][0]["sample"]
    assert error(faces.get(f"/v1/people/ana/samples/{sample}/image"))[0] == 404
    assert error(faces.get(f"/v1/people/ana/samples/{sample}/strokes"))[0] == 404
    assert faces.delete(f"/v1/people/ana/samples/{sample}").json()["person"]["pictures"] == 2
    gone = faces.delete("/v1/people/ana").json()
    assert gone["deleted"] == {"people": 1, "samples": 2, "templates": 1, "vectors": 2, "images": 0}
    assert gone["proof"]["found"] == 0


def test_the_very_picture_that_is_enrolled_is_no_new_one(faces, photos):
    samples = enrol_faces(faces, "ana", photos[0][:3])
    again = io.BytesIO()
    Image.open(io.BytesIO(photos[0][1])).save(again, format="BMP")
    for copy in (photos[0][1], again.getvalue()):
        answer = ask(faces, copy).json()
        assert answer["decision"] == "reject" and answer["replay"]["suspected"] is True
        assert answer["replay"]["nearest_sample"] == samples[1]["sample"]
        assert answer["reasons"][0] == answer["replay"]["message"]


def test_of_a_picture_only_the_vector_is_kept_unless_the_server_keeps_images(serve, both, photos):
    kept = {}
    for keep in (False, True):
        client = serve(served=both, keep_images=keep)
        enrol_faces(client, f"ana{keep}", photos[0][:1])
        kept[keep] = client.app.state.service.store.samples(f"ana{keep}", captures=True)[0]
        listed = client.get(f"/v1/people/ana{keep}").json()["sample_list"][0]
        assert listed["image_kept"] is keep
    assert kept[False].image is None and kept[False].vector.shape == (32,) and kept[False].vector.dtype == np.float32
    sample = client.get("/v1/people/anaTrue").json()["sample_list"][0]["sample"]
    answer = client.get(f"/v1/people/anaTrue/samples/{sample}/image")
    assert answer.headers["content-type"] == "image/png"
    assert np.array_equal(decode_image(answer.content).pixels, RULES.crop(decode_image(photos[0][0])).pixels)
    np.testing.assert_array_equal(kept[True].vector, kept[False].vector)


def test_templates_are_made_again_from_stored_vectors_alone(faces, photos, face_verifier):
    enrol_faces(faces, "ana", photos[0][:3])
    before = ask(faces, photos[0][3]).json()
    store = faces.app.state.service.store
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM templates")
    assert ask(faces, photos[0][3]).json()["score"] == before["score"]
    assert store.enrolment("ana", face_verifier.fingerprint, "face").template.count == 3


@pytest.fixture
def other(both):
    """A second model, whose encoder is another one."""
    both.add("newer", drawn_verifier(seed=1))
    return both


def test_vectors_of_another_encoder_are_never_compared(serve, other, photos):
    client = serve(served=other, picture_model="faces")
    enrol_faces(client, "ana", photos[0][:3], model="faces")
    assert error(ask(client, photos[0][3], model="newer")) == (409, "other_encoder", "model")
    assert ask(client, photos[0][3]).status_code == 200


def test_kept_images_are_encoded_anew_by_another_model(serve, other, photos):
    client = serve(served=other, keep_images=True)
    enrol_faces(client, "ana", photos[0][:3], model="faces")
    answer = ask(client, photos[0][3], model="newer")
    assert answer.status_code == 200 and answer.json()["model_name"] == "newer"


def test_a_model_that_reads_the_templates_of_an_earlier_one_verifies_without_enrolling_again(serve, both, photos):
    earlier, later = both.verifier("faces"), drawn_verifier(seed=1)
    matcher = later.matcher.following(earlier.matcher)
    calibration = replace(later.calibration.comparisons, matcher=matcher.fingerprint)
    both.add("newer", Verifier(matcher, Calibration(calibration, later.calibration.targets), modality="face"))
    client = serve(served=both, identify_faces=True, picture_model="faces")
    enrol_faces(client, "ana", photos[0][:3], model="faces", consent="may be looked for", one_to_many=True)
    answer = ask(client, photos[0][3], model="newer", update=True)
    assert answer.status_code == 200 and answer.json()["model"] == matcher.fingerprint
    found = client.post("/v1/identify", json={"image": coded(photos[0][3]), "model": "newer"}).json()
    assert [one["person"] for one in found["candidates"]] == ["ana"]


def test_the_first_picture_settles_the_model_of_a_person(serve, other, photos):
    client = serve(served=other)
    first = enrol_faces(client, "ana", photos[0][:1])[0]["model_name"]
    assert client.get("/v1/people/ana").json()["model"] == first


def test_a_person_has_faces_and_signatures_side_by_side(faces, photos, pages, verifier, face_verifier):
    enrol_faces(faces, "ana", photos[0][:3])
    for page in pages[0][:3]:
        answer = faces.post("/v1/people/ana/samples", json={"strokes": page})
        assert answer.status_code == 201 and answer.json()["model_name"] == "pen"
    person = faces.get("/v1/people/ana").json()
    assert (person["samples"], person["pictures"]) == (6, 3)
    assert ask(faces, photos[0][3]).json()["model"] == face_verifier.fingerprint
    drawn = faces.post("/v1/verify", json={"person": "ana", "strokes": pages[0][5], "explain": True}).json()
    assert drawn["model"] == verifier.fingerprint and drawn["modality"] == "signature" and drawn["explain"]
    sample = next(s["sample"] for s in person["sample_list"] if s["modality"] == "face")
    assert faces.delete(f"/v1/people/ana/samples/{sample}").status_code == 200
    store = faces.app.state.service.store
    assert store.enrolment("ana", verifier.fingerprint).template.count == 3
    assert store.enrolment("ana", face_verifier.fingerprint, "face").template.count == 2


def test_models_and_items_that_do_not_fit_are_told_apart(faces, client, photos, pages):
    faces.put("/v1/people/ana")
    assert error(ask(faces, photos[0][0], model="pen")) == (422, "wrong_modality", "model")
    both_given = {"person": "ana", "strokes": pages[0][0], "image": coded(photos[0][0])}
    assert error(faces.post("/v1/verify", json=both_given)) == (422, "strokes_or_image", "strokes")
    drawn = {"person": "ana", "strokes": pages[0][0], "model": "faces"}
    assert error(faces.post("/v1/verify", json=drawn)) == (422, "wrong_modality", "model")
    assert error(ask(faces, photos[0][0])) == (409, "not_enrolled", "person")
    forged = {"image": coded(photos[0][0]), "kind": "forgery"}
    assert error(faces.post("/v1/people/ana/samples", json=forged)) == (422, "wrong_kind", "kind")


def test_without_a_model_for_pictures_the_way_to_one_is_said(serve, verifier, photos):
    only = Models({}, default="pen")
    only.add("pen", verifier)
    client = serve(served=only)
    client.put("/v1/people/ana")
    answer = client.post("/v1/people/ana/samples", json={"image": coded(photos[0][0])})
    assert error(answer) == (409, "no_picture_model", "model")
    assert "shoestring train face-patterns" in answer.json()["error"]["message"]


def scene(*faces: bytes, height=200, width=320) -> bytes:
    pixels = np.full((height, width), 128, np.uint8)
    for number, face in enumerate(faces):
        part = decode_image(face).pixels
        pixels[40 : 40 + part.shape[0], 30 + 150 * number : 30 + 150 * number + part.shape[1]] = part
    return encode_png(Picture(pixels))


def blurred(photo: bytes) -> bytes:
    image = Image.open(io.BytesIO(photo)).resize((24, 30), Image.Resampling.BOX).resize((276, 336))
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return stream.getvalue()


def test_faces_that_will_not_do_are_refused_with_reasons_and_nothing_is_kept(faces, photos):
    faces.put("/v1/people/ana")
    small = io.BytesIO()
    Image.open(io.BytesIO(photos[0][0])).resize((40, 48)).save(small, format="PNG")
    noise = encode_png(Picture(np.random.default_rng(0).integers(0, 255, (120, 120), dtype=np.uint8)))
    cases = {"no_face": noise, "two_faces": scene(photos[0][0], photos[1][0]), "blurred": blurred(photos[0][0]),
             "too_small": small.getvalue()}  # fmt: skip
    for code, picture in cases.items():
        answer = faces.post("/v1/people/ana/samples", json={"image": coded(picture)})
        assert error(answer) == (422, code, "image"), answer.text
        looked = faces.post("/v1/faces", json={"image": coded(picture)}).json()
        assert code.replace("_", "-") in [refusal["reason"] for refusal in looked["refusals"]]
    assert faces.get("/v1/people/ana").json()["samples"] == 0
    assert faces.app.state.service.store.counts() == {"people": 1, "samples": 0, "templates": 0}


def test_looking_for_a_face_shows_the_crop_and_keeps_nothing(faces, photos):
    looked = faces.post("/v1/faces", json={"image": coded(photos[0][0])}).json()
    crop = decode_image(base64.b64decode(looked["crop"]))
    assert np.array_equal(crop.pixels, RULES.crop(decode_image(photos[0][0])).pixels)
    assert len(looked["faces"]) == 1 and looked["refusals"] == [] and looked["sharpness"] > 0.01
    assert (looked["width"], looked["height"]) == (92, 112)
    assert faces.app.state.service.store.counts()["samples"] == 0


def test_looking_for_somebody_by_face_is_off_and_needs_an_agreement(serve, both, photos):
    closed = serve(served=both)
    enrol_faces(closed, "ana", photos[0][:3])
    body = {"image": coded(photos[0][3])}
    assert error(closed.post("/v1/identify", json=body)) == (403, "identify_off", None)
    opened = serve(served=both, identify_faces=True)
    assert error(opened.post("/v1/identify", json=body)) == (403, "no_consent", None)
    opened.put("/v1/people/ana", json={"one_to_many": True})
    assert error(opened.post("/v1/identify", json=body))[1] == "no_consent", "an agreement is in words"
    opened.put("/v1/people/ana", json={"consent": "may be looked for, 26 November"})
    enrol_faces(opened, "ben", photos[1][:3], consent="verification only")
    found = opened.post("/v1/identify", json=body).json()
    assert [candidate["person"] for candidate in found["candidates"]] == ["ana"]
    assert (found["searched"], found["not_searched"]) == (1, 1)
    opened.put("/v1/people/ana", json={"one_to_many": False})
    assert error(opened.post("/v1/identify", json=body))[1] == "no_consent"


def test_a_sample_sent_again_with_its_key_is_kept_once(faces, photos):
    faces.put("/v1/people/ana")
    send = lambda photo: faces.post(  # noqa: E731
        "/v1/people/ana/samples", json={"image": coded(photo)}, headers={"Idempotency-Key": "one"}
    )
    assert send(photos[0][0]).status_code == 201
    assert send(photos[0][0]).status_code == 200
    assert error(send(photos[0][1]))[0] == 409


# Hostile pictures


def png(width: int, height: int, body: bytes = b"\x00") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def animation() -> bytes:
    frames = [Image.new("L", (90, 90), shade) for shade in (0, 128, 255)]
    stream = io.BytesIO()
    frames[0].save(stream, format="GIF", save_all=True, append_images=frames[1:])
    return stream.getvalue()


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("route", ["/v1/verify", "/v1/faces", "/v1/people/ana/samples"])
def test_hostile_pictures_are_refused_and_nothing_is_stored(faces, photos, route):
    faces.put("/v1/people/ana")
    before = faces.app.state.service.store.counts()
    cmyk = io.BytesIO()
    Image.open(io.BytesIO(photos[0][0])).convert("CMYK").save(cmyk, format="JPEG", quality=95)
    pictures = {
        "cmyk": cmyk.getvalue(), "polyglot": photos[0][2] + b"PK\x03\x04<script>alert('leftover')</script>",
        "cut off": photos[0][0][: len(photos[0][0]) // 2], "huge": png(50_000, 50_000), "animated": animation(),
        "svg": SVG, "empty": b"", "html behind a png head": b"\x89PNG\r\n\x1a\n<script>", "zip": b"PK\x03\x04" * 99,
        "text": b"face", "tiny": png(1, 1),
    }  # fmt: skip
    rest = {} if route != "/v1/verify" else {"person": "ana"}
    for name, picture in pictures.items():
        answer = faces.post(route, json=rest | {"image": coded(picture)})
        assert error(answer) == (422, "bad_image", "image"), name
        sent = faces.post(route, data=rest, files={"image": ("face.png", picture, "image/png")})
        assert error(sent) == (422, "bad_image", "image"), name
    for text in ("not base64!", "data:image/png,abc", "/etc/passwd", "http://127.0.0.1/a.png", "é", "QUJD\n"):
        assert error(faces.post(route, json=rest | {"image": text})) == (422, "bad_image", "image"), text
    for wrong in (5, ["a"], {"url": "http://127.0.0.1/"}, True):
        assert error(faces.post(route, json=rest | {"image": wrong}))[0] == 422
    assert faces.app.state.service.store.counts() == before


def test_pictures_of_unusual_kinds_are_taken_for_their_pixels_alone(faces, photos):
    """A file with a film behind it, and one that is turned: what is kept is a vector in any case."""
    faces.put("/v1/people/ana")
    image = Image.open(io.BytesIO(photos[0][0]))
    turned = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    image.rotate(90, expand=True).save(turned, format="JPEG", quality=95, exif=exif)
    film = photos[0][2] + b"\x00\x00\x00\x18ftypmp42 leftover"
    for picture in (turned.getvalue(), film):
        answer = faces.post("/v1/people/ana/samples", json={"image": coded(picture)})
        assert answer.status_code == 201, answer.text
    faces.app.state.service.store.engine.dispose()
    path = faces.app.state.service.settings.database.removeprefix("sqlite:///")
    for file in Path(path).parent.glob("people.sqlite*"):
        assert b"leftover" not in file.read_bytes() and b"JFIF" not in file.read_bytes()


def test_a_body_that_is_too_large_is_not_read(serve, both):
    client = serve(served=both, max_body=10_000, max_image=40_000)
    client.put("/v1/people/ana")
    assert error(client.post("/v1/faces", json={"image": "A" * 41_000}))[:2] == (413, "body_too_large")
    assert error(client.post("/v1/faces", json={"image": "A" * 39_000}))[:2] == (422, "bad_image")
    assert error(client.put("/v1/people/ana", json={"consent": "A" * 11_000}))[:2] == (413, "body_too_large")
