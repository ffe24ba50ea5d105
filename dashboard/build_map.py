"""How is `world.json` made? `python -m dashboard.build_map countries-50m.json` writes it anew.

The argument is a file of the npm package world-atlas 2.0.2 (`npm pack world-atlas@2.0.2`): Natural Earth's countries at
1:50,000,000 as a topology, public domain. Borders are shared arcs there: each is projected (Equal Earth), simplified
once, and used by both neighbours, so that no gap opens between them; who shares an arc is a neighbour by land.
"""

from __future__ import annotations

import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from pathlib import Path
from typing import Any

from babel.core import get_global

from dashboard.worldmap import SHIPPED

WIDTH = 1000  # units of the drawing; all its numbers are whole
LEAST_TRIANGLE = 0.9  # square units: what is simplified away
LEAST_ISLAND = 2.5  # square units: smaller ones are left out
LEAST_SHAPE = 9.0  # square units: a smaller territory gets a dot, or nobody would find it

# What the topology has no code for, or gives to another: by the name there, or by where a part of it lies.
NAMED = {"Kosovo": "XK", "N. Cyprus": "CY", "Somaliland": "SO"}
PARTS = {  # code of the topology: territory with a code of its own, west, south, east, north
    "FR": (("GF", -55, 1, -51, 7), ("GP", -62, 15.7, -60.9, 17), ("MQ", -61.5, 14, -60.5, 15.2),
           ("RE", 55, -22, 56.5, -20), ("YT", 44.8, -13.5, 45.6, -12.3)),
    "NO": (("SJ", -10, 70.5, 40, 82),),
    "NL": (("BQ", -69, 11, -62, 18.5),),
}  # fmt: skip
NORWAY_PROPER = (4, 57, 32, 71.4)  # its north lies as high as Jan Mayen does

SHARED = (("ES", "GI"), ("ES", "MA"))  # Gibraltar, Ceuta and Melilla are too small for the topology

LEFT_OUT = {"AQ"}  # would take a fifth of the height

Point = tuple[float, float]
Ring = list[int]  # numbers of arcs; ~n is arc n backwards


def main(path: Path) -> None:
    topology = json.loads(path.read_text(encoding="utf-8"))
    arcs = list(map(_positions, topology["arcs"], [topology["transform"]] * len(topology["arcs"])))
    polygons = _by_code(topology, arcs)
    drawn = list(map(_simplified, arcs))
    world = _scaled(drawn, {code: rings for code, rings in polygons.items() if code not in LEFT_OUT})
    world["borders"] = {code: sorted(others) for code, others in sorted(_neighbours(polygons).items())}
    SHIPPED.write_text(json.dumps(world, separators=(",", ":")) + "\n", encoding="utf-8")


