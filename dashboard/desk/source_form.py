"""How is a source added or changed at the desk? One form; it can be tried before it is kept."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.desk import shared, trying
from dashboard.desk.shared import Desk, safe
from dashboard.desk.source_parts import tier_label
from tracker import sources
from tracker.model import Article, Expect, Kind, Listing, Source, Tier, Watched


def show(desk: Desk, one: Watched | None) -> None:
    """The form of a new source, or that of one which the desk keeps."""
    now_is = one.source if one else None
    key = f"form-{one.source.id if one else 'new'}"
    back = "/sources" if one is None else f"/sources?source={one.source.id}"
    st.html(
        f'<p><a href="{back}" target="_self">{safe(desk.t("Back, without a change"))}</a></p>'
        f'<h1 class="d-h1">{safe(desk.t("Change {name}", name=now_is.name) if now_is else desk.t("Add a source"))}</h1>'
    )
    with st.form(key, border=False, enter_to_submit=False):
        given = _fields(desk, now_is, key)
        with st.container(horizontal=True):
            tries = st.form_submit_button(desk.t("Try it"), icon=":material/search:")
            keeps = st.form_submit_button(desk.t("Keep the changes") if one else desk.t("Add it"), type="primary")
    if tries:
        _try(desk, given, key)
    if keeps:
        with shared.told():
            _keep(desk, one, given, key)
    tried = st.session_state.get(f"{key}-tried")
    if tried:
        trying.show(desk, tried, lambda address: st.session_state.update({f"{key}-url": address}), key)


def _fields(desk: Desk, now_is: Source | None, key: str) -> dict[str, Any]:
    """What was written, as `Source` names it. A field left empty is one that nobody has said anything about."""
    of = now_is or Source(id="new", name="-", kind=Kind.FEED, url="https://example.org/")
    st.session_state.setdefault(f"{key}-url", of.url if now_is else "")  # where an offered address may be put too
    given: dict[str, Any] = {"id": now_is.id if now_is else "", "folder": of.folder}
    given["url"] = st.text_input(
        desk.t("Address"), key=f"{key}-url", placeholder="https://example.org/feed.xml"
    ).strip()
    one, two = st.columns([3, 1])
    given["name"] = one.text_input(desk.t("Name"), of.name if now_is else "", key=f"{key}-name").strip()
    given["kind"] = two.selectbox(
        desk.t("Kind"),
        [kind.value for kind in Kind],
        index=list(Kind).index(of.kind),
        format_func=lambda code: {"feed": desk.t("feed"), "page": desk.t("page that lists articles")}[code],
        key=f"{key}-kind",
    )
    one, two, three = st.columns(3)
    tongues = _tongues(desk, of.language)
    given["language"] = one.selectbox(
        desk.t("Language"),
        tongues,
        index=tongues.index(of.language),
        format_func=lambda code: desk.words.tongue(code) if code else desk.t("several, or not known"),
        key=f"{key}-language",
    )
    names: dict[str | None, str] = {None: desk.t("the world"), **dict(desk.words.countries(shared.all_countries()))}
    given["country"] = two.selectbox(
        desk.t("Country that it speaks of"),
        list(names),
        index=list(names).index(of.country) if of.country in names else 0,
        format_func=names.__getitem__,
        key=f"{key}-country",
    )
    given["tier"] = three.selectbox(
        desk.t("Who speaks"),
        [tier.value for tier in Tier],
        index=list(Tier).index(of.tier),
        format_func=lambda code: tier_label(desk, Tier(code)),
        key=f"{key}-tier",
    )
    given["issues"] = st.multiselect(
        desk.t("Issues that it is likely to bring"),
        list(desk.taxonomy.codes("issues")),
        default=list(of.issues),
        format_func=lambda code: desk.label("issues", code),
        key=f"{key}-issues",
        placeholder=desk.t("Choose"),
    )
    given["terms"] = st.text_area(
        desk.t("What its terms say of automatic collection"), of.terms, key=f"{key}-terms", height=80
    ).strip()
    given |= _rhythm(desk, of, key)
    given["full_text"] = st.checkbox(
        desk.t("Fetch the whole text of each new entry of a feed from its page"), of.full_text, key=f"{key}-whole"
    )
    with st.expander(desk.t("For pages whose articles are not found")):
        given |= _selectors(desk, of, key)
    return given


def _rhythm(desk: Desk, of: Source, key: str) -> dict[str, Any]:
    one, two, three = st.columns(3)
    every = one.text_input(
        desk.t("Asked every"),
        of.every,
        key=f"{key}-every",
        help=desk.t("30m, 6h, 1d; or adaptive: as often as it has news, between half an hour and a day"),
    ).strip()
    least = two.number_input(
        desk.t("Expected a week, at least"),
        min_value=0,
        value=of.expect.at_least,
        key=f"{key}-least",
        placeholder=desk.t("not known"),
    )
    most = three.number_input(
        desk.t("Expected a week, at most"),
        min_value=1,
        value=of.expect.at_most,
        key=f"{key}-most",
        placeholder=desk.t("not known"),
    )
    return {"every": every, "expect": Expect.model_construct(at_least=least, at_most=most).model_dump()}


def _selectors(desk: Desk, of: Source, key: str) -> dict[str, Any]:
    shared.note(desk.t("CSS or XPath. On most pages, links and texts are found without."))
    one, two, three = st.columns(3)
    listing = {
        "links": one.text_input(desk.t("Links to articles"), of.listing.links or "", key=f"{key}-links").strip(),
        "next": two.text_input(desk.t("Link to the next page"), of.listing.next or "", key=f"{key}-next").strip(),
        "max_pages": three.number_input(
            desk.t("Pages of the list"), min_value=1, max_value=50, value=of.listing.max_pages, key=f"{key}-pages"
        ),
        "max_articles": of.listing.max_articles,
    }
    one, two, three = st.columns(3)
    article = {
        "title": one.text_input(desk.t("Title of an article"), of.article.title or "", key=f"{key}-title").strip(),
        "text": two.text_input(desk.t("Its text"), of.article.text or "", key=f"{key}-text").strip(),
        "date": three.text_input(desk.t("Its date"), of.article.date or "", key=f"{key}-date").strip(),
    }
    return {
        "listing": {name: value or None for name, value in listing.items()},
        "article": {name: value or None for name, value in article.items()},
    }


def _tongues(desk: Desk, now_is: str | None) -> list[str | None]:
    """Languages to choose from, by name; the one that it has is always among them."""
    codes = {"ar", "bn", "de", "el", "en", "es", "fa", "fr", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ro", "ru",
             "sv", "sw", "th", "tr", "uk", "ur", "vi", "zh"}  # fmt: skip
    if now_is:
        codes.add(now_is)
    return [None, *sorted(codes, key=desk.words.tongue)]


def _try(desk: Desk, given: dict[str, Any], key: str) -> None:
    st.session_state.pop(f"{key}-tried", None)
    like = {"kind": given["kind"], "listing": Listing.model_validate(given["listing"]).model_dump()}
    like["article"] = Article.model_validate(given["article"]).model_dump()
    with shared.told(), st.spinner(desk.t("Asking the source …")):
        st.session_state[f"{key}-tried"] = trying.ask(desk, given["url"], like)


def _keep(desk: Desk, one: Watched | None, given: dict[str, Any], key: str) -> None:
    """Adds or changes it, and goes to its page. Raises what stands in the way, by field."""
    taken = frozenset(desk.store.conducts())
    source = sources.drafted(given, desk.taxonomy, taken)
    if one is None:
        sources.add(desk.store, source, desk.person, sample=desk.settings.samples)
        shared.flash(desk.t("{name} is asked in the next round", name=source.name))
    else:
        sources.change(desk.store, source, desk.person)
        shared.flash(desk.t("Saved"))
    st.session_state.pop(f"{key}-tried", None)
    st.query_params.from_dict({"source": source.id})
    st.rerun()
