"""People with accounts, and their sign-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tracker.errors import BadInput, NotFound
from tracker.model import Person, Time, Value
from tracker.store.audit import Audit
from tracker.store.engine import add, upsert
from tracker.store.rows import PersonRow, PersonSettingRow, SessionRow

_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_SHOWN = tuple(_PERSON.c[name] for name in Person.model_fields)  # without what a sign-in is checked against
_SESSION = SessionRow.__table__  # type: ignore[attr-defined]
_SETTING = PersonSettingRow.__table__  # type: ignore[attr-defined]


class Account(Value):
    """A person together with what a sign-in is checked against."""

    person: Person
    password_hash: str
    failures: int = 0
    locked_until: Time | None = None


class SignIn(Value):
    person: Person
    created_at: Time
    last_seen_at: Time
    expires_at: Time


class People(Audit):
    def add_person(self, person: Person, password_hash: str, by: str) -> Person:
        """The person with their number. Raises BadInput when the e-mail address has an account already."""
        values = person.model_dump(exclude={"id"}, mode="json")
        with self.writing() as db:
            if db.scalar(sa.select(_PERSON.c.id).where(_PERSON.c.email == person.email)):
                raise BadInput(f"{person.email} has an account already; `tracker people list` shows it")
            id = add(db, _PERSON, **values, password_hash=password_hash)
            self.note(by, "person added", "person", id, None, values)
        return person.but(id=id)

    def people(self) -> list[Person]:
        """Everybody with an account, by name, inactive ones included."""
        with self.reading() as db:
            return [_person(row) for row in db.execute(sa.select(*_SHOWN).order_by(_PERSON.c.name, _PERSON.c.id))]

    def account(self, email: str) -> Account | None:
        """The account of an e-mail address (in any case), or None."""
        with self.reading() as db:
            row = db.execute(sa.select(_PERSON).where(_PERSON.c.email == email.strip().lower())).one_or_none()
        if row is None:
            return None
        return Account(
            person=_person(row), password_hash=row.password_hash, failures=row.failures, locked_until=row.locked_until
        )

    def person(self, id: int) -> Person:
        with self.reading() as db:
            row = db.execute(sa.select(_PERSON).where(_PERSON.c.id == id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no person {id}")
        return _person(row)

    def change_person(self, person: Person, by: str, *, password_hash: str | None = None) -> None:
        """Writes what changed about a person. A new password or a switched-off account ends every sign-in."""
        values: dict[str, Any] = person.model_dump(exclude={"id"}, mode="json")
        if password_hash is not None:
            values |= {"password_hash": password_hash, "failures": 0, "locked_until": None}
        with self.writing() as db:
            before = self.person(person.id)
            db.execute(sa.update(_PERSON).where(_PERSON.c.id == person.id).values(**values))
            if password_hash is not None or not person.active:
                db.execute(sa.delete(_SESSION).where(_SESSION.c.person_id == person.id))
            what = "password set" if password_hash is not None else "person changed"
            self.note(by, what, "person", person.id, before, person)

    def set_failures(self, person_id: int, failures: int, locked_until: datetime | None) -> None:
        with self.writing() as db:
            values = {"failures": failures, "locked_until": locked_until}
            db.execute(sa.update(_PERSON).where(_PERSON.c.id == person_id).values(**values))

    def add_sign_in(self, token_hash: str, person: Person, now: datetime, expires: datetime) -> None:
        with self.writing() as db:
            db.execute(sa.delete(_SESSION).where(_SESSION.c.expires_at < now))
            db.execute(
                sa.insert(_SESSION).values(
                    token_hash=token_hash, person_id=person.id, created_at=now, last_seen_at=now, expires_at=expires
                )
            )
            self.note(person.email, "signed in", "person", person.id)

    def sign_in(self, token_hash: str) -> SignIn | None:
        """Whose sign-in this is; None when there is none or the account is switched off."""
        query = sa.select(_PERSON, _SESSION).join(_SESSION, _SESSION.c.person_id == _PERSON.c.id)
        with self.reading() as db:
            row = db.execute(query.where(_SESSION.c.token_hash == token_hash, _PERSON.c.active)).one_or_none()
        if row is None:
            return None
        return SignIn(
            person=_person(row), created_at=row.created_at, last_seen_at=row.last_seen_at, expires_at=row.expires_at
        )

    def touch_sign_in(self, token_hash: str, now: datetime) -> None:
        with self.writing() as db:
            db.execute(sa.update(_SESSION).where(_SESSION.c.token_hash == token_hash).values(last_seen_at=now))

    def end_sign_in(self, token_hash: str) -> None:
        with self.writing() as db:
            db.execute(sa.delete(_SESSION).where(_SESSION.c.token_hash == token_hash))

    def setting(self, person_id: int, name: str) -> dict[str, Any] | None:
        """What this person has set under this name for themselves; None when nothing."""
        query = sa.select(_SETTING.c.value).where(_SETTING.c.person_id == person_id, _SETTING.c.name == name)
        with self.reading() as db:
            value: dict[str, Any] | None = db.scalar(query)
        return value

    def set_setting(self, person_id: int, name: str, value: dict[str, Any]) -> None:
        with self.writing() as db:
            statement = upsert(db, _SETTING).values(person_id=person_id, name=name, value=value)
            db.execute(
                statement.on_conflict_do_update(
                    index_elements=["person_id", "name"], set_={"value": statement.excluded.value}
                )
            )


def _person(row: Any) -> Person:
    return Person.model_validate({name: getattr(row, name) for name in Person.model_fields})
