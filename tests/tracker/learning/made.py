"""Made-up items for the tests of what decisions teach: shelters and hotlines among other news."""

import numpy as np

from tracker.learning.features import Table, columns

NAMES = columns(["domestic_violence"], ["A1"])
PLACES = ("Lyon", "Quito", "Leeds", "Turin", "Accra", "Osaka", "Perth", "Davao", "Malmo", "Sucre")


def items(count: int) -> tuple[list[str], list[bool]]:
    """(texts, whether each is wanted): one in four is."""
    wanted = [number % 4 == 0 for number in range(count)]
    texts = [
        f"{PLACES[number % 10]} news {number}\n"
        + (
            "A shelter opens rooms for women"
            if yes
            else ("Masks and trains", "Schools close", "Prices rise")[number % 3]
        )
        for number, yes in enumerate(wanted)
    ]
    return texts, wanted


def a_table(count: int = 80, *, words_know: bool = True) -> tuple[Table, list[bool]]:
    """Such items as a table; `words_know`: the word lists know the wanted ones."""
    texts, wanted = items(count)
    said = np.zeros((count, len(NAMES)), np.float32)
    if words_know:
        said[:, :3] = np.array(wanted)[:, None] * 0.7
    table = Table(NAMES)
    table.add(texts, said)
    return table, wanted
