"""In which order would ASReview have shown these records? Run by a Python that has ASReview, which ours has not.

`python asreview_replay.py RECORDS.jsonl SEED BATCH`: its default model (elas_u4), from nothing decided, records drawn
by chance until it can learn. Prints a JSON list of row numbers.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from asreview.learner import ActiveLearningCycle
from asreview.models.models import get_ai_config


def main(file: str, seed: int, batch: int) -> None:
    rows = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]
    texts = pd.DataFrame({"title": [row["title"] for row in rows], "abstract": [row["text"] for row in rows]})
    wanted = np.array([row["wanted"] for row in rows], dtype=int)
    cycle = ActiveLearningCycle.from_meta(get_ai_config("elas_u4")["value"])
    seen = cycle.transform(texts)
    left = np.random.default_rng(seed).permutation(len(rows))
    read: list[int] = []
    while len(left):
        if len(set(wanted[read])) == 2 and wanted[left].any():
            cycle.fit(seen[read], wanted[read])
            left = left[cycle.rank(seen[left])]
        some = batch if wanted[left].any() else len(left)
        read.extend(int(one) for one in left[:some])
        left = left[some:]
    print(json.dumps(read))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