def projected(longitude: float, latitude: float) -> Point:
    """Equal Earth (Šavrič, Patterson and Jenny 2018): areas are true to each other."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    root = math.sqrt(3) / 2
    theta = math.asin(root * math.sin(math.radians(latitude)))
    square, sixth = theta**2, theta**6
    x = math.radians(longitude) * math.cos(theta) / (root * (a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)))
    return x, -theta * (a1 + a2 * square + sixth * (a3 + a4 * square))


def _positions(arc: Sequence[Sequence[int]], transform: dict[str, Any]) -> list[Point]:
    """Longitudes and latitudes: a topology keeps differences of whole numbers."""
    (scale_x, scale_y), (move_x, move_y) = transform["scale"], transform["translate"]
    x = y = 0
    found: list[Point] = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        found.append((x * scale_x + move_x, y * scale_y + move_y))
    return found


def _unwrapped(line: Iterable[Point]) -> list[Point]:
    """Without jumps over the 180th meridian: beyond it the longitudes go on."""
    found: list[Point] = []
    for longitude, latitude in line:
        turn = round((found[-1][0] - longitude) / 360) * 360 if found else 0
        found.append((longitude + turn, latitude))
    return found


def _by_code(topology: dict[str, Any], arcs: list[list[Point]]) -> dict[str, list[Ring]]:
    """The rings of each ISO 3166-1 code. Holes are rings like others: the drawing fills by the even-odd rule."""
    alias = get_global("territory_aliases")
    found: dict[str, list[Ring]] = defaultdict(list)
    for one in topology["objects"]["countries"]["geometries"]:
        name = one["properties"]["name"]
        code = NAMED.get(name) or next(iter(alias.get(one.get("id", ""), [])), "")
        for polygon in one["arcs"] if one["type"] == "MultiPolygon" else [one["arcs"]]:
            if code:
                found[_part(code, arcs[_index(polygon[0][0])])].extend(polygon)
    return {code: _merged(rings, arcs) for code, rings in found.items()}


def _part(code: str, outline: list[Point]) -> str:
    longitude, latitude = outline[0]
    if code == "NO" and _within(NORWAY_PROPER, longitude, latitude):
        return code
    return next((part for part, *box in PARTS.get(code, ()) if _within(box, longitude, latitude)), code)


def _within(box: Sequence[float], longitude: float, latitude: float) -> bool:
    west, south, east, north = box
    return west <= longitude <= east and south <= latitude <= north


def _index(number: int) -> int:
    return number if number >= 0 else ~number


def _merged(rings: list[Ring], arcs: list[list[Point]]) -> list[Ring]:
    """The rings without the lines between two parts of the same territory."""
    numbers = {number for ring in rings for number in ring}
    if not any(~number in numbers for number in numbers):
        return rings
    left = [number for ring in rings for number in ring if ~number not in numbers]
    merged = []
    while left:
        ring = [left.pop()]
        while (end := _end(ring[-1], arcs)) != _start(ring[0], arcs):
            following = next(number for number in left if _start(number, arcs) == end)
            left.remove(following)
            ring.append(following)
        merged.append(ring)
    return merged


def _start(number: int, arcs: list[list[Point]]) -> Point:
    return arcs[number][0] if number >= 0 else arcs[~number][-1]


def _end(number: int, arcs: list[list[Point]]) -> Point:
    return _start(~number, arcs)


def _neighbours(polygons: dict[str, list[Ring]]) -> dict[str, set[str]]:
    users: dict[int, set[str]] = defaultdict(set)
    for code, rings in polygons.items():
        for ring in rings:
            for number in ring:
                users[_index(number)].add(code)
    found: dict[str, set[str]] = defaultdict(set)
    for codes in users.values():
        for code in codes:
            found[code] |= codes - {code}
    for code, other in SHARED:
        found[code].add(other)
        found[other].add(code)
    return {code: others for code, others in found.items() if others}


def _simplified(arc: list[Point]) -> list[Point]:
    """Without the points that make the smallest triangles on the map (Visvalingam); both ends stay where they are."""
    points = [projected(*point) for point in _unwrapped(arc)]
    unit = (WIDTH / (projected(180, 0)[0] - projected(-180, 0)[0])) ** 2
    before, after = list(range(-1, len(points) - 1)), list(range(1, len(points) + 1))
    gone = [False] * len(points)
    area = [math.inf] * len(points)

    def measure(at: int) -> float:
        return unit * abs(_area([points[before[at]], points[at], points[after[at]]]))

    heap = []
    for at in range(1, len(points) - 1):
        area[at] = measure(at)
        heap.append((area[at], at))
    heapify(heap)
    # A closed arc, an island, keeps a triangle at least.
    least = 4 if points[0] == points[-1] else 2
    left = len(points)
    while heap and left > least:
        size, at = heappop(heap)
        if gone[at] or size != area[at]:
            continue
        if size > LEAST_TRIANGLE:
            break
        gone[at] = True
        left -= 1
        before[after[at]], after[before[at]] = before[at], after[at]
        for side in (before[at], after[at]):
            if 0 < side < len(points) - 1:
                area[side] = max(measure(side), size)
                heappush(heap, (area[side], side))
    return [point for at, point in enumerate(arc) if not gone[at]]


def _cut(ring: list[Point]) -> list[list[Point]]:
    """The ring as one or two within the map: what lies beyond the 180th meridian stands at the other edge."""
    ring = _unwrapped(ring)
    if all(-180 <= x <= 180 for x, _ in ring):
        return [ring]
    turn = -360 if max(x for x, _ in ring) > 180 else 360
    beyond = [(x + turn, y) for x, y in ring]
    return [part for part in (_kept(ring, turn), _kept(beyond, -turn)) if len(part) > 2]


def _kept(ring: list[Point], turn: int) -> list[Point]:
    """The part of the ring up to the meridian that it crosses: the eastern one when `turn` is below zero."""
    edge = 180 if turn < 0 else -180
    kept: list[Point] = []
    for (x, y), (next_x, next_y) in zip(ring, [*ring[1:], ring[0]], strict=True):
        inside, next_inside = (x - edge) * turn >= 0, (next_x - edge) * turn >= 0
        if inside:
            kept.append((x, y))
        if inside != next_inside:
            kept.append((edge, y + (next_y - y) * (edge - x) / (next_x - x)))
    return kept


def _area(ring: Sequence[Point]) -> float:
    return sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def _scaled(arcs: list[list[Point]], polygons: dict[str, list[Ring]]) -> dict[str, Any]:
    lines = {
        code: [[projected(*point) for point in part] for ring in rings for part in _cut(_line(ring, arcs))]
        for code, rings in sorted(polygons.items())
    }
    used = [point for parts in lines.values() for part in parts for point in part]
    west, north = min(x for x, _ in used), min(y for _, y in used)
    scale = WIDTH / (max(x for x, _ in used) - west)
    height = math.ceil((max(y for _, y in used) - north) * scale)
    shapes, dots = {}, {}
    for code, parts in lines.items():
        outlines = [[((x - west) * scale, (y - north) * scale) for x, y in part] for part in parts]
        largest = max(outlines, key=lambda line: abs(_area(line)))
        path = "".join(_path(line) for line in outlines if abs(_area(line)) > LEAST_ISLAND)
        if abs(_area(largest)) < LEAST_SHAPE or not path:
            dots[code] = [round(sum(axis) / len(largest)) for axis in zip(*largest, strict=True)]
        else:
            shapes[code] = path
    return {"width": WIDTH, "height": height, "shapes": shapes, "dots": dots}


def _line(ring: Ring, arcs: list[list[Point]]) -> list[Point]:
    """All points of a ring, the first one not again at the end."""
    line: list[Point] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        line += arc[1:] if line else arc
    return line[:-1]


def _path(line: Iterable[Point]) -> str:
    """`m12 3l1-2…z`: the first point as it is, then the way to each next one; nothing where no area is left."""
    points: list[tuple[int, int]] = []
    for x, y in line:
        point = (round(x), round(y))
        if not points or point != points[-1]:
            points.append(point)
    if len(points) < 3:
        return ""
    steps = [f"M{points[0][0]} {points[0][1]}"]
    letter = "l"
    for (x, y), (next_x, next_y) in pairwise(points):
        across, down = next_x - x, next_y - y
        separator = "" if letter or across < 0 else " "
        steps.append(f"{letter}{separator}{across}{'' if down < 0 else ' '}{down}")
        letter = ""
    return "".join(steps) + "z"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
