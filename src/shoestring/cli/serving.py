"""``shoestring studio`` and ``shoestring serve``."""

import os
import tempfile
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from shoestring.cli.arguments import runs_option
from shoestring.cli.demo import enrol_demo_people
from shoestring.cli.extras import needs
from shoestring.cli.output import Output, speaks
from shoestring.core.errors import ConfigError
from shoestring.core.folder import read_json_object

PORT = click.IntRange(0, 65535)


def listens(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options that ``studio`` and ``serve`` share."""
    text = "Port; 0 takes any that is free.  [default: 8321]"
    function = click.option("--port", type=PORT, help=text)(function)
    file = click.Path(path_type=Path, dir_okay=False)
    text = "Allow to look for a face among the people who agreed to it."
    function = click.option("--identify-faces", is_flag=True, default=None, help=text)(function)
    text = "Keep the crops of enrolled pictures, and not only their vectors."
    function = click.option("--keep-images", is_flag=True, default=None, help=text)(function)
    text = "Model for faces and other pictures: a run, or the folder of a model.  [default: the newest run of one]"
    function = click.option("--face", metavar="MODEL", help=text)(function)
    text = 'File that holds the token, or {"write": TOKEN, "read": TOKEN}.'
    function = click.option("--token-file", type=file, help=text)(function)
    return runs_option(function)


@click.command("studio")
@click.option("--no-browser", is_flag=True, help="Only say where it is.")
@click.option("--open", "page", default="", metavar="PAGE", help="Page to open, such as sign or runs.")
@click.option("--demo", is_flag=True, help="On a store of its own with generated people, deleted at the end.")
@listens
@speaks
def studio(
    out: Output,
    *,
    no_browser: bool,
    page: str,
    demo: bool,
    port: int | None,
    token_file: Path | None,
    runs: Path,
    **pictures: Any,
) -> None:
    """Open the studio in the browser, served on this machine only. Ctrl-C ends it."""

    def announce(url: str) -> None:
        address, _, token = url.partition("?")
        shown = f"{address.rstrip('/')}/{page.strip('/')}" + (f"?{token}" if token else "")
        out.narrate("Ctrl-C ends the studio.")
        out.result("shoestring.serving/1", {"url": shown, "demo": demo}, f"the studio is at {shown}")
        if not no_browser:
            webbrowser.open(shown)

    with ExitStack() as stack:
        settings = {"port": port, "runs": runs, **tokens(token_file), **picture_settings(runs, {}, **pictures)}
        if demo:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shoestring-demo-")))
            settings |= {"runs": folder / "runs", "database": f"sqlite:///{folder / 'people.sqlite'}"}
            out.narrate("enrolling generated people for the demo")
            enrol_demo_people(settings)
        _serve(announce, **settings)


@click.command("serve")
@click.option("--host", help="Address to listen on; anything but loopback needs a token.  [default: 127.0.0.1]")
@click.option("--allow-host", "hosts", multiple=True, help="Further name under which clients reach this server.")
@click.option("--allow-origin", "origins", multiple=True, help="Further web origin whose pages may write.")
@click.option("--model", "models", multiple=True, metavar="NAME=FOLDER", help="Serve a model folder by a name.")
@listens
@speaks
def serve(
    out: Output, *, host: str | None, port: int | None, token_file: Path | None, runs: Path, **lists: Any
) -> None:
    """Serve the REST API and the studio until SIGINT or SIGTERM. The API is described at /docs."""

    def announce(url: str) -> None:
        # The token stays out of what service managers collect.
        address = url.partition("?")[0]
        out.result("shoestring.serving/1", {"url": address}, f"serving on {address} (API: {address}docs)")

    folders = dict(_named_folder(text) for text in lists.pop("models"))
    names = {key: lists.pop(key) or None for key in ("hosts", "origins")}
    _serve(
        announce, host=host, port=port, runs=runs, **names, **tokens(token_file),
        **picture_settings(runs, folders, **lists),
    )  # fmt: skip


def picture_settings(
    runs: Path, folders: dict[str, Path], *, face: str | None, keep_images: bool | None, identify_faces: bool | None
) -> dict[str, Any]:
    """What the flags about pictures set; ``--face`` names a served model, a run or a folder. Raises NotFoundError."""
    name = face
    if face is not None and face not in folders:
        from shoestring.recipes.loading import find_model

        folder = find_model(face.removeprefix("run:"), root=runs)
        name = f"run:{folder.parent.name}" if folder.parent.parent.resolve() == runs.resolve() else "face"
        if name == "face":
            folders = {**folders, name: folder}
    return {
        "models": folders or None, "picture_model": name, "keep_images": keep_images, "identify_faces": identify_faces
    }  # fmt: skip


def tokens(file: Path | None) -> dict[str, str]:
    """The tokens in ``file``, if given. Raises ConfigError, BadDataError."""
    if file is None:
        return {}
    try:
        text = file.read_text(encoding="utf-8").strip()
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise ConfigError(f"{file}: others can read it; chmod 600 {file}")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
    if not text.startswith("{"):
        return {"token": text}
    found = read_json_object(file)
    if not set(found) <= {"write", "read"} or not all(isinstance(token, str) for token in found.values()):
        raise ConfigError(f'{file}: expected {{"write": TOKEN, "read": TOKEN}}')
    return {name: found[key] for name, key in (("token", "write"), ("read_token", "read")) if key in found}


def _named_folder(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not equals or not (Path(folder) / "shoestring.json").is_file():
        raise ConfigError(f"--model {text}: expected NAME=FOLDER with a shoestring.json in FOLDER")
    return name, Path(folder)


def _serve(announce: Callable[[str], None], **flags: Any) -> None:
    with needs("studio"):
        from shoestring.service.server import serve as run_server
        from shoestring.service.settings import Settings
    try:
        run_server(Settings.from_environment(**flags), announce=announce)
    except KeyboardInterrupt:
        # Ctrl-C is how a server ends, and everything is put away by now.
        return
