"""The models that can be used here, found by reading small files and loaded when somebody needs them."""

import importlib.resources
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shoestring.core.config import nearest
from shoestring.core.errors import NotFoundError, ShoestringError
from shoestring.core.folder import read_json_object
from shoestring.rl.boards import Board
from shoestring.rl.positions import described, read_rules
from shoestring.service.errors import ApiError

if TYPE_CHECKING:
    from shoestring.similarity.verifier import Verifier

PACKAGED = Path(str(importlib.resources.files("shoestring"))) / "models"
HEAD = "shoestring.json"
PICTURES = ("face", "image")
"""Modalities of models that compare pictures; ``face`` looks for the face first."""
POLICIES = ("policy", "table-policy", "action-values")
"""Kinds of models that act."""
PLAYERS = ("board-policy",)
"""Kinds of models that choose moves on a board."""
LOADING_RETRY = 2
"""Seconds that a client is asked to wait while a model is loading."""


@dataclass
class _Slot:
    """A model on its way into memory."""

    model: Any = None
    failure: str = ""
    seconds: float = 0.0


class Models:
    """Packaged models, configured folders, and the models of finished runs (``run:ID``), each loaded once."""

    def __init__(
        self, folders: Mapping[str, Path] | None = None, *, runs: Path | None = None, default: str = "pen",
        pictures: str = "",
    ) -> None:  # fmt: skip
        """``default`` takes signatures, ``pictures`` what its name says; empty for the newest model that does."""
        self.default = default
        self.pictures = pictures
        self._folders = {**_packaged(), **(folders or {})}
        self._runs = runs
        self._slots: dict[str, _Slot] = {}
        self._found: dict[tuple[str, ...], str] = {}
        self._lock = threading.Lock()

    def add(self, name: str, model: Any) -> None:
        """Serve a model that is in memory already."""
        with self._lock:
            self._slots[name] = _Slot(model)

    def names(self) -> list[str]:
        """Everything that can be asked for, the default first."""
        found = set(self._folders) | {name for name, slot in self._slots.items() if slot.model}
        if self._runs is not None and self._runs.is_dir():
            found |= {f"run:{head.parent.parent.name}" for head in self._runs.glob(f"*/model/{HEAD}")}
        return sorted(found, key=lambda name: (name != self.default, name.startswith("run:"), name))

    def describe(self, name: str) -> dict[str, Any]:
        """What is known of a model without loading it; ``problem`` says why a folder cannot be used."""
        slot = self._slots.get(name, _Slot())
        entry: dict[str, Any] = {"name": name, "default": name == self.default, "loaded": slot.model is not None}
        if slot.model is not None:
            model = slot.model
            entry |= {"kind": model.kind, "modality": model.modality, "title": model.title}
            entry["fingerprint"] = model.fingerprint
            if model.kind in POLICIES:
                entry["environment"] = model.environment
            if model.kind in PLAYERS:
                entry |= _game(model.rules, model.simulations)
            return entry | (_promises(model.certificate) if model.kind == "verifier" else {})
        try:
            folder = self._folder(name)
            head = read_json_object(folder / HEAD)
            entry |= {key: head.get(key) for key in ("kind", "modality", "title", "fingerprint")}
            if head.get("kind") in POLICIES:
                entry["environment"] = head.get("environment")
            if head.get("kind") in PLAYERS:
                entry |= _game(read_rules(head.get("board"), name), head.get("simulations"))
            if head.get("kind") == "verifier":
                entry |= _promises(read_json_object(folder / "calibration.json").get("certificate", {}))
        except (ShoestringError, AttributeError, TypeError) as error:
            entry["problem"] = str(error)
        return entry | ({"problem": slot.failure} if slot.failure else {})

    def verifier(self, name: str | None = None) -> "Verifier":
        """The verifier ``name``, or the default one. Errors as in :meth:`model`, and ApiError 422 for another kind."""
        found = self.model(name)
        if found.kind != "verifier":
            raise ApiError(422, f"model {name!r} is a {found.kind} and verifies nobody", "wrong_model", param="model")
        verifier: Verifier = found
        return verifier

    def model(self, name: str | None = None) -> Any:
        """The model ``name`` of any kind, or the default one. Begins to load it when nobody has.

        Raises:
            NotFoundError: no such model.
            ApiError: 503 while it is loading, or because it cannot be loaded.
        """
        name = name or self.default
        slot = self._slots.get(name)
        if slot is None:
            slot = self._begin(name)
        if slot.failure:
            raise ApiError(
                503, f"model {name!r} cannot be used: {slot.failure}", "model_failed", param="model", retry_after=60
            )
        if slot.model is None:
            raise ApiError(503, f"model {name!r} is loading", "model_loading", param="model", retry_after=LOADING_RETRY)
        return slot.model

    def check(self, name: str) -> None:
        """Raises NotFoundError unless there is such a model."""
        if name not in self._slots:
            self._folder(name)

    def modality(self, name: str) -> str | None:
        """What a model takes; None where its folder cannot be read."""
        found = self.describe(name).get("modality")
        return found if isinstance(found, str) else None

    def default_of(self, takes: Sequence[str]) -> str | None:
        """The model for items of these modalities when none is named; None without any.

        For pictures the one that was configured, else a model given by name, else that of the newest run; once found it
        stays, since vectors are worth something to the encoder that made them only.
        """
        if not set(takes) & set(PICTURES):
            return self.default
        if self.pictures:
            return self.pictures
        found = self._found.get(tuple(takes))
        if found is None:
            fitting = [name for name in self.names() if self.modality(name) in takes]
            found = max(fitting, key=self._preference, default=None)
            if found is not None:
                self._found[tuple(takes)] = found
        return found

    def _preference(self, name: str) -> tuple[bool, float, str]:
        head = self._folder(name) / HEAD if name not in self._slots else None
        written = head.stat().st_mtime if head is not None and head.is_file() else 0.0
        return not name.startswith("run:"), written, name

    def of_modality(self, modality: str, own: str | None) -> str | None:
        """The model that verifies a person's items of one modality: the person's ``own`` if it takes them."""
        if own is not None and self.modality(own) == modality:
            return own
        name = self.default_of((modality,))
        return name if name is None or self.modality(name) == modality else None

    def known(self, name: str) -> bool:
        """Whether there is such a model."""
        return name in self._slots or name in self.names()

    def loaded(self, name: str) -> bool:
        """Whether it is in memory."""
        slot = self._slots.get(name)
        return slot is not None and slot.model is not None

    def warm(self) -> None:
        """Begin to load the default models, where there are some."""
        for name in (self.default, self.pictures):
            if name in self._folders and name not in self._slots:
                self._begin(name)

    @property
    def problem(self) -> str:
        """Why the default model cannot be used right now; empty when it can, or when nobody has asked for it."""
        slot = self._slots.get(self.default)
        if slot is None:
            return ""
        return slot.failure or ("" if slot.model else f"model {self.default!r} is loading")

    @property
    def load_seconds(self) -> float:
        """How long the default model took to load."""
        return self._slots.get(self.default, _Slot()).seconds

    def _begin(self, name: str) -> _Slot:
        folder = self._folder(name)
        with self._lock:
            if name not in self._slots:
                self._slots[name] = slot = _Slot()
                threading.Thread(target=_load, args=(slot, folder), name=f"load {name}", daemon=True).start()
            return self._slots[name]

    def _folder(self, name: str) -> Path:
        if name in self._folders:
            return self._folders[name]
        # Compared with the names that were found, so that no part of a request becomes a path.
        known = self.names()
        if name not in known or self._runs is None:
            raise NotFoundError(f"no model {name[:80]!r}{nearest(name, known)}; see GET /v1/info")
        return self._runs / name.removeprefix("run:") / "model"


def _load(slot: _Slot, folder: Path) -> None:
    began = time.perf_counter()
    try:
        # Here and not above: reading weights brings in torch, which no page and no list needs.
        from shoestring.recipes.loading import load

        slot.model = load(folder)
    except ShoestringError as error:
        slot.failure = str(error)
    except Exception as error:
        slot.failure = f"{folder}: {type(error).__name__}: {error}"
    slot.seconds = time.perf_counter() - began


def _packaged() -> dict[str, Path]:
    return {head.parent.name: head.parent for head in sorted(PACKAGED.glob(f"*/{HEAD}"))}


def _game(rules: Board, simulations: Any) -> dict[str, Any]:
    return {"environment": rules.kind, "board": described(rules), "simulations": simulations}


def _promises(certificate: Mapping[str, Any]) -> dict[str, Any]:
    targets = certificate["targets"] if certificate else {}
    bounds = certificate.get("false_accept") or [{}]
    return {
        "references": certificate.get("references"),
        "target_false_accept": targets.get("false_accept"),
        "target_false_reject": targets.get("false_reject"),
        "false_accept_upper95": bounds[0].get("upper95"),
        "evidence_people": certificate.get("people"),
    }
