"""The synthesised templates of all stages, in the folder that TEMPLATES names."""

import json
import os
from pathlib import Path

FOLDER = Path(os.environ["TEMPLATES"])
FILES = sorted(FOLDER.glob("*/*.template.json"))
STAGES = sorted({file.parent for file in FILES})
SKIPPED = json.loads((Path(__file__).parent / "skipped.json").read_text())


def pytest_generate_tests(metafunc) -> None:
    if "template" in metafunc.fixturenames:
        metafunc.parametrize("template", FILES, ids=[f"{file.parent.name}-{file.name}" for file in FILES])
