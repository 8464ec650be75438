"""``castlist completion``."""

import shutil
import subprocess

import pytest
from castlist.__main__ import MISUSE, main
from castlist.clustering.commands.completion import SHELLS


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize(
    ("words", "completed"), [(("exp",), "export"), (("export", "--handl"), "--handles")]
)
def test_bash_completes(
    words: tuple[str, ...], completed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    ask = f"""
COMP_WORDS=(castlist {" ".join(words)}); COMP_CWORD={len(words)}; COMP_TYPE=9
function_of=$(complete -p castlist | sed 's/.*-F \\([^ ]*\\).*/\\1/')
$function_of castlist "{words[-1]}" x
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    answer = subprocess.run(
        ["bash", "--norc", "-c", script + ask], capture_output=True, text=True, check=True
    )
    assert completed in answer.stdout.split()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_has_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert "evaluate" in capsys.readouterr().out


def test_another_shell_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "cmd"]) == MISUSE
    assert "bash" in capsys.readouterr().err
