"""Makers of good values: what a test changes in them is what the test is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tracker.conduct import Conduct
from tracker.model import (
    Cited,
    Decision,
    Entry,
    Fetch,
    Initiative,
    Kind,
    Outcome,
    Person,
    Published,
    Role,
    Schedule,
    Source,
    Verdict,
    Wording,
)
from tracker.store import Store
from tracker.store.rows import PublicChangeRow

NOW = datetime(2020, 5, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

TEXT = (
    "The province opens a helpline for victims of domestic violence. It answers by text message, day and night, so "
    "that a person who cannot speak can ask for help all the same."
)


def a_source(**changes: Any) -> Source:
    good: dict[str, Any] = {
        "id": "ministry-en",
        "name": "Ministry of Families",
        "kind": Kind.FEED,
        "url": "https://families.example.org/news.xml",
        "language": "en",
        "country": "CA",
        "issues": ("domestic_violence",),
    }
    return Source(**{**good, **changes})


def an_entry(**changes: Any) -> Entry:
    good: dict[str, Any] = {
        "url": "https://families.example.org/2020/helpline",
        "guid": "tag:families.example.org,2020:helpline",
        "title": "Province opens a helpline by text message",
        "text": TEXT,
        "published": NOW - HOUR,
        "published_origin": "feed",
    }
    return Entry(**{**good, **changes})


def entries(number: int) -> list[Entry]:
    """So many entries, each with an address, a guid and a text of its own."""
    return [
        an_entry(
            url=f"https://families.example.org/2020/{n}",
            guid=f"tag:families.example.org,2020:{n}",
            title=f"Town number {n} opens a helpline",
            text=f"{TEXT} It is helpline number {n}.",
        )
        for n in range(number)
    ]


def a_person(**changes: Any) -> Person:
    return Person(**{"email": "ana@example.org", "name": "Ana", "role": Role.ANALYST, **changes})


def a_fetch(**changes: Any) -> Fetch:
    return Fetch(**{"source_id": "ministry-en", "at": NOW, "outcome": Outcome.OK, **changes})


def a_decision(**changes: Any) -> Decision:
    good: dict[str, Any] = {
        "key": "decision-1",
        "item_id": 1,
        "item_version": 1,
        "person_id": 1,
        "at": NOW,
        "verdict": Verdict.INCLUDE,
        "issues": ("domestic_violence",),
        "countries": ("CA",),
    }
    return Decision(**{**good, **changes})


def an_initiative(**changes: Any) -> Initiative:
    good: dict[str, Any] = {
        "wordings": {
            "en": Wording(title="Helpline by text message", summary="A helpline that answers by text message."),
            "fr": Wording(title="Ligne d'écoute par texto", summary="Une ligne d'écoute qui répond par texto."),
        },
        "issues": ("domestic_violence",),
        "types": ("A2",),
        "countries": ("CA",),
    }
    return Initiative(**{**good, **changes})


def a_published(**changes: Any) -> Published:
    """A public record; changes to the fields of its initiative are given like those of its own."""
    own = {name: changes.pop(name) for name in list(changes) if name in Published.model_fields}
    source = Cited(title="Province opens a helpline", url="https://example.org/news", source="Ministry")
    good: dict[str, Any] = {"id": 1, "revision": 1, "initiative": an_initiative(**changes), "sources": (source,)}
    return Published(**{**good, "first_public_at": NOW, "changed_at": NOW, **own})


def asked(store: Store, fetch: Fetch, schedule: Schedule | None = None, conduct: Conduct | None = None) -> None:
    """Writes one fetch as a round does, with what is remembered after it."""
    store.add_fetches([(fetch, schedule or Schedule(), conduct or Conduct())])


def merge(store: Store, id: int, into: int) -> None:
    """Makes one public initiative lead to another as an approved merge leaves it; what led to it leads there too."""
    table = PublicChangeRow.__table__  # type: ignore[attr-defined]
    with store.writing() as db:
        db.execute(sa.text("DELETE FROM public_facet WHERE initiative_id = :id"), {"id": id})
        db.execute(sa.text("DELETE FROM public_initiative WHERE id = :id"), {"id": id})
        db.execute(
            sa.text("UPDATE initiative SET merged_into = :into, state = 'withdrawn', approved_revision = NULL, "
                    "approved_by = NULL, written_by = NULL WHERE id = :id"),
            {"id": id, "into": into},
        )  # fmt: skip
        led_here = db.scalars(sa.select(table.c.initiative_id).where(table.c.into_id == id)).all()
        for one in (id, *led_here):
            change = {"initiative_id": one, "at": NOW, "what": "merged", "revision": None, "fields": [], "reason": ""}
            db.execute(sa.insert(table).values(**change, into_id=into))
