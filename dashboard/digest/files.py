"""The digest of a week as files in a folder, for whoever posts it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dashboard.digest.picture import KINDS, as_png, as_svg
from dashboard.digest.telling import LONG, SHORT, Digest, address, alternative, short_text
from dashboard.words import words
from tracker.settings import Settings
from tracker.taxonomy import Taxonomy


def told(digest: Digest, languages: Sequence[str], settings: Settings, taxonomy: Taxonomy) -> dict[str, Any]:
    """The week in numbers, and in each language the texts to post."""
    return {
        "week": str(digest.week),
        "from": digest.week.monday.isoformat(),
        "to": digest.week.sunday.isoformat(),
        "added": [record.id for record in digest.published],
        "changed": [record.id for record, _ in digest.changed],
        "gone": [line.initiative_id for line in digest.gone],
        "total": digest.total,
        "sample": digest.sample,
        "by_issue": digest.by_issue,
        "by_country": digest.by_country,
        "texts": {
            language: {
                "short": short_text(digest, words(language), settings, taxonomy, SHORT),
                "long": short_text(digest, words(language), settings, taxonomy, LONG),
                "alternative": alternative(digest, words(language), taxonomy),
                "link": address(digest.week, settings, language),
            }
            for language in languages
        },
    }


def write(digest: Digest, languages: Sequence[str], folder: Path, settings: Settings, taxonomy: Taxonomy) -> list[Path]:
    """digest.json, and for each language its texts and its pictures as SVG and PNG; the same week, the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    about = told(digest, languages, settings, taxonomy)
    made = {f"{digest.week}.json": (json.dumps(about, ensure_ascii=False, indent=2) + "\n").encode()}
    for language in languages:
        texts = about["texts"][language]
        made[f"{digest.week}-{language}.txt"] = "".join(
            f"{texts[name]}\n\n" for name in ("short", "long", "alternative")
        ).encode()
        for kind in KINDS:
            svg = as_svg(digest, kind, words(language), settings, taxonomy)
            made[f"{digest.week}-{language}-{kind}.svg"] = svg.encode()
            made[f"{digest.week}-{language}-{kind}.png"] = as_png(svg)
    paths = []
    for name, content in made.items():
        (folder / name).write_bytes(content)
        paths.append(folder / name)
    return paths
