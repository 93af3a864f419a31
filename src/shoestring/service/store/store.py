"""The store: what is kept of a person, and every change of it."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sqlalchemy import Connection, Engine, ScalarSelect, Select, delete, func, insert, select, true, update
from sqlalchemy.exc import IntegrityError

from shoestring.core.database import reading, writing
from shoestring.core.errors import ConflictError, NotFoundError
from shoestring.core.names import clean_name
from shoestring.service.store import forget
from shoestring.service.store.engine import open_engine
from shoestring.service.store.records import Enrolment, NewSample, Person, Sample, person_of, sample_of
from shoestring.service.store.tables import SIGNATURE, marked, people, samples, templates, unmarked
from shoestring.similarity.templates import Template


class Store:
    """People, samples and templates. Safe to share between threads, and between processes on the same database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """The store at ``sqlite:///PATH`` or ``postgresql://...``; see :func:`open_engine` for the errors."""
        return cls(open_engine(url))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def put_person(
        self, name: str, *, consent: str | None = None, model: str | None = None, one_to_many: bool | None = None,
        at_most: int | None = None,
    ) -> bool:  # fmt: skip
        """Make a person, or change consent and model where given. True when the person is new.

        Raises:
            BadDataError: for the name.
            ConflictError: the store already holds ``at_most`` people.
        """
        stored = marked(clean_name(name))
        fields = {"consent": consent, "model": model, "one_to_many": one_to_many}
        given: dict[str, Any] = {key: value for key, value in fields.items() if value is not None}
        if consent is not None or one_to_many is not None:
            given["consented"] = time.time()
        with writing(self.engine) as connection:
            if connection.scalar(select(people.c.id).where(people.c.name == stored).with_for_update()) is not None:
                if given:
                    connection.execute(update(people).where(people.c.name == stored).values(**given))
                return False
            if at_most is not None and (connection.scalar(select(func.count()).select_from(people)) or 0) >= at_most:
                raise ConflictError(f"the store is limited to {at_most} people")
            try:
                with connection.begin_nested():
                    connection.execute(insert(people).values(name=stored, created=time.time(), **given))
            except IntegrityError:
                # Another process made the same person in this moment.
                return False
            return True

    def person(self, name: str) -> Person:
        """One person. Raises NotFoundError."""
        with reading(self.engine) as connection:
            row = connection.execute(_people().where(people.c.name == marked(name))).first()
        if row is None:
            raise NotFoundError(f"no person {name!r}; enrol the person first")
        return person_of(row)

    def model_of(self, name: str) -> str | None:
        """The model that a person is verified with, None for the default one. Raises NotFoundError."""
        with reading(self.engine) as connection:
            row = connection.execute(select(people.c.model).where(people.c.name == marked(name))).first()
        if row is None:
            raise NotFoundError(f"no person {name!r}; enrol the person first")
        return None if row.model is None else str(row.model)

    def people(self, *, after: str = "", limit: int = 1000) -> list[Person]:
        """Up to ``limit`` people behind ``after``, by name."""
        query = _people().where(people.c.name > marked(after) if after else true()).order_by(people.c.name).limit(limit)
        with reading(self.engine) as connection:
            return [person_of(row) for row in connection.execute(query)]

    def counts(self) -> dict[str, int]:
        """Rows of each table that holds personal data."""
        with reading(self.engine) as connection:
            return {
                table.name: connection.scalar(select(func.count()).select_from(table)) or 0
                for table in (people, samples, templates)
            }

    def add_sample(
        self, name: str, given: NewSample, *, genuine: bool = True, idempotency: str | None = None,
        at_most: int | None = None,
    ) -> tuple[Sample, bool]:  # fmt: skip
        """Keep a sample.

        Returns the sample, and False when ``idempotency`` named one that was already kept.

        Raises:
            NotFoundError: no such person.
            ConflictError: the person has ``at_most`` samples, or the key was used for another sample.
        """
        row = given.row() | {"id": secrets.token_hex(8), "genuine": genuine, "created": time.time()}
        with writing(self.engine) as connection:
            person = _lock_person(connection, name)
            mine = samples.c.person == person
            if idempotency is not None:
                known = connection.execute(select(samples).where(mine, samples.c.idempotency == idempotency)).first()
                if known is not None:
                    if any(getattr(known, key) != row[key] for key in ("capture", "trace", "genuine", "modality")):
                        raise ConflictError(f"Idempotency-Key {idempotency[:40]!r} was used for another sample")
                    return sample_of(known, captures=True), False
            if at_most is not None and (connection.scalar(select(func.count()).where(mine)) or 0) >= at_most:
                raise ConflictError(f"{name!r} has {at_most} samples, which is the limit; delete some first")
            connection.execute(insert(samples).values(person=person, idempotency=idempotency, **row))
            kept = connection.execute(select(samples).where(samples.c.id == row["id"])).one()
        return sample_of(kept, captures=True), True

    def samples(
        self, name: str, *, captures: bool = False, genuine: bool | None = None, modality: str | None = None
    ) -> list[Sample]:
        """The samples of a person, oldest first, with what is stored of each if ``captures``. Raises NotFoundError."""
        query = select(*(samples.c if captures else _LISTED)).order_by(samples.c.created, samples.c.id)
        if genuine is not None:
            query = query.where(samples.c.genuine == genuine)
        if modality is not None:
            query = query.where(samples.c.modality == modality)
        with reading(self.engine) as connection:
            person = _person_id(connection, name)
            rows = connection.execute(query.where(samples.c.person == person))
            return [sample_of(row, captures) for row in rows]

    def vectors(self, maker: str, *, at_most: int) -> list[tuple[str, Sample]]:
        """Up to ``at_most`` pictures that encoder ``maker`` made vectors of, with whose they are, the newest people
        last."""
        query = select(people.c.name, *_LISTED, samples.c.vector).join(people).where(samples.c.maker == maker)
        query = query.where(samples.c.genuine).order_by(people.c.id, samples.c.created, samples.c.id).limit(at_most)
        with reading(self.engine) as connection:
            rows = connection.execute(query).all()
        return [(unmarked(row.name), replace(sample_of(row), vector=np.frombuffer(row.vector, "<f4"))) for row in rows]

    def sample(self, name: str, sample: str) -> Sample:
        """One sample with what was drawn. Raises NotFoundError."""
        with reading(self.engine) as connection:
            person = _person_id(connection, name)
            query = select(samples).where(samples.c.person == person, samples.c.id == sample)
            row = connection.execute(query).first()
        if row is None:
            raise NotFoundError(f"{name!r} has no sample {sample[:40]!r}")
        return sample_of(row, captures=True)

    def delete_sample(self, name: str, sample: str) -> None:
        """Delete one sample, and the templates that it is part of. Raises NotFoundError."""
        with writing(self.engine) as connection:
            person = _lock_person(connection, name)
            mine = (samples.c.person == person, samples.c.id == sample)
            genuine = connection.scalar(select(samples.c.genuine).where(*mine))
            if genuine is None:
                raise NotFoundError(f"{name!r} has no sample {sample[:40]!r}")
            connection.execute(delete(samples).where(*mine))
            if genuine:
                connection.execute(delete(templates).where(templates.c.person == person))

    def enrolment(self, name: str, matcher: str, modality: str = SIGNATURE) -> Enrolment:
        """All that a verification needs. Raises NotFoundError."""
        with reading(self.engine) as connection:
            person = _person_id(connection, name)
            mine = (templates.c.person == person, templates.c.matcher == matcher)
            body = connection.scalar(select(templates.c.body).where(*mine))
            query = select(samples.c.id, samples.c.genuine, samples.c.pointer, samples.c.trace)
            query = query.where(samples.c.person == person, samples.c.modality == modality)
            rows = connection.execute(query.order_by(samples.c.created, samples.c.id)).all()
        return Enrolment(
            None if body is None else Template.from_bytes(body),
            genuine=tuple(row.id for row in rows if row.genuine),
            pointers=frozenset(row.pointer for row in rows if row.genuine),
            traces={row.id: bytes(row.trace) for row in rows},
        )

    def put_template(
        self, name: str, template: Template, *, made_from: Sequence[str], replaces: Template | None,
        modality: str = SIGNATURE,
    ) -> bool:  # fmt: skip
        """Store a template that was computed outside of any transaction.

        False, and nothing is stored, when the genuine samples of ``modality`` are no longer ``made_from`` or the stored
        template is no longer ``replaces``: then compute it again. Raises NotFoundError when the person is gone by now.
        """
        with writing(self.engine) as connection:
            person = _lock_person(connection, name)
            mine = (templates.c.person == person, templates.c.matcher == template.matcher)
            present = (samples.c.person == person, samples.c.genuine, samples.c.modality == modality)
            now = connection.scalars(select(samples.c.id).where(*present))
            if set(now) != set(made_from):
                return False
            old = connection.scalar(select(templates.c.body).where(*mine))
            if old != (None if replaces is None else replaces.to_bytes()):
                return False
            connection.execute(delete(templates).where(*mine))
            values = {"body": template.to_bytes(), "bytes": len(template.payload), "changed": time.time()}
            connection.execute(insert(templates).values(person=person, matcher=template.matcher, **values))
        return True

    def templates(self, matcher: str, *, agreed: bool = False) -> dict[str, Template]:
        """Everybody's template of ``matcher``, by name; with ``agreed`` only of people who may be looked for."""
        query = select(people.c.name, templates.c.body).join(templates).where(templates.c.matcher == matcher)
        if agreed:
            query = query.where(people.c.one_to_many, func.coalesce(people.c.consent, "") != "")
        with reading(self.engine) as connection:
            return {unmarked(row.name): Template.from_bytes(row.body) for row in connection.execute(query)}

    def template_bytes(self, matcher: str) -> int | None:
        """Size of the largest template of ``matcher``; None when it made none yet."""
        with reading(self.engine) as connection:
            size = connection.scalar(select(func.max(templates.c.bytes)).where(templates.c.matcher == matcher))
        return None if size is None else int(size)

    def forget(self, name: str) -> forget.Forgotten:
        """Delete a person with everything that belongs to them, and prove it. Raises NotFoundError."""
        return forget.forget(self.engine, name)


