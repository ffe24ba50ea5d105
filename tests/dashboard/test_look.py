"""The rules of the look: contrast that everybody can read, and one red, for the button that leaves."""

from __future__ import annotations

import re

import pytest

from dashboard.look import DARK, LIGHT, style_sheet, theme

TEXT = [("text", "ground"), ("text", "surface"), ("text", "tint"), ("muted", "ground"), ("muted", "surface"),
        ("accent", "ground"), ("accent", "surface"), ("accent", "tint"), ("on-accent", "accent"),
        ("on-notice", "notice")]  # fmt: skip


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), TEXT)
def test_text_stands_out_as_wcag_asks(colours: dict[str, str], ink: str, paper: str) -> None:
    assert contrast(colours[ink], colours[paper]) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_white_on_the_leave_button_stands_out(colours: dict[str, str]) -> None:
    assert contrast("#ffffff", colours["leave"]) >= 4.5


def test_every_colour_that_a_style_sheet_names_exists() -> None:
    named = set(re.findall(r"var\(--([a-z-]+)\)", style_sheet("base", "pages", "shell", "explorer")))

    assert named <= set(LIGHT)
    assert set(LIGHT) == set(DARK)


def test_no_style_sheet_asks_another_server() -> None:
    sheet = style_sheet("base", "pages", "shell", "explorer")

    assert "@import" not in sheet
    assert set(re.findall(r"url\(.", sheet)) == {"url(#"}  # a pattern within the page


def test_streamlit_wears_the_same_colours() -> None:
    assert theme()["theme.dark.primaryColor"] == DARK["accent"]
