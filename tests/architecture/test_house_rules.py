"""The rules of the house that a reviewer would otherwise have to remember."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "shoestring"
SOURCES = sorted(PACKAGE.rglob("*.py"))
STATIC = PACKAGE / "service" / "studio" / "static"
SCRIPTS = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)
HARD_CAP = 400
RECIPE_CAP = 200


def name(path):
    return str(path.relative_to(ROOT))


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SOURCES + SCRIPTS, ids=name)
def test_no_file_is_longer_than_the_cap(path):
    recipe = path.parent == PACKAGE / "recipes" and "def main(recipe" in path.read_text(encoding="utf-8")
    assert len(path.read_text(encoding="utf-8").splitlines()) <= (RECIPE_CAP if recipe else HARD_CAP)


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_but_protocols_modules_and_errors_stands_above_a_class(path):
    allowed = {
        "Protocol", "nn.Module", "Module", "Exception", "NamedTuple", "TypedDict", "StrEnum",
        # What libraries ask to be subclassed.
        "torch.autograd.Function", "Function", "TorchFunctionMode", "click.Group", "click.ParamType", "click.Command",
            "BaseModel",
    }  # fmt: skip
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                text = ast.unparse(base).partition("[")[0]
                is_error = text.endswith("Error") and node.name.endswith("Error")
                assert text in allowed or is_error or text == "Sequence", f"{node.name}({text})"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_pickle_no_evaluation_no_built_names(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            assert not names & {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("eval", "exec", "compile", "torch.load", "torch.save"), called
            if called == "getattr":
                assert not isinstance(node.args[1], ast.JoinedStr | ast.BinOp), "getattr on a built name"
            for keyword in node.keywords:
                unsafe = keyword.arg == "allow_pickle" and ast.unparse(keyword.value) != "False"
                assert not unsafe, "allow_pickle"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_module_keeps_a_registry_that_others_write_to(path):
    """Module-level lists, dictionaries and sets are constants: nothing in the package changes one after it is made."""
    module = tree(path)
    made = {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict | ast.List | ast.Set)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    changing = {"append", "add", "update", "setdefault", "extend", "insert", "pop"}
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in changing:
            owner = node.func.value
            assert not (isinstance(owner, ast.Name) and owner.id in made), ast.unparse(node)
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                    assert target.value.id not in made or target.value.id in _locals(module), ast.unparse(node)


def _locals(module):
    functions = [n for n in ast.walk(module) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {t.id for f in functions for n in ast.walk(f) for t in ast.walk(n) if isinstance(t, ast.Name)
            and isinstance(t.ctx, ast.Store)}  # fmt: skip


@pytest.mark.parametrize("path", [p for p in SOURCES if p.stem not in ("__init__", "__main__")], ids=name)
def test_every_source_file_has_a_test_file(path):
    folder = ROOT / "tests" / path.parent.relative_to(PACKAGE)
    assert (folder / f"test_{path.stem}.py").is_file()


def test_layers_hold():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


LIGHT = [
    "--help", "list recipes", "list presets", "list runs", "list papers", "list activations", "train --help",
    "compare --help", "activations --help", "activations list", "activations plot --help",
]  # fmt: skip


@pytest.mark.parametrize("command", LIGHT)
def test_commands_that_compute_nothing_do_not_import_torch(command, tmp_path):
    code = (
        "import sys; from shoestring.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'torch', 'scipy', 'sklearn', 'fastapi', 'sqlalchemy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command.split()],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, shoestring; assert not {'torch', 'numpy', 'pydantic', 'click'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_resolves():
    import shoestring

    assert all(getattr(shoestring, public) for public in shoestring.__all__)


def test_file_paths_and_numbers_in_the_readme_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    assert [link for link in links if not (ROOT / link).exists()] == []
