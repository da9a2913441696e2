"""The wheel, installed in an empty folder."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from issuer import AUDIENCE, ISSUER, Key

PACKAGE = Path(__file__).resolve().parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", PACKAGE.parents[2] / "target"))
# What the wheel may take, in bytes.
MAX_BYTES = 230_000


def test_the_wheel_works_in_an_empty_folder_and_names_its_component(tmp_path):
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "wheel", *offline, "--wheel-dir", tmp_path, PACKAGE], check=True)
    [wheel] = tmp_path.glob("*.whl")
    assert wheel.stat().st_size <= MAX_BYTES
    installed = tmp_path / "installed"
    subprocess.run([*pip, "install", *offline, "--target", installed, wheel], check=True)
    key = Key("a")
    script = f"""
from countersign_edge import SHA256, create_verifier
import countersign_edge
assert countersign_edge.__file__.startswith({str(installed)!r})
verifier = create_verifier(issuer={ISSUER!r}, audience={AUDIENCE!r}, jwks={{"keys": [{key.jwk}]}})
print(SHA256, verifier.verify({key.token()!r}).subject)
"""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    answer = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True,
                            capture_output=True, text=True)
    component = (TARGET / "component/countersign.wasm").read_bytes()
    assert answer.stdout.split() == [hashlib.sha256(component).hexdigest(), "alice"]
