from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from shoestring.core import config
from shoestring.core.component import component
from shoestring.core.errors import ConfigError


@component
class Hinge:
    kind: Literal["hinge"] = "hinge"
    margin: float = 1.0


@component
class Exponential:
    kind: Literal["exponential"] = "exponential"
    energy_bound: float = 100.0


@component
class Job:
    data: str
    loss: Hinge | Exponential = Hinge()
    steps: Annotated[int, Field(ge=1)] = 100
    note: str | None = None
    sizes: tuple[int, ...] = (8, 4)


@component
class Wrapper:
    inner: Hinge = Hinge()


def load(*texts: str, overrides: tuple[str, ...] = ()) -> Job:
    layers = [config.text_layer(text, f"file{number}.toml") for number, text in enumerate(texts)]
    return config.load(Job, [*layers, config.override_layer(overrides)])


def test_later_layers_win_and_numbers_are_numbers():
    job = load('data = "a"\nsteps = 5\n[loss]\nkind = "hinge"\nmargin = 2.0', overrides=("loss.margin=1e-4", "data=b"))
    assert job == Job(data="b", steps=5, loss=Hinge(margin=1e-4))


def test_another_kind_replaces_the_table_whole():
    below = 'data = "a"\n[loss]\nkind = "hinge"\nmargin = 2.0'
    assert load(below, overrides=("loss.kind=exponential",)).loss == Exponential()
    assert load(below, overrides=("loss=exponential",)).loss == Exponential()


def test_unknown_key_names_file_line_and_nearest_name():
    with pytest.raises(ConfigError, match=r"file0\.toml:4 loss\.margn: unknown key 'margn'; did you mean 'margin'"):
        load('data = "a"\n\n[loss]\nmargn = 3\nkind = "hinge"')


def test_unknown_kind_and_missing_and_wrong_values_are_named():
    with pytest.raises(ConfigError, match=r"loss\.kind: unknown kind 'hing'; did you mean 'hinge'"):
        load('data = "a"', overrides=("loss.kind=hing",))
    with pytest.raises(ConfigError, match="data is needed"):
        load("steps = 1")
    with pytest.raises(ConfigError, match=r"file0\.toml:2 steps: 0: .*greater than or equal to 1"):
        load('data = "a"\nsteps = 0')
    with pytest.raises(ConfigError, match=r"command line sizes: 'many'"):
        load('data = "a"', overrides=("sizes=many",))
    with pytest.raises(ConfigError, match="x.toml:1 inner: expected a table"):
        config.load(Wrapper, [config.text_layer("inner = 3", "x.toml")])


def test_environment_sets_nested_keys_and_ignores_program_settings():
    layer = config.environment_layer({"SHOESTRING_LOSS__MARGIN": "0.5", "SHOESTRING_HOME": "/x", "PATH": "/bin"})
    assert layer.table == {"loss": {"margin": 0.5}}


@pytest.mark.parametrize(
    "text",
    ["a = ", "a = " + "[" * 5000 + "]" * 5000, "a = " + "9" * 10_000, "\x00", "a = 1\na = 2", "[a]\n[a]"],
    ids=["cut", "deep", "huge", "nul", "twice", "table twice"],
)
def test_hostile_toml_is_a_clear_error(text, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"bad\.toml: not valid TOML"):
        config.read_layer(path)


def test_large_missing_and_binary_files_are_refused(tmp_path):
    path = tmp_path / "x.toml"
    with pytest.raises(ConfigError, match="No such file"):
        config.read_layer(path)
    path.write_bytes(b"#" * (config.MAX_TOML_BYTES + 1))
    with pytest.raises(ConfigError, match="larger than"):
        config.read_layer(path)
    path.write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigError, match="byte 5 is not UTF-8"):
        config.read_layer(path)


@pytest.mark.parametrize("text", ["steps", "=3", "a..b=1", ["loss.margin=1", "loss=2"][0][:4]])
def test_overrides_must_be_assignments(text):
    with pytest.raises(ConfigError, match="is not key=value"):
        config.override_layer([text])


def test_a_value_is_not_a_table():
    with pytest.raises(ConfigError, match="is set below 'steps'"):
        config.override_layer(["steps=3", "steps.more=4"])


@given(
    st.builds(
        Job,
        data=st.text(st.characters(codec="utf-8", exclude_categories=("Cs",))),
        loss=st.builds(Hinge, margin=st.floats(-1e300, 1e300)) | st.builds(Exponential),
        steps=st.integers(1, 2**62),
        note=st.none() | st.just("x"),
        sizes=st.lists(st.integers(-9, 9)).map(tuple),
    )
)
def test_dump_is_read_back_equal(job):
    assert config.load(Job, [config.text_layer(config.dump(job), "dump")]) == job


def test_annotate_names_the_source_of_each_value():
    layers = [config.text_layer('data = "a"\n[loss]\nmargin = 3.0', "preset x"), config.override_layer(["steps=7"])]
    text = config.annotate(config.load(Job, layers), layers, recipe="job")
    lines = dict(line.split("  # ") for line in text.splitlines() if "  # " in line)
    assert lines['data = "a"'] == lines["margin = 3.0"] == "preset x"
    assert lines["steps = 7"] == "command line" and lines['kind = "hinge"'] == "default"
    assert config.text_layer(text, "again").table["recipe"] == "job"


def test_schema_lists_fields_and_members():
    schema = config.schema(Job)
    assert schema["properties"]["steps"]["minimum"] == 1
    assert {"Hinge", "Exponential"} <= set(schema["$defs"])


def test_a_long_list_of_names_does_not_hide_the_error():
    assert config.nearest("zzz", ["b", "a"]) == "; known: a, b"
    shown = config.nearest("zzz", [f"name{n:02}" for n in range(20)])
    assert shown.startswith("; known: name00, ") and shown.endswith("name11 and 8 more")
