"""What was taken from elsewhere is unchanged, licensed, and complete."""

import hashlib
import json
from pathlib import Path

from shoestring.service.pages import STATIC

VENDOR = STATIC / "vendor"


def test_vendored_files_are_those_of_the_packages() -> None:
    packages = json.loads((VENDOR / "VENDOR.json").read_text())["packages"]
    listed = {file["file"]: file["sha256"] for package in packages for file in package["files"]}
    files = [path for path in VENDOR.iterdir() if path.name != "VENDOR.json"]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert found == listed
    for package in packages:
        assert package["licence"] in {"MIT", "Apache-2.0", "OFL-1.1"} and package["version"]
        assert any(file["file"].endswith(".LICENSE") for file in package["files"]), package["name"]


def test_nothing_names_another_machine() -> None:
    for path in [*STATIC.rglob("*.js"), *STATIC.rglob("*.css"), *STATIC.rglob("*.html")]:
        if "vendor" not in path.parts:
            addresses = [word for word in path.read_text().split('"') if word.startswith(("http:", "https:", "//"))]
            assert addresses in ([], ["http://www.w3.org/2000/svg"]), path


def test_no_inline_script_or_style() -> None:
    page = (STATIC / "index.html").read_text()
    assert "<style" not in page and "style=" not in page and " on" not in page.replace("one", "")
    assert page.count("<script") == page.count('<script type="module" src=')


def test_every_module_is_reached_from_the_page() -> None:
    """A file that nothing imports is dead."""
    seen: set[Path] = set()
    todo = [STATIC / "app.js"]
    while todo:
        path = todo.pop().resolve()
        if path in seen:
            continue
        seen.add(path)
        lines = [line for line in path.read_text().splitlines() if line.startswith(("import ", "} from", "export "))]
        todo += [path.parent / line.split('from "')[1].split('"')[0] for line in lines if 'from "' in line]
    own = {path.resolve() for path in STATIC.rglob("*.js")}
    assert own == seen
