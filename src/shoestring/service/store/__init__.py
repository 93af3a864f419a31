"""Who is enrolled: people, their samples and templates, in SQLite or PostgreSQL."""

from shoestring.core.erasure import Proof
from shoestring.core.errors import ConflictError
from shoestring.core.names import clean_name
from shoestring.service.store.forget import Forgotten
from shoestring.service.store.records import Enrolment, NewSample, Person, Sample
from shoestring.service.store.store import Store
from shoestring.service.store.tables import SIGNATURE

__all__ = [
    "SIGNATURE",
    "ConflictError",
    "Enrolment",
    "Forgotten",
    "NewSample",
    "Person",
    "Proof",
    "Sample",
    "Store",
    "clean_name",
]
