"""The read-only API: what can be asked at which address, and what is answered. `description` tells it to programmes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from dashboard.params import link
from dashboard.public.answers import HIGHEST_ID, MERGED, Open, Problem
from dashboard.public.asking import (
    DEEPEST,
    FILTER_PARAMETERS,
    LIMIT,
    PAGE,
    USUAL,
    Parameter,
    Reads,
    filters_of,
    offset_of,
    read_all,
)
from dashboard.public.cards import HEIGHT
from dashboard.public.plain import page
from dashboard.shell import language_of
from dashboard.words import mark, words
from tracker.errors import NotFound
from tracker.model import Filters, Initiative, Published
from tracker.publishing.about import release_address
from tracker.publishing.objects import as_object
from tracker.publishing.writing import address_of
from tracker.store.public import Order
from tracker.taxonomy import GROUPS

Asked = Mapping[str, Any]
_SAID = ("id", "initiative", "sources")

# What stands at the top of a record, in the order in which it stands there.
FIELDS = (
    "id",
    "url",
    *Initiative.model_fields,
    "subdivision",
    "sources",
    *(name for name in Published.model_fields if name not in _SAID),
)
SINCE = Parameter(
    "changed_since",
    Reads.TIME,
    mark("Only what was published or changed from then on"),
    examples=("2020-05-01", "2020-05-01T12:00:00Z"),
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One address of the API. `answer` makes of what was asked what is answered; `schema` is how that is described."""

    path: str
    name: str
    about: str
    schema: str
    answer: Callable[[Open, Asked], Any]
    parameters: tuple[Parameter, ...] = ()
    may: tuple[int, ...] = ()  # further statuses besides 200, 304, 400 and 503
    paged: bool = False


def initiatives(here: Open, asked: Asked) -> dict[str, Any]:
    filters, offset, limit = filters_of(asked), offset_of(asked), asked["limit"]
    since = asked["changed_since"]
    total = here.store.count(filters, since=since)
    records = here.store.page(filters, offset, limit, order=Order(asked["sort"]), since=since)
    kept = {"id", *asked["fields"]} if asked["fields"] else None
    more = {name: asked[name] for name in ("limit", "sort") if asked[name] != _USUAL[name]}
    more |= {"fields": ",".join(asked["fields"])} if asked["fields"] else {}
    more |= {"changed_since": since.isoformat().replace("+00:00", "Z")} if since else {}
    objects = [as_object(record, here.settings) for record in records]
    return {
        **_page(here, asked, total, "/api/initiatives", filters, more),
        "licence": here.settings.site.licence,
        "initiatives": [
            {name: value for name, value in one.items() if name in kept} if kept else one for one in objects
        ],
    }


def initiative(here: Open, asked: Asked) -> dict[str, Any]:
    id = asked["id"]
    if id > HIGHEST_ID:
        raise NotFound(f"there is no public initiative {id}")
    try:
        return as_object(here.store.one(id), here.settings)
    except NotFound:
        if target := here.store.merged_into(id):
            address = f"{here.site}/api/initiatives/{target}"
            raise Problem(
                301,
                f"initiative {id} was merged into initiative {target}",
                headers={"Location": address, **MERGED},
                more={"merged_into": target, "url": address_of(target, here.settings)},
            ) from None
        if here.store.history(id):
            raise Problem(410, f"initiative {id} was withdrawn") from None
        raise


def countries(here: Open, _: Asked) -> dict[str, Any]:
    counts = dict(sorted(here.store.facets(Filters())["country"].items()))
    by_issue = here.store.crossed("country", "issue")
    spoken = {language: words(language) for language in here.settings.languages}
    return {
        "countries": [
            {
                "code": code,
                "names": {language: said.country(code) for language, said in spoken.items()},
                "initiatives": number,
                "by_issue": by_issue.get(code, {}),
                "url": f"{here.site}/country/{code}",
            }
            for code, number in counts.items()
        ]
    }


def codebook(here: Open, _: Asked) -> dict[str, Any]:
    without_words: Any = {group: {"__all__": {"words"}} for group in GROUPS}
    return here.taxonomy.model_dump(mode="json", exclude=without_words)


def releases(here: Open, _: Asked) -> dict[str, Any]:
    lines = here.store.releases()
    return {
        "doi": here.settings.site.doi or None,
        "licence": here.settings.site.licence,
        "releases": [
            {
                "number": line.number,
                "at": line.at.isoformat(),
                "initiatives": line.total,
                "url": (address := release_address(line.number, here.settings)),
                "datapackage": f"{address}datapackage.json",
                "changes": f"{address}changes.json",
                "checksums": f"{address}SHA256SUMS",
            }
            for line in lines
        ],
    }


def changes(here: Open, asked: Asked) -> dict[str, Any]:
    since, offset, limit = asked["changed_since"], offset_of(asked), asked["limit"]
    total = here.store.count_changes(since=since)
    more = {"limit": limit} if limit != USUAL else {}
    more |= {"changed_since": since.isoformat().replace("+00:00", "Z")} if since else {}
    return {
        **_page(here, asked, total, "/api/changes", Filters(), more),
        "changes": [
            {
                **line.model_dump(mode="json"),
                "url": address_of(line.initiative_id, here.settings),
                "merged_into": here.store.merged_into(line.initiative_id) if line.what == "merged" else None,
            }
            for line in here.store.changes(since=since, offset=offset, limit=limit)
        ],
    }


