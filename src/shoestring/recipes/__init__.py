"""Recipes: one training job per module. This file names them all and imports none of them."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from shoestring.core.config import nearest
from shoestring.core.errors import NotFoundError

PRESETS = Path(__file__).parent / "presets"


@dataclass(frozen=True)
class Entry:
    """Where a recipe lives: a module with a component and ``main(recipe, run)``."""

    module: str
    cls: str
    help: str
    """One line."""

    def component(self) -> type[Any]:
        """The component class; imports the module, and with it torch."""
        found: type[Any] = vars(import_module(self.module))[self.cls]
        return found


RECIPES: Mapping[str, Entry] = {
    "signature-pairs": Entry(
        "shoestring.recipes.signature_pairs", "SignaturePairs", "Verify pen signatures, trained from pairs."
    ),
    "signature-groups": Entry(
        "shoestring.recipes.signature_groups", "SignatureGroups", "Verify pen signatures, trained from identities."
    ),
    "signature-fusion": Entry(
        "shoestring.recipes.signature_fusion", "SignatureFusion", "Verify pen signatures by DTW with stored references."
    ),
    "rl-rollout": Entry("shoestring.recipes.rl_rollout", "RlRollout", "Train an agent from rollouts (PPO, TRPO, A2C)."),
    "rl-replay": Entry(
        "shoestring.recipes.rl_replay", "RlReplay", "Learn action values by replay (DQN and its parts)."
    ),
    "rl-evolution": Entry("shoestring.recipes.rl_evolution", "RlEvolution", "Train a policy by an evolution strategy."),
    "rl-asynchronous": Entry(
        "shoestring.recipes.rl_asynchronous", "RlAsynchronous", "Train an actor-critic by asynchronous processes (A3C)."
    ),
    "rl-tabular": Entry(
        "shoestring.recipes.rl_tabular", "RlTabular", "Learn a table of action values, many seeds at once."
    ),
    "rl-laboratory": Entry(
        "shoestring.recipes.rl_laboratory", "RlLaboratory", "Bias and variance of every policy gradient estimator."
    ),
    "rl-triad": Entry("shoestring.recipes.rl_triad", "RlTriad", "The deadly triad, whole or with a leg removed."),
    "rl-self-play": Entry(
        "shoestring.recipes.rl_self_play", "RlSelfPlay", "Learn a small board game by playing it against itself."
    ),
    "image-pairs": Entry("shoestring.recipes.image_pairs", "ImagePairs", "Verify faces or images, trained from pairs."),
    "image-groups": Entry(
        "shoestring.recipes.image_groups", "ImageGroups", "Verify faces or images, trained from identities."
    ),
    "image-patterns": Entry(
        "shoestring.recipes.image_patterns", "ImagePatterns", "Verify faces or images by fixed features, at once."
    ),
    "image-harmonic": Entry(
        "shoestring.recipes.image_harmonic", "ImageHarmonic", "Train a new model that matches stored old templates."
    ),
    "shared-images": Entry(
        "shoestring.recipes.shared_images", "SharedImages", "Classify small images, gradients averaged over workers."
    ),
    "shared-words": Entry(
        "shoestring.recipes.shared_words", "SharedWords", "Learn a language model, gradients averaged over workers."
    ),
    "text-encoder": Entry("shoestring.recipes.text_encoder", "TextTraining", "Train a text encoder on pairs of texts."),
    "text-words": Entry("shoestring.recipes.text_words", "TextWords", "Pretrain a small BERT on your own texts."),
    "text-cross": Entry("shoestring.recipes.text_cross", "TextCross", "Train a cross-encoder on scored pairs."),
    "taught-pairs": Entry(
        "shoestring.recipes.taught_pairs", "TaughtPairs", "Learn from pairs called the same or different."
    ),
    "signature-pen": Entry("shoestring.recipes.signature_pen", "SignaturePen", "Build the pen model that ships."),
}


@dataclass(frozen=True)
class Preset:
    """A TOML file that names a recipe and sets its structure."""

    name: str
    recipe: str
    help: str
    """Its leading comment, as one line."""
    path: Path


def presets(folder: Path = PRESETS) -> Iterator[Preset]:
    """The packaged presets by name."""
    for path in sorted(folder.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        comment = []
        for line in text.splitlines():
            if not line.startswith("#"):
                break
            comment.append(line.strip("# "))
        yield Preset(path.stem, str(tomllib.loads(text)["recipe"]), " ".join(comment), path)


def find_preset(reference: str, folder: Path = PRESETS) -> Path:
    """The file of a packaged preset, or ``reference`` itself when it is the path of a TOML file.

    Raises:
        NotFoundError: neither; names the nearest preset.
    """
    if reference.endswith(".toml") and Path(reference).is_file():
        return Path(reference)
    known = {path.stem: path for path in folder.glob("*.toml")}
    if reference not in known:
        raise NotFoundError(f"no preset {reference!r}{nearest(reference, known)} (or give the path of a TOML file)")
    return known[reference]


def find_recipe(name: str, recipes: Mapping[str, Entry] = RECIPES) -> Entry:
    """The entry of ``name``. Raises NotFoundError with the nearest name."""
    if name not in recipes:
        raise NotFoundError(f"no recipe {name!r}{nearest(name, recipes)}")
    return recipes[name]
