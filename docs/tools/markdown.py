"""Links, images and headings of Markdown files, as GitHub and mdBook read them."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
CODE_SPAN = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\[\]]*)\]\((?P<target>[^()\s]+)\)")
HTML_LINK = re.compile(r"<(?:a|img|source)\s[^>]*?(?:href|src|srcset)=\"(?P<target>[^\"]+)\"")
HEADING = re.compile(r"^(#{1,6}) +(.+?) *#*$")


@dataclass(frozen=True)
class Link:
    """One link or image, and where it stands in the text."""

    target: str
    line: int
    start: int
    end: int
    target_start: int
    text: str
    image: bool

    @property
    def external(self) -> bool:
        return "://" in self.target or self.target.startswith("mailto:")

    @property
    def path(self) -> str:
        return unquote(self.target.split("#")[0])

    @property
    def fragment(self) -> str:
        return unquote(self.target.partition("#")[2])


def without_code(text: str) -> str:
    """The text with all code blanked, character for character."""
    lines, fence = [], None
    for line in text.split("\n"):
        mark = FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = None
            line = " " * len(line)
        elif mark:
            fence = mark[1]
            line = " " * len(line)
        lines.append(line)
    return CODE_SPAN.sub(lambda span: "x" * len(span[0]), "\n".join(lines))


def links(text: str) -> list[Link]:
    """All links and images outside code."""
    plain = without_code(text)
    found = []
    for match in [*LINK.finditer(plain), *HTML_LINK.finditer(plain)]:
        markdown = match.re is LINK
        found.append(
            Link(
                # Blanked code cannot be part of a target, so that this is the text itself.
                target=match["target"],
                line=plain.count("\n", 0, match.start()) + 1,
                start=match.start() if markdown else match.start("target"),
                end=match.end() if markdown else match.end("target"),
                target_start=match.start("target"),
                text=text[match.start("text") : match.end("text")] if markdown else "",
                image=not markdown or bool(match["image"]),
            )
        )
    return sorted(found, key=lambda link: link.start)


def anchors(text: str) -> set[str]:
    """The fragments that lead to the headings of a page."""
    found: set[str] = set()
    originals = text.split("\n")
    for number, line in enumerate(without_code(text).split("\n")):
        if HEADING.match(line):
            base = anchor = slug(HEADING.match(originals[number])[2])
            count = 0
            while anchor in found:
                count += 1
                anchor = f"{base}-{count}"
            found.add(anchor)
    return found


def slug(heading: str) -> str:
    heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    kept = (c for c in heading if c.isalnum() or c in "-_ ")
    return "".join("-" if c == " " else c for c in kept)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
