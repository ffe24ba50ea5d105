"""Who may do what on PostgreSQL: three roles, so that a hole in one part of the tracker is no hole in the others.

The owner of the tables migrates. The collector (workers) reads sources and writes what they bring; it sees no password,
of sign-ins only when they end (it lets go of old ones), and nothing of what people say to each other. The desk reads
and writes everything but changes no table. The public door reads the public's copy.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from tracker.errors import WrongUse
from tracker.model import Person
from tracker.store import rows
from tracker.store.engine import Database

PUBLIC = ("public_initiative", "public_facet", "public_change", "release", "reply")
SECRET = (  # of the desk alone. Codings and what was searched are not: the figures of a release come from them
    "person", "person_setting", "session", "network", "door_link", "identity", "notice_read", "saved_filter",
    "assignment", "working_copy", "exclusion_look", "field_comment", "initiative_message", "safety_confirmation",
    "initiative_act", "letter", "submission", "submission_contact", "reply",
)  # fmt: skip
COLLECTED = (
    "source", "fetch", "fetch_day", "robots", "item", "copy", "carrier", "story_mark", "item_vector", "item_day",
    "item_revision", "item_facet", "search_entry", "suggestion", "model", "event", "release", "release_record",
)  # fmt: skip
ENGINE = "procrastinate_"  # what the tables and functions of the job engine begin with


def make_roles(url: str, prefix: str, passwords: dict[str, str]) -> list[str]:
    """Makes the roles `<prefix>_collector`, `_desk` and `_public`, or gives those that are there their rights anew.

    `passwords`: collector, desk, public -> password; a role without one signs in as the server's own rules allow.
    To be done by the owner, after every migration. Returns their names. Raises WrongUse on SQLite, which has no roles.
    """
    if not url.startswith("postgresql"):
        raise WrongUse("SQLite has no roles; on PostgreSQL, set `database` to the address of the owner")
    if not prefix.replace("_", "").isalnum() or not prefix.isascii():
        raise WrongUse(f"--prefix is letters, digits and _, not {prefix!r}")
    database = Database(url)
    names = {part: f"{prefix}_{part}" for part in ("collector", "desk", "public")}
    try:
        with database.writing() as db:
            for part, name in names.items():
                _make(db, name, passwords.get(part))
            for statement in _rights(db, **names):
                db.execute(sa.text(statement))
    finally:
        database.close()
    return list(names.values())


def _make(db: sa.Connection, name: str, password: str | None) -> None:
    there = db.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name})
    act = "ALTER" if there else "CREATE"
    db.execute(sa.text(f'{act} ROLE "{name}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE'))
    if password:
        quoted = db.scalar(sa.select(sa.func.quote_literal(password)))
        db.execute(sa.text(f'ALTER ROLE "{name}" PASSWORD {str(quoted).replace(":", chr(92) + ":")}'))


def _rights(db: sa.Connection, *, collector: str, desk: str, public: str) -> list[str]:
    everybody = _named([collector, desk, public])
    people = _named(Person.model_fields)
    tables = set(rows.METADATA.tables)
    engine = sa.text("SELECT tablename FROM pg_tables WHERE starts_with(tablename, :begins)")
    jobs = db.scalars(engine, {"begins": ENGINE}).all()
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {everybody}",
        f"REVOKE CREATE ON SCHEMA public FROM {everybody}",
        f"GRANT USAGE ON SCHEMA public TO {everybody}",
        f"GRANT SELECT ON alembic_version TO {everybody}",
        f"GRANT SELECT ON {_named(PUBLIC)} TO {_named([public])}",
        f"GRANT INSERT, SELECT (id) ON letter TO {_named([public])}",
        # Where somebody has searched, which every release tells; never who, nor what they noted.
        f"GRANT SELECT (id, country, issue, month, state) ON coverage TO {_named([public])}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {_named(tables)} TO {_named([desk])}",
        f"GRANT SELECT ON {_named(tables - set(SECRET))} TO {_named([collector])}",
        f"GRANT SELECT ({people}) ON person TO {_named([collector])}",
        f"GRANT SELECT (expires_at), DELETE ON session TO {_named([collector])}",
        # When contacts of the public are to go, never what they say.
        f"GRANT SELECT (submission_id), DELETE ON submission_contact TO {_named([collector])}",
        f"GRANT SELECT (id, item_id, at, reply_hash, noted_at, withdrawn_at) ON submission TO {_named([collector])}",
        f"GRANT INSERT, UPDATE, DELETE ON {_named([*COLLECTED, *jobs])} TO {_named([collector])}",
        *([f"GRANT SELECT ON {_named(jobs)} TO {_named([collector])}"] if jobs else []),
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {_named([collector, desk])}",
    ]


def _named(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in sorted(names))