_LISTED = (
    *(column for column in samples.c if column.name not in {"capture", "trace", "vector", "image"}),
    samples.c.image.is_not(None).label("kept"),
)


def _people() -> Select[Any]:
    def count(genuine: bool) -> ScalarSelect[int]:
        return (
            select(func.count()).where(samples.c.person == people.c.id, samples.c.genuine == genuine).scalar_subquery()
        )

    size = select(func.max(templates.c.bytes)).where(templates.c.person == people.c.id).scalar_subquery()
    shown = select(func.count()).where(samples.c.person == people.c.id, samples.c.genuine)
    pictures = shown.where(samples.c.modality != SIGNATURE).scalar_subquery()
    return select(
        people, count(True).label("samples"), count(False).label("forgeries"), pictures.label("pictures"),
        size.label("template_bytes"),
    )  # fmt: skip


def _person_id(connection: Connection, name: str, *, lock: bool = False) -> int:
    query = select(people.c.id).where(people.c.name == marked(name))
    person = connection.scalar(query.with_for_update() if lock else query)
    if person is None:
        raise NotFoundError(f"no person {name!r}; enrol the person first")
    return int(person)


def _lock_person(connection: Connection, name: str) -> int:
    """The number of a person whom nobody else changes until this transaction ends."""
    return _person_id(connection, name, lock=True)
