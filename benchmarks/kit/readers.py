"""What do others read in a text? Run by a Python of their own: `python readers.py NAME < texts`, a JSON text a line.

Prints a JSON answer a line: the countries (alpha-2, or English names) or the language of each text. Needs nothing of
the project.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

Read = Callable[[str], Any]


def geotext() -> Read:
    from geotext import GeoText  # type: ignore[import-not-found]  # in an environment of its own

    return lambda text: list(GeoText(text).country_mentions)


def flashgeotext() -> Read:
    from flashgeotext.geotext import GeoText  # type: ignore[import-not-found]

    reader = GeoText()

    def read(text: str) -> Any:
        found = reader.extract(input_text=text)
        return [*found.get("countries", ())]

    return read


def country_converter() -> Read:
    import country_converter as coco  # type: ignore[import-not-found]

    converter = coco.CountryConverter()
    expressions = list(zip(converter.data["ISO2"], converter.regexes, strict=True))
    return lambda text: [code for code, expression in expressions if expression.search(text)]


def langdetect() -> Read:
    from langdetect import DetectorFactory, detect

    DetectorFactory.seed = 0
    return lambda text: str(detect(text))


def lingua() -> Read:
    from lingua import LanguageDetectorBuilder  # type: ignore[import-not-found]

    detector = LanguageDetectorBuilder.from_all_languages().build()

    def read(text: str) -> str:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else ""

    return read


def py3langid() -> Read:
    import py3langid as langid  # type: ignore[import-not-found]

    return lambda text: str(langid.classify(text)[0])


READERS: dict[str, Callable[[], Read]] = {
    "geotext": geotext,
    "flashgeotext": flashgeotext,
    "country_converter": country_converter,
    "langdetect": langdetect,
    "lingua": lingua,
    "py3langid": py3langid,
}


def answers(read: Read) -> Iterator[Any]:
    for line in sys.stdin:
        try:
            yield read(json.loads(line))
        except Exception as error:  # noqa: BLE001  # what others raise is not ours to know; it is an answer that is wrong
            yield f"{type(error).__name__}: {error}"[:80]


if __name__ == "__main__":
    for answer in answers(READERS[sys.argv[1]]()):
        print(json.dumps(answer))
