from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.address import canonical
from tracker.errors import BadItem


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://example.org/a", "https://example.org/a"),
        ("HTTPS://Example.ORG/A", "https://example.org/A"),
        ("https://www.example.org/", "https://example.org"),
        ("https://example.org", "https://example.org"),
        ("https://m.example.org/a/", "https://example.org/a"),
        ("https://mobile.www.example.org/a", "https://example.org/a"),
        ("https://m.org/a", "https://m.org/a"),
        ("https://www.m.org/a", "https://m.org/a"),
        ("http://example.org:80/a", "https://example.org/a"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://127.0.0.1:8501/a", "https://127.0.0.1:8501/a"),
        ("http://127.0.0.1:8502/a", "https://127.0.0.1:8502/a"),
        ("http://[::1]:8080/", "https://[::1]:8080"),
        ("https://user:secret@example.org/a", "https://example.org/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://Bücher.example/ä b", "https://xn--bcher-kva.example/%C3%A4%20b"),
        ("https://example.org/%7euser/%C3%a9", "https://example.org/~user/%C3%A9"),
        ("https://example.org/a/../b/./c", "https://example.org/b/c"),
        ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
        ("https://example.org/a?utm_source=rss&UTM_Medium=x&id=7", "https://example.org/a?id=7"),
        ("https://example.org/a?fbclid=1&gclid=2&mc_cid=3&xtor=RSS-16", "https://example.org/a"),
        ("https://example.org/a?source=rss----d12c", "https://example.org/a"),
        ("https://example.org/a?source=report", "https://example.org/a?source=report"),
        ("https://example.org/a;jsessionid=0A1B?x=1", "https://example.org/a?x=1"),
        ("https://example.org/a#comments", "https://example.org/a"),
        ("https://example.org/#!/a", "https://example.org#!/a"),
        ("https://example.org/a/amp/", "https://example.org/a"),
        ("https://example.org/a.amp.html", "https://example.org/a"),
        ("https://example.org/amp/a", "https://example.org/a"),
        ("https://example.org/a?amp=1", "https://example.org/a"),
        ("https://example.org/a?outputType=amp", "https://example.org/a"),
        ("https://amp.example.org/a", "https://example.org/a"),
        ("https://www.google.com/amp/s/example.org/a/amp", "https://example.org/a"),
        ("https://example-org.cdn.ampproject.org/c/s/example.org/a", "https://example.org/a"),
        (" https://example.org/a\n ", "https://example.org/a"),
        ("https://exam\tple.org/a", "https://example.org/a"),
        ("https://example.org/?p=12", "https://example.org?p=12"),
    ],
)
def test_links_to_one_page_have_one_canonical_address(url: str, expected: str) -> None:
    assert canonical(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a",
        "/a",
        "//example.org/a",
        "mailto:a@example.org",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https:///a",
        "http://[::1",
        "http://exa mple.org/",
        "http://a:b/",
        "http://example.org:99999/",
        "http://℀.org/",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(BadItem, match="no web address"):
        canonical(url)


def test_different_pages_stay_different() -> None:
    pages = ["https://example.org/a", "https://example.org/A", "https://example.org/a?p=1", "https://example.org/a?p=2",
             "https://example.org:8080/a", "https://news.example.org/a", "https://example.org/a/b"]  # fmt: skip

    assert len({canonical(page) for page in pages}) == len(pages)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    host = draw(
        st.sampled_from(["example.org", "www.m.amp.example.org", "m.org", "Bücher.example", "[::1]", "127.0.0.1"])
    )
    port = draw(st.sampled_from(["", ":80", ":443", ":8080"]))
    piece = st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            ["amp", ".amp", ".amp.html", "..", ".", "%2e", "%2E%2e", "%", "%2%35", "%41", "%e9", "a+b", ";jsessionid=1"]
        ),
    )
    path = "/".join(draw(st.lists(piece, max_size=5)))
    pairs = st.sampled_from(["utm_a=1", "amp", "amp=1", "a=b", "b=%61", "=", "&", "source=rss", "é=ü", "a=b=c"])
    query = "&".join(draw(st.lists(st.one_of(pairs, st.text(max_size=4)), max_size=4)))
    fragment = draw(st.sampled_from(["", "#x", "#!x", "#!%2e é"]))
    return f"{draw(st.sampled_from(['http', 'https', 'HTTP']))}://{host}{port}/{path}?{query}{fragment}"


@given(addresses())
def test_canonical_settles_after_one_pass(address: str) -> None:
    try:
        once = canonical(address)
    except BadItem:
        return

    assert canonical(once) == once


@given(st.text())
def test_any_text_gives_an_address_or_a_named_refusal(text: str) -> None:
    try:
        assert canonical(text).startswith("https://")
    except BadItem:
        return
