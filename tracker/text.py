"""How texts are compared: case, accents and spacing folded away."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def folded(text: str) -> str:
    """Lower case, without accents, with single spaces: `Hébergement  à Montréal` -> `hebergement a montreal`."""
    if text.isascii():
        return _SPACES.sub(" ", text.lower()).strip()
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return _SPACES.sub(" ", bare.casefold()).strip()
