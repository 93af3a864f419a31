"""An index that finds most of the true neighbours quickly and says which share: a cache, never the truth."""

import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shoestring.core.errors import MissingExtraError
from shoestring.similarity.collection.cache import Cached
from shoestring.similarity.search import Vectors, top_k

INDEX = "index.faiss"
HEAD = "index.json"
LINKS = 32
"""Neighbours that each row of the graph is linked to."""
EFFORT = 64
"""Rows kept under consideration while searching."""
MEASURED = 200
"""Rows that search for their neighbours when recall is measured."""
PLACES = 10
BATCH = 10_000


class Index:
    """A graph of near neighbours (HNSW, Malkov & Yashunin 2016) by FAISS, with its measured recall."""

    def __init__(self, graph: Any, recall: float) -> None:
        self._graph = graph
        self.recall = recall
        """Share of the true PLACES nearest rows that it found for MEASURED stored rows, themselves left out."""

    def search(self, query: Vectors, k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Places of the ``k`` nearest rows that were found for ``query`` [1, D], and their cosines."""
        import faiss

        scores, places = self._graph.search(query, k, params=faiss.SearchParametersHNSW(efSearch=max(EFFORT, 2 * k)))
        found = places[0] >= 0
        return places[0][found], scores[0][found].astype(np.float64)


def load(cached: Cached, *, build: bool) -> Index | None:
    """The index of these rows; None where there is none and none is to be built.

    Raises:
        MissingExtraError: FAISS is not installed.
    """
    try:
        import faiss
    except ModuleNotFoundError as error:
        raise MissingExtraError("faiss", "search") from error
    try:
        head = json.loads((cached.folder / HEAD).read_text(encoding="utf-8"))
        content = (cached.folder / INDEX).read_bytes()
        whole = head["rows"] == len(cached.numbers) and head["sha256"] == hashlib.sha256(content).hexdigest()
        recall = float(head["recall"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        whole, recall = False, 0.0
    if whole:
        return Index(faiss.deserialize_index(np.frombuffer(content, np.uint8)), recall)
    return _build(cached, faiss) if build else None


def _build(cached: Cached, faiss: Any) -> Index:
    count, width = cached.vectors.shape
    graph = faiss.IndexHNSWFlat(width, LINKS, faiss.METRIC_INNER_PRODUCT)
    for start in range(0, count, BATCH):
        graph.add(np.ascontiguousarray(cached.vectors[start : start + BATCH]))
    index = Index(graph, 0.0)
    index.recall = measure(index, cached.vectors)
    content = faiss.serialize_index(graph).tobytes()
    _write_private(cached.folder / INDEX, content)
    head = {"rows": count, "recall": index.recall, "sha256": hashlib.sha256(content).hexdigest()}
    _write_private(cached.folder / HEAD, json.dumps(head).encode())
    return index


def measure(index: Index, vectors: Vectors) -> float:
    """Recall at PLACES of an index, against exact search for an even choice of the rows."""
    asking = np.unique(np.linspace(0, len(vectors) - 1, MEASURED).astype(np.int64))
    places = min(PLACES + 1, len(vectors))
    true = top_k(vectors, np.ascontiguousarray(vectors[asking]), places).row
    shares = []
    for row, expected in zip(asking, true, strict=True):
        wanted = set(expected.tolist()) - {int(row)}
        found = set(index.search(np.ascontiguousarray(vectors[row][None]), places)[0].tolist())
        shares.append(len(wanted & found) / len(wanted) if wanted else 1.0)
    return float(np.mean(shares))


def _write_private(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
