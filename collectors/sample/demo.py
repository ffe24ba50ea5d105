"""The demo: a tracker over the sample web, in a folder of its own, with people, initiatives and a first release."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

from ruamel.yaml import YAML

from collectors import round as rounds
from collectors.sample.contacts import SAMPLE_CONTACTS
from collectors.sample.content import ALLOW_NETWORKS, sources
from collectors.sample.initiatives import PEOPLE, SampleInitiative, exclusions, initiatives
from collectors.sample.web import serve
from tracker import contacts, people, publish, review, safety, second_look
from tracker.address import canonical
from tracker.errors import NotFound
from tracker.model import Decision, Initiative, InitiativeState, Item, ItemState, Person, Verdict
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.items import QueueFilter
from tracker.taxonomy import Taxonomy

NETWORKS = tuple(ip_network(network) for network in ALLOW_NETWORKS)
HOST_DELAY_SECONDS = 0.05  # our own web on this machine need not be spared


def write_config(folder: Path, site: str, web_port: int) -> Path:
    """The demo's configuration, written into `folder`: `site` is where its public pages will be, `web_port` its web."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "database": f"sqlite:///{folder / 'tracker.db'}",
        "data": str(folder),
        "evidence": str(folder / "evidence"),
        "contact": "demo@sample.example",
        "samples": True,
        "site": {"url": site},
        "collect": {"per_host_delay_seconds": HOST_DELAY_SECONDS, "allow_networks": list(ALLOW_NETWORKS)},
        "sources": [source.model_dump(mode="json") for source in sources(web_port)],
    }
    config = folder / "config.yaml"
    with config.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(document, file)
    return config


def fill(store: Store, settings: Settings, taxonomy: Taxonomy, web_port: int, say: Callable[[str], None]) -> str:
    """Collects the sample web, has the sample people decide, publishes the first release; the people's password."""
    with serve(web_port):
        _collect(store, settings, web_port)
        _collect(store, settings, web_port)  # the second visit: one story has changed
    say(f"collected {store.queue_length(ANY_STATE)} items from the sample web")
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    ana, ben, _ = [people.add(store, person, password, "demo") for person in PEOPLE]
    for number, sample in enumerate(initiatives(web_port)):
        # Both write and both read, so that the desk shows work of either.
        writer, reader = (ana, ben) if number % 3 else (ben, ana)
        _curate(store, settings, taxonomy, sample, writer, reader)
    for excluded in exclusions(web_port):
        _decide(store, taxonomy, ana, excluded.url, Verdict.EXCLUDE, reason=excluded.reason)
    say("the sample analysts have decided and approved")
    for contact in SAMPLE_CONTACTS:
        contacts.add(store, contact, ben, datetime.now(UTC))
    publish.make_release(store, settings, datetime.now(UTC))
    say("published release 1")
    return password


def load_samples(store: Store, settings: Settings, web_port: int) -> int:
    """Brings the sample web once into an ordinary tracker, to practise on; how many items came. All are marked."""
    before = store.queue_length(ANY_STATE)
    # For this one round, and for the sample web's own addresses, the loopback may be fetched.
    allowed = settings.collect.but(allow_networks=NETWORKS, per_host_delay_seconds=HOST_DELAY_SECONDS)
    with serve(web_port):
        store.register(sources(web_port), sample=True)
        try:
            _collect(store, settings.but(collect=allowed), web_port)
        finally:
            store.register((), sample=True)  # nobody serves them later, so they are not asked again
    return store.queue_length(ANY_STATE) - before


ANY_STATE = QueueFilter(states=tuple(ItemState))


def _collect(store: Store, settings: Settings, web_port: int) -> None:
    ids = [source.id for source in sources(web_port)]
    rounds.collect(store, settings, lambda: datetime.now(UTC), ids=ids)


def _curate(
    store: Store, settings: Settings, taxonomy: Taxonomy, sample: SampleInitiative, writer: Person, reader: Person
) -> None:
    """One sample initiative, through the same steps as a real one."""
    first, *others = sample.evidence_urls
    coded = sample.initiative
    made = _decide(store, taxonomy, writer, first, Verdict.INCLUDE, coded=coded)
    assert made.initiative_id is not None  # noqa: S101  include drafts one
    for other in others:
        if _item(store, other).state is ItemState.INCLUDED:
            continue  # its copy arrived first, and it stood for that
        _decide(store, taxonomy, writer, other, Verdict.EVIDENCE, initiative_id=made.initiative_id, coded=coded)
    now = datetime.now(UTC)
    record = review.save(store, taxonomy, writer, made.initiative_id, 1, sample.initiative, now, "coded")
    if sample.state is InitiativeState.DRAFT:
        return
    record = review.submit(store, writer, record.id, record.revision, settings.languages, now)
    if sample.state is InitiativeState.APPROVED:
        for finding in second_look.findings(store, record):
            because = safety.REASONS[finding.kind][0]
            second_look.confirm(store, reader, record.id, record.revision, finding, because, now)
        second_look.approve(store, reader, record.id, record.revision, now)


def _decide(
    store: Store,
    taxonomy: Taxonomy,
    person: Person,
    url: str,
    verdict: Verdict,
    *,
    reason: str | None = None,
    initiative_id: int | None = None,
    coded: Initiative | None = None,
) -> Decision:
    now = datetime.now(UTC)
    item = _item(store, url)
    decision = Decision(
        key=f"sample-{item.id}-{verdict.value}",
        item_id=item.id,
        item_version=item.version,
        person_id=person.id,
        at=now,
        verdict=verdict,
        reason=reason,
        initiative_id=initiative_id,
        issues=coded.issues if coded else (),
        countries=coded.countries if coded else (),
    )
    return review.decide(store, taxonomy, person, decision)


def _item(store: Store, url: str) -> Item:
    """The item of this address, or the one that stands for it and still waits."""
    item_id = store.item_by_address(canonical(url))
    if item_id is None:
        raise NotFound(f"the sample web did not bring {url}")
    stands, *_ = members = store.members(item_id)
    if stands.item.state is ItemState.WAITING:
        return stands.item
    return next(member.item for member in members if member.item.id == item_id)
