"""A child ends when it is told to, when it does not want to, and with its parent."""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from cli.embedded import child
from cli.embedded.child import Child
from tests.cli.embedded.instance import python, wait_until


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def started(program: str, log: Path) -> tuple[Child, str]:
    """A child, and its first line."""
    process = Child(python(program), log, is_talking=True)
    assert process.process.stdout is not None
    return process, process.process.stdout.readline().decode()


def test_one_that_does_not_want_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "END_SECONDS", 0.1)
    program = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(flush=True)
signal.pause()
"""
    stubborn, _ = started(program, tmp_path / "log")
    stubborn.end()
    assert stubborn.process.returncode == -signal.SIGKILL
    stubborn.process.communicate()


def test_what_it_started_ends_too(tmp_path: Path) -> None:
    program = "import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True); input()"
    parent, line = started(program, tmp_path / "log")
    assert not parent.has_ended()
    assert not is_gone(int(line))
    parent.process.kill()
    wait_until(parent.has_ended)
    wait_until(lambda: is_gone(int(line)))
    parent.process.communicate()


def test_its_last_words_are_those_of_this_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("of an earlier start\n")
    silent, _ = started("print()", log)
    silent.process.communicate(timeout=30)
    assert silent.last_words() == ""
    talking, _ = started("import sys; sys.stderr.write('first\\nlast\\n\\n')", log)
    talking.process.communicate(timeout=30)
    assert talking.last_words() == "last"


@pytest.mark.parametrize("is_bound_by_kernel", [False, child.IS_BOUND_BY_KERNEL])
def test_it_ends_with_a_killed_parent(tmp_path: Path, is_bound_by_kernel: bool) -> None:
    """By the kernel where it can, or by a guard."""
    program = f"""
from pathlib import Path
from cli.embedded import child
child.IS_BOUND_BY_KERNEL = {is_bound_by_kernel}
print(child.Child(["sleep", "60"], Path("log")).process.pid, flush=True)
input()
"""
    parent = subprocess.Popen(
        python(program), cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not is_gone(pid)
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    wait_until(lambda: is_gone(pid))
    wait_until(lambda: not any(str(pid) in line for line in commands()))


def commands() -> list[str]:
    return [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
