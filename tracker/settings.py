"""What did the operator ask for? `config.yaml` and the environment, read once into one frozen value."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, HttpUrl, field_validator, model_validator

from tracker import yamlfile
from tracker.errors import BadSettings, Sentence
from tracker.model import Language, Source, Value, WebAddress


class Collect(Value):
    """Limits of collecting: how long, how much, how politely, and where all the same."""

    timeout_seconds: Annotated[int, Field(ge=1, le=300)] = 30
    max_megabytes: Annotated[float, Field(gt=0, le=100)] = 8
    per_host_delay_seconds: Annotated[float, Field(ge=0, le=60)] = 1
    feeds_ignore_robots: bool = False  # feeds are asked although robots.txt forbids it; pages never
    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()


class Site(Value):
    """How the public pages present themselves."""

    name: dict[Language, str] = {
        "en": "COVID-19 crime-prevention initiatives",
        "fr": "Initiatives de prévention de la criminalité et COVID-19",
        "es": "Iniciativas de prevención del delito y COVID-19",
    }
    organisation: str = "International Centre for the Prevention of Crime"
    url: WebAddress = "http://127.0.0.1:8501"
    licence: str = "CC BY 4.0"
    doi: Annotated[str, Field(pattern=r"^$|^10\.\d{4,9}/\S+$")] = ""  # of the data in all their releases
    leave_to: WebAddress = "https://www.wikipedia.org/"  # where the quick exit goes
    hosts: tuple[str, ...] = ()  # further host names under which the pages are reached
    release_every: Literal["never", "day", "week"] = "never"  # where something changed; never: `tracker publish` alone


class Desk(Value):
    """How the analysts' desk is reached, and how people come in."""

    url: WebAddress | None = None  # under which people reach it; None: as they ask for it
    local_accounts: bool = True  # false: nobody comes in with a password, but by `oidc` alone
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # ours in front of it, whose X-Forwarded-For is believed


