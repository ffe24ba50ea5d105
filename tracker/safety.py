"""What in an initiative could hurt somebody if it were public: where a shelter is, who a person is, how to reach them.

Rules, not a model: each finding names the words that made it, and a person confirms or edits each. They are there
because a place that is known to whoever looks for a victim is no refuge any more: United States law forbids to publish
the address or location of a confidential shelter (42 U.S.C. 10406(c)(5)(H)) and to disclose what identifies a victim
(34 U.S.C. 12291(b)(2)); WHO's "Putting women first: ethical and safety recommendations" (2001) asks the same of
research. Addresses and postal codes follow the national forms that the Universal Postal Union lists, numbers are
international ones of at most 15 digits (ITU-T E.164) or national ones of at least 7.

What the rules miss: names without a word of age or harm near them, places told in words of other languages than
English, French and Spanish, and whatever nobody thought of. `tests/tracker/test_safety.py` measures how much on a small
sample of our own. They replace nobody's reading.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from tracker.model import MISSING_LANGUAGE, Initiative, Value
from tracker.text import folded


class Kind(StrEnum):
    """What could hurt."""

    STREET = "street"  # number and street
    POSTAL = "postal"  # postal code
    PLACE = "place"  # where a shelter is, in words
    COORDINATES = "coordinates"  # or a link to a map
    PERSON = "person"  # a name beside a word of harm, or with an age
    PHONE = "phone"  # that is not the record's contact
    EMAIL = "email"
    PHOTO = "photo"  # link to a picture


# What somebody may confirm of a finding, by kind: why it hurts nobody. The first is the commonest.
REASONS: dict[Kind, tuple[str, ...]] = {
    Kind.STREET: ("not_a_shelter", "public_office", "no_address"),
    Kind.POSTAL: ("not_a_shelter", "public_office", "no_address"),
    Kind.PLACE: ("not_a_shelter", "place_not_told", "public_office"),
    Kind.COORDINATES: ("not_a_shelter", "public_office", "no_address"),
    Kind.PERSON: ("public_role", "no_person", "own_wish"),
    Kind.PHONE: ("help_line", "public_office", "no_number"),
    Kind.EMAIL: ("public_office", "help_line"),
    Kind.PHOTO: ("nobody_to_see", "public_office"),
}


class Finding(Value):
    """Words of a field that could hurt somebody."""

    kind: Kind
    field: str  # as a change log names it: summary_fr, locality
    language: str  # of the text; `und` where it has none
    start: int
    end: int
    words: str
    text_hash: str  # of the whole field

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a confirmation must name to count: another text, other words or another kind is another question."""
        return self.field, self.kind.value, self.words, self.text_hash


def findings(initiative: Initiative, sources: Iterable[str] = ()) -> list[Finding]:
    """Everything in the record's texts that could hurt somebody, by field and place.

    `sources` are the texts of its evidence: a contact's telephone that none of them gives is a finding too.
    """
    public = _digits(initiative.contact.phone)
    names = frozenset(word for actor in initiative.actors for word in re.findall(r"\w+", folded(actor.name)))
    found: list[Finding] = []
    for field, (language, text) in texts(initiative).items():
        of_text = text_hash(text)
        for kind, start, end in _in_text(text, public, names):
            words = text[start:end]
            found.append(
                Finding(kind=kind, field=field, language=language, start=start, end=end, words=words, text_hash=of_text)
            )
    number = initiative.contact.phone
    if len(public) >= SHORTEST_NUMBER and not any(public in _digits(text) for text in sources):
        found.append(
            Finding(
                kind=Kind.PHONE, field="contact", language=MISSING_LANGUAGE, start=0, end=len(number), words=number,
                text_hash=text_hash(number),
            )
        )  # fmt: skip
    return found


