"""Files and words of people: settings, lists of sources, word lists, lines of JSON, dates, searches."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from collectors import files, opml
from tests.fuzz import VALUES, fuzzed, pieces
from tracker import jsonlines, search, settings, words_cli, yamlfile
from tracker.errors import BadInput, BadSettings
from tracker.model import RoughDate

DEEP = "[" * 100_000

YAML = pieces(
    "sources:", "\n", "  ", "- ", "id: ", "[", "]", "{", "}", ": ", "&a ", "*a", "!!python/object:os.system ",
    "!!binary ", "|", ">", "'", '"', "? ", "<<: ", "%YAML 9.9\n", "---\n", "...\n", "#", "\t", "2020-99-99",
    "0000-00-00", "0o9", "1_0:60", "!!int ", "!!timestamp ", "!!float ", "!!set ", "!!omap ", "NO", ".nan", "\\x",
    "\\U99999999", "collect: ", "timeout_seconds: ",
)  # fmt: skip
OPML = pieces(
    "<outline ", "/>", "</outline>", ">", "xmlUrl='", "url='", "' ", "type='link' ", "text='", "title=''", "http://[",
    "https://a.example/", "tracker:id='", "tracker:expect='{", "tracker:listing='[[", "tracker:tier='",
    "tracker:every='", "language='", "tracker:issues='hate dv' ", "tracker:enabled='", "&x;", "<!--", "-->",
    "file:///", "https://u:p@h/",
)  # fmt: skip


@given(YAML)
@example("a: " + DEEP[:1000])
@example("a: !!int ")
@example("? [a]\n: b")
@fuzzed
def test_any_settings_are_read_or_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    for read in (lambda: settings.load(path, {}), lambda: yamlfile.read(path, BadSettings)):
        try:
            read()
        except BadSettings:
            continue


@given(st.binary(max_size=200))
@fuzzed
def test_bytes_that_are_no_settings_are_refused_by_name(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(body)
    try:
        yamlfile.read(path, BadSettings)
    except BadSettings:
        return


@given(OPML)
@example(f"<outline xmlUrl='https://a.example/' tracker:expect='{DEEP}'/>")
@example("<outline xmlUrl='http://[' text='a'/>")
@example("<outline xmlUrl='https://a.example/' tracker:listing='{}' text='a'/>")
@fuzzed
def test_any_list_of_sources_is_read_or_refused_by_name(inside: str) -> None:
    text = f"<opml version='2.0' xmlns:tracker='{opml.NAMESPACE}'><body>{inside}</body></opml>"
    try:
        opml.read(text.encode("utf-8", "surrogatepass"))
    except BadInput:
        return


@given(st.binary(max_size=200))
@fuzzed
def test_bytes_that_are_no_list_of_sources_are_refused_by_name(body: bytes) -> None:
    try:
        opml.read(body)
    except BadInput:
        return


@given(st.lists(VALUES.map(json.dumps) | st.text(max_size=20), max_size=4))
@example([DEEP])
@fuzzed
def test_any_lines_are_objects_and_words_or_refused_by_name(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass")
    for read in (
        lambda: list(jsonlines.read(path, texts=("title",))),
        lambda: list(words_cli._read(path)),
        lambda: files.wanted(None, None, None, path),
    ):
        try:
            read()
        except BadInput:
            continue


@given(VALUES, st.sampled_from(["language", "group", "code", "kind", "term", "at", "added"]))
@fuzzed
def test_a_word_with_any_one_value_is_a_word_or_refused_by_name(tmp_path: Path, value: object, name: str) -> None:
    word = {"language": "en", "group": "issues", "code": "dv", "kind": "words", "term": "refuge", name: value}
    path = tmp_path / "words.jsonl"
    path.write_text(json.dumps(word), encoding="utf-8")
    try:
        list(words_cli._read(path))
    except BadInput:
        return


@given(pieces("2020", "-", "/", ".", "04", "17", "0000", "99", " ", "٢٠٢٠", "\0", "+", "２０"))
@fuzzed
def test_a_date_that_was_understood_is_written_as_it_is_understood(text: str) -> None:
    try:
        date = RoughDate.parse(text)
    except ValueError:
        return
    assert RoughDate.parse(str(date)) == date


@given(pieces('"', "-", "*", " ", "OR", "(", ")", ":", "NEAR", "abus", "é", "\0", "'", "%", "\\"), st.text(max_size=60))
@fuzzed
def test_any_search_marks_and_quotes_only_what_the_text_says(typed: str, text: str) -> None:
    asked = search.read(typed)

    assert "".join(part for part, _ in search.marked(text, asked)) == text
    search.excerpt(text, asked)
