import os
import subprocess
import sys

import pytest

from shoestring.cli import COMMANDS


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_names_the_program_and_how_to_install_it(shell, name):
    shown = shell("completion", name)
    assert "_SHOESTRING_COMPLETE" in shown.stdout and "install with" in shown.stderr
    assert shell.json("completion", name)["script"] in shown.stdout
    shell("completion", "tcsh", code=2)


def complete(words, env):
    """What the shell is told, as the script of bash asks for it."""
    asked = {"_SHOESTRING_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    code = "import sys; sys.argv[0] = 'shoestring'; from shoestring.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **env, **asked}, capture_output=True, text=True, check=False
    )
    return done.stdout.split()


def test_commands_and_presets_are_completed(tmp_path):
    names = {f"plain,{name}" for section in COMMANDS.values() for name in section if name.startswith("re")}
    assert set(complete("shoestring re", {})) == names
    assert "plain,bromley1993" in complete("shoestring train brom", {"SHOESTRING_RUNS": str(tmp_path)})
