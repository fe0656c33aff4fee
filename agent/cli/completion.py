"""`tonny-agent completion`: scripts for shells."""

import re
from typing import Literal

# zsh takes the whole file for the function that completes: it has to call what it
# defines. One that is read by `source` or `eval` says for which command it is instead.
_ZSH = """
case $funcstack[1] in
    _*) _cyclopts_tonny-agent "$@" ;;
    *) compdef _cyclopts_tonny-agent tonny-agent ;;
esac
"""


def completion(shell: Literal["bash", "zsh", "fish"], /) -> int:
    """Print a completion script for a shell.

    zsh looks for it in the folders of its $fpath, by the name in the example.

    For example:

    tonny-agent completion bash > ~/.local/share/bash-completion/completions/tonny-agent

    tonny-agent completion fish > ~/.config/fish/completions/tonny-agent.fish

    tonny-agent completion zsh > ~/.zfunc/_tonny-agent

    Parameters
    ----------
    shell
        Whose completion.
    """
    from agent.cli.interpret import application

    script = application().generate_completion(shell=shell).rstrip() + "\n"
    print(script + {"bash": "", "zsh": _ZSH, "fish": _no_files(script)}[shell], end="")
    return 0


def _no_files(script: str) -> str:
    """fish would name files, too, where one of several commands has to follow."""
    groups = re.findall(r"-n '(\S+_using_command [a-z ]+)' -a ", script)
    return "".join(
        f"complete -c tonny-agent -n '{each}' -f\n" for each in dict.fromkeys(groups)
    )
