"""``shoestring enrol``, ``verify``, ``identify`` and ``forget``: the studio's store and answers, without HTTP."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shoestring.cli.arguments import runs_option
from shoestring.cli.captures import bodies_of, one_body
from shoestring.cli.extras import needs
from shoestring.cli.output import Output, number, speaks, table
from shoestring.core.errors import BadDataError, ConfigError, NotFoundError, ShoestringError

if TYPE_CHECKING:
    from shoestring.service.state import Service

EXIT_CODES = {"accept": 0, "reject": 10, "undecided": 11}
FILE = click.Path(path_type=Path)


def chooses(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--writer``, ``--sample`` and ``--pointer``: which signatures of a file, and what they were drawn with."""
    pointer = click.Choice(["pen", "mouse", "touch"])
    function = click.option("--pointer", type=pointer, default="pen", show_default=True, help="Drawn with.")(function)
    function = click.option("--sample", type=int, help="Only this running number of the writer.")(function)
    return click.option("--writer", help="Only this writer of the file.")(function)


@click.command("enrol")
@click.argument("person")
@click.argument("files", metavar="FILE...", type=FILE, nargs=-1, required=True)
@click.option("--consent", help="What the person agreed to, in words.")
@click.option("--one-to-many/--no-one-to-many", default=None, help="Whether the consent covers `identify` by face.")
@click.option("--keep-images", is_flag=True, help="Keep the crops of pictures, and not only their vectors.")
@click.option("--model", help="Model for this person; by default pen, for pictures the newest run of a face model.")
@click.option("--forgery", is_flag=True, help="Keep them as forgeries: evidence, never part of a template.")
@click.option("--first", type=click.IntRange(1), help="Only so many, in the order of capture.")
@chooses
@runs_option
@speaks
def enrol(
    out: Output, *, person: str, files: Sequence[Path], consent: str | None, model: str | None, forgery: bool,
    first: int | None, writer: str | None, sample: int | None, pointer: str, runs: Path, one_to_many: bool | None,
    keep_images: bool,
) -> None:  # fmt: skip
    """Enrol PERSON with the signatures or pictures in FILEs (any format that `shoestring evaluate` reads).

    What is enrolled already is not enrolled twice. Of a picture a vector is kept, and nothing else.
    """
    bodies = bodies_of(files, writer=writer, sample=sample, genuine=not forgery, pointer=pointer)
    with local_service(runs, keep_images=keep_images) as service, _as_user_errors():
        from shoestring.service.people import SampleBody, enrol_sample, person_view
        from shoestring.service.store import clean_name

        name = clean_name(person)
        if model is not None:
            service.models.check(model)
        at_most = service.settings.max_people
        service.store.put_person(name, consent=consent, model=model, one_to_many=one_to_many, at_most=at_most)
        _load_model(service, bodies[0], service.store.model_of(name))
        new, warnings = 0, list[str]()
        kind = "forgery" if forgery else "genuine"
        for body in bodies[:first]:
            key = hashlib.sha256(json.dumps(next(iter(body.values())), sort_keys=True).encode()).hexdigest()
            answer, is_new = enrol_sample(service, name, SampleBody(**body, kind=kind), key)
            new += is_new
            warnings = answer["warnings"]
        view = person_view(service.store.person(name))
    for warning in warnings:
        out.narrate(f"note: {warning}")
    text = f"{name}: {new} new, {view['samples']} in all, template of {view['template_bytes']} bytes"
    out.result("shoestring.enrolment/1", {"person": view, "new": new, "warnings": warnings}, text)


@click.command("verify")
@click.argument("person")
@click.argument("file", type=FILE)
@click.option("--model", help="Instead of the person's own model.")
@click.option("--update", is_flag=True, help="Let an accepted signature become part of the template.")
@click.option("--exit-code", is_flag=True, help="Exit with 0 accept, 10 reject, 11 undecided.")
@chooses
@runs_option
@speaks
def verify(
    out: Output, *, person: str, file: Path, model: str | None, update: bool, exit_code: bool, writer: str | None,
    sample: int | None, pointer: str, runs: Path,
) -> int:  # fmt: skip
    """Check whether the one signature or picture in FILE is PERSON's: accept, reject or undecided.

    The bound behind the answer is told with it.
    """
    item = one_body(file, writer, sample, pointer)
    with local_service(runs) as service, _as_user_errors():
        from shoestring.service.store import clean_name
        from shoestring.service.verify import VerifyBody, verify_item

        name = clean_name(person)
        _load_model(service, item, service.store.model_of(name), model)
        answer = verify_item(service, name, VerifyBody(person=name, **item, model=model, update=update))
    for warning in filter(None, [*answer["warnings"], answer["pointer_warning"]]):
        out.narrate(f"note: {warning}")
    rows = [["score", number(answer["score"])], ["accepted from", number(answer["threshold"])],
            ["rejected below", number(answer["reject_below"])]]  # fmt: skip
    reasons = "\n".join(answer["reasons"])
    out.result("shoestring.decision/1", answer, f"{answer['decision']}\n{table([name, ''], rows)}\n{reasons}")
    return EXIT_CODES[answer["decision"]] if exit_code else 0


