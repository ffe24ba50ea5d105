"""How is a model kept, so that it can be read back anywhere and bytes from anywhere do no harm?

A plain numpy archive: arrays of numbers and one JSON text, no pickle, nothing of the library that fitted it.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from tracker import vectors
from tracker.errors import BadInput
from tracker.learning.features import BUCKETS, Weights
from tracker.learning.tags import Model

FORMAT = 1
_MOST_BYTES = 256 * 2**20  # unpacked: some 400 tags
_SHAPES = ("about", "rarity", "words", "said", "vectors", "offsets")


def to_bytes(model: Model) -> bytes:
    """The model as it is kept: under 1 MB a tag."""
    about = {
        "format": FORMAT,
        "version": model.version,
        "names": model.names,
        "tags": model.tags,
        "learnt": model.learnt,
        "decisions": model.decisions,
        "digest": model.digest,
    }
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
        rarity=model.weights.rarity.astype(np.float16),
        words=model.weights.words.astype(np.float16),
        said=model.weights.said.astype(np.float16),
        vectors=model.weights.vectors.astype(np.float16),
        offsets=model.weights.offsets,
    )
    return buffer.getvalue()


def from_bytes(kept: bytes) -> Model:
    """The model that was kept; it answers exactly as before. Raises BadInput for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(kept)) as archive:
            held = {one.filename: one.file_size for one in archive.infolist()}
            if set(held) != {f"{name}.npy" for name in _SHAPES}:
                raise _bad(f"it should hold {', '.join(_SHAPES)}, and holds {', '.join(sorted(held)) or 'nothing'}")
            if sum(held.values()) > _MOST_BYTES:
                raise _bad(f"it would take {sum(held.values()) // 2**20} MB, the most is {_MOST_BYTES // 2**20}")
            parts = {name: _array(archive.read(f"{name}.npy"), name) for name in _SHAPES}
        about = json.loads(parts["about"].tobytes())
        return _model(about, parts)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as problem:
        raise _bad(f"it is cut or damaged ({problem})") from problem
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as problem:
        raise _bad(f"its parts are not what they should be ({problem})") from problem


def _array(held: bytes, name: str) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.lib.format.read_array(io.BytesIO(held), allow_pickle=False)
    wanted = {"about": np.uint8, "offsets": np.float64}.get(name, np.float16)
    if array.dtype != wanted:
        raise ValueError(f"{name} is of {array.dtype}, not of {np.dtype(wanted)}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name} holds what is no number")
    return array


def _model(about: dict[str, Any], parts: dict[str, npt.NDArray[Any]]) -> Model:
    if about["format"] != FORMAT:
        raise ValueError(f"format {about['format']!r}, known is {FORMAT}")
    tags, names, learnt = tuple(about["tags"]), tuple(about["names"]), tuple(about["learnt"])
    if not all(isinstance(text, str) for text in (*tags, *names, about["version"], about["digest"])):
        raise TypeError("its names should be texts")
    if len(learnt) != len(tags) or not all(isinstance(one, bool) for one in learnt):
        raise TypeError("learnt should say true or false of each tag")
    shapes = {
        "rarity": (BUCKETS,),
        "words": (len(tags), BUCKETS),
        "said": (len(tags), len(names)),
        "vectors": (len(tags), vectors.SIZE),
        "offsets": (len(tags),),
    }
    for name, shape in shapes.items():
        if parts[name].shape != shape:
            raise ValueError(f"{name} is of shape {parts[name].shape}, not {shape}")
    return Model(
        version=about["version"],
        names=names,
        tags=tags,
        learnt=learnt,
        decisions=int(about["decisions"]),
        digest=about["digest"],
        weights=Weights(
            rarity=parts["rarity"].astype(np.float32),
            words=parts["words"].astype(np.float32),
            said=parts["said"].astype(np.float32),
            vectors=parts["vectors"].astype(np.float32),
            offsets=parts["offsets"],
        ),
    )


def _bad(why: str) -> BadInput:
    return BadInput(f"these bytes are no model: {why}; fit the model again from the decisions")
