"""How often is each code of the codebook used, at the desk and in public, and with which versions of it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from tracker.model import InitiativeState, Verdict
from tracker.store.audit import Audit
from tracker.store.rows import DecisionRow, EvidenceRow, InitiativeRevisionRow, InitiativeRow, PublicInitiativeRow

_DECISION = DecisionRow.__table__  # type: ignore[attr-defined]
_INITIATIVE = InitiativeRow.__table__  # type: ignore[attr-defined]
_REVISION = InitiativeRevisionRow.__table__  # type: ignore[attr-defined]
_PUBLIC = PublicInitiativeRow.__table__  # type: ignore[attr-defined]
_EVIDENCE = EvidenceRow.__table__  # type: ignore[attr-defined]

_COUNTS = (InitiativeState.DRAFT.value, InitiativeState.SECOND_LOOK.value, InitiativeState.APPROVED.value)
Code = tuple[str, str]  # a group of the taxonomy, and a code of it


class Uses(NamedTuple):
    """How often each code is used: in initiatives in work or public (or standing decisions), and in public alone."""

    desk: Counter[Code]
    public: Counter[Code]


class SeenVersion(NamedTuple):
    """A version of the codebook, and when decisions and revisions were made with it."""

    version: str
    first: datetime
    last: datetime
    times: int


class CodeUses(Audit):
    def code_uses(self) -> Uses:
        """Each initiative counts a code once. A reason counts for each exclusion that was not taken back."""
        content = (
            sa.select(_REVISION.c.content)
            .join(
                _INITIATIVE,
                sa.and_(_REVISION.c.initiative_id == _INITIATIVE.c.id, _REVISION.c.revision == _INITIATIVE.c.revision),
            )
            .where(_INITIATIVE.c.state.in_(_COUNTS))
        )
        undone = sa.select(_DECISION.c.undoes).where(_DECISION.c.undoes.is_not(None))
        reasons = sa.select(_DECISION.c.reason, _DECISION.c.reasons_more).where(
            _DECISION.c.verdict == Verdict.EXCLUDE.value, _DECISION.c.id.not_in(undone)
        )
        roles = (
            sa.select(_EVIDENCE.c.role, sa.func.count())
            .where(_EVIDENCE.c.removed_at.is_(None))
            .group_by(_EVIDENCE.c.role)
        )
        desk, public = Counter[Code](), Counter[Code]()
        with self.reading() as db:
            for said in db.scalars(content):
                desk.update(set(_codes(said)))
            for row in db.execute(sa.select(_PUBLIC.c.content, _PUBLIC.c.sources)):
                public.update(set(_codes(row.content)))
                public.update(("evidence_roles", one["role"]) for one in row.sources if one.get("role"))
            for reason, more in db.execute(reasons):
                desk.update(("exclusion_reasons", code) for code in {reason, *more})
            for role, number in db.execute(roles):
                desk["evidence_roles", role] += number
        return Uses(desk, public)

    def codebooks_seen(self) -> list[SeenVersion]:
        """The versions that decisions and revisions name, newest use first."""
        both = sa.union_all(
            sa.select(_DECISION.c.codebook, _DECISION.c.at), sa.select(_REVISION.c.codebook, _REVISION.c.at)
        ).subquery()
        query = (
            sa.select(both.c.codebook, sa.func.min(both.c.at), sa.func.max(both.c.at), sa.func.count())
            .where(both.c.codebook != "")
            .group_by(both.c.codebook)
        )
        with self.reading() as db:
            found = [SeenVersion(*row) for row in db.execute(query)]
        return sorted(found, key=lambda one: (one.last, one.version), reverse=True)


def _codes(content: dict[str, Any]) -> Iterator[Code]:
    """(group, code) of every code in the content of an initiative."""
    for group in ("issues", "types", "bias_grounds", "targets"):
        yield from ((group, code) for code in content.get(group) or ())
    yield from (("type_families", code[:1]) for code in content.get("types") or ())
    for field, group in (
        ("covid_link", "covid_links"),
        ("geo_level", "geo_levels"),
        ("evidence_grade", "evidence_grades"),
        ("status", "statuses"),
    ):
        if code := content.get(field):
            yield group, code
    for actor in content.get("actors") or ():
        for field, group in (("kind", "actor_kinds"), ("level", "actor_levels"), ("role", "actor_roles")):
            if code := actor.get(field):
                yield group, code
