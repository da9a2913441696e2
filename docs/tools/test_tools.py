"""How Markdown is read and staged. Run by `python3 -m unittest discover docs/tools`."""

import unittest
from pathlib import Path

import markdown
import reference
import stage

DOCS = stage.DOCS
HERE = DOCS / "how-to" / "proxy.md"
PLACES = {
    HERE: Path("how-to/proxy.md"),
    DOCS / "tutorial.md": Path("tutorial.md"),
    stage.ROOT / "SECURITY.md": Path("explanation/security.md"),
}
REPOSITORY = "https://git.example/countersign"


class Markdown(unittest.TestCase):
    def test_links_are_found_outside_code_alone(self):
        for text, targets in {
            "[a](b.md) and ![c](d.svg)": ["b.md", "d.svg"],
            "[`code`](b.md#part)": ["b.md#part"],
            "`[a](b.md)` and ``x ` [a](b.md)``": [],
            "```sh\n[a](b.md)\n```\n[c](d.md)": ["d.md"],
            "````\n```\n[a](b.md)\n````": [],
            '<img alt="x" src="a.svg">': ["a.svg"],
        }.items():
            with self.subTest(text):
                self.assertEqual([link.target for link in markdown.links(text)], targets)

    def test_a_link_knows_its_line(self):
        self.assertEqual(markdown.links("a\n\n[b](c)")[0].line, 3)

    def test_anchors_are_those_of_github(self):
        text = "# A `code`, and more\n## Twice\n## Twice\n```\n# none\n```\n## [Link](x.md)!"
        found = markdown.anchors(text)
        self.assertEqual(found, {"a-code-and-more", "twice", "twice-1", "link"})


class Stage(unittest.TestCase):
    def test_links_lead_where_the_site_has_the_page(self):
        for text, expected in {
            "[a](../tutorial.md#x)": "[a](../tutorial.md#x)",
            "[SECURITY.md](../../SECURITY.md)": "[SECURITY.md](../explanation/security.md)",
            "[`wit/`](../../wit), [b](#c)": f"[`wit/`]({REPOSITORY}/tree/HEAD/wit), [b](#c)",
            "[a](https://example.com)": "[a](https://example.com)",
            "![a](../images/parts.svg)": "![a](../images/parts.svg)",
        }.items():
            with self.subTest(text):
                self.assertEqual(stage.rewrite(text, HERE, PLACES, REPOSITORY), expected)

    def test_without_a_repository_a_link_to_a_source_becomes_text(self):
        text = "see [`wit/`](../../wit) and [it](../tutorial.md)"
        expected = "see `wit/` and [it](../tutorial.md)"
        self.assertEqual(stage.rewrite(text, HERE, PLACES, None), expected)


class Reference(unittest.TestCase):
    def test_a_section_of_the_policy_becomes_a_heading(self):
        toml = "# Head.\n\n# --- Roles: what users may do ---\n# Comment.\n[roles.a]\n"
        expected = "## Roles\n\nWhat users may do.\n\n```toml\n# Comment.\n[roles.a]\n```\n"
        self.assertEqual(reference.policy(toml), expected)

    def test_kinds_of_members(self):
        for schema, expected in (
            ({"type": "string", "format": "date-time"}, "string (date-time)"),
            ({"type": ["string", "null"]}, "string or null"),
            ({"type": "array", "items": {"$ref": "#/x/Account"}}, "array of [Account](#account)"),
            ({"oneOf": [{"$ref": "#/x/Reason"}, {"type": "null"}]}, "[Reason](#reason) or null"),
            ({"enum": ["active", "disabled"]}, "`active` or `disabled`"),
        ):
            with self.subTest(expected):
                self.assertEqual(reference.kind(schema), expected)


if __name__ == "__main__":
    unittest.main()