def texts(initiative: Initiative) -> dict[str, tuple[str, str]]:
    """Field -> (language, text) of everything that somebody has written freely, empty ones left out."""
    found = {}
    for language, wording in initiative.wordings.items():
        found[f"title_{language}"] = (language, wording.title)
        found[f"summary_{language}"] = (language, wording.summary)
    for field in ("locality", "recipients", "why_promising", "challenges"):
        found[field] = (MISSING_LANGUAGE, getattr(initiative, field))
    found["keywords"] = (MISSING_LANGUAGE, "; ".join(initiative.keywords))
    found["status_history"] = (MISSING_LANGUAGE, "; ".join(change.note for change in initiative.status_history))
    return {field: pair for field, pair in found.items() if pair[1].strip(" ;")}


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _in_text(text: str, public: str, names: frozenset[str]) -> list[tuple[Kind, int, int]]:
    found = []
    for kind, pattern in _PATTERNS:
        found += [(kind, match.start(), match.end()) for match in pattern.finditer(text)]
    found += [(Kind.PLACE, *span) for span in _places(text)]
    found += [(Kind.PERSON, *span) for span in _people(text, names)]
    found += [(Kind.PHONE, *span) for span in _numbers(text, public)]
    kept: list[tuple[Kind, int, int]] = []
    for kind, start, end in sorted(found, key=lambda one: (one[1], -one[2])):
        if not any(kind is other and start < last for other, _, last in kept):
            kept.append((kind, start, end))
    return kept


# ------------------------------------------------------------------------------------- addresses, maps, letters, photos

_CAPITAL = "A-ZÀ-ÖØ-Þ"
_NAME = rf"[{_CAPITAL}][\w’'.-]*"
_STREETS_AFTER = (  # 48 Maple Grove Road
    "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Crescent|Cres|Square|Sq|Terrace|Highway|Hwy|"
    "Close|Parade|Row|Mews|Parkway|Pkwy|Alley|Way|Place|Pl"
)
_STREETS_BEFORE_FR = (
    r"rue|avenue|av\.|boulevard|boul\.|bd|chemin|place|impasse|all[ée]e|quai|cours|route|mont[ée]e|rang|square|passage|"
    r"ruelle|esplanade|promenade"
)
_LINKING_FR = r"(?:de\s+la\s+|de\s+l['’]|du\s+|des\s+|de\s+|d['’]|la\s+|le\s+|les\s+|l['’])?"
_STREETS_BEFORE_ES = (
    r"calle|avenida|av\.|avda\.?|paseo|plaza|carrera|cra\.|jir[óo]n|jr\.|pasaje|camino|carretera|bulevar|blvd\.|"
    r"calzada|"
    r"diagonal|transversal|cl\.|c/|rua"
)
_MAPS = (
    r"(?:maps\.google|google\.[a-z.]+/maps|goo\.gl/maps|maps\.app\.goo\.gl|openstreetmap\.org|osm\.org/go|"
    r"bing\.com/maps|waze\.com|what3words\.com|maps\.apple\.com)"
)

