"""Train the learned second net of the risk screen from the corpus in the repository, and measure it.

    python -m bench.risk_net LANG… [--test]

Writers are kept apart: a net is trained on some, its threshold is set on another, and `--test` measures rules and net
together on the one who was sealed until then. Needs scikit-learn (`pip install -e '.[train]'`); running a net does not.
"""

import argparse
import csv
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.normalise import fold, tokens
from flows.risk_net import Net, grams, spoken

LOCALES = Path(__file__).parent.parent / "locales"
FEW = 4  # writers, up to which the second one tunes, later the third
HEADROOM = 0.9  # of the tuning writer's plain messages that the net leaves alone: at most one in ten may be asked about
STRICTER = {"en": 0.96}  # real client talk is asked about more often than written lines are; known for English alone
KEPT = 24_000  # n-grams: below 2 MB, and below it the figures fall
SCALE = 1000
TRAPS = 0.3  # a question about an alarming-looking message does little harm; a missed one does
GREY = 0.5
WORDS = {"zh": 4}  # the words of Chinese are single characters here


@dataclass(frozen=True, slots=True)
class Row:
    """A message of the corpus."""

    id: str
    label: str
    form: str
    text: str


def rows(lang: str, writers: Sequence[str]) -> list[Row]:
    """The messages of these writers."""
    return [row for writer in writers for row in _read(LOCALES / lang / "risk_corpus" / f"{writer}.csv")]


def _read(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Row(row["id"], row["label"], row["form"], row["text"])


def writers(lang: str) -> dict[str, list[str]]:
    """Who trains, who tunes and who tests: the newest. Decided by the letter, before a line was read."""
    there = sorted(path.stem for path in (LOCALES / lang / "risk_corpus").glob("*.csv"))
    test = there[-1]
    tune = there[1 if len(there) <= FEW else 2]
    train = [each for each in there if each not in (test, tune)]
    return {"train": train, "tune": [tune], "test": [test]}


def features(text: str, lang: str) -> set[str]:
    """What the net sees of a message."""
    return set(grams(spoken(tokens(fold(text))), WORDS.get(lang, 3)))


def train(lang: str) -> Net:
    """The net of a language. The threshold leaves HEADROOM of the tuning writer's plain messages alone."""
    parts = writers(lang)
    known = rows(lang, parts["train"])
    weights, bias = _fit([features(row.text, lang) for row in known], known)
    net = Net(lang, weights, bias, 0, WORDS.get(lang, 3), corpus_hash(lang, parts["train"]))
    plain = sorted(net.score(tokens(fold(row.text))) for row in rows(lang, parts["tune"]) if row.form == "plain")
    threshold = plain[int(len(plain) * STRICTER.get(lang, HEADROOM))]
    return Net(lang, weights, bias, int(threshold) + 1, net.words, net.corpus)


def _fit(found: Sequence[set[str]], known: Sequence[Row]) -> tuple[dict[str, int], int]:
    """Fit twice: first to see which n-grams matter, then with those alone."""
    import numpy as np
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import normalize

    risky = [row.label != "none" for row in known]
    importance = [GREY if row.label == "low" else TRAPS if row.form == "trap" else 1.0 for row in known]
    vocabulary = None
    for _round in range(2):
        counter = CountVectorizer(
            analyzer=list, min_df=2 if vocabulary is None else 1, binary=True, vocabulary=vocabulary
        )
        matrix = normalize(counter.fit_transform(map(sorted, found)))
        model = LogisticRegression(C=12, solver="liblinear", max_iter=500, random_state=0)
        model.fit(matrix, risky, sample_weight=importance)
        names, weights = counter.get_feature_names_out(), model.coef_[0]
        vocabulary = sorted(names[np.argsort(-np.abs(weights))[:KEPT]])
    rounded = (round(float(weight) * SCALE) for weight in weights)
    return dict(zip(map(str, names), rounded, strict=True)), round(float(model.intercept_[0]) * SCALE)


def corpus_hash(lang: str, names: Sequence[str]) -> str:
    """A hash of the messages that a net is trained on, so that a test can tell a net that is out of date."""
    files = (LOCALES / lang / "risk_corpus" / f"{name}.csv" for name in names)
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def write(net: Net) -> Path:
    """Write the file of weights."""
    head = {
        "language": net.lang,
        "bias": net.bias,
        "threshold": net.threshold,
        "words": net.words,
        "corpus": net.corpus,
    }
    lines = [
        f"// Made by `python -m bench.risk_net {net.lang}` from locales/{net.lang}/risk_corpus. Not edited by hand."
    ]
    lines += [f"!{name}\t{value}" for name, value in head.items()]
    lines += [f"{gram}\t{weight}" for gram, weight in sorted(net.weights.items())]
    path = LOCALES / net.lang / "risk_net.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def main() -> None:
    """Train each language named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("langs", nargs="+")
    for lang in parser.parse_args().langs:
        net = train(lang)
        path = write(net)
        print(f"{lang}: {len(net.weights)} n-grams, {path.stat().st_size / 1e6:.2f} MB, threshold {net.threshold}")


if __name__ == "__main__":
    main()
