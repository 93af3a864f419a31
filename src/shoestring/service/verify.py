"""Routes that answer: is it this person, and who is it."""

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from shoestring.core.component import component
from shoestring.service.declared import declares
from shoestring.service.enrolment import template_of
from shoestring.service.errors import ApiError
from shoestring.service.explain import explain
from shoestring.service.modalities import choose, modality_of, read
from shoestring.service.state import Service, Shared
from shoestring.service.store import SIGNATURE, clean_name

if TYPE_CHECKING:
    from shoestring.similarity.templates import Template
    from shoestring.similarity.verifier import Verifier

router = APIRouter(prefix="/v1", tags=["verify"])

MAX_CANDIDATES = 50


@component
class VerifyBody:
    """Does this signature or picture come from this person? Exactly one of ``strokes`` and ``image`` is given."""

    person: str
    strokes: dict[str, Any] | None = None
    """Page JSON, see the guide."""
    image: str | None = None
    """A picture file in Base64 (or send multipart/form-data with a file ``image``)."""
    model: str | None = None
    """Instead of the person's own model."""
    explain: bool = False
    """Whether to add what the decision rests on, in a form that can be drawn."""
    update: bool = False
    """Whether an accepted item becomes part of the template; needs the write token."""


@component
class IdentifyBody:
    """Whose signature or picture is this? Exactly one of ``strokes`` and ``image`` is given."""

    strokes: dict[str, Any] | None = None
    image: str | None = None
    k: int = 5
    """Number of candidates."""
    model: str | None = None


@router.post("/verify", openapi_extra=declares("computes", "reads", "pictures"))
async def verify(service: Shared, request: Request, body: VerifyBody) -> dict[str, Any]:
    """Accept, reject or undecided, with the score, the thresholds and the error bounds that the evidence supports.

    A copy of a stored signature or face is never accepted, however well it fits: ``replay.suspected`` is then true.
    """
    if body.update and request.state.role != "write":
        raise ApiError(403, "update changes the store, which the read token may not", "read_only_token", param="update")
    person = clean_name(body.person)
    return await service.gate.run(lambda: verify_item(service, person, body))


@router.post("/identify", openapi_extra=declares("computes", "reads", "pictures"))
async def identify(service: Shared, body: IdentifyBody) -> dict[str, Any]:
    """The ``k`` most alike people, best first, each with its decision; the bound grows with the number of people.

    Faces are looked for only where the server was started with ``--identify-faces``, and only among people who agreed
    to it (``one_to_many`` with a consent).
    """
    if not 1 <= body.k <= MAX_CANDIDATES:
        raise ApiError(422, f"k: ask for 1 to {MAX_CANDIDATES} candidates", "out_of_range", param="k")
    return await service.gate.run(lambda: identify_item(service, body))


def verify_item(service: Service, name: str, body: VerifyBody) -> dict[str, Any]:
    """The answer of ``/v1/verify`` and of ``shoestring verify``. Raises ApiError, NotFoundError, BadDataError."""
    found, repairs = read(body)
    model, verifier = choose(service.models, body, service.store.model_of(name), body.model)
    modality = modality_of(verifier.modality)
    given = modality.prepare(found, body, verifier, keep_images=True)
    template = template_of(service.store, verifier, name)
    known = service.store.enrolment(name, verifier.fingerprint, verifier.modality)
    decision = verifier.verify(template, given.item)
    answer = decision.as_dict() | {"person": name, "model_name": model, "warnings": repairs}
    answer |= {"modality": verifier.modality, "quality": given.quality}
    answer["pointer_warning"] = modality.device_warning(given, known)
    answer["replay"] = replay = modality.replay(given, known)
    if replay["suspected"]:
        answer["decision"] = "reject"
        answer["reasons"] = [replay["message"], *answer["reasons"]]
    if body.explain:
        answer["explain"] = _explained(service, name, verifier, given.item, body)
    if body.update:
        accepted = answer["decision"] == "accept"
        newer = verifier.update(template, given.item) if accepted else None
        answer["updated"] = newer is not None and service.store.put_template(
            name, newer, made_from=known.genuine, replaces=known.template, modality=verifier.modality
        )
    return answer


def identify_item(service: Service, body: IdentifyBody) -> dict[str, Any]:
    """The answer of ``/v1/identify`` and of ``shoestring identify``. Raises ApiError."""
    found, repairs = read(body)
    model, verifier = choose(service.models, body, None, body.model)
    face = verifier.modality == "face"
    if face and not service.settings.identify_faces:
        raise ApiError(
            403, "looking for a face among everybody is off: start the server with --identify-faces, where the law and "
            "the people allow it", "identify_off",
        )  # fmt: skip
    given = modality_of(verifier.modality).prepare(found, body, verifier, keep_images=True)
    templates = _templates(service, verifier, agreed=face)
    if not templates and not _templates(service, verifier, agreed=False):
        raise ApiError(409, "nobody is enrolled with this model", "not_enrolled")
    if not templates:
        raise ApiError(
            403, "nobody who is enrolled agreed to be looked for: record it with PUT /v1/people/NAME and "
            '{"consent": "...", "one_to_many": true}', "no_consent",
        )  # fmt: skip
    best = verifier.identify(templates, given.item, body.k)
    people = service.store.counts()["people"]
    return {
        "candidates": [{"person": name, **decision.as_dict()} for name, decision in best],
        "searched": len(templates),
        "not_searched": people - len(templates),
        "model_name": model,
        "modality": verifier.modality,
        "quality": given.quality,
        "warnings": repairs,
    }


def _templates(service: Service, verifier: "Verifier", *, agreed: bool) -> "dict[str, Template]":
    """By name, the model's own before those of earlier models that it reads."""
    found: dict[str, Template] = {}
    for matcher in sorted(verifier.reads, key=lambda one: one == verifier.fingerprint):
        found |= service.store.templates(matcher, agreed=agreed)
    return found


def _explained(service: Service, name: str, verifier: "Verifier", item: Any, body: VerifyBody) -> dict[str, Any] | None:
    """None for pictures: vectors do not show what they saw."""
    if verifier.modality != SIGNATURE or body.strokes is None:
        return None
    samples = service.store.samples(name, captures=True, genuine=True, modality=SIGNATURE)
    return explain(verifier.matcher, item, body.strokes, samples)
