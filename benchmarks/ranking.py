"""What do decisions teach, beside the peers? `python -m benchmarks.ranking [PART…] [--corpus FOLDER] [--venvs FOLDER]`.

Parts: issues, initiative, types, order, stopping, size; all when none is named. Figures are given by data set and
language. The peers in the same run: the word lists alone, TF-IDF with a linear support vector
machine, and ASReview itself over the same records with as many decisions a refit, when FOLDER of `--venvs` holds an
environment `v_asreview` with it. Groups of near copies and translations stay on one side of every split.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from benchmarks.kit.tree import Peak
from tracker import reading, taxonomy, vectors
from tracker.learning import measure, tags
from tracker.learning.features import BLOCK, Table, columns, said
from tracker.learning.ranking import learn, place
from tracker.learning.replay import replay
from tracker.learning.stopping import Advice, first_advice

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
ISSUES = ("domestic_violence", "hate_crime", "victim_services")
VIOLENCE = "domestic_violence"
SEEDS = (0, 1, 2)
Row = dict[str, Any]
Rows = npt.NDArray[np.intp]
Yes = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Set:
    """Records with all that is known of them before anything is decided."""

    rows: list[Row]
    texts: list[str]
    said: npt.NDArray[np.float32]
    meaning: npt.NDArray[np.float32]
    names: tuple[str, ...]

    def table(self, chosen: Iterable[int]) -> Table:
        places = list(chosen)
        table = Table(self.names)
        table.add([self.texts[one] for one in places], self.said[places], self.meaning[places])
        return table

    def which(self, true: Callable[[Row], bool]) -> Rows:
        return np.array([place for place, row in enumerate(self.rows) if true(row)], dtype=np.intp)

    def yes(self, true: Callable[[Row], bool]) -> Yes:
        return np.array([true(row) for row in self.rows])


@cache
def loaded(folder: Path, name: str) -> Set:
    with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = [row for row in rows if not row.get("borderline")]
    terms = taxonomy.load(None)
    names = columns(terms.codes("issues"), terms.codes("types"))
    texts = [f"{row['title']}\n{row['text']}" for row in rows]
    suggestions = [reading.read(row["title"], row["text"]) for row in rows]
    return Set(rows, texts, said(suggestions, names), vectors.encode(texts), names)


def of(dataset: str, language: str | None = None) -> Callable[[Row], bool]:
    """Whether a record is of this data set, and of this language where one is given."""
    return lambda row: row["dataset"] == dataset and language in (None, row["language"])


def split(data: Set, seed: int) -> tuple[Rows, Rows]:
    """Two halves; a group is on one side."""
    groups = sorted({row["group"] for row in data.rows})
    np.random.default_rng(seed).shuffle(groups)
    first = set(groups[: len(groups) // 2])
    left = data.yes(lambda row: row["group"] in first)
    return np.flatnonzero(left), np.flatnonzero(~left)


def machine(train: Sequence[str], yes: Yes, test: Sequence[str]) -> Yes:
    """TF-IDF with a linear support vector machine, both kinds of answer alike in weight by item."""
    if not 0 < yes.sum() < len(yes):
        return np.full(len(test), bool(yes.any()))
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_df=0.95)
    fitted = LinearSVC().fit(words.fit_transform(train), yes)
    return np.asarray(fitted.predict(words.transform(test)), dtype=bool)


def issues(folder: Path) -> None:
    """Issue F1 on the half that was not learnt from, after some decisions."""
    data = loaded(folder, "records.jsonl.gz")
    true = {code: data.yes(lambda row, code=code: code in row["issues"]) for code in ISSUES}  # type: ignore[misc]
    parts: list[tuple[str, Callable[[Row], bool]]] = [("all", lambda _: True)]
    parts += [(f"wedo {language}", of("wedo", language)) for language in ("en", "fr", "es")]
    parts += [(name, of(name)) for name in ("undp", "wh", "ul", "cccsl")]
    print(
        "issues: F1 of domestic violence, hate crime, services, their mean | F1 of domestic violence in wedo en fr es"
    )
    print("        | calibration error of the three (means of 3 seeds)")
    pooled: dict[tuple[str, str], list[float]] = {}
    for decisions, how in ((0, ""), (200, "chance"), (200, "queue"), (1_000, "chance"), (1_000, "queue"), (9_999, "")):
        sums: dict[str, list[list[float]]] = {"ours": [], "word lists": [], "TF-IDF SVM": []}
        for seed in SEEDS:
            train, test = split(data, seed)
            table, unseen = data.table(train), data.table(test)
            drawn = np.random.default_rng(seed).permutation(len(train))[:decisions]
            if how == "queue":  # four from the top of the queue, one by chance
                best = np.argsort(-table.say("queue"), kind="stable")[: decisions * 4 // 5]
                drawn = np.concatenate([best, np.setdiff1d(drawn, best)[: decisions // 5]])
            taught = {f"issue:{code}": tags.Decided.of(drawn, true[code][train][drawn]) for code in ISSUES}
            likely = tags.fit(table, taught, version="1").say(unseen)
            answers = {
                "ours": {code: likely[f"issue:{code}"] >= 0.5 for code in ISSUES},
                "word lists": {code: unseen.say(f"issue:{code}") >= 0.5 for code in ISSUES},
                "TF-IDF SVM": {
                    code: machine(
                        [data.texts[train[one]] for one in drawn],
                        true[code][train][drawn],
                        [data.texts[one] for one in test],
                    )
                    if len(drawn)
                    else np.zeros(len(test), dtype=bool)
                    for code in ISSUES
                },
            }
            for system, answer in answers.items():
                f1 = [measure.found(true[code][test], answer[code]).f1 for code in ISSUES]
                by_language = [
                    measure.found(true[VIOLENCE][test][at], answer[VIOLENCE][at]).f1
                    for _, belongs in parts[1:4]
                    for at in [np.array([bool(belongs(data.rows[one])) for one in test])]
                ]
                error = [
                    measure.calibration_error(true[code][test], likely[f"issue:{code}"]) if system == "ours" else np.nan
                    for code in ISSUES
                ]
                sums[system].append([*f1, float(np.mean(f1)), *by_language, *error])
                if not how and decisions:
                    for name, belongs in parts:
                        at = np.array([bool(belongs(data.rows[one])) for one in test])
                        for code in ISSUES:
                            if true[code][test][at].sum() >= 5:
                                found = measure.found(true[code][test][at], answer[code][at]).f1
                                pooled.setdefault((f"{name:8} {code}", system), []).append(found)
        for system, figures in sums.items():
            mean = np.mean(figures, axis=0)
            count = f"{min(decisions, len(data.rows) // 2):5} {how:6}"
            print(
                f"  {count} {system:11}", numbers(mean[:4]), "|", numbers(mean[4:7]), "|", numbers(mean[7:]), flush=True
            )
    print("all decided, by data set (F1, where at least five are true)")
    for name in dict.fromkeys(key for key, _ in pooled):
        print(f"  {name:30}", *(f"{system} {np.mean(pooled[name, system]):.3f} " for system in sums))
    left_out(data, true)


def left_out(data: Set, true: dict[str, Yes]) -> None:
    """Learnt from the other data sets, asked of this one."""
    print("one data set left out (F1)")
    for name in ("undp", "wedo", "wh", "ul"):
        test = data.which(lambda row, name=name: row["dataset"] == name)  # type: ignore[misc]
        train = np.setdiff1d(np.arange(len(data.rows)), test)
        decided = {f"issue:{code}": tags.Decided.of(range(len(train)), true[code][train]) for code in ISSUES}
        unseen = data.table(test)
        likely = tags.fit(data.table(train), decided, version="1").say(unseen)
        for code in ISSUES:
            if true[code][test].sum() < 5:
                continue
            ours = measure.found(true[code][test], likely[f"issue:{code}"] >= 0.5).f1
            lists = measure.found(true[code][test], unseen.say(f"issue:{code}") >= 0.5).f1
            theirs = machine([data.texts[one] for one in train], true[code][train], [data.texts[one] for one in test])
            peer = measure.found(true[code][test], theirs).f1
            print(f"  {name:5} {code:18} ours {ours:.3f}  word lists {lists:.3f}  TF-IDF SVM {peer:.3f}", flush=True)


def initiative(folder: Path) -> None:
    """Initiative or only the problem, among records of an issue; five folds by group."""
    data = loaded(folder, "records.jsonl.gz")
    print("initiative or problem, among records of an issue (5 folds x 3)")
    for name in ("wedo", "undp", "wh"):
        about = data.which(lambda row, name=name: row["dataset"] == name and row["issues"] != ["none"])  # type: ignore[misc]
        yes = data.yes(lambda row: row["is_initiative"] == "yes")[about]
        if min(yes.sum(), (~yes).sum()) < 10:
            print(f"  {name}: too few of one kind ({yes.sum()} of {len(yes)})")
            continue
        ours: list[list[float]] = []
        lists: list[list[float]] = []
        peer: list[list[float]] = []
        for seed in SEEDS:
            fold = folds([data.rows[one]["group"] for one in about], seed)
            likely, word, other = np.zeros(len(about)), np.zeros(len(about)), np.zeros(len(about))
            for number in range(5):
                train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
                table, unseen = data.table(about[train]), data.table(about[test])
                taught = {"initiative": tags.Decided.of(range(len(train)), yes[train])}
                likely[test] = tags.fit(table, taught, version="1").say(unseen)["initiative"]
                word[test] = unseen.say("initiative")
                texts = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
                fitted = LogisticRegression(C=10.0, max_iter=1_000).fit(
                    texts.fit_transform([data.texts[one] for one in about[train]]), yes[train]
                )
                other[test] = fitted.predict_proba(texts.transform([data.texts[one] for one in about[test]]))[:, 1]
            for system, scores in ((ours, likely), (lists, word), (peer, other)):
                languages = [
                    measure.before(yes[at], scores[at])
                    for language in ("en", "fr", "es")
                    for at in [np.array([data.rows[one]["language"] == language for one in about])]
                ]
                system.append([measure.found(yes, scores >= 0.5).f1, measure.before(yes, scores), *languages])
        for label, system in (("ours", ours), ("word lists", lists), ("TF-IDF LR", peer)):
            mean = np.mean(system, axis=0)
            print(f"  {name} ({yes.sum()} of {len(yes)}) {label:10} F1 {mean[0]:.3f} AUC {mean[1]:.3f} |",
                  numbers(mean[2:]), "AUC en fr es", flush=True)  # fmt: skip


def folds(groups: Sequence[str], seed: int) -> Rows:
    names = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(names)) % 5
    fold = dict(zip(names, order, strict=True))
    return np.array([fold[one] for one in groups], dtype=np.intp)


def types(folder: Path) -> None:
    """The kind of a measure against violence, where undp says it: right, and among the first two."""
    data = loaded(folder, "records.jsonl.gz")
    about = data.which(
        lambda row: VIOLENCE in row["issues"] and row.get("source_subtype") not in (None, "Not specific")
    )
    kind = np.array([data.rows[one]["source_subtype"] for one in about])
    kinds = [one for one in sorted(set(kind)) if (kind == one).sum() >= 15]
    about, kind = about[np.isin(kind, kinds)], kind[np.isin(kind, kinds)]
    print(f"kind of measure ({len(kinds)} kinds, {len(about)} records of undp): right, in the first two (3 seeds)")
    for decisions in (50, 100, 200):
        found: list[list[float]] = []
        for seed in SEEDS:
            order = np.random.default_rng(seed).permutation(len(about))
            train, test = order[:decisions], order[decisions:]
            seen = {data.rows[about[one]]["group"] for one in train}
            test = np.array([one for one in test if data.rows[about[one]]["group"] not in seen])
            taught = {one: tags.Decided.of(range(len(train)), kind[train] == one) for one in kinds}
            likely = tags.fit(data.table(about[train]), taught, version="1").say(data.table(about[test]))
            ours = np.stack([likely[one] for one in kinds], axis=1)
            words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
            fitted = LogisticRegression(C=10.0, max_iter=1_000).fit(
                words.fit_transform([data.texts[about[one]] for one in train]), kind[train]
            )
            peer = np.full((len(test), len(kinds)), -1.0)
            peer[:, [kinds.index(one) for one in fitted.classes_]] = fitted.predict_proba(
                words.transform([data.texts[about[one]] for one in test])
            )
            figures = []
            for scores in (ours, peer):
                best = np.argsort(-scores, axis=1, kind="stable")
                right = np.array(kinds)[best] == kind[test][:, None]
                figures += [right[:, 0].mean(), right[:, :2].any(axis=1).mean()]
            found.append(figures)
        mean = np.mean(found, axis=0)
        print(f"  {decisions:4} decisions: ours {numbers(mean[:2])}  TF-IDF LR {numbers(mean[2:])}", flush=True)


def tasks(folder: Path) -> list[tuple[str, Set, Rows, Yes, int, int]]:
    """(name, set, rows, wanted, decisions a refit, seeds) of each reading task."""
    data, screening = loaded(folder, "records.jsonl.gz"), loaded(folder, "screening.jsonl.gz")
    violence = data.yes(lambda row: VIOLENCE in row["issues"])
    shelters = data.yes(lambda row: "shelters" in (row.get("source_subtype") or ""))
    wedo = data.which(lambda row: row["dataset"] == "wedo")
    undp = data.which(lambda row: row["dataset"] == "undp")
    # Few among many: each third initiative of an issue, and everything that is of no issue.
    groups = [one for one in range(len(data.rows)) if data.rows[one]["is_initiative"] == "yes"]
    needles = np.sort(np.concatenate([groups[::3], data.which(lambda row: row["issues"] == ["none"])])).astype(np.intp)
    wanted = data.yes(lambda row: row["is_initiative"] == "yes")
    housing = data.yes(lambda row: row.get("source_subtype") == "Utility, housing and financial support")
    return [
        ("wedo en/fr/es, violence", data, wedo, violence[wedo], 2, 3),
        ("undp, violence", data, undp, violence[undp], 10, 2),
        ("undp, shelters", data, undp, shelters[undp], 10, 2),
        ("undp, housing aid (no word list)", data, undp, housing[undp], 10, 2),
        ("needles over all", data, needles, wanted[needles], 10, 2),
        ("screening (other subject)", screening, np.arange(len(screening.rows)),
         screening.yes(lambda row: bool(row["included"])), 10, 3),
    ]  # fmt: skip


@cache
def replays(folder: Path) -> list[tuple[str, list[Yes]]]:
    """For each task, in which order ours would have shown the wanted ones, a list for each seed."""
    found = []
    for name, data, rows, wanted, batch, seeds in tasks(folder):
        table = data.table(rows)
        found.append((name, [wanted[replay(table, wanted, seed=seed, batch=batch)] for seed in range(seeds)]))
    return found


def order(folder: Path, venvs: Path | None) -> None:
    """How soon the wanted ones are read."""
    peer = venvs / "v_asreview" / "bin" / "python" if venvs else None
    if peer is None or not peer.exists():
        print("ASReview is left out: no environment v_asreview with it in the folder of --venvs")
        peer = None
    print("order: WSS@95, recall at 10 and 20 % read, wanted among the first 50")
    for (name, ours), (_, data, rows, wanted, batch, seeds) in zip(replays(folder), tasks(folder), strict=True):
        print(f"  {name} ({len(rows)} records, {wanted.sum()} wanted, {batch} decisions a refit, {seeds} seeds)")
        table = data.table(rows)
        drawn = [np.random.default_rng(seed).permutation(len(rows)) for seed in range(seeds)]
        lists = [wanted[one[np.argsort(-table.say("queue")[one], kind="stable")]] for one in drawn]
        systems = {"ours": ours, "word lists": lists}
        if peer is not None:
            systems["ASReview"] = [wanted[asreview(peer, data, rows, wanted, seed, batch)] for seed in range(seeds)]
        for system, orders in systems.items():
            mean = np.mean(
                [
                    [
                        measure.work_saved(one),
                        measure.found_by(one, len(one) // 10),
                        measure.found_by(one, len(one) // 5),
                        one[:50].sum(),
                    ]
                    for one in orders
                ],
                axis=0,
            )
            print(f"    {system:10} {numbers(mean[:3])}  {mean[3]:.1f}", flush=True)


def asreview(python: Path, data: Set, rows: Rows, wanted: Yes, seed: int, batch: int) -> Rows:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for row, yes in zip(rows, wanted, strict=True):
            one = data.rows[row]
            file.write(json.dumps({"title": one["title"], "text": one["text"], "wanted": bool(yes)}) + "\n")
        file.flush()
        script = Path(__file__).parent / "kit" / "asreview_replay.py"
        done = subprocess.run(
            [python, script, file.name, str(seed), str(batch)], capture_output=True, text=True, check=True
        )
    return np.array(json.loads(done.stdout.splitlines()[-1]), dtype=np.intp)


def stopping(folder: Path) -> None:
    """Where the aid would have said that enough was read."""
    print("stopping: recall and share unread where it first says probably | with confidence; 50 in a row beside them")
    for name, orders in replays(folder):
        for seed, seen in enumerate(orders):
            stops = [first_advice(seen, advice) for advice in (Advice.PROBABLY_ENOUGH, Advice.ENOUGH)]
            stops.append(in_a_row(seen, 50))
            shown = [
                "never" if stop is None else f"{measure.found_by(seen, stop):.3f} {1 - stop / len(seen):.2f}"
                for stop in stops
            ]
            print(f"  {name:34} seed {seed}: {' | '.join(shown)}", flush=True)


def in_a_row(seen: Yes, most: int) -> int | None:
    run = 0
    for place_, yes in enumerate(seen):
        run = 0 if yes else run + 1
        if run == most and seen[:place_].any():
            return place_ + 1
    return None


def size(sizes: Sequence[int] = (10_000, 100_000, 1_000_000)) -> None:
    """What a refit costs over made-up items (40 words, 1,000 decisions); each size in a process of its own."""
    print("size: seconds to learn and to place everything, memory of the process (MB)")
    for count in sizes:
        subprocess.run([sys.executable, "-m", "benchmarks.ranking", "--one-size", str(count)], check=True)


def one_size(count: int) -> None:
    rng = np.random.default_rng(0)
    words = np.array([f"word{number}" for number in range(20_000)])
    names = columns(ISSUES, [f"T{number}" for number in range(25)])
    table = Table(names)
    began = time.perf_counter()
    for start in range(0, count, BLOCK):
        some = min(BLOCK, count - start)
        chosen = words[np.minimum(rng.zipf(1.3, (some, 40)) - 1, len(words) - 1)]
        meaning = rng.standard_normal((some, vectors.SIZE), dtype=np.float32) / 22
        table.add([" ".join(row) for row in chosen], rng.random((some, len(names)), dtype=np.float32), meaning)
    filled = time.perf_counter() - began
    decided = rng.choice(count, 1_000, replace=False)
    yes = rng.random(1_000) < 0.2
    peak = Peak()
    began = time.perf_counter()
    learnt = learn(table, decided, yes)
    fitted = time.perf_counter() - began
    assert learnt is not None  # noqa: S101
    place(table, learnt)
    placed = time.perf_counter() - began - fitted
    memory = peak.stop()
    print(f"  {count:9,}: learn {fitted:.2f}  place {placed:.2f}  together {fitted + placed:.2f}  memory {memory:.0f}"
          f"  (filled at {count / filled:,.0f} texts/s)", flush=True)  # fmt: skip


def numbers(values: Iterable[float]) -> str:
    return " ".join("  -  " if np.isnan(value) else f"{value:.3f}" for value in values)


def main() -> None:
    """Prints the figures of the parts that are named."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    parser = argparse.ArgumentParser()
    parts = ("issues", "initiative", "types", "order", "stopping", "size")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--venvs", type=Path)
    parser.add_argument("--one-size", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one_size:
        one_size(given.one_size)
        return
    if unknown := set(given.parts) - set(parts):
        parser.error(f"no part {', '.join(sorted(unknown))}; known: {', '.join(parts)}")
    for part in given.parts or parts:
        if part == "order":
            order(given.corpus, given.venvs)
        elif part == "size":
            size()
        else:
            {"issues": issues, "initiative": initiative, "types": types, "stopping": stopping}[part](given.corpus)


if __name__ == "__main__":
    main()
