"""What do the pages look like? Colours and style sheets of the static pages, the explorer and the desk.

One strong colour leads; red belongs to the button that leaves the page, and to nothing else.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

ASSETS = Path(__file__).with_name("assets")

LIGHT = {
    "accent": "#0b5563",
    "on-accent": "#ffffff",
    "text": "#1b2226",
    "muted": "#4d5960",
    "ground": "#ffffff",
    "surface": "#f1f5f6",
    "line": "#c9d3d7",
    "faint": "#9aa8ae",
    "blank": "#eceff0",
    "tint": "#dcebee",
    "notice": "#fdf3d8",
    "on-notice": "#574004",
    "leave": "#a8101c",
}
DARK = {
    "accent": "#7cc9d6",
    "on-accent": "#0c1a1d",
    "text": "#e8edef",
    "muted": "#aab6bc",
    "ground": "#12181b",
    "surface": "#1a2226",
    "line": "#3a474d",
    "faint": "#5d6c73",
    "blank": "#232c31",
    "tint": "#1f3b41",
    "notice": "#352b10",
    "on-notice": "#f1dda8",
    "leave": "#c01f2d",
}


@cache
def style_sheet(*names: str) -> str:
    """The named style sheets of `assets/` as one, after the colours as custom properties (`var(--accent)`)."""
    light = "".join(f"--{name}:{value};" for name, value in LIGHT.items())
    dark = "".join(f"--{name}:{value};" for name, value in DARK.items())
    # Paper is white: the dark colours are for screens.
    colours = (
        f":root{{color-scheme:light dark;{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )
    return colours + "\n".join((ASSETS / f"{name}.css").read_text(encoding="utf-8") for name in names)


def theme() -> dict[str, object]:
    """Streamlit's settings for the same look."""
    options: dict[str, object] = {
        "theme.paddingTop": "1rem",
        "theme.baseRadius": "0.25rem",
        "theme.headingFontSizes": ["2rem", "1.375rem", "1.125rem", "1rem", "1rem", "1rem"],
        "theme.headingFontWeights": [700, 650, 650, 600, 600, 600],
        "theme.linkUnderline": True,
        "theme.showWidgetBorder": True,
    }
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        options |= {
            f"theme.{name}.primaryColor": colours["accent"],
            f"theme.{name}.backgroundColor": colours["ground"],
            f"theme.{name}.secondaryBackgroundColor": colours["surface"],
            f"theme.{name}.textColor": colours["text"],
            f"theme.{name}.linkColor": colours["accent"],
            f"theme.{name}.borderColor": colours["line"],
        }
    return options
