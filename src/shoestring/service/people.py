"""Routes of people and their samples."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, Response

from shoestring.core.component import component
from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.service.declared import declares
from shoestring.service.enrolment import refresh_template, timestamp
from shoestring.service.errors import ApiError
from shoestring.service.modalities import choose, modality_of, read
from shoestring.service.state import PersonName, Service, Shared
from shoestring.service.store import SIGNATURE, Person, Sample

router = APIRouter(prefix="/v1/people", tags=["people"])

MAX_NOTES = 20
MAX_TEXT = 2000


@component
class PersonBody:
    """Consent and model of a person."""

    consent: str | None = None
    """What the person agreed to, in words; kept until the person is forgotten."""
    model: str | None = None
    """The model that verifies this person, for the items that it takes; the default ones if absent."""
    one_to_many: bool | None = None
    """Whether the person agreed to be looked for among everybody (``/v1/identify``); counts with a consent only."""


@component
class SampleBody:
    """One signature or picture. Exactly one of ``strokes`` and ``image`` is given."""

    strokes: dict[str, Any] | None = None
    """Page JSON, see the guide."""
    image: str | None = None
    """A picture file in Base64 (or send multipart/form-data with a file ``image``)."""
    kind: Literal["genuine", "forgery"] = "genuine"
    """Forgeries are kept as evidence and never become part of a template."""
    capture: dict[str, str | int | float | bool | None] | None = None
    """Notes about the device, kept with the sample; ``source`` tells where a picture came from."""


@router.get("")
def list_people(
    service: Shared,
    after: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> dict[str, Any]:
    """Everybody who is enrolled, by name, ``limit`` at a time: go on with ``after`` = the last name."""
    found = service.store.people(after=after, limit=limit + 1)
    page = [person_view(person) for person in found[:limit]]
    return {"people": page, "more": len(found) > limit, "total": service.store.counts()["people"]}


@router.put("/{person}")
def put_person(service: Shared, person: PersonName, body: PersonBody | None = None) -> JSONResponse:
    """Make a person, or change consent and model. 201 when new."""
    given = body or PersonBody()
    if given.consent is not None and len(given.consent) > MAX_TEXT:
        raise BadDataError(f"consent: more than {MAX_TEXT} characters")
    if given.consent is not None and "\x00" in given.consent:
        raise BadDataError("consent: a NUL character is no text")
    if given.model is not None:
        service.models.check(given.model)
    at_most = service.settings.max_people
    new = service.store.put_person(
        person, consent=given.consent, model=given.model, one_to_many=given.one_to_many, at_most=at_most
    )
    return JSONResponse(person_view(service.store.person(person)), 201 if new else 200)


@router.get("/{person}")
def get_person(service: Shared, person: PersonName) -> dict[str, Any]:
    """One person with the list of samples, oldest first."""
    found = service.store.person(person)
    return person_view(found) | {"sample_list": [sample_view(sample) for sample in service.store.samples(person)]}


@router.delete("/{person}")
def delete_person(service: Shared, person: PersonName) -> dict[str, Any]:
    """Forget a person: delete everything, overwrite it in the files, and search the files for what was there."""
    return service.store.forget(person).as_dict()


@router.post("/{person}/samples", status_code=201, openapi_extra=declares("computes", "pictures"))
async def post_sample(
    service: Shared, person: PersonName, body: SampleBody,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=200)] = None,
) -> JSONResponse:  # fmt: skip
    """Enrol one more signature or picture.

    A repeated ``Idempotency-Key`` keeps nothing and answers 200 with the first sample.

    Of a picture a vector is kept, and the picture itself only by a server that was started with ``--keep-images``. A
    picture without exactly one good face is refused with the reasons (422), and nothing of it is kept.
    """
    answer, new = await service.gate.run(lambda: enrol_sample(service, person, body, idempotency_key))
    return JSONResponse(answer, 201 if new else 200)


@router.get("/{person}/samples")
def list_samples(service: Shared, person: PersonName) -> dict[str, Any]:
    """The samples of a person, oldest first."""
    return {"samples": [sample_view(sample) for sample in service.store.samples(person)]}


@router.get("/{person}/samples/{sample}/strokes")
def get_strokes(service: Shared, person: PersonName, sample: str) -> dict[str, Any]:
    """One signature as it was drawn."""
    found = service.store.sample(person, sample)
    if found.modality != SIGNATURE:
        raise NotFoundError(f"sample {sample[:40]!r} is a picture, not strokes")
    return sample_view(found) | dict(found.capture or {})


@router.get("/{person}/samples/{sample}/image", response_class=Response)
def get_image(service: Shared, person: PersonName, sample: str) -> Response:
    """The kept crop of one picture, as PNG; 404 where images are not kept, which is the rule."""
    found = service.store.sample(person, sample)
    if found.image is None:
        raise NotFoundError(f"of sample {sample[:40]!r} no picture is kept")
    return Response(found.image, media_type="image/png")


@router.delete("/{person}/samples/{sample}", openapi_extra=declares("computes"))
async def delete_sample(service: Shared, person: PersonName, sample: str) -> dict[str, Any]:
    """Delete one sample; the template is made again from the others."""

    def work() -> dict[str, Any]:
        service.store.delete_sample(person, sample)
        own = service.store.model_of(person)
        for modality in {left.modality for left in service.store.samples(person, genuine=True)}:
            if (name := service.models.of_modality(modality, own)) is not None:
                refresh_template(service.store, service.models.verifier(name), person)
        return {"deleted": {"samples": 1}, "person": person_view(service.store.person(person))}

    return await service.gate.run(work)


def person_view(person: Person) -> dict[str, Any]:
    """A person as JSON."""
    return {
        "name": person.name, "model": person.model, "consent": person.consent, "created": timestamp(person.created),
        "samples": person.samples, "forgeries": person.forgeries, "template_bytes": person.template_bytes,
        "pictures": person.pictures, "one_to_many": person.one_to_many,
        "consented": None if person.consented is None else timestamp(person.consented),
    }  # fmt: skip


def sample_view(sample: Sample) -> dict[str, Any]:
    """A sample as JSON, without its content."""
    return {
        "sample": sample.id, "kind": "genuine" if sample.genuine else "forgery", "pointer": sample.pointer,
        "points": sample.points, "created": timestamp(sample.created), "modality": sample.modality,
        "image_kept": sample.kept,
    }  # fmt: skip


def enrol_sample(service: Service, name: str, body: SampleBody, key: str | None) -> tuple[dict[str, Any], bool]:
    """What posting a sample and ``shoestring enrol`` do: the answer, and whether the sample is new.

    Raises ApiError, NotFoundError, BadDataError.
    """
    notes = body.capture or {}
    if len(notes) > MAX_NOTES or any(len(str(part)) > MAX_TEXT for pair in notes.items() for part in pair):
        raise BadDataError(f"capture: at most {MAX_NOTES} notes of {MAX_TEXT} characters")
    own = service.store.model_of(name)
    found, warnings = read(body)
    model, verifier = choose(service.models, body, own)
    modality = modality_of(verifier.modality)
    given = modality.prepare(found, body, verifier, keep_images=service.settings.keep_images)
    genuine = body.kind == "genuine"
    if not genuine and verifier.modality != SIGNATURE:
        raise ApiError(422, "nobody forges a picture by hand: only signatures can be kept as forgeries",
                       "wrong_kind", param="kind")  # fmt: skip
    if genuine:
        # What the matcher refuses must not be kept: the next template could then not be made either.
        verifier.enrol([given.item])
        known = service.store.enrolment(name, verifier.fingerprint, verifier.modality)
        if warning := modality.device_warning(given, known):
            warnings.append(warning)
    sample, new = service.store.add_sample(
        name, given.kept, genuine=genuine, idempotency=key, at_most=service.settings.max_samples
    )
    if own is None and verifier.modality != SIGNATURE:
        # Vectors are worth something to the encoder that made them only: a newer model must not take its place unasked.
        service.store.put_person(name, model=model)
    if genuine:
        refresh_template(service.store, verifier, name)
    enrolled = len(service.store.enrolment(name, verifier.fingerprint, verifier.modality).genuine)
    if genuine and enrolled < verifier.references:
        warnings.append(f"{enrolled} of {verifier.references} samples: until then every answer is undecided")
    view = person_view(service.store.person(name)) | {"references": verifier.references}
    answer = {"sample": sample.id, "new": new, "person": view, "warnings": warnings, "model_name": model}
    return answer | {"modality": verifier.modality, "quality": given.quality}, new
