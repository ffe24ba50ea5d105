"""The weekly digest as pages and pictures: which weeks there are, and what is on a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from dashboard.digest.picture import KINDS, as_png, as_svg
from dashboard.digest.telling import LONG, SHORT, Digest, alternative, digest_of, short_text, span
from dashboard.digest.week import Week, last_whole
from dashboard.params import link
from dashboard.public.answers import Open
from dashboard.public.plain import page
from dashboard.public.visit import ExplorerLinks
from dashboard.shell import language_of, not_found
from dashboard.shown import Reader
from dashboard.site.parts import bars
from dashboard.words import words
from tracker.errors import WrongUse

SHOWN = 20  # entries of a list; the feed and the API have them all
FIRST = Week(2020, 1)


def week_routes(here: Open, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[BaseRoute]:
    def language(request: Request) -> str:
        return language_of(request, here.settings)

    def today(request: Request) -> str:
        return f"{language(request)} {Week.of(clock())}"  # a page says whether its week is over

    def newest(request: Request) -> Response:
        asked = request.query_params.get("lang", "")
        return RedirectResponse(link(f"/digest/{last_whole(clock())}", language=asked), 302)

    def of(request: Request) -> Week | None:
        """The week of the address; None for one that is none, or that has not begun."""
        try:
            week = Week.parse(request.path_params["week"])
        except WrongUse:
            return None
        return week if week <= Week.of(clock()) else None

    def shown(request: Request) -> Response:
        week = of(request)
        if week is None:
            return not_found(here.settings, language(request))
        return _page(here, request, digest_of(here.store, week), clock())

    def drawn(form: str) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            week, kind, tongue = of(request), request.path_params["kind"], request.path_params["language"]
            if week is None or kind not in KINDS or tongue not in here.settings.languages:
                return not_found(here.settings, language(request))
            svg = as_svg(digest_of(here.store, week), kind, words(tongue), here.settings, here.taxonomy)
            if form == "svg":
                return Response(svg, media_type="image/svg+xml")
            return Response(as_png(svg), media_type="image/png")

        return answer

    return [
        here.route("/digest", newest, depends=today),
        here.route("/digest/{week}", shown, depends=today),
        here.route("/digest/{week}/{language}-{kind}.svg", drawn("svg")),
        here.route("/digest/{week}/{language}-{kind}.png", drawn("png")),
    ]


def _page(here: Open, request: Request, digest: Digest, now: datetime) -> Response:
    tongue = language_of(request, here.settings)
    said = words(tongue)
    links = ExplorerLinks(tongue)
    reader = Reader(said, here.taxonomy, links)
    week, this_week = digest.week, Week.of(now)
    when = span(week, said)
    merged = {line.initiative_id: here.store.merged_into(line.initiative_id) for line in digest.gone}
    return page(
        here,
        request,
        "digest",
        said.t("Week of {span}", span=when),
        digest=digest,
        span=when,
        lead=" · ".join(
            [
                said.n("{n} added", "{n} added", len(digest.published)),
                said.n("{n} updated", "{n} updated", len(digest.changed)),
                said.n("{n} initiative in all.", "{n} initiatives in all.", digest.total).rstrip("."),
            ]
        ),
        over=week < this_week,
        before=link(f"/digest/{week.before}", language=tongue) if week > FIRST else "",
        after=link(f"/digest/{week.after}", language=tongue) if week < this_week else "",
        by_issue=bars(digest.by_issue, lambda code: reader.label("issues", code), links.issue, said),
        by_country=bars(dict(list(digest.by_country.items())[:20]), reader.country, links.country, said),
        lines=[reader.line(record) for record in digest.published[:SHOWN]],
        more_published=max(0, len(digest.published) - SHOWN),
        changed=[
            (reader.line(record), reader.change(line.what, line.fields, "")) for record, line in digest.changed[:SHOWN]
        ],
        gone=[
            (line.initiative_id, links.initiative(target) if (target := merged[line.initiative_id]) else "",
             reader.change(line.what, (), line.reason))
            for line in digest.gone[:SHOWN]
        ],
        more_changed=max(0, len(digest.changed) - SHOWN) + max(0, len(digest.gone) - SHOWN),
        texts=list(
            dict.fromkeys(short_text(digest, said, here.settings, here.taxonomy, most) for most in (SHORT, LONG))
        ),
        alternative=alternative(digest, said, here.taxonomy),
        pictures=[
            SimpleNamespace(
                name=said.t("By issue") if kind == "issues" else said.t("By country or territory"),
                png=f"/digest/{week}/{tongue}-{kind}.png",
                svg=f"/digest/{week}/{tongue}-{kind}.svg",
            )
            for kind in KINDS
        ],
    )  # fmt: skip
