"""How do search engines find the pages? A map of the site in portions, with the day on which each page changed last."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from xml.sax.saxutils import escape

from dashboard.site.contents import Contents, newest_change

PORTION = 50_000  # addresses; the protocol allows no more in one file
# Nothing here is secret; what the explorer shows are the same records at many addresses.
ROBOTS = "User-agent: *\nDisallow: /download.\nDisallow: /api/\n"
_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write(folder: Path, base: str, paths: list[str], contents: Contents) -> None:
    """`sitemap.xml`, which names the portions beside it, and `robots.txt`, which names `sitemap.xml`."""
    lines = _lines(base, paths, contents)
    names = []
    for number in count(1):
        portion = list(islice(lines, PORTION))
        if not portion:
            break
        names.append(f"sitemap-{number}.xml")
        listed = f'{_HEAD}<urlset xmlns="{_SCHEMA}">\n{"".join(portion)}</urlset>\n'
        (folder / names[-1]).write_text(listed, encoding="utf-8")
    day = contents.release.at.date().isoformat()
    parts = "".join(
        f"<sitemap><loc>{escape(f'{base}/{name}')}</loc><lastmod>{day}</lastmod></sitemap>\n" for name in names
    )
    (folder / "sitemap.xml").write_text(
        f'{_HEAD}<sitemapindex xmlns="{_SCHEMA}">\n{parts}</sitemapindex>\n', encoding="utf-8"
    )
    (folder / "robots.txt").write_text(f"{ROBOTS}Sitemap: {base}/sitemap.xml\n", encoding="utf-8")


def _lines(base: str, paths: list[str], contents: Contents) -> Iterator[str]:
    changed = {f"initiative/{record.id}.html": record.changed_at.date().isoformat() for record in contents.records}
    for place, having in (
        ("country", contents.by_country),
        ("issue", contents.by_issue),
        ("type", contents.by_type),
    ):
        changed |= {f"{place}/{code}.html": newest_change(records) for code, records in having.items()}
    everything = newest_change(contents.records)
    for path in paths:
        _, _, within = path.partition("/")
        day = changed.get(within, everything)
        told = f"<lastmod>{day}</lastmod>" if day else ""
        yield f"<url><loc>{escape(f'{base}/{path}')}</loc>{told}</url>\n"
