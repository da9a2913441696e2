"""A part of the tests: its type, how it is run, and how its result is reported."""

import re
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import environ
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(environ.get("CARGO_TARGET_DIR", ROOT / "target"))


@dataclass
class Outcome:
    """The counts of one part."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    remark: str = ""


class Missing(Exception):
    """A part cannot run here; the text says in one line what is missing."""


@dataclass(frozen=True)
class Part:
    """One line of the summary."""

    name: str
    # Raises `Missing`, or returns the counts.
    action: Callable[["Run", str], Outcome]


@dataclass
class Report(Outcome):
    """The counts of a part that ran."""

    name: str = ""
    seconds: float = 0

    def line(self) -> str:
        return (f"{self.name:22}{self.passed:5} passed {self.failed:3} failed {self.skipped:3} skipped "
                f"{self.seconds:5.0f} s  {self.remark}").rstrip()


@dataclass
class Run:
    """One call of `tests/run`."""

    is_ci: bool
    reports: list[Report] = field(default_factory=list)
    _printing: threading.Lock = field(default_factory=threading.Lock)

    def do(self, part: Part) -> None:
        """Runs one part and keeps its counts."""
        self.say(part.name, "begins")
        began = time.monotonic()
        try:
            outcome = part.action(self, part.name)
        except Missing as missing:
            self.say(part.name, f"skipped: {missing}")
            outcome = self.left_out(str(missing))
        self.reports.append(Report(
            outcome.passed, outcome.failed, outcome.skipped, outcome.remark, part.name,
            time.monotonic() - began))

    def left_out(self, remark: str) -> Outcome:
        """The counts of what cannot run here: skipped, but a failure in CI."""
        counts = {"failed": 1} if self.is_ci else {"skipped": 1}
        return Outcome(remark=remark, **counts)

    def say(self, name: str, line: str) -> None:
        """Prints one line of a part; the name tells apart the lines of parts that run in parallel."""
        with self._printing:
            print(f"{name}: {line}", flush=True)

    def command(self, name: str, words: Sequence[str | Path],
                variables: Mapping[str, str | Path] | None = None) -> tuple[int, str]:
        """Runs a command, prints its output, and returns its status and its output."""
        output = []
        try:
            process = subprocess.Popen(
                [str(word) for word in words], cwd=ROOT, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                env={**environ, **{key: str(value) for key, value in (variables or {}).items()}})
        except OSError as error:
            return 127, str(error)
        with process:
            for line in process.stdout:
                output.append(line)
                self.say(name, line.rstrip("\n"))
        return process.returncode, "".join(output)


def check(*words: str | Path) -> Callable[[Run, str], Outcome]:
    """A command that counts as one test."""
    def action(run: Run, name: str) -> Outcome:
        status, _ = run.command(name, words)
        return Outcome(passed=1) if status == 0 else Outcome(failed=1, remark=" ".join(map(str, words)))
    return action


def counted(status: int, passed: int, failed: int, skipped: int) -> Outcome:
    """The counts, with one failure more when the command failed without a failed test or ran no test."""
    if failed == 0 and (status != 0 or passed == 0):
        return Outcome(passed, 1, skipped, f"ended with status {status}")
    return Outcome(passed, failed, skipped)


def of_cargo(status: int, output: str) -> Outcome:
    """The counts in the output of `cargo test`."""
    sums = [0, 0, 0]
    for found in re.finditer(r"^test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored", output, re.M):
        sums = [total + int(count) for total, count in zip(sums, found.groups(), strict=True)]
    return counted(status, *sums)


def of_pytest(status: int, output: str) -> Outcome:
    """The counts in the last line of pytest."""
    return counted(status, *(_last(rf"(\d+) (?:{word})", output)
                             for word in ("passed", "failed|error", "skipped")))


def of_tap(status: int, output: str) -> Outcome:
    """The counts in what `node --test` prints for machines."""
    return counted(status, *(_last(rf"^# {word} (\d+)", output) for word in ("pass", "fail", "skipped")))


def _last(pattern: str, text: str) -> int:
    found = re.findall(pattern, text, re.M)
    return int(found[-1]) if found else 0


def require(run: Run, name: str, *wrapper: str) -> None:
    """Checks that these wrapper commands work. They may have to install what they provide."""
    status, output = run.command(name, [*wrapper, "true"])
    if status != 0:
        lines = output.strip().splitlines() or [f"{wrapper[0]} ends with status {status}"]
        raise Missing(re.sub(r"^tests/\w+: ", "", lines[-1]))
