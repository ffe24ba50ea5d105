"""How texts are compared: case, accents and spacing folded away."""

import unicodedata


class _Letters(dict[int, str]):
    """What each character becomes without its accents, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        apart = unicodedata.normalize("NFKD", chr(code))
        self[code] = bare = "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()
        return bare


_LETTERS = _Letters()


def folded(text: str) -> str:
    """Lower case, without accents, with single spaces: `Hébergement  à Montréal` -> `hebergement a montreal`."""
    bare = text.lower() if text.isascii() else text.translate(_LETTERS)
    return " ".join(bare.split())
