"""Search and duplicates at the limits of the machine: ``python -m benchmarks.search [--quick] --json``.

Ours and FAISS's exact index run in turn on the same vectors, and their answers are asserted to agree before a time is
reported. ``limit`` of a search is the time in which the machine copies as many bytes as the search must read; of
duplicates it is one matrix product of the same size. Approximate rows state the recall that the index states. One
thread each. Writes ``benchmarks/results/search.json`` unless ``--quick``.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.document import arguments, publish
from benchmarks.verification import row
from shoestring.similarity.collection import Collections
from shoestring.similarity.pairs import TILE, pairs_above
from shoestring.similarity.search import Vectors, top_k, unit
from shoestring.similarity.vector_codes import Ranges, search_bits, to_bits

WIDTH = 384
K = 10
THRESHOLD = 0.95
Timed = tuple[float, Any]


def vectors(rows: int, seed: int = 0) -> Vectors:
    """Clumps of ten around random directions, as embeddings of texts with near-duplicates among them."""
    draw = np.random.default_rng(seed)
    middle = draw.normal(size=(rows // 10, WIDTH)).astype(np.float32)
    spread = draw.uniform(0.15, 1.0, size=(rows // 10, 1)).astype(np.float32)
    made = np.concatenate([middle + spread * draw.normal(size=middle.shape).astype(np.float32) for _ in range(10)])
    return unit(made[draw.permutation(len(made))])


def timed(work: Callable[[], Any]) -> Timed:
    """Seconds on the clock, and the answer: reading memory is what is measured, and nothing but the clock sees it."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def copying(matrix: Vectors, repeats: int) -> float:
    """Seconds for a copy that moves as many bytes as one pass over ``matrix`` reads: half is read and half written."""
    half = matrix[: len(matrix) // 2]
    target = np.empty_like(half)
    return min(timed(lambda: np.copyto(target, half))[0] for _ in range(repeats + 2))


def search_row(matrix: Vectors, mapped: Vectors, repeats: int) -> dict[str, Any]:
    """One query at a time over the mapped file, beside FAISS's exact index in memory."""
    flat = faiss.IndexFlatIP(WIDTH)
    flat.add(matrix)
    queries = matrix[:: len(matrix) // repeats][:repeats] * np.float32(1)
    pairs = []
    for query in queries:
        our, found = timed(lambda query=query: top_k(mapped, query[None], K))
        their, (scores, _) = timed(lambda query=query: flat.search(query[None], K))
        assert np.allclose(found.score, scores, atol=1e-5), "the two disagree"
        pairs.append((our, their))
    made = row(f"search-{len(matrix)}x{WIDTH}", "faiss flat", pairs, copying(matrix, repeats))
    size = matrix.nbytes / 1e9
    return made | {"gigabytes_per_second": size / made["ours"], "copy_gigabytes_per_second": size / made["limit"]}


def batch_row(matrix: Vectors, mapped: Vectors, repeats: int) -> dict[str, Any]:
    """A hundred queries at once: bound by arithmetic and no longer by memory."""
    flat = faiss.IndexFlatIP(WIDTH)
    flat.add(matrix)
    queries = np.ascontiguousarray(matrix[:100])
    pairs = []
    for _ in range(repeats):
        our, found = timed(lambda: top_k(mapped, queries, K))
        their, (scores, _) = timed(lambda: flat.search(queries, K))
        assert np.allclose(found.score, scores, atol=1e-5), "the two disagree"
        pairs.append((our, their))
    limit = min(timed(lambda: queries @ matrix.T)[0] for _ in range(repeats))
    return row(f"search-100-queries-{len(matrix)}x{WIDTH}", "faiss flat", pairs, limit)


def duplicates_row(matrix: Vectors, repeats: int) -> dict[str, Any]:
    """All pairs above a threshold, beside FAISS's range search, which compares every pair twice."""
    flat = faiss.IndexFlatIP(WIDTH)
    flat.add(matrix)
    pairs = []
    for _ in range(repeats):
        our, found = timed(lambda: pairs_above(matrix, THRESHOLD))
        their, (limits, _, _) = timed(lambda: flat.range_search(matrix, THRESHOLD))
        assert abs(found.total - (int(limits[-1]) - len(matrix)) / 2) <= 1e-4 * found.total + 2, "the two disagree"
        pairs.append((our, their))
    tile = matrix[:TILE]
    products = (len(matrix) / TILE) ** 2 / 2
    limit = products * min(timed(lambda: tile @ tile.T)[0] for _ in range(5))
    return row(f"duplicates-{len(matrix)}x{WIDTH}", "faiss range search", pairs, limit) | {"pairs": found.total}


def code_rows(matrix: Vectors, repeats: int) -> list[dict[str, Any]]:
    """One byte and one bit a number, rescored, beside our exact search; recall is stated."""
    ranges = Ranges.fit(matrix[:10_000])
    codes, middle = ranges.encode(matrix), matrix[:10_000].mean(axis=0)
    bits = to_bits(matrix, middle)
    ways: dict[str, Callable[[Vectors], Any]] = {
        "bytes": lambda query: ranges.search(codes, query, K, truth=matrix),
        "bits": lambda query: search_bits(bits, to_bits(query, middle), K, truth=matrix, vectors=query),
    }
    rows = []
    for name, way in ways.items():
        pairs, recall = [], []
        for query in matrix[:: len(matrix) // repeats][:repeats]:
            our, found = timed(lambda query=query, way=way: way(query[None]))
            their, exact = timed(lambda query=query: top_k(matrix, query[None], K))
            recall.append(len(set(found.row[0]) & set(exact.row[0])) / K)
            pairs.append((our, their))
        size = {"bytes": codes.nbytes, "bits": bits.nbytes}[name]
        limit = pairs_limit(size, matrix, repeats)
        rows.append(
            row(f"search-{name}-{len(matrix)}x{WIDTH}", "our float32 search", pairs, limit)
            | {"recall": np.mean(recall)}
        )
    return rows


def pairs_limit(size: int, matrix: Vectors, repeats: int) -> float:
    """Seconds for a copy of ``size`` bytes at the rate of a copy of the matrix."""
    return copying(matrix, repeats) * size / matrix.nbytes


def stored_rows(matrix: Vectors, repeats: int) -> list[dict[str, Any]]:
    """A whole collection: import, the first search (which maps the vectors), a later one, the index."""
    with tempfile.TemporaryDirectory() as folder:
        store = Collections.open(f"sqlite:///{Path(folder) / 'collections.sqlite'}")
        made = store.create("bench")
        items = [{"id": str(n), "text": f"row {n}", "vector": vector} for n, vector in enumerate(matrix)]
        imported, _ = timed(lambda: made.add(items))
        first, _ = timed(lambda: made.search(matrix[0], k=K))
        pairs, fast, recall = [], [], 0.0
        built, _ = timed(lambda: made.search(matrix[0], k=K, exact=False))
        for query in matrix[:: len(matrix) // repeats][:repeats]:
            our, _ = timed(lambda query=query: made.search(query, k=K))
            bare, _ = timed(lambda query=query: top_k(matrix, query[None], K))
            index, found = timed(lambda query=query: made.search(query, k=K, exact=False))
            recall = float(found.recall or 0)
            pairs.append((our, bare))
            fast.append((index, our))
        store.close()
    limit = copying(matrix, repeats)
    whole = row(f"collection-search-{len(matrix)}x{WIDTH}", "the bare search", pairs, limit)
    near = row(f"collection-approximate-{len(matrix)}x{WIDTH}", "our exact search", fast, limit)
    return [
        whole | {"import_rows_per_second": len(matrix) / imported, "first_search_seconds": first},
        near | {"recall": recall, "index_seconds": built},
    ]


def scan_rows(quick: bool) -> list[dict[str, Any]]:
    """Exact search alone, in gigabytes a second beside a copy of memory."""
    rows, repeats = (20_000, 5) if quick else (100_000, 20)
    faiss.omp_set_num_threads(1)
    with threadpool_limits(1), mapped(vectors(rows)) as (matrix, file):
        return [search_row(matrix, file, repeats), batch_row(matrix, file, 3)]


@contextmanager
def mapped(matrix: Vectors) -> Iterator[tuple[Vectors, Vectors]]:
    """The vectors in memory, and mapped from a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.npy"
        np.save(path, matrix)
        yield matrix, np.load(path, mmap_mode="r")


def main() -> None:
    """Run all rows and print them."""
    options = arguments(__doc__).parse_args()
    rows, compared, repeats = (20_000, 6_000, 5) if options.quick else (100_000, 100_000, 20)
    found = scan_rows(options.quick)
    with threadpool_limits(1):
        matrix = vectors(rows)
        found += [
            duplicates_row(matrix[:compared], 1 if not options.quick else 2),
            *code_rows(matrix, repeats),
            *stored_rows(matrix, repeats),
        ]
    publish("search", found, options, clock="wall clock, one thread")


if __name__ == "__main__":
    main()
