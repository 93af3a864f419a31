import dataclasses
import subprocess
import sys

from shoestring.recipes import RECIPES
from shoestring.recipes.fields import recipe_fields
from tests.recipes.logistic import TABLE, Logistic


def test_the_source_says_what_the_class_has():
    about, fields = recipe_fields(TABLE["logistic"])
    assert about == "Two Gaussian clouds, one linear unit."
    assert [field.name for field in fields] == [field.name for field in dataclasses.fields(Logistic)]
    steps, rows, noise = fields[:3]
    assert (steps.type, steps.default, steps.help) == ("int", "60", "Optimiser steps.")
    assert rows.help == "" and (noise.type, noise.default) == ("Noise", "Noise()")


def test_every_recipe_is_described_without_torch():
    code = (
        "import sys; from shoestring.recipes import RECIPES; from shoestring.recipes.fields import recipe_fields\n"
        "assert all(recipe_fields(entry)[1] for entry in RECIPES.values()); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_table_fits_the_classes():
    for entry in RECIPES.values():
        cls = entry.component()
        assert [field.name for field in recipe_fields(entry)[1]] == [field.name for field in dataclasses.fields(cls)]
        assert entry.help and "\n" not in entry.help
