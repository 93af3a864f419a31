"""``shoestring completion``."""

import click
from click.shell_completion import get_completion_class

from shoestring.cli.output import Output, speaks

WHERE = {
    "bash": 'eval "$(shoestring completion bash)"  in ~/.bashrc',
    "zsh": 'eval "$(shoestring completion zsh)"  in ~/.zshrc',
    "fish": "shoestring completion fish > ~/.config/fish/completions/shoestring.fish",
}


@click.command("completion")
@click.argument("shell", type=click.Choice(sorted(WHERE)))
@click.pass_context
@speaks
def completion(out: Output, context: click.Context, shell: str) -> None:
    """Print the completion script of SHELL."""
    complete = get_completion_class(shell)
    if complete is None or context.parent is None:
        raise click.UsageError(f"click has no completion for {shell!r}")
    script = complete(context.parent.command, {}, "shoestring", "_SHOESTRING_COMPLETE").source()
    out.narrate(f"# install with: {WHERE[shell]}")
    out.result("shoestring.completion/1", {"shell": shell, "script": script}, script)
