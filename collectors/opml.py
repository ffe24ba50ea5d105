"""How do sources travel between this tracker and other feed readers? As OPML: read, written, put into config.yaml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from lxml import etree
from pydantic import ValidationError

from tracker.address import canonical
from tracker.errors import BadInput
from tracker.model import Kind, Source
from tracker.text import free_id

NAMESPACE = "https://opml.org/spec2.opml#tracker"  # for what OPML has no word for; other readers ignore it
OURS = ("id", "country", "issues", "tier", "every", "enabled", "terms", "expect", "listing", "article")
MAX_BYTES = 5_000_000


def written(sources: Iterable[Source], now: datetime) -> bytes:
    """An OPML 2.0 document of these sources; watched pages are links."""
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"tracker": NAMESPACE})
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = "Sources of the tracker"
    etree.SubElement(head, "dateCreated").text = now.strftime("%a, %d %b %Y %H:%M:%S GMT")
    body = etree.SubElement(root, "body")
    folders: dict[str, Any] = {"": body}
    for source in sources:
        line = etree.SubElement(_folder(source.folder, folders), "outline", {"text": source.name, "title": source.name})
        line.set("type", "rss" if source.kind is Kind.FEED else "link")
        line.set("xmlUrl" if source.kind is Kind.FEED else "url", source.url)
        if source.language:
            line.set("language", source.language)
        known = source.model_dump(mode="json", exclude_defaults=True)
        for name in OURS:
            if name in known:
                line.set(f"{{{NAMESPACE}}}{name}", _as_text(known[name]))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _folder(path: str, folders: dict[str, Any]) -> Any:
    """The outline that stands for a folder, made with those that hold it where it is missing."""
    if path not in folders:
        above, _, name = path.rpartition("/")
        folders[path] = etree.SubElement(_folder(above, folders), "outline", {"text": name, "title": name})
    return folders[path]


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def read(text: bytes) -> list[Source]:
    """The sources of an OPML document, in its order, each address once. Raises BadInput when it is none."""
    if len(text) > MAX_BYTES:
        raise BadInput(f"this OPML file is larger than {MAX_BYTES // 1_000_000} MB; split it")
    try:
        root = etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise BadInput(f"this is no OPML file ({error})") from error
    if root.tag != "opml":
        raise BadInput(f"this is no OPML file: it begins with <{etree.QName(root).localname}>, not with <opml>")
    found: dict[str, Source] = {}
    ids: set[str] = set()
    for line in root.iter("outline"):
        feed, page = line.get("xmlUrl"), line.get("url") if line.get("type") == "link" else None
        if feed or page:
            source = _source(line, (feed or page or "").strip(), Kind.FEED if feed else Kind.PAGE, ids)
            found.setdefault(canonical(source.url), source)
    return list(found.values())


def _source(line: Any, url: str, kind: Kind, taken: set[str]) -> Source:
    name = (line.get("title") or line.get("text") or url).strip()
    said = {key: line.get(f"{{{NAMESPACE}}}{key}") for key in OURS}
    values: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
    if "issues" in values:
        values["issues"] = values["issues"].split()
    if "enabled" in values:
        values["enabled"] = values["enabled"] != "False"
    values["id"] = free_id(values.get("id") or name, taken)
    taken.add(values["id"])
    if line.get("language"):
        values["language"] = line.get("language").lower()
    folders = [above.get("title") or above.get("text") or "" for above in line.iterancestors("outline")]
    values["folder"] = "/".join(folder.replace("/", "-") for folder in reversed(folders) if folder)[:200]
    for key in {"expect", "listing", "article"} & values.keys():
        try:
            values[key] = json.loads(values[key])
        except (ValueError, RecursionError) as error:
            raise BadInput(f"outline {name!r} on line {line.sourceline}: {key}: is no JSON") from error
    try:
        return Source(name=name[:200], url=url, kind=kind, **values)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"outline {name!r} on line {line.sourceline}: {first['loc'][0]}: {first['msg']}") from error


def added(config: str, sources: Sequence[Source]) -> str:
    """The text of config.yaml with these sources added at the end of its list; everything else stays as it was."""
    lines = config.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    start = next((number for number, line in enumerate(lines) if re.match(r"sources\s*:", line)), None)
    if start is None:
        return "".join([*lines, "\nsources:\n", *(_yaml(source, "  ") for source in sources)])
    if re.match(r"sources\s*:\s*\[\s*\]\s*(#.*)?$", lines[start]):
        lines[start] = "sources:\n"
    end = next((n for n in range(start + 1, len(lines)) if re.match(r"[A-Za-z_\"']", lines[n])), len(lines))
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    indent = next((found[1] for line in lines[start + 1 : end] if (found := re.match(r"(\s*)- ", line))), "  ")
    return "".join([*lines[:end], *(_yaml(source, indent) for source in sources), *lines[end:]])


def _yaml(source: Source, indent: str) -> str:
    known = source.model_dump(mode="json", exclude_defaults=True)
    known = {"id": source.id, "name": source.name, "kind": source.kind.value, "url": source.url, **known}
    # A JSON text is a YAML text, quoted safely.
    first, *others = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in known.items()]
    return "".join([f"{indent}- {first}\n", *(f"{indent}  {line}\n" for line in others)])
