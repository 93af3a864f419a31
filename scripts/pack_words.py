"""Pack word vectors for the package: ``python scripts/pack_words.py glove.npz [WORDS]``.

Reads ``vectors`` [N, D] and ``words`` [N], most frequent first, and writes
``src/shoestring/models/glove-6b-50d/words.safetensors``: one byte a number with a scale for each word, and the pieces
that unknown words are cut into: letters and digits, and the most frequent strings of two to four letters inside words.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

TARGET = Path(__file__).resolve().parents[1] / "src/shoestring/models/glove-6b-50d/words.safetensors"
PIECES = 2_000


def main() -> None:
    with np.load(sys.argv[1], allow_pickle=False) as file:
        words, vectors = file["words"].tolist(), file["vectors"].astype(np.float32)
    kept = [i for i, word in enumerate(words) if word.isalnum()][: int(sys.argv[2]) if len(sys.argv) > 2 else None]
    table = vectors[kept]
    chosen = [words[i] for i in kept]
    scale = np.abs(table).max(axis=1, keepdims=True) / 127
    counts: Counter[str] = Counter()
    for word in chosen:
        counts.update(word[i : i + n] for n in (2, 3, 4) for i in range(1, len(word) - n + 1))
    letters = sorted({letter for word in chosen for letter in word})
    pieces = [*letters, *(part for part, _ in counts.most_common(PIECES))]
    # Words that are no letter of their own alphabet must still start somewhere.
    starts = [letter for letter in letters if letter not in set(chosen)]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join
    save_file(
        {
            "codes": np.rint(table / scale).astype(np.int8),
            "scales": scale[:, 0].astype(np.float32),
            "rank": np.array(kept, dtype=np.int32),
            "words": np.frombuffer(text(chosen).encode(), dtype=np.uint8),
            "pieces": np.frombuffer(text(["##" + piece for piece in pieces] + starts).encode(), dtype=np.uint8),
        },
        TARGET,
    )
    sys.stderr.write(f"{len(chosen):,} words, {len(pieces):,} pieces, {TARGET.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
