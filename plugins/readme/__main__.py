"""`python -m plugins.readme`: write the parts of the README that follow from the code between their markers."""

from __future__ import annotations

from plugins.readme.costs import costs
from plugins.readme.hooks import REPOSITORY, hooks_reference
from plugins.readme.kind_costs import kind_costs

README = REPOSITORY / "plugins" / "README.md"
SECTIONS = {"costs": costs, "kinds": kind_costs, "hooks": hooks_reference}


def updated(text: str) -> str:
    """The README with these parts as they should be."""
    for name, section in SECTIONS.items():
        begin, end = f"<!-- {name}: written by python -m plugins.readme -->\n", f"<!-- end of {name} -->\n"
        before, _, rest = text.partition(begin)
        _, marker, after = rest.partition(end)
        if not marker:
            raise ValueError(f"the README has lost its markers {begin.strip()} and {end.strip()}")
        text = f"{before}{begin}\n{section()}\n{end}{after}"
    return text


if __name__ == "__main__":
    README.write_text(updated(README.read_text(encoding="utf-8")), encoding="utf-8")
