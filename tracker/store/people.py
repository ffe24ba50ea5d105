"""People with accounts: their sign-ins, the links that let them in once, and under which names others know them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tracker.errors import BadInput, Conflict, NotFound, Sentence
from tracker.model import Person, Role, Time, Value
from tracker.store.audit import Audit
from tracker.store.engine import add, upsert
from tracker.store.rows import DoorLinkRow, IdentityRow, NetworkRow, PersonRow, PersonSettingRow, SessionRow

_PERSON = PersonRow.__table__  # type: ignore[attr-defined]
_SHOWN = tuple(_PERSON.c[name] for name in Person.model_fields)  # without what a sign-in is checked against
_SESSION = SessionRow.__table__  # type: ignore[attr-defined]
_NETWORK = NetworkRow.__table__  # type: ignore[attr-defined]
_LINK = DoorLinkRow.__table__  # type: ignore[attr-defined]
_IDENTITY = IdentityRow.__table__  # type: ignore[attr-defined]
_SETTING = PersonSettingRow.__table__  # type: ignore[attr-defined]


class Account(Value):
    """A person together with what a sign-in is checked against."""

    person: Person
    password_hash: str
    failures: int = 0
    locked_until: Time | None = None


class SignIn(Value):
    person: Person
    token_hash: str
    created_at: Time
    last_seen_at: Time
    expires_at: Time
    ip_hash: str = ""
    browser: str = ""
    way: str = "password"  # password, link, or provider


class Tries(Value):
    """How often signing in has failed from one network."""

    failures: int = 0
    last_at: Time
    locked_until: Time | None = None


class DoorLink(Value):
    """A link that lets one person in once."""

    person: Person
    purpose: str
    made_by: str
    expires_at: Time


class Enrolled(Value):
    """A person as an admin sees them."""

    person: Person
    last_seen_at: Time | None = None
    locked_until: Time | None = None
    has_password: bool = False
    link_until: Time | None = None  # of a link that has not been used
    issuers: tuple[str, ...] = ()  # providers that know this person
    sign_ins: int = 0


class People(Audit):
    def add_person(self, person: Person, password_hash: str, by: str) -> Person:
        """The person with their number. Raises BadInput when the e-mail address has an account already."""
        values = person.model_dump(exclude={"id"}, mode="json")
        with self.writing() as db:
            if db.scalar(sa.select(_PERSON.c.id).where(_PERSON.c.email == person.email)):
                raise BadInput(
                    Sentence("{email} has an account already; `tracker people list` shows it", email=person.email)
                )
            id = add(db, _PERSON, **values, password_hash=password_hash)
            self.note(by, "person added", "person", id, None, values)
        return person.but(id=id)

    def people(self) -> list[Person]:
        """Everybody with an account, by name, inactive ones included."""
        with self.reading() as db:
            return [_person(row) for row in db.execute(sa.select(*_SHOWN).order_by(_PERSON.c.name, _PERSON.c.id))]

    def enrolled(self, now: datetime, seen_after: datetime) -> list[Enrolled]:
        """Everybody with an account as an admin sees them, by name; sign-ins count that were used since."""
        used = _SESSION.c.expires_at > now, _SESSION.c.last_seen_at > seen_after
        with self.reading() as db:
            found = db.execute(sa.select(_PERSON).order_by(_PERSON.c.name, _PERSON.c.id)).all()
            links = {row.person_id: row.expires_at for row in db.execute(sa.select(_LINK))}
            known = db.execute(sa.select(_IDENTITY.c.person_id, _IDENTITY.c.issuer)).all()
            count = sa.select(_SESSION.c.person_id, sa.func.count()).where(*used).group_by(_SESSION.c.person_id)
            open_now = {row[0]: row[1] for row in db.execute(count)}
        return [
            Enrolled(
                person=_person(row),
                last_seen_at=row.last_seen_at,
                locked_until=row.locked_until,
                has_password=bool(row.password_hash),
                link_until=links.get(row.id),
                issuers=tuple(issuer for person_id, issuer in known if person_id == row.id),
                sign_ins=open_now.get(row.id, 0),
            )
            for row in found
        ]

    def account(self, email: str, *, hold: bool = False) -> Account | None:
        """The account of an e-mail address (in any case), or None; `hold` keeps others from it until the write ends."""
        query = sa.select(_PERSON).where(_PERSON.c.email == email.strip().lower())
        with self.reading() as db:
            row = db.execute(query.with_for_update() if hold else query).one_or_none()
        if row is None:
            return None
        return Account(
            person=_person(row), password_hash=row.password_hash, failures=row.failures, locked_until=row.locked_until
        )

    def person(self, id: int) -> Person:
        with self.reading() as db:
            row = db.execute(sa.select(_PERSON).where(_PERSON.c.id == id)).one_or_none()
        if row is None:
            raise NotFound(Sentence("there is no person {id}", id=id))
        return _person(row)

    def change_person(self, person: Person, by: str, *, password_hash: str | None = None) -> None:
        """Writes what changed about a person. A new password or a switched-off account ends every sign-in and link.

        Raises Conflict when nobody would be left who is admin.
        """
        values: dict[str, Any] = person.model_dump(exclude={"id"}, mode="json")
        if password_hash is not None:
            values |= {"password_hash": password_hash, "failures": 0, "locked_until": None}
        with self.writing() as db:
            before = self.person(person.id)
            if _is_admin(before) and not _is_admin(person):
                admins = sa.select(_PERSON.c.id).where(_PERSON.c.role == Role.ADMIN.value, _PERSON.c.active)
                if db.execute(admins.with_for_update()).scalars().all() == [person.id]:
                    raise Conflict(
                        Sentence("{name} is the last admin; make somebody else admin first", name=before.name),
                        what="last admin",
                    )
            db.execute(sa.update(_PERSON).where(_PERSON.c.id == person.id).values(**values))
            if password_hash is not None or not person.active:
                db.execute(sa.delete(_SESSION).where(_SESSION.c.person_id == person.id))
                db.execute(sa.delete(_LINK).where(_LINK.c.person_id == person.id))
            what = {None: "person changed", "": "password removed"}.get(password_hash, "password set")
            self.note(by, what, "person", person.id, before, person)

    def choose_language(self, person_id: int, language: str) -> None:
        """In which language the desk speaks to this person. Nothing to be audited."""
        with self.writing() as db:
            db.execute(sa.update(_PERSON).where(_PERSON.c.id == person_id).values(language=language))

    # ----------------------------------------------------------------------------------------------- failed tries

    def set_failures(self, person_id: int, failures: int, locked_until: datetime | None) -> None:
        with self.writing() as db:
            values = {"failures": failures, "locked_until": locked_until}
            db.execute(sa.update(_PERSON).where(_PERSON.c.id == person_id).values(**values))

    def tries(self, ip_hash: str, now: datetime) -> Tries:
        """How often signing in failed from this network, held from others until the write ends."""
        with self.writing() as db:
            first = upsert(db, _NETWORK).values(ip_hash=ip_hash, failures=0, last_at=now)
            db.execute(first.on_conflict_do_nothing())  # so that two first tries at once are counted as two
            row = db.execute(sa.select(_NETWORK).where(_NETWORK.c.ip_hash == ip_hash).with_for_update()).one()
        return Tries(failures=row.failures, last_at=row.last_at, locked_until=row.locked_until)

    def set_tries(self, ip_hash: str, tries: Tries, forget_before: datetime) -> None:
        """Writes how often it failed, and forgets networks of which nothing was heard since."""
        values = tries.model_dump()
        with self.writing() as db:
            insert = upsert(db, _NETWORK).values(ip_hash=ip_hash, **values)
            db.execute(insert.on_conflict_do_update(index_elements=["ip_hash"], set_=values))
            db.execute(sa.delete(_NETWORK).where(_NETWORK.c.last_at < forget_before))

    # --------------------------------------------------------------------------------------------------- sign-ins

    def add_sign_in(self, made: SignIn) -> None:
        """Keeps a sign-in, and forgets those that have expired."""
        with self.writing() as db:
            db.execute(sa.delete(_SESSION).where(_SESSION.c.expires_at < made.created_at))
            values = made.model_dump(exclude={"person"})
            db.execute(sa.insert(_SESSION).values(person_id=made.person.id, **values))
            seen = sa.update(_PERSON).where(_PERSON.c.id == made.person.id)
            db.execute(seen.values(last_seen_at=made.created_at))
            self.note(made.person.email, "signed in", "person", made.person.id, None, {"way": made.way})

    def sign_in(self, token_hash: str) -> SignIn | None:
        """Whose sign-in this is; None when there is none or the account is switched off."""
        found = self._sign_ins(_SESSION.c.token_hash == token_hash, _PERSON.c.active)
        return found[0] if found else None

    def sign_ins(self, now: datetime, seen_after: datetime, person_id: int | None = None) -> list[SignIn]:
        """Those that still count, of one person or of everybody, the last used first."""
        of = [_SESSION.c.person_id == person_id] if person_id is not None else []
        return self._sign_ins(_SESSION.c.expires_at > now, _SESSION.c.last_seen_at > seen_after, _PERSON.c.active, *of)

    def _sign_ins(self, *wanted: sa.ColumnElement[bool]) -> list[SignIn]:
        session = [column.label(f"of_{column.name}") for column in _SESSION.c if column.name != "person_id"]
        query = sa.select(_PERSON, *session).join(_SESSION, _SESSION.c.person_id == _PERSON.c.id).where(*wanted)
        with self.reading() as db:
            rows = db.execute(query.order_by(_SESSION.c.last_seen_at.desc(), _SESSION.c.token_hash)).all()
        own = [name for name in SignIn.model_fields if name != "person"]
        return [SignIn(person=_person(row), **{name: getattr(row, f"of_{name}") for name in own}) for row in rows]

    def touch_sign_in(self, token_hash: str, person_id: int, now: datetime) -> None:
        with self.writing() as db:
            db.execute(sa.update(_SESSION).where(_SESSION.c.token_hash == token_hash).values(last_seen_at=now))
            db.execute(sa.update(_PERSON).where(_PERSON.c.id == person_id).values(last_seen_at=now))

    def end_sign_in(self, token_hash: str, by: str, what: str = "signed out") -> bool:
        """Whether there was such a sign-in to end."""
        with self.writing() as db:
            ended = sa.delete(_SESSION).where(_SESSION.c.token_hash == token_hash).returning(_SESSION.c.person_id)
            person_id = db.scalar(ended)
            if person_id is not None:
                self.note(by, what, "person", person_id)
        return person_id is not None

    def end_sign_ins(self, person_id: int, by: str, *, but: str = "") -> int:
        """How many sign-ins of a person were ended: all but the one named."""
        with self.writing() as db:
            of = _SESSION.c.person_id == person_id, _SESSION.c.token_hash != but
            ended = len(db.execute(sa.delete(_SESSION).where(*of).returning(_SESSION.c.token_hash)).all())
            if ended:
                self.note(by, "sign-ins ended", "person", person_id, None, {"ended": ended})
        return ended

    # --------------------------------------------------------------------------------- links that let in once

    def add_link(self, link: DoorLink, token_hash: str) -> None:
        """Keeps a link; an earlier one of the same person ends."""
        with self.writing() as db:
            db.execute(sa.delete(_LINK).where(_LINK.c.person_id == link.person.id))
            values = link.model_dump(exclude={"person"})
            db.execute(sa.insert(_LINK).values(person_id=link.person.id, token_hash=token_hash, **values))
            self.note(link.made_by, "link made", "person", link.person.id, None, {"purpose": link.purpose})

    def link(self, token_hash: str) -> DoorLink | None:
        """Whose link this is, however old; None when there is none or the account is switched off."""
        query = sa.select(_PERSON, _LINK.c.purpose, _LINK.c.made_by, _LINK.c.expires_at).join(
            _LINK, _LINK.c.person_id == _PERSON.c.id
        )
        with self.reading() as db:
            row = db.execute(query.where(_LINK.c.token_hash == token_hash, _PERSON.c.active)).one_or_none()
        if row is None:
            return None
        return DoorLink(person=_person(row), purpose=row.purpose, made_by=row.made_by, expires_at=row.expires_at)

    def use_link(self, token_hash: str) -> bool:
        """Whether the link was still there; it is gone from now on."""
        with self.writing() as db:
            gone = sa.delete(_LINK).where(_LINK.c.token_hash == token_hash).returning(_LINK.c.person_id)
            return db.scalar(gone) is not None

    # ------------------------------------------------------------------------------------------------- identities

    def known_as(self, issuer: str, subject: str) -> Person | None:
        """The person whom a provider knows under this name, switched-off ones too."""
        query = sa.select(_PERSON).join(_IDENTITY, _IDENTITY.c.person_id == _PERSON.c.id)
        with self.reading() as db:
            row = db.execute(query.where(_IDENTITY.c.issuer == issuer, _IDENTITY.c.subject == subject)).one_or_none()
        return _person(row) if row is not None else None

    def has_identity(self, issuer: str, person_id: int) -> bool:
        query = sa.select(_IDENTITY.c.subject).where(_IDENTITY.c.issuer == issuer, _IDENTITY.c.person_id == person_id)
        with self.reading() as db:
            return db.scalar(query) is not None

    def add_identity(self, issuer: str, subject: str, person: Person, now: datetime) -> None:
        with self.writing() as db:
            db.execute(sa.insert(_IDENTITY).values(issuer=issuer, subject=subject, person_id=person.id, linked_at=now))
            self.note(person.email, "identity linked", "person", person.id, None, {"issuer": issuer})

    def remove_identities(self, person_id: int, by: str) -> None:
        """No provider knows this person any more; the next sign-in with a verified address links anew."""
        with self.writing() as db:
            gone = sa.delete(_IDENTITY).where(_IDENTITY.c.person_id == person_id).returning(_IDENTITY.c.issuer)
            issuers = db.execute(gone).scalars().all()
            if issuers:
                self.note(by, "identity removed", "person", person_id, {"issuers": sorted(issuers)})

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


def _is_admin(person: Person) -> bool:
    return person.active and person.role is Role.ADMIN


def _person(row: Any) -> Person:
    return Person.model_validate({name: getattr(row, name) for name in Person.model_fields})
