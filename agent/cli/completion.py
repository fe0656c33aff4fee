"""`tonny-agent completion`: scripts for shells."""

from typing import Literal


def completion(shell: Literal["bash", "zsh", "fish"], /) -> int:
    """Print a completion script for a shell.

    For example:

    tonny-agent completion bash > ~/.local/share/bash-completion/completions/tonny-agent

    tonny-agent completion fish > ~/.config/fish/completions/tonny-agent.fish

    Parameters
    ----------
    shell
        Whose completion.
    """
    from agent.cli.interpret import application

    print(application().generate_completion(shell=shell))
    return 0
