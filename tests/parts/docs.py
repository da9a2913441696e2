"""The documentation: its links, what is generated of it, and the site."""

import re

from .part import Missing, Outcome, Part, Run

UNAVAILABLE = 69


def _site(run: Run, name: str) -> Outcome:
    status, output = run.command(name, ["docs/build"])
    if status == UNAVAILABLE:
        raise Missing(re.sub(r"^docs/build: ", "", output.strip().splitlines()[-1]))
    return Outcome(passed=1) if status == 0 else Outcome(failed=1, remark="docs/build")


SITE = Part("documentation", _site)
