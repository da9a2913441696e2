"""Copies the pages of the site to a folder that mdBook builds: stage.py FOLDER.

Pages link to one another and to files of the repository by relative paths, which work on GitHub. On
the site a link to a page stays one; a link to another file leads to REPOSITORY_URL, or becomes plain
text when that is not set.
"""

import os
import shutil
import sys
from pathlib import Path

import markdown

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SUMMARY = DOCS / "SUMMARY.md"
# Pages that stand at the root of the repository, and where they are on the site.
ROOT_PAGES = {
    "ARCHITECTURE.md": "explanation/architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "explanation/security.md",
    "tests/README.md": "tests.md",
    "tests/checks.md": "checks.md",
}
REVISION = "HEAD"


def pages() -> dict[Path, Path]:
    """Each page of the table of contents: its file, and its place on the site."""
    found = {}
    for link in markdown.links(markdown.read(SUMMARY)):
        file = (DOCS / link.path).resolve()
        name = file.relative_to(ROOT).as_posix()
        found[file] = Path(ROOT_PAGES.get(name) or file.relative_to(DOCS))
    return found


def rewrite(text: str, file: Path, places: dict[Path, Path], repository: str | None) -> str:
    """The text of a page with its links as the site needs them."""
    here = places.get(file, Path(file.name)).parent
    parts, end = [], 0
    for link in markdown.links(text):
        if link.external or not link.path:
            continue
        target = (file.parent / link.path).resolve()
        if target in places:
            new = Path(os.path.relpath(places[target], here)).as_posix()
        elif link.image:
            continue
        elif repository:
            name = target.relative_to(ROOT).as_posix()
            kind = "tree" if target.is_dir() else "blob"
            new = f"{repository}/{kind}/{REVISION}/{name}"
        else:
            parts += [text[end : link.start], link.text]
            end = link.end
            continue
        parts += [text[end : link.target_start], new]
        end = link.target_start + len(link.target.split("#")[0])
    return "".join([*parts, text[end:]])


def stage(folder: Path, repository: str | None) -> None:
    source = folder / "src"
    shutil.rmtree(source, ignore_errors=True)
    places = pages()
    for file, place in [*places.items(), (SUMMARY, Path("SUMMARY.md"))]:
        text = rewrite(markdown.read(file), file, places, repository)
        staged = source / place
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.write_text(text, encoding="utf-8")
    shutil.copytree(DOCS / "images", source / "images")
    shutil.copy(DOCS / "book.toml", folder / "book.toml")


if __name__ == "__main__":
    url = os.environ.get("REPOSITORY_URL", "").rstrip("/")
    stage(Path(sys.argv[1]), url or None)