@click.command("identify")
@click.argument("file", type=FILE)
@click.option("-k", "count", type=click.IntRange(1, 50), default=5, show_default=True, help="Number of candidates.")
@click.option("--model", help="Instead of the default model.")
@click.option("--identify-faces", is_flag=True, help="Allow to look for a face among the people who agreed to it.")
@chooses
@runs_option
@speaks
def identify(
    out: Output, *, file: Path, count: int, model: str | None, writer: str | None, sample: int | None, pointer: str,
    runs: Path, identify_faces: bool,
) -> None:  # fmt: skip
    """Find out whose signature or picture is in FILE: the most alike people, each with its decision.

    A face is looked for with --identify-faces only, and only among people who were enrolled with a consent and
    --one-to-many.
    """
    item = one_body(file, writer, sample, pointer)
    with local_service(runs, identify_faces=identify_faces) as service, _as_user_errors():
        from shoestring.service.verify import IdentifyBody, identify_item

        _load_model(service, item, None, model)
        answer = identify_item(service, IdentifyBody(**item, k=count, model=model))
    for warning in answer["warnings"]:
        out.narrate(f"note: {warning}")
    rows = [[c["person"], number(c["score"]), c["decision"]] for c in answer["candidates"]]
    out.result("shoestring.candidates/1", answer, table(["person", "score", "decision"], rows))


@click.command("forget")
@click.argument("person")
@runs_option
@speaks
def forget(out: Output, person: str, runs: Path) -> int:
    """Delete PERSON with all samples and templates, overwrite them, and search the store for what is left."""
    with local_service(runs) as service, _as_user_errors():
        from shoestring.service.store import clean_name

        found = service.store.forget(clean_name(person)).as_dict()
    deleted, proof = found["deleted"], found["proof"]
    counts = ", ".join(f"{n} {kind}" for kind, n in deleted.items())
    left = "cannot be searched" if proof["found"] is None else f"{proof['found']} pieces left"
    text = f"deleted {counts}; searched {proof['searched_bytes']:,} bytes for {proof['needles']} pieces: {left}"
    out.result("shoestring.forgotten/1", found, f"{text} ({proof['note']})")
    return 1 if proof["found"] else 0


@contextmanager
def local_service(runs: Path, **flags: bool) -> "Iterator[Service]":
    """The service behind the routes, on the store of this user, without a server."""
    with needs("studio"):
        from shoestring.service.app import create_app
        from shoestring.service.settings import Settings
    service: Service = create_app(Settings.from_environment(runs=runs, warm=False, **flags)).state.service
    try:
        yield service
    finally:
        service.close()


def _load_model(service: "Service", body: dict[str, Any], own: str | None, asked: str | None = None) -> None:
    # A server loads in the background and answers 503 meanwhile; here there is nothing else to do.
    from shoestring.recipes.loading import find_model, load
    from shoestring.service.modalities import chosen

    root = service.settings.runs
    if asked is not None:
        # A folder, a run or a packaged model: whatever `evaluate` takes.
        service.models.add(asked, load(asked.removeprefix("run:"), root=root))
        return
    if own is not None and not service.models.known(own):
        service.models.add(own, load(find_model(own.removeprefix("run:"), root=root)))
    name = chosen(service.models, "image" in body, own)
    if not service.models.loaded(name):
        service.models.add(name, load(name.removeprefix("run:"), root=root))


@contextmanager
def _as_user_errors() -> Iterator[None]:
    from shoestring.service.errors import ApiError

    try:
        yield
    except ApiError as error:
        kinds = {400: ConfigError, 403: ConfigError, 404: NotFoundError, 409: BadDataError, 422: BadDataError}
        raise kinds.get(error.status, ShoestringError)(str(error)) from error
