"""Puts the component that `make component` wrote into the package.

    python3 build.py [COMPONENT]
"""

import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE / "../../../target"))

component = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET / "component/countersign.wasm"
folder = HERE / "src/countersign_edge/dist"
folder.mkdir(exist_ok=True)
shutil.copyfile(component, folder / "countersign.wasm")