class Oidc(Value):
    """A provider of sign-ins (OpenID Connect). Its secret, if it wants one, is in $TRACKER_OIDC_SECRET."""

    issuer: WebAddress
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[str, Field(min_length=1, max_length=60)] = "OpenID Connect"  # on the button
    scopes: tuple[str, ...] = ("openid", "email", "profile")

    @field_validator("issuer")
    @classmethod
    def _cannot_be_overheard(cls, value: str) -> str:
        here = urlsplit(value).hostname in ("127.0.0.1", "localhost", "::1")
        if not here and not value.startswith("https://"):
            raise ValueError("should begin with https://")
        return value

    @field_validator("scopes")
    @classmethod
    def _asks_who_it_is(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return ("openid", *(scope for scope in value if scope != "openid"))


class Keep(Value):
    """How long things are kept. Items, decisions, the audit and what stands behind initiatives: for ever."""

    fetches_days: Annotated[int, Field(ge=7, le=3660)] = 90  # one by one; after that, their daily sums
    contact_days: Annotated[int, Field(ge=1, le=365)] = 30  # how a sender can be reached, after the decision
    excluded_evidence_days: Annotated[int, Field(ge=30, le=3660)] | None = (
        None  # bytes of items long excluded; None: ever
    )


class Settings(Value):
    """Everything that can be set. Each has a default that works on one machine, except secrets, which have none."""

    database: str = "sqlite:///data/tracker.db"
    public_database: str = ""  # for the public pages, as a role that may read the public's copy alone; else `database`
    data: Path = Path("data")
    evidence: str = ""  # any fsspec address; empty: evidence/ in the data folder
    contact: Annotated[str, Field(min_length=3)] = "monitoring@example.org"
    languages: tuple[Language, ...] = ("en", "fr", "es")
    taxonomy: Path | None = None  # None: the one that ships with the tracker
    site: Site = Site()
    desk: Desk = Desk()
    oidc: Oidc | None = None
    collect: Collect = Collect()
    keep: Keep = Keep()
    sources: tuple[Source, ...] = ()
    samples: bool = False  # whether everything collected from these sources is marked as a sample

    @property
    def caller(self) -> str:
        """Who asks, for those who are asked: the tracker's page, unless it is on this machine, and a contact."""
        contact = self.contact if "://" in self.contact else f"mailto:{self.contact}"
        here = urlsplit(self.site.url).hostname in ("127.0.0.1", "localhost", "::1")
        return contact if here else f"{self.site.url}; {contact}"

    @model_validator(mode="before")
    @classmethod
    def _evidence_beside_the_data(cls, given: Any) -> Any:
        if isinstance(given, dict) and not given.get("evidence"):
            return {**given, "evidence": f"{given.get('data') or 'data'}/evidence"}
        return given

    @model_validator(mode="after")
    def _has_a_way_in(self) -> Self:
        if not self.desk.local_accounts and self.oidc is None:
            raise ValueError("desk.local_accounts is false and there is no oidc section: nobody could come in")
        return self

    @field_validator("languages")
    @classmethod
    def _has_a_language(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or not set(value) <= {"en", "fr", "es"}:
            raise ValueError("the public pages speak en, fr and es; name one or more of them")
        return value

    @field_validator("database")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("should begin with sqlite:/// or postgresql://")
        return value

    @field_validator("sources")
    @classmethod
    def _whole_addresses(cls, value: tuple[Source, ...]) -> tuple[Source, ...]:
        for source in value:
            HttpUrl(source.url)
        return value


def load(config: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of `config`, else of $TRACKER_CONFIG, else of ./config.yaml (which may be absent).

    $TRACKER_DATABASE_URL overrides `database`, $TRACKER_DATA the folder of everything that is written; a relative
    SQLite path or evidence folder that begins with data/ moves along. Raises BadSettings with a line for each mistake.
    """
    named = config or (Path(environment["TRACKER_CONFIG"]) if environment.get("TRACKER_CONFIG") else None)
    path = named or Path("config.yaml")
    if named is None and not path.exists():
        settings = Settings()
    else:
        file = yamlfile.read(path, BadSettings)
        mistakes = _mistakes(file)
        try:
            settings = file.checked(Settings, BadSettings, remedy)
        except BadSettings as wrong:
            raise BadSettings("\n".join([*str(wrong).splitlines(), *mistakes])) from None
        if mistakes:
            raise BadSettings("\n".join(mistakes))
    changes: dict[str, object] = {}
    if folder := environment.get("TRACKER_DATA"):
        changes["data"] = Path(folder)
        changes["evidence"] = _moved(settings.evidence, "data/", f"{folder}/")
        changes["database"] = _moved(settings.database, "sqlite:///data/", f"sqlite:///{folder}/")
    if database := environment.get("TRACKER_DATABASE_URL"):
        changes["database"] = database
    return settings.but(**changes) if changes else settings


def _moved(value: str, old: str, new: str) -> str:
    return new + value.removeprefix(old) if value.startswith(old) else value


def _mistakes(file: yamlfile.YamlFile) -> list[str]:
    """What a single field cannot know: ids given twice."""
    found: list[str] = []
    first_line: dict[str, int] = {}
    sources = file.data.get("sources")
    for number, source in enumerate(sources if isinstance(sources, list) else []):
        name = source.get("id") if isinstance(source, dict) else None
        if name is None:
            continue
        if name in first_line:
            where = ("sources", number, "id")
            found.append(file.complain(where, f"this id stands on line {first_line[name]} already; give it another"))
        first_line.setdefault(name, file.line(("sources", number, "id")))
    return found


def remedy(field: str) -> str:
    """What would be right, for the fields where people slip."""
    last = field.rsplit(".", 1)[-1]
    hints = {
        "sources.every": Sentence("Write a number with m, h or d, such as 3h, or adaptive."),
        "sources.url": Sentence("Write a whole address such as https://example.org/feed.xml."),
        "sources.country": Sentence("Write two capital letters such as CA, or null."),
        "sources.language": Sentence("Write a code such as fr, or null."),
        "sources.expect.at_least": Sentence("Write items a week, such as {at_least: 1, at_most: 200}."),
        "sources.id": Sentence("Use 2 to 60 small letters, digits and hyphens, such as un-news-en."),
        "collect.allow_networks": "Write networks such as 127.0.1.0/24.",
        "site.doi": "Write it without https://doi.org/, such as 10.5281/zenodo.1234567.",
        "desk.proxies": "Write networks such as 10.0.0.1/32.",
        "oidc.issuer": "Write the issuer exactly as the provider names itself, such as https://login.example.org/.",
        "database": "For example sqlite:///data/tracker.db.",
    }
    if field in hints:
        return hints[field]
    kinds: dict[str, type[Value]] = {
        "sources": Source,
        "collect": Collect,
        "keep": Keep,
        "site": Site,
        "desk": Desk,
        "oidc": Oidc,
    }
    known = kinds.get(field.split(".", maxsplit=1)[0], Settings)
    if last in known.model_fields:
        return ""
    near = difflib.get_close_matches(last, known.model_fields, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known.model_fields)}."
