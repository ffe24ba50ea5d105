"""Contacts for people who look for help: every line is one check by an editor, and the newest of a number counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tracker.errors import Conflict, NotFound
from tracker.model import CheckedContact, HelpContact, Person
from tracker.store.audit import Audit
from tracker.store.rows import HelpContactRow, PersonRow

_LINE = HelpContactRow.__table__  # type: ignore[attr-defined]
_PERSON = PersonRow.__table__  # type: ignore[attr-defined]


class Contacts(Audit):
    def contacts(self, *, withdrawn: bool = False) -> list[CheckedContact]:
        """The newest line of each contact, by country and number; the withdrawn ones too when asked for."""
        later = _LINE.alias()
        newest = ~sa.exists().where(later.c.number == _LINE.c.number, later.c.revision > _LINE.c.revision)
        query = _LINES.where(newest).order_by(_LINE.c.country.nulls_first(), _LINE.c.number)
        return [one for one in self._contact_lines(query) if withdrawn or not one.withdrawn]

    def contact_history(self, number: int) -> list[CheckedContact]:
        """Every check of a contact, newest first. Raises NotFound."""
        lines = list(self._contact_lines(_LINES.where(_LINE.c.number == number).order_by(_LINE.c.revision.desc())))
        if not lines:
            raise NotFound(f"there is no help contact {number}")
        return lines

    def add_contact(self, contact: HelpContact, person: Person, now: datetime) -> CheckedContact:
        """A new contact, checked now by this person."""
        with self.writing() as db:
            number = (db.scalar(sa.select(sa.func.max(_LINE.c.number))) or 0) + 1
            return self._contact_line(number, 1, contact, person, now)

    def check_contact(
        self,
        number: int,
        revision: int,
        contact: HelpContact,
        person: Person,
        now: datetime,
        *,
        withdrawn: bool = False,
        reason: str = "",
    ) -> CheckedContact:
        """A further line on a contact: changed, found right again, or withdrawn.

        Raises NotFound, and Conflict when `revision` is not the newest any more.
        """
        with self.writing():
            newest = self.contact_history(number)[0]
            if newest.revision != revision:
                by, when = newest.checked_by, f"{newest.checked_at:%Y-%m-%d %H:%M} UTC"
                raise Conflict(
                    f"{by} changed this contact on {when}; look at it again", by=by, what="checked the contact"
                )
            return self._contact_line(number, revision + 1, contact, person, now, withdrawn, reason)

    def _contact_line(
        self,
        number: int,
        revision: int,
        contact: HelpContact,
        person: Person,
        now: datetime,
        withdrawn: bool = False,
        reason: str = "",
    ) -> CheckedContact:
        content = contact.model_dump(mode="json")
        values = {"number": number, "revision": revision, "withdrawn": withdrawn, "reason": reason, "content": content}
        with self.writing() as db:
            try:
                db.execute(
                    sa.insert(_LINE).values(**values, checked_at=now, person_id=person.id, country=contact.country)
                )
            except IntegrityError as problem:
                raise Conflict("somebody saved a contact at the same moment; do it again") from problem
            what = "contact withdrawn" if withdrawn else "contact checked" if revision > 1 else "contact added"
            self.note(person.email, what, "help contact", number, None, values)
        return CheckedContact(
            number=number,
            revision=revision,
            contact=contact,
            checked_at=now,
            checked_by=person.name,
            withdrawn=withdrawn,
            reason=reason,
        )

    def _contact_lines(self, query: sa.Select[Any]) -> Iterable[CheckedContact]:
        with self.reading() as db:
            rows = db.execute(query).all()
        for row in rows:
            yield CheckedContact(
                number=row.number,
                revision=row.revision,
                contact=HelpContact.model_validate(row.content),
                checked_at=row.checked_at,
                checked_by=row.name,
                withdrawn=row.withdrawn,
                reason=row.reason,
            )


_LINES = sa.select(_LINE, _PERSON.c.name).join(_PERSON, _PERSON.c.id == _LINE.c.person_id)
