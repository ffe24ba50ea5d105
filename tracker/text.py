"""How texts are compared: case, accents and spacing folded away."""

import re
import unicodedata
from collections.abc import Collection


class _Letters(dict[int, str]):
    """What each character becomes without its accents, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        apart = unicodedata.normalize("NFKD", chr(code))
        self[code] = bare = "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()
        return bare


_LETTERS = _Letters()
_FEW = 24


def folded(text: str) -> str:
    """Lower case, without accents, with single spaces: `Hébergement  à Montréal` -> `hebergement a montreal`."""
    if not text.isascii():
        others = {letter for letter in set(text) if not letter.isascii()}
        if len(others) > _FEW:
            text = text.translate(_LETTERS)
        else:  # two or three times quicker where letters with accents are few
            for letter in others:
                text = text.replace(letter, _LETTERS[ord(letter)])
    return " ".join(text.lower().split())


def free_id(name: str, taken: Collection[str]) -> str:
    """An id made of the name that nobody has yet: small letters, digits and hyphens."""
    bare = re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")[:50].strip("-") or "source"
    bare = bare if len(bare) > 1 else f"source-{bare}"
    number = 2
    chosen = bare
    while chosen in taken:
        chosen, number = f"{bare}-{number}", number + 1
    return chosen
