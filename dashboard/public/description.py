"""The API as programmes want it described: OpenAPI 3.1, made of the same definitions that answer."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from dashboard.public.api import FIELDS, OPERATIONS, Operation
from tracker.model import Actor, Cited, Contact, Initiative, Wording
from tracker.publishing.about import LICENCES, name_of
from tracker.settings import Settings
from tracker.store.public_changes import ListedChange
from tracker.taxonomy import Taxonomy

_REFERENCE = "#/components/schemas/"
_WHAT = ["added", "changed", "withdrawn", "merged", "restored"]
_STATUSES = {
    200: "What was asked for",
    301: "Merged into another initiative; Location leads there",
    304: "Not changed since the answer with this ETag",
    400: "A parameter that cannot be read; the problem names it",
    404: "There is no such thing",
    410: "It was public and was withdrawn",
    503: "The database does not answer; try again",
}


def describe_api(settings: Settings, taxonomy: Taxonomy) -> dict[str, Any]:
    """The OpenAPI document."""
    site = settings.site
    licence = {"name": site.licence, **({"url": LICENCES[site.licence]} if site.licence in LICENCES else {})}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": name_of(settings),
            "version": "1",
            "summary": "Everything public of the tracker, read-only, without a key.",
            "description": "Answers carry ETag and Last-Modified: ask again with If-None-Match. Scripts of any site "
            "may read them. Errors are problem details (RFC 9457) that name the parameter. Times are UTC.",
            "contact": {"name": site.organisation, "url": f"{site.url.rstrip('/')}/"},
            "license": licence,
        },
        "servers": [{"url": site.url.rstrip("/")}],
        "paths": {operation.path: {"get": _operation(operation, taxonomy)} for operation in OPERATIONS},
        "components": {"schemas": _schemas(taxonomy)},
    }


def _operation(operation: Operation, taxonomy: Taxonomy) -> dict[str, Any]:
    statuses = sorted({200, 304, 400, 503, *operation.may})
    return {
        "operationId": operation.name,
        "summary": operation.about,
        "parameters": [
            {
                "name": one.name,
                "in": "path" if f"{{{one.name}}}" in operation.path else "query",
                "description": one.about,
                "required": f"{{{one.name}}}" in operation.path,
                "schema": one.schema(taxonomy),
                **({"style": "form", "explode": True} if one.many else {}),
                **({"examples": {text: {"value": text} for text in one.examples}} if one.examples else {}),
            }
            for one in operation.parameters
        ],
        "responses": {str(status): _response(status, operation) for status in statuses},
    }


def _response(status: int, operation: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {"description": _STATUSES[status]}
    if status == 200:
        said["content"] = {"application/json": {"schema": {"$ref": _REFERENCE + operation.schema}}}
    elif status != 304:
        said["content"] = {"application/problem+json": {"schema": {"$ref": f"{_REFERENCE}Problem"}}}
    return said


def _schemas(taxonomy: Taxonomy) -> dict[str, Any]:
    values, found = models_json_schema(
        [(model, "serialization") for model in (Initiative, Cited, Actor, Contact, Wording, ListedChange)],
        ref_template=_REFERENCE + "{model}",
    )
    del values
    made: dict[str, Any] = found["$defs"]
    content = made.pop("Initiative")["properties"]
    rough = {"type": ["string", "null"], "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$"}
    made["StatusChange"]["properties"]["on"] = rough
    time, number, text = {"type": "string", "format": "date-time"}, {"type": "integer"}, {"type": "string"}
    content |= {"announced": rough, "start": rough, "end": rough}
    fields = {
        "id": number,
        "url": {"type": "string", "format": "uri"},
        **content,
        "subdivision": text,
        "sources": _many("Cited"),
        "revision": number,
        "first_public_at": time,
        "changed_at": time,
        "verified_at": {"type": ["string", "null"], "format": "date-time"},
        "sample": {"type": "boolean"},
    }
    made |= {
        "Initiative": {**_whole({name: fields[name] for name in FIELDS}), "required": ["id"]},
        "Initiatives": _whole({**_PAGED, "licence": text, "initiatives": _many("Initiative")}),
        "Country": _whole(
            {"code": text, "names": _map(text), "initiatives": number, "by_issue": _map(number), "url": text}
        ),
        "Countries": _whole({"countries": _many("Country")}),
        "Codebook": {
            "type": "object",
            "required": [*type(taxonomy).model_fields],
            "properties": {
                name: text if name == "version" else {"type": "array", "items": {"$ref": f"{_REFERENCE}Term"}}
                for name in type(taxonomy).model_fields
            },
        },
        "Term": {
            "type": "object",
            "required": ["code", "label"],
            "properties": {"code": text, "label": _map(text)},
        },
        "Release": _whole(
            {"number": number, "at": time, "initiatives": number, "url": text, "datapackage": text, "changes": text,
             "checksums": text}
        ),
        "Releases": _whole(
            {"doi": {"type": ["string", "null"]}, "licence": text, "releases": _many("Release")}
        ),
        "Change": _whole(
            {**made.pop("ListedChange")["properties"], "what": {"enum": _WHAT}, "url": text,
             "merged_into": {"type": ["integer", "null"]}}
        ),
        "Changes": _whole({**_PAGED, "changes": _many("Change")}),
        "Problem": {
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "properties": {"type": text, "title": text, "status": number, "detail": text, "parameter": text},
        },
    }  # fmt: skip
    return dict(sorted(made.items()))


_PAGED: dict[str, Any] = {
    "total": {"type": "integer", "minimum": 0},
    "page": {"type": "integer", "minimum": 1},
    "pages": {"type": "integer", "minimum": 1},
    "limit": {"type": "integer", "minimum": 1},
    "next": {"type": ["string", "null"], "format": "uri"},
}


def _whole(properties: dict[str, Any]) -> dict[str, Any]:
    """An object with exactly these fields."""
    return {"type": "object", "required": list(properties), "properties": properties, "additionalProperties": False}


def _many(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": _REFERENCE + name}}


def _map(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}
