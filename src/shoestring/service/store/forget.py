"""Forgetting a person, with proof: the bytes of what was stored are searched for in the files of the database."""

import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine, delete, insert, select, text

from shoestring.core.database import reading, writing
from shoestring.core.erasure import Proof, pieces, prove
from shoestring.core.errors import NotFoundError
from shoestring.service.store.tables import audit, marked, people, samples, templates
from shoestring.similarity.templates import Template


@dataclass(frozen=True)
class Forgotten:
    """What was deleted, and the proof."""

    deleted: dict[str, int]
    proof: Proof

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def forget(engine: Engine, name: str) -> Forgotten:
    """Delete a person, overwrite what is left in the files, and search them. Raises NotFoundError."""
    with writing(engine) as connection:
        row = connection.execute(select(people).where(people.c.name == marked(name)).with_for_update()).first()
        if row is None:
            raise NotFoundError(f"no person {name!r}; nothing was deleted")
        stored = select(samples.c.capture, samples.c.trace, samples.c.vector, samples.c.image)
        drawn = connection.execute(stored.where(samples.c.person == row.id)).all()
        bodies = connection.scalars(select(templates.c.body).where(templates.c.person == row.id)).all()
        # The head of a template says which matcher made it, and is the same for everybody.
        identities = [Template.from_bytes(body).payload for body in bodies]
        values = [
            row.name.encode(),
            (row.consent or "").encode(),
            *(part for sample in drawn for part in sample if part is not None),
            *identities,
        ]
        connection.execute(delete(samples).where(samples.c.person == row.id))
        connection.execute(delete(templates).where(templates.c.person == row.id))
        connection.execute(delete(people).where(people.c.id == row.id))
        counts = {"people": 1, "samples": len(drawn), "templates": len(bodies)}
        within = {
            "vectors": sum(sample.vector is not None for sample in drawn),
            "images": sum(sample.image is not None for sample in drawn),
        }
        connection.execute(insert(audit).values(id=secrets.token_hex(8), at=time.time(), event="forget", **counts))
    needles = [needle for value in values for needle in pieces(value)]
    tables = [table.name for table in (samples, templates, people)]
    return Forgotten(counts | within, prove(engine, needles, tables, lambda found: _held(engine, found)))


def _held(engine: Engine, found: set[bytes]) -> set[bytes]:
    """The pieces that records of other people hold as well, such as the same consent text."""
    stored = [*(("samples", column) for column in ("capture", "trace", "vector", "image")), ("templates", "body")]
    if engine.dialect.name == "sqlite":
        inside = [(table, f"instr({column}, :needle)") for table, column in stored]
        inside.append(("people", "instr(CAST(consent AS BLOB), :needle)"))
    else:
        inside = [(table, f"position(CAST(:needle AS bytea) IN {column})") for table, column in stored]
        inside.append(("people", "position(CAST(:needle AS bytea) IN convert_to(consent, 'UTF8'))"))
    queries = [text(f"SELECT count(*) FROM {table} WHERE {place} > 0") for table, place in inside]
    with reading(engine) as connection:
        return {needle for needle in found if any(connection.scalar(query, {"needle": needle}) for query in queries)}