_PATTERNS: list[tuple[Kind, re.Pattern[str]]] = [
    (Kind.STREET, re.compile(rf"\b\d{{1,5}}[A-Za-z]?\s+(?:{_NAME}\s+){{1,4}}(?:{_STREETS_AFTER})\b")),
    (
        Kind.STREET,
        re.compile(
            rf"\b\d{{1,5}}\s*(?:bis|ter|[A-D])?,?\s+(?:de\s+la\s+|du\s+|"
            rf"de\s+l['’])?(?i:{_STREETS_BEFORE_FR})\s+{_LINKING_FR}[{_CAPITAL}][\w’'-]*"
            rf"(?:[ -][{_CAPITAL}][\w’'-]*)*"
        ),
    ),
    (
        Kind.STREET,
        re.compile(
            rf"(?<!\w)(?i:{_STREETS_BEFORE_ES})\s+(?:\w[\w.]*\s+){{0,5}}?\w[\w.]*,?\s*"
            r"(?:(?i:n[.º°o]{1,2}|n[úu]m(?:ero|\.)?|#)\s*)?\d{1,5}(?:\s*[-–]\s*\d{1,4})?\b"
        ),
    ),
    (
        Kind.STREET,
        re.compile(rf"\b[{_CAPITAL}]\w+(?:stra(?:ß|ss)e|str\.|weg|gasse|platz|straat|laan)\s+\d{{1,4}}[a-z]?\b"),
    ),
    (Kind.POSTAL, re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d\b")),  # Canada
    (Kind.POSTAL, re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2}\b")),  # United Kingdom
    (Kind.POSTAL, re.compile(r",\s+[A-Z]{2}\s+\d{5}(?:-\d{4})?\b")),  # United States
    (Kind.POSTAL, re.compile(r"\b(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s+\d{4}\b")),  # Australia
    (
        Kind.POSTAL,  # five digits, where nothing but an address has them
        re.compile(
            r"(?:(?i:\bC\.?\s?P\.?|\bcode postal|\bc[óo]digo postal|\bzip(?: code)?)\s*:?\s*|,\s*|"
            r"\b[FDE]-)\d{5}\b(?![ .,]\d)(?=\s*(?:$|[.,;)]|[A-ZÀ-Þ]))"
        ),
    ),
    (Kind.POSTAL, re.compile(r"\b\d{5}-\d{3}\b")),  # Brazil
    (Kind.COORDINATES, re.compile(r"(?<![\d.])-?\d{1,2}\.\d{3,}\s*[,;/]\s*-?\d{1,3}\.\d{3,}")),
    (Kind.COORDINATES, re.compile(r"\b\d{1,3}\s*°\s*\d{1,2}(?:[.,]\d+)?\s*['’′][^.;]{0,40}")),
    (Kind.COORDINATES, re.compile(rf"(?i)(?<![\w.-])(?:https?://)?[\w.-]{{0,40}}?{_MAPS}\S*")),
    (Kind.COORDINATES, re.compile(r"///\w+\.\w+\.\w+")),  # three words for a square of three metres
    (Kind.COORDINATES, re.compile(r"\b[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}\b")),  # plus codes
    (Kind.EMAIL, re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")),
    (
        Kind.EMAIL,
        re.compile(
            r"(?i)(?<![\w-])[\w-]{1,40}(?: ?[(\[]?(?:dot|point|punto)[)\]]? ?[\w-]{1,40}){0,3} ?[(\[]?\b(?:at|arobase|"
            r"arroba)\b[)\]]? ?[\w-]+ ?[(\[]?(?:dot|point|punto)[)\]]? ?[\w-]+"
        ),
    ),
    (
        Kind.STREET,
        re.compile(
            r"\b(?:Flat|Apartment|Apt\.?|Suite|Unit|Room|Appartement|Appt\.?|Departamento|Dpto\.?|Piso)\s+\d{1,4}\b"
        ),
    ),
    (Kind.POSTAL, re.compile(r"(?i)\bpost ?codes?\W{1,3}\d{4,5}\b")),
    (Kind.COORDINATES, re.compile(r"(?i)\bgrid ref(?:erence)?\b[^.;]{0,20}\d")),
    (Kind.PHOTO, re.compile(r"(?i)\bhttps?://\S+\.(?:jpe?g|png|webp|gif|heic|avif|tiff?)\b\S*")),
    (
        Kind.PHOTO,
        re.compile(
            r"(?i)\bhttps?://(?:www\.)?(?:instagram\.com|flickr\.com|imgur\.com|photos\.google\.com|"
            r"photos\.app\.goo\.gl|"
            r"pbs\.twimg\.com|facebook\.com/photo)\S*"
        ),
    ),
]

# ------------------------------------------------------------------------------------------------- places in words

_SHELTER = re.compile(
    r"(?i)\b(?:shelters?|refuges?|safe ?houses?|transition houses?|women['’]s (?:house|home)s?|hideouts?|"
    r"maisons? d['’](?:h[ée]bergement|accueil)|foyers?|centres? d['’](?:h[ée]bergement|accueil)|maisons? des femmes|"
    r"h[ée]bergements? d['’]urgence|"
    r"refugios?|casas? (?:de acogida|refugio|hogar|de la mujer)|albergues?|centros? de acogida|frauenh[aä]us\w*|"
    r"abrigos?)\b"
)
_WHERE = re.compile(
    r"(?i)\b(?:(?:is |are |was )?(?:located|situated|housed)\b|sits? (?:on|in|at)\b|address(?: is|:)|(?:on|"
    r"at) the corner\b|"
    r"next to|opposite|across from|behind|beside|(?:a few|two|three) (?:steps|minutes|blocks|doors) (?:from|down|"
    r"away)|on the \w+ floor of|occupies\b|occupe l[ea’']|ocupa (?:el|la)\b|au \w+ [ée]tage d|en el \w+ piso de|"
    r"in the (?:former|old)\b|"
    r"(?:est |sont )?situ[ée]e?s?\b|se trouve\b|(?:à|a) l['’]adresse|adresse :|(?:à|a) c[ôo]t[ée] d|en face d|"
    r"derri[èe]re|"
    r"au coin d|(?:à|a) deux pas d|dans l['’]ancien|"
    r"ubicad[oa]s?\b|situad[oa]s?\b|se (?:encuentra|ubica)\b|queda (?:en|a|cerca|frente)\b|direcci[óo]n(?: es|:)|"
    r"al lado de|frente a|enfrente de|detr[áa]s de|en la esquina|a (?:una|dos|tres|pocas) cuadras|en el antiguo)"
)
_NO_PLACE = re.compile(
    r"(?i)(?:(?:à|a) l['’]adresse (?:secr[èe]te|confidentielle)|opposite (?:sex|effect|direction)|behind (?:closed|"
    r"bars)|frente a (?:la (?:violencia|pandemia)|el? covid|las agresiones)|"
    r"(?:located|situated|situ[ée]e?s?|ubicad[oa]s?|situad[oa]s?) (?:throughout|across|in (?:all|every|the (?:whole|"
    r"region|province))|"
    r"partout|dans (?:tout|chaque|les|la région)|en todo|en (?:las|los|cada|la región)))"
)
_HOTEL = re.compile(
    rf"\b(?:[Hh]otel|[Hh][ôo]tel|[Mm]otel|[Hh]ostal|[Hh]ostel)\s+(?:(?:de|du|la|le|el|los)\s+)?{_NAME}(?:\s+{_NAME})*|"
                    rf"\b{_NAME}(?:\s+{_NAME})?\s+(?:Hotel|Motel|Inn|Hostel)\b")  # fmt: skip
_GUESTS = re.compile(
    r"(?i)\b(?:wom[ae]n|victims?|survivors?|families|children|residents|femmes|victimes|survivantes|familles|enfants|"
    r"mujeres|v[íi]ctimas|sobrevivientes|familias|ni[ñn]as)\b"
)
_SENTENCE = re.compile(
    r"(?:[^.!?\n]|\.(?=\S)|(?<=\b[A-Z])\.|(?<=\bSt)\.|(?<=\bDr)\.|(?<=\bMr)\.|(?<=\bMrs)\.|(?<=\bMs)\.)+"
)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    for match in _SENTENCE.finditer(text):
        yield match.start(), match.group()


def _places(text: str) -> Iterator[tuple[int, int]]:
    """From the words that say where, to some words after them."""
    for offset, sentence in _sentences(text):
        if _SHELTER.search(sentence):
            for match in _WHERE.finditer(sentence):
                if _NO_PLACE.match(sentence, match.start()):
                    continue
                rest = re.match(r"(?:\W+\w+){1,7}", sentence[match.end() :])
                if rest:
                    yield offset + match.start(), offset + match.end() + rest.end()
        if _SHELTER.search(sentence) or _GUESTS.search(sentence):
            for match in _HOTEL.finditer(sentence):
                yield offset + match.start(), offset + match.end()


# ---------------------------------------------------------------------------------------------------- private persons

_PARTICLE = r"(?:de|del|de la|da|dos|van|von|bin|al|el|le|la|du|d['’])"
_GIVEN = rf"[{_CAPITAL}][a-zà-öø-ÿ’']+(?:-[{_CAPITAL}][a-zà-öø-ÿ]+)?"
_FULL = re.compile(rf"(?<![\w’'-])({_GIVEN}(?:\s+{_PARTICLE})?(?:\s+{_GIVEN}){{1,3}})(?![\w’'])")
_TITLED = re.compile(
    rf"\b((?:Mr|Mrs|Ms|Miss|Mme|Mlle|Sra|Sr|Srta|Doña|Don|Monsieur|Madame|Señora|Señor)\.?\s+{_GIVEN}(?:\s+{_GIVEN})?)"
)
_INITIAL = re.compile(rf"(?<![\w’'-])({_GIVEN}\s+[{_CAPITAL}]\.)(?!\w)")  # Fatou D.
_HARM = re.compile(
    r"(?i)\b(?:victim|survivor|widow|fled|escaped|(?:shop|house|home|car) was (?:burned|attacked|smashed)|threatened|"
    r"spat (?:at|on)|"
    r"mother of (?:two|three|four)|m[èe]re de (?:deux|trois|quatre)|madre de (?:dos|tres|cuatro)|"
    r"a [ée]t[ée] (?:frapp[ée]e?|menac[ée]e?|bless[ée]e?)|battue|denunci[óo]|amenazas|(?:was|were|been|"
    r"being) (?:killed|murdered|stabbed|beaten|attacked|raped|"
    r"assaulted|abused|strangled|insulted|spat)|her (?:husband|ex|abuser|partner|children)|his shop|"
    r"resident of the shelter|"
    r"victime|survivante|rescap[ée]e|a [ée]t[ée] (?:tu[ée]e?|agress[ée]e?|battue?|poignard[ée]e?|viol[ée]e|"
    r"insult[ée]e?)|"
    r"assassin[ée]e|son (?:conjoint|mari|ex-conjoint)|quitter son domicile|v[íi]ctima|sobreviviente|superviviente|"
    r"fue (?:asesinad[oa]|agredid[oa]|golpead[oa]|violada|apu[ñn]alad[oa]|atacad[oa])|su (?:pareja|marido|esposo|ex\b)|"
    r"huy[óo])\b"
)
_PLURAL = re.compile(r"(?i)\b(?:victims|survivors|victimes|survivantes|v[íi]ctimas|sobrevivientes)\b")
_AGED = re.compile(
    rf"(?<![\w’'-])({_GIVEN}(?:\s+{_GIVEN}){{0,3}})"
    r"(?:,?\s*(?:\(\s*)?(?:aged?\s+|[âa]g[ée]e?\s+de\s+|de\s+)?\d{1,2}\s*(?:ans|a[ñn]os|years?(?: old)?)\b"
    r"|\s*[,(]\s*\d{2}\s*[,)](?!\d))"
)
_AGE_FIRST = re.compile(rf"\b\d{{1,2}}[- ]year[- ]old\s+(?:\w+\s+){{0,2}}?({_GIVEN}(?:\s+{_GIVEN}){{0,3}})")
_NAMED = re.compile(
    rf"(?i:\b(?:her|his|their) name is|\bask for|\b(?:son nom est|elle s['’]appelle|il s['’]appelle|demandez)|"
    rf"\bse llama|"
    rf"\bpregunte por|\bthe family of|\bla famille de|\bla familia de|\b(?:woman|man|girl|boy|mother|teenager|"
    rf"student|resident)\s+(?:named|called)|\bidentified as|\bnamed as|"
    rf"\b(?:pr[ée]nomm[ée]e?|nomm[ée]e)|\b(?:llamad[oa]|de nombre|"
    rf"identificad[oa] como))\s+({_GIVEN}(?:\s+{_GIVEN}){{0,3}})"
)
_ROLE = re.compile(
    r"(?i)\b(?:minist(?:er|re|ra|ro)|premier|president|pr[ée]sidente?|presidenta|secretar(?:y|ia|io)|"
    r"secr[ée]taire(?: d['’][ée]tat)?|"
    r"mayor(?:ess)?|mair(?:e|esse)|alcald(?:e|esa)|governor|gouverneure?|gobernadora?|senator|s[ée]nat(?:eur|rice)|"
    r"senadora?|"
    r"commissioner|commissaire|comisionada?|directora?|director|direct(?:eur|rice)|chief|chef|judge|juge|jueza?|"
    r"justice|"
    r"attorney|procureure?|fiscal|prosecutor|ombuds\w+|d[ée]fenseure?|defensora?|deput(?:y|[ée]e?)|diputad[oa]|"
    r"spokes\w+|"
    r"porte-parole|portavoz|professor|professeure?|profesora?|coordinat(?:or|eur|rice)|coordinadora?|officer|sergeant|"
    r"inspector|superintendent|executive|CEO|chair\w*|founder|fondat(?:eur|rice)|fundadora?|pope|pape|papa|queen|"
    r"king|reine|roi|reina|rey)"
    r"[\s,]+(?:\w+\s+){0,3}$"
)
_ORDINARY = """
the and for ministry department government office minister premier president prime women woman men girls national
federal provincial state city town council police court courts justice law act bill code fund centre center
foundation association society network alliance coalition union federation university college school hospital house
shelter shelters refuge line helpline hotline service services support help aid legal victim victims survivor
survivors violence domestic sexual assault gender equality family families children rights human commission
committee agency institute international united nations world health organization organisation red cross north south
east west new york los angeles san francisco great britain kingdom states america american canada canadian british
columbia nova scotia ontario quebec english french spanish first indigenous asian black pacific islander january
february march april may june july august september october november december monday tuesday wednesday thursday
friday saturday sunday street road day week month year covid hate crime crimes safe stop end against ministere
gouvernement femmes femme ville mairie surete tribunal cour loi fonds maison fondation reseau universite ecole
hopital ligne secours droits agence unies etats nouvelle nouveau plaidoyer victimes conseil defenseur defenseure
republique ministerio secretaria gobierno mujer mujeres nacional estado ciudad policia juzgado corte ley fondo casa
fundacion universidad escuela linea derechos humanos comision instituto naciones unidas estados nuevo nueva
defensoria pueblo fiscalia castilla leon buenos aires costa rica puerto rico el la las una un en le les il elle this
that these those when after before with from more all every each she he they her his its our
"""
_NO_NAMES = frozenset(_ORDINARY.split())


def _people(text: str, names: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Names with an age, names that are said to be names, and names in a sentence that tells of harm to one person."""
    lower = frozenset(re.findall(r"(?<![\w’'-])[a-zà-öø-ÿ]{3,}", text))

    def is_name(words: str) -> bool:
        parts = re.findall(r"[\w’'-]+", words)
        return not any(folded(part) in _NO_NAMES or folded(part) in names or part.lower() in lower for part in parts)

    for pattern in (_AGED, _AGE_FIRST, _NAMED, _TITLED):
        for match in pattern.finditer(text):
            if is_name(match.group(1)) and not _ROLE.search(text[max(0, match.start() - 80) : match.start()]):
                yield match.start(1), match.end(1)
    for offset, sentence in _sentences(text):
        words = re.findall(r"\w{4,}", sentence)
        if sum(word[0].isupper() for word in words) > 0.6 * len(words) and len(words) > 4:
            continue  # a headline in capitals has no names to tell by
        if not _HARM.search(sentence) or _PLURAL.search(sentence):
            continue
        for pattern in (_FULL, _INITIAL):
            for match in pattern.finditer(sentence):
                if is_name(match.group(1)) and not _ROLE.search(sentence[max(0, match.start() - 80) : match.start()]):
                    yield offset + match.start(1), offset + match.end(1)


# ---------------------------------------------------------------------------------------------------------- telephones

SHORTEST_NUMBER, LONGEST_NUMBER = 7, 15  # digits; shorter ones are of public services, such as 3919
_NUMBER = re.compile(r"(?<![\w.,/#-])(?:\+|00)?\(?\d(?:[\s().\-–/·\u00a0\u202f]{0,3}\d){6,16}(?![\w/])(?!-[A-Z])")
_DATES = re.compile(
    r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}([/.-])\d{1,2}\1(?:19|20)?\d{2})|(?:19|20)\d{2}\s*[-–/]\s*(?:19|20)\d{2}"
    r"|\d[/-](?:19|20)\d{2}$"  # of a law or a note
)
_THOUSANDS = re.compile(r"\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+")
_CALLING = re.compile(
    r"(?i)(?:call|phone|tel|mobile|cell|text|sms|whatsapp|number|line|contact|appel|num[ée]ro|joign|portable|texto|"
    r"llam|"
    r"m[óo]vil|celular|tel[ée]fono|n[úu]mero|escrib|l[íi]nea)\W*(?:\w+\W+){0,4}$"
)


def _numbers(text: str, public: str) -> Iterator[tuple[int, int]]:
    """What can be dialled and is not the public number of the record: no dates, no amounts."""
    for match in _NUMBER.finditer(text):
        said = match.group().strip()
        digits = _digits(said)
        if not SHORTEST_NUMBER <= len(digits) <= LONGEST_NUMBER or _DATES.search(said):
            continue
        plain = not said.startswith(("+", "00", "("))
        called = _CALLING.search(text[max(0, match.start() - 60) : match.start()]) is not None
        if plain and (_THOUSANDS.fullmatch(said) or said.isdigit()) and not called:
            continue  # an amount
        if public and len(public) >= SHORTEST_NUMBER and (digits.endswith(public[-9:]) or public.endswith(digits[-9:])):
            continue
        yield match.start(), match.start() + len(said)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
