"""What a search finds: the same rules on both databases, and what somebody who types means."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.makers import NOW, a_decision, a_source, an_entry, an_initiative
from tracker import intake, review, search
from tracker.model import Actor, Entry, InitiativeState, Person, Source, Verdict, Wording
from tracker.search import Term
from tracker.store import Store
from tracker.store.engine import MIGRATIONS
from tracker.store.items import QueueFilter
from tracker.store.search import SearchFilter
from tracker.taxonomy import Taxonomy

# ------------------------------------------------------------------------------------------ what somebody means


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Hébergement", [[Term(("hebergement",), beginning=True)]]),
        ("un abri", [[Term(("un",))], [Term(("abri",), beginning=True)]]),
        ('"maison d’accueil"', [[Term(("maison", "d", "accueil"))]]),
        ("« ligne d'écoute »", [[Term(("ligne", "d", "ecoute"))]]),
        ("covid-19", [[Term(("covid", "19"))]]),
        ("refuge OR abri femmes", [[Term(("refuge",), True), Term(("abri",), True)], [Term(("femmes",), True)]]),
        ("refuge | abri", [[Term(("refuge",), True), Term(("abri",), True)]]),
        ("ab*", [[Term(("ab",), True)]]),
        ("家庭暴力", [[Term(("家庭", "庭暴", "暴力"))]]),
        ("家", [[Term(("家",), True)]]),
        ("النساء", [[Term(("نساء",), True)]]),
        ("OR", []),
        ('- "" * " -', []),
    ],
)
def test_what_is_typed_is_read_as_it_is_meant(typed: str, wanted: list[list[Term]]) -> None:
    assert search.read(typed).wanted == tuple(map(tuple, wanted))


def test_a_minus_leaves_out_a_word_or_a_phrase() -> None:
    assert search.read('shelter -hotel -"code word"').unwanted == (Term(("hotel",), True), Term(("code", "word")))


@given(st.text(max_size=400))
def test_nothing_that_is_typed_is_an_error(typed: str) -> None:
    asked = search.read(typed)

    assert all(word for group in asked.wanted for term in group for word in term.words)


@given(st.text(max_size=300), st.text(max_size=30))
def test_marking_keeps_the_text_as_it_is(text: str, typed: str) -> None:
    assert "".join(piece for piece, _ in search.marked(text, search.read(typed))) == text


@pytest.mark.parametrize(
    ("text", "typed", "hits"),
    [
        ("Une ligne d'ÉCOUTE à Montréal", "écoute montreal", ["ÉCOUTE", "Montréal"]),
        ("反对家庭暴力行动", "家庭暴力", ["家庭暴力"]),
        ("مساعدة النساء الآن", "نساء", ["النساء"]),
        ("Борьба с насилием", "НАСИЛИЕМ", ["насилием"]),
        ("code word, then words of code", '"code word"', ["code word"]),
        ("cafe\u0301s open", "cafés", ["cafe\u0301s"]),
    ],
)
def test_what_was_found_is_marked_where_it_stands(text: str, typed: str, hits: list[str]) -> None:
    assert [piece for piece, hit in search.marked(text, search.read(typed)) if hit] == hits


def test_an_excerpt_shows_the_place_that_was_found() -> None:
    text = "First words. " * 100 + "Here is the shelter that was looked for. " + "Last words. " * 100

    shown = search.excerpt(text, search.read("shelter"), 100)

    assert ("shelter", True) in shown
    assert len("".join(piece for piece, _ in shown)) <= 106
    assert shown[0][0] == "… "


# ------------------------------------------------------------------------------------------------- what is found

TEXTS = {
    "fr": ("Une ligne d'écoute à Montréal", "L'hébergement d'urgence pour les femmes victimes de violence conjugale."),
    "en": ("Shelter opens in Toronto", "A code word in pharmacies helps victims. The word must be a code."),
    "zh": ("反家暴热线开通", "中国妇女联合会开通了反对家庭暴力的热线。"),
    "ar": ("خط ساخن لمساعدة النساء", "تم افتتاح خط ساخن ضد العنف الأسري"),
    "ru": ("Горячая линия помощи", "Помощь пострадавшим от домашнего насилия."),
    "ja": ("ＤＶ相談窓口を開設", "配偶者からの暴力に悩む方のためのガイド。"),
    "ko": ("가정폭력 상담전화", "가정폭력 피해자를 위한 상담"),
    "hi": ("घरेलू हिंसा हेल्पलाइन", "महिलाओं के लिए सहायता"),
    "th": ("สายด่วนความรุนแรงในครอบครัว", "ช่วยเหลือผู้หญิง"),
}


@pytest.fixture
def numbers(store: Store, source: Source) -> dict[str, int]:
    """The number of an item in each of these languages."""
    for code, (title, text) in TEXTS.items():
        entry = Entry(url=f"https://families.example.org/{code}", title=title, text=text)
        intake.take_in(store, source, [entry], NOW)
    return {code: store.item_by_address(f"https://families.example.org/{code}") or 0 for code in TEXTS}


def found(store: Store, text: str = "", **fields: object) -> set[tuple[str, int]]:
    return {(one.kind, one.id) for one in store.search(SearchFilter(text=text, **fields), limit=100)}


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("ecoute", "fr"),
        ("ÉCOUTE", "fr"),
        ("heberg", "fr"),
        ("l'hébergement", "fr"),
        ('"violence conjugale"', "fr"),
        ("montreal violence", "fr"),
        ("家庭暴力", "zh"),
        ("热线", "zh"),
        ("妇", "zh"),
        ("نساء", "ar"),
        ("النساء", "ar"),
        ("العنف", "ar"),
        ("насилия", "ru"),
        ("НАСИЛИ", "ru"),
        ("暴力に悩む", "ja"),
        ("ガイド", "ja"),
        ("DV相談", "ja"),
        ("가정폭력", "ko"),
        ("हिंसा", "hi"),
        ("ความรุนแรง", "th"),
    ],
)
def test_words_of_every_script_are_found(store: Store, numbers: dict[str, int], typed: str, language: str) -> None:
    assert found(store, typed) == {("item", numbers[language])}


def test_a_phrase_stands_in_its_order(store: Store, numbers: dict[str, int]) -> None:
    assert found(store, '"code word"') == {("item", numbers["en"])}
    assert found(store, '"word code"') == set()
    assert found(store, "word code") == {("item", numbers["en"])}


def test_a_phrase_does_not_reach_from_the_title_into_the_text(store: Store, numbers: dict[str, int]) -> None:
    assert found(store, "toronto a") == {("item", numbers["en"])}
    assert found(store, '"toronto a"') == set()


def test_alternatives_and_what_is_left_out(store: Store, numbers: dict[str, int]) -> None:
    both = {("item", numbers["fr"]), ("item", numbers["en"])}

    assert found(store, "ecoute OR shelter") == both
    assert found(store, "ecoute OR shelter -montreal") == {("item", numbers["en"])}
    assert found(store, "-zzz") == {("item", number) for number in numbers.values()}
    assert ("item", numbers["en"]) not in found(store, "-shelter")


def test_the_title_weighs_more_than_the_text(store: Store, source: Source) -> None:
    filler = "Other words of no importance stand here. "
    for number, title, text in ((1, "Of something else", filler + "A refuge. " + filler), (2, "A refuge", filler * 2)):
        intake.take_in(
            store, source, [Entry(url=f"https://families.example.org/{number}", title=title, text=text)], NOW
        )

    assert [one.title for one in store.search(SearchFilter(text="refuge"))] == ["A refuge", "Of something else"]


def test_a_source_is_found_by_its_name_also_after_it_has_another(store: Store, numbers: dict[str, int]) -> None:
    assert found(store, "ministry shelter") == {("item", numbers["en"])}

    store.register([a_source(name="Bureau of the Family")])

    assert found(store, "ministry shelter") == set()
    assert found(store, '"bureau of the family" shelter') == {("item", numbers["en"])}


def test_an_excluded_item_and_the_note_of_its_exclusion_are_found(
    store: Store, taxonomy: Taxonomy, numbers: dict[str, int], ana: Person
) -> None:
    decision = a_decision(
        item_id=numbers["ru"], person_id=ana.id, verdict=Verdict.EXCLUDE, reason="opinion", note="Éditorial seulement"
    )
    review.decide(store, taxonomy, ana, decision)

    assert found(store, "editorial") == {("item", numbers["ru"])}
    assert found(store, reason="opinion") == {("item", numbers["ru"])}
    assert found(store, decided_by=ana.id) == {("item", numbers["ru"])}
    [one] = store.search(SearchFilter(text="editorial"))
    assert (one.reason, one.state) == ("opinion", "excluded")
    assert "Éditorial seulement" in one.passages


def test_a_decision_that_was_taken_back_is_no_decision(
    store: Store, taxonomy: Taxonomy, numbers: dict[str, int], ana: Person
) -> None:
    made = review.decide(
        store,
        taxonomy,
        ana,
        a_decision(item_id=numbers["ru"], person_id=ana.id, verdict=Verdict.EXCLUDE, reason="opinion"),
    )
    review.undo(store, ana, made.id, "undo", NOW)

    assert found(store, reason="opinion") == set()
    assert found(store, decided_by=ana.id) == set()


def test_a_text_that_changed_is_found_by_what_it_says_now(store: Store, source: Source) -> None:
    intake.take_in(store, source, [an_entry(text="A helpline for everybody opens on Monday.")], NOW)
    intake.take_in(store, source, [an_entry(text="A shelter for everybody opens on Tuesday.")], NOW + timedelta(days=1))

    assert found(store, "monday") == set()
    assert len(found(store, "tuesday")) == 1
    assert len(found(store, "opens", changed_since=(NOW + timedelta(days=1)).date())) == 1
    assert found(store, "opens", changed_since=(NOW + timedelta(days=2)).date()) == set()


@pytest.mark.parametrize("state", list(InitiativeState))
def test_initiatives_are_found_in_every_state(store: Store, ana: Person, state: InitiativeState) -> None:
    record = store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    if state is not InitiativeState.DRAFT:
        store.move_initiative(record.id, 1, [InitiativeState.DRAFT], state, ana)

    assert found(store, "ligne d'ecoute") == {("initiative", record.id)}
    assert found(store, state=state.value) == {("initiative", record.id)}


def test_all_that_an_initiative_says_is_found_and_what_it_said_no_more_is_not(store: Store, ana: Person) -> None:
    content = an_initiative(
        wordings={"en": Wording(title="Helpline"), "ar": Wording(title="خط المساعدة", summary="للنساء")},
        locality="Québec",
        subdivisions=("CA-BC",),
        actors=(Actor(name="Université Laval"),),
        keywords=("tele-santé",),
    )
    record = store.add_initiative(content, ana, NOW, "1", sample=False)
    one = {("initiative", record.id)}
    assert [found(store, text) for text in ("quebec", "laval", "sante", "للنساء", "colombie")] == [one] * 5

    store.add_revision(record.id, 1, content.but(locality="Lévis", countries=("FR",)), ana, NOW, "1", "moved")

    assert found(store, "quebec") == set()
    assert found(store, "levis") == one
    assert found(store, country="FR") == one
    assert found(store, country="CA") == set()


def test_filters_narrow_each_other(store: Store, numbers: dict[str, int], ana: Person) -> None:
    store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    every = len(numbers)

    assert len(found(store, source="ministry-en")) == every
    assert found(store, source="another") == set()
    assert len(found(store, kind="item", since=NOW.date())) == every
    assert found(store, until=(NOW - timedelta(days=1)).date()) == set()
    assert found(store, "helpline", kind="initiative", issue="domestic_violence", country="CA") == {("initiative", 1)}
    assert found(store, kind="initiative", issue="hate_crime") == set()
    assert found(store, language="fr", kind="initiative") == {("initiative", 1)}


def test_with_nothing_asked_for_nothing_is_found(store: Store, numbers: dict[str, int]) -> None:
    assert store.search(SearchFilter()) == []
    assert store.search(SearchFilter(kind="item", text=" - ")) == []
    assert store.search_numbers(SearchFilter()).total == 0


def test_pages_follow_each_other_without_gaps(store: Store, source: Source, ana: Person) -> None:
    many = [
        Entry(url=f"https://families.example.org/{n}", title=f"Shelter {n}", text=f"Text of shelter {n}." * n)
        for n in range(1, 31)
    ]
    intake.take_in(store, source, many, NOW)
    for _ in range(5):
        store.add_initiative(an_initiative(wordings={"en": Wording(title="A shelter")}), ana, NOW, "1", sample=False)
    asked = SearchFilter(text="shelter")

    pages = [store.search(asked, limit=10, offset=offset) for offset in (0, 10, 20, 30)]

    together = [(one.kind, one.id) for page in pages for one in page]
    assert len(together) == len(set(together)) == 35
    assert together == [(one.kind, one.id) for one in store.search(asked, limit=35)]


def test_what_was_found_is_counted_by_kind_and_code(store: Store, numbers: dict[str, int], ana: Person) -> None:
    store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)

    counted = store.search_numbers(SearchFilter(text="-zzz"))

    assert (counted.total, counted.more) == (len(numbers) + 1, False)
    assert counted.by["kind"] == {"item": len(numbers), "initiative": 1}
    assert counted.by["state"]["draft"] == 1
    assert counted.by["source"] == {"ministry-en": len(numbers)}
    assert counted.by["country"]["CA"] >= 1


def test_beyond_a_thousand_it_is_only_said_that_there_are_more(store: Store, source: Source) -> None:
    many = [
        Entry(url=f"https://families.example.org/{n}", title=f"Shelter number {n}", text=f"Of its own: {n}.")
        for n in range(1_005)
    ]
    intake.take_in(store, source, many, NOW)

    counted = store.search_numbers(SearchFilter(text="shelter"))

    assert (counted.total, counted.more) == (1_000, True)


def test_the_queue_is_narrowed_by_the_same_words(store: Store, numbers: dict[str, int]) -> None:
    def waiting(text: str) -> list[int]:
        return [one.item.id for one in store.queue(QueueFilter(text=text), NOW)]

    assert waiting("ecoute violence") == [numbers["fr"]]
    assert waiting("家庭暴力") == [numbers["zh"]]
    assert waiting('"word code"') == []
    assert store.queue_length(QueueFilter(text="ecoute OR shelter")) == 2
    assert len(waiting('" - \x00')) == len(numbers)


def test_an_index_that_is_made_anew_finds_the_same(
    store: Store, taxonomy: Taxonomy, numbers: dict[str, int], ana: Person
) -> None:
    review.decide(
        store, taxonomy, ana, a_decision(item_id=numbers["fr"], person_id=ana.id, note="Dépêche", verdict=Verdict.HOLD)
    )
    store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    typed = ("ecoute", "家庭暴力", "depeche", "helpline", "-shelter", "ministry")
    before = [found(store, text) for text in typed]

    assert store.reindex() == len(numbers) + 1

    assert [found(store, text) for text in typed] == before
    assert found(store, "helpline", country="CA") == {("initiative", 1)}


def test_a_database_of_a_time_before_the_search_is_indexed_when_it_is_brought_up_to_date(
    store: Store, numbers: dict[str, int], ana: Person
) -> None:
    store.add_initiative(an_initiative(), ana, NOW, "1", sample=False)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.writing() as db:
        config.attributes["connection"] = db
        command.downgrade(config, "-1")

    assert store.upgrade()

    assert found(store, "ecoute") == {("item", numbers["fr"]), ("initiative", 1)}
    assert found(store, "helpline", country="CA") == {("initiative", 1)}


HOSTILE = [
    '"', "'", "''; DROP TABLE item; --", "a' | 'b", "NEAR(a b)", "title : a", "^a", "a*b*", "(", ")", "a AND", "\\",
    "%", "_", "\x00", "\ud800", "a\x00b", ":*", "!a", "<->", "& |", "{a}", "-" * 300, '"' * 299, "a " * 150,
    "x" * 5_000, "\u202e", "§a·b", "OR " * 50, "a OR " * 50, "'a':1A", "é\u0301\u0301", "\ufb01ne",
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_words_find_something_or_nothing_and_are_no_error(
    store: Store, numbers: dict[str, int], typed: str
) -> None:
    store.search(SearchFilter(text=typed))
    store.search_numbers(SearchFilter(text=typed))
    store.queue(QueueFilter(text=typed), NOW)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=60), text=st.text(min_size=1, max_size=200))
def test_any_text_can_be_kept_and_any_search_be_asked(store: Store, source: Source, typed: str, text: str) -> None:
    typed, text = typed.replace("\x00", ""), text.replace("\x00", "")  # which intake and forms leave out
    content = an_initiative(wordings={"en": Wording(title=text, summary=typed)})
    try:
        content.model_dump_json()
    except ValueError:  # half a surrogate pair, which no form or feed lets through
        return
    by = store.people()[0] if store.people() else store.add_person(Person(email="a@b.org", name="A"), "no hash", "test")
    record = store.add_initiative(content, by, NOW, "1", sample=False)

    terms = [term for group in search.read(typed).wanted for term in group]

    there = {(one.kind, one.id) for one in store.search(SearchFilter(text=typed), limit=5_000)}
    if terms and not search.read(typed).unwanted:
        assert ("initiative", record.id) in there


def test_words_that_are_found_by_a_filter_of_days(store: Store, numbers: dict[str, int]) -> None:
    assert found(store, "shelter", since=date(2020, 5, 4), until=date(2020, 5, 4)) == {("item", numbers["en"])}