_SORT = Parameter(
    "sort", Reads.CHOICE,
    mark("In which order: what began, changed or was published last first, by number, or by codes"),
    choices=tuple(Order), usual=Order.BEGAN.value,
)  # fmt: skip
_FIELDS = Parameter(
    "fields", Reads.CHOICE, mark("Only these fields of each initiative, and its number"), choices=FIELDS, many=True
)
_ID = Parameter("id", Reads.NUMBER, mark("Number of the initiative"))
_USUAL = {"limit": USUAL, "sort": Order.BEGAN.value}

OPERATIONS = (
    Operation(
        "/api/initiatives", "initiatives", mark("Initiatives, page by page, with the filters of the explorer"),
        "Initiatives", initiatives, (*FILTER_PARAMETERS, SINCE, _SORT, _FIELDS, PAGE, LIMIT), paged=True,
    ),
    Operation(
        "/api/initiatives/{id}", "initiative",
        mark("One initiative. What was merged into another one leads there (301); what was withdrawn is gone (410)."),
        "Initiative", initiative, (_ID,), may=(301, 404, 410),
    ),
    Operation(
        "/api/countries", "countries", mark("Countries and territories with at least one initiative, and how many"),
        "Countries", countries,
    ),
    Operation(
        "/api/codebook", "codebook", mark("Every code and what it means, in three languages"), "Codebook", codebook
    ),
    Operation("/api/releases", "releases", mark("The releases, newest first, with their files"), "Releases", releases),
    Operation(
        "/api/changes", "changes", mark("What was published, changed, merged and withdrawn, newest first"),
        "Changes", changes, (SINCE, PAGE, LIMIT), paged=True,
    ),
)  # fmt: skip


def api_routes(here: Open) -> list[BaseRoute]:
    """The addresses of the API, its description, and a problem for every other address below /api/."""
    from dashboard.public.description import describe_api

    described = describe_api(here.settings, here.taxonomy)

    def nothing(request: Request) -> Response:
        there = ", ".join([*(operation.path for operation in OPERATIONS), "/api/openapi.json"])
        raise Problem(404, f"{request.url.path[:100]}: there is nothing here; there is {there}")

    def read(request: Request) -> Response:
        return _page_of_the_api(here, request)

    return [
        here.route("/api", read, depends=lambda request: language_of(request, here.settings)),
        *(here.route(_route(operation), _answering(here, operation)) for operation in OPERATIONS),
        here.route("/api/openapi.json", lambda _: JSONResponse(described, media_type="application/openapi+json")),
        here.route("/api/{rest:path}", nothing),
    ]


def _page_of_the_api(here: Open, request: Request) -> Response:
    """The same for people."""
    language = language_of(request, here.settings)
    said = words(language)

    def codes(one: Parameter) -> list[tuple[str, str]]:
        if one.group:
            return [(code, here.taxonomy.label(one.group, code, language)) for code in here.taxonomy.codes(one.group)]
        return [(choice, "") for choice in one.choices]

    return page(
        here,
        request,
        "api",
        "API",
        operations=[
            {
                "name": operation.name,
                "path": operation.path,
                "example": operation.path.replace("{id}", "1"),
                "about": said.t(operation.about),
                "parameters": [
                    {"name": one.name, "about": said.t(one.about), "codes": codes(one), "examples": one.examples}
                    for one in operation.parameters
                    if f"{{{one.name}}}" not in operation.path
                ],
            }
            for operation in OPERATIONS
        ],
        deepest=DEEPEST,
        card_height=HEIGHT,
    )


def _answering(here: Open, operation: Operation) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        given = {name: request.query_params.getlist(name) for name in request.query_params}
        in_path = {name: [str(value)] for name, value in request.path_params.items()}
        asked = _read(operation, in_path, given, here)
        found = operation.answer(here, asked)
        headers = {"Link": f'<{found["next"]}>; rel="next"'} if operation.paged and found["next"] else {}
        return JSONResponse(found, headers=headers)

    return answer


def _read(
    operation: Operation, in_path: Mapping[str, list[str]], given: Mapping[str, list[str]], here: Open
) -> dict[str, Any]:
    """What was asked: the part in the path is a number already, the rest is read as the parameters say."""
    asked: dict[str, Any] = {name: int(value) for name, (value,) in in_path.items()}
    rest = [parameter for parameter in operation.parameters if parameter.name not in in_path]
    return {**asked, **read_all(rest, given, here.taxonomy)}


def _route(operation: Operation) -> str:
    return operation.path.replace("{id}", "{id:int}")


def _page(
    here: Open, asked: Asked, total: int, path: str, filters: Filters, more: Mapping[str, object]
) -> dict[str, Any]:
    page, limit = asked["page"], asked["limit"]
    pages = max(1, -(-total // limit))
    following = here.site + link(path, filters, page=page + 1, more=more) if page < pages else None
    return {"total": total, "page": page, "pages": pages, "limit": limit, "next": following}
