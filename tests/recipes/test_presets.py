"""Every packaged preset: found, described, and accepted by its recipe."""

import pytest

from shoestring.core.errors import NotFoundError
from shoestring.recipes import PRESETS, RECIPES, find_preset, find_recipe, presets
from shoestring.recipes.training import plan


@pytest.mark.parametrize("preset", list(presets()), ids=lambda preset: preset.name)
def test_a_preset_is_complete_and_says_what_it_is(preset):
    assert preset.recipe in RECIPES and preset.help
    job = plan(preset.name, environment={})
    assert job.recipe == preset.recipe and job.name == preset.name


def test_presets_are_read_from_a_folder(tmp_path):
    (tmp_path / "b.toml").write_text('recipe = "x"\n# not leading\n')
    (tmp_path / "a.toml").write_text('# First\n#   line.\nrecipe = "x"\n')
    assert [(p.name, p.recipe, p.help) for p in presets(tmp_path)] == [("a", "x", "First line."), ("b", "x", "")]


def test_a_preset_is_found_by_name_or_path_and_never_outside(tmp_path):
    name = next(presets()).name
    assert find_preset(name) == PRESETS / f"{name}.toml"
    mine = tmp_path / "mine.toml"
    mine.write_text("")
    assert find_preset(str(mine)) == mine
    for reference in ("../__init__", "/etc/passwd", str(tmp_path), "", f"{name}x"):
        with pytest.raises(NotFoundError, match="no preset"):
            find_preset(reference)


def test_an_unknown_recipe_gets_a_hint():
    with pytest.raises(NotFoundError, match="did you mean"):
        find_recipe(next(iter(RECIPES)) + "s")
