"""Hard negatives for rows of pairs, from all texts of the training rows."""

from typing import Any

import numpy as np

from shoestring.core.run import Run
from shoestring.recipes.text_data import TextRows
from shoestring.similarity.hard_negatives import hard_negatives
from shoestring.similarity.nested import TextObjective, innermost
from shoestring.similarity.objectives import MultipleNegatives
from shoestring.similarity.text_encoding import encode_texts


def with_negatives(rows: TextRows, objective: TextObjective, network: Any, run: Run) -> TextRows:
    """``rows`` with a mined negative where ``objective`` asks for it and a row has none; as they are otherwise.

    ``network`` looks as it is before training, once. What stands in one row with an anchor, or in a row with one of its
    positives, is not among its negatives.
    """
    inner = innermost(objective)
    if not isinstance(inner, MultipleNegatives) or inner.negatives == "given":
        return rows
    anchor, positive, *given = rows.columns
    texts = list(dict.fromkeys(text for column in rows.columns for text in column if text))
    place = {text: number for number, text in enumerate(texts)}
    partners: list[set[int]] = [{number} for number in range(len(texts))]
    for one, other in zip(anchor, positive, strict=True):
        partners[place[one]].add(place[other])
        partners[place[other]].add(place[one])
    alike = {
        number: sorted(partners[number].union(*(partners[near] for near in partners[number])))
        for number in {place[one] for one in anchor}
    }
    vectors = encode_texts(network, texts).vectors
    at = [np.array([place[text] for text in column]) for column in (anchor, positive)]
    found = hard_negatives(
        vectors[at[0]], vectors[at[1]], vectors, [alike[number] for number in at[0]], ceiling=inner.ceiling
    )[:, 0]
    has = rows.target > 0 if given else np.zeros(len(rows), dtype=bool)
    mined = (found >= 0) & ~has
    negative = tuple(
        texts[number] if new else (given[0][i] if given else "")
        for i, (number, new) in enumerate(zip(found, mined, strict=True))
    )
    run.narrate(f"mined   {int(mined.sum()):,} hard negatives among {len(texts):,} texts; "
                f"{int((~mined & ~has).sum()):,} rows stay without")  # fmt: skip
    return TextRows((anchor, positive, negative), (mined | has).astype(np.float64))
