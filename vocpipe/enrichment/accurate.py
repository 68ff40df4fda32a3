"""The accurate engine of ``sentiment``: a small transformer, eight bits a weight, run by onnxruntime on one thread.

Nothing that the model computes for a text hangs on its neighbours: weights and what flows between them are eight bits,
on a scale of each row; texts are run together only with texts of exactly as many tokens, so that nothing is padded; and
a text that is alone is run twice, since one row is computed by other instructions, which differ in the last digit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.contracts import Annotation, Classifier
from vocpipe.enrichment.wording import plain

LABELS = ("negative", "neutral", "positive")
FEATURES = 768
TRAINED = Path(__file__).parent / "trained"
FILES = ("accurate.onnx", "accurate.tokenizer.json", "accurate.json")

BATCH_TOKENS = 512  # of texts run together: a batch whose figures stay in the processor's cache; more was slower
AT_ONCE = 8192  # texts cut into tokens and sorted by length together
SIGNS_PER_TOKEN = 12  # no more of a long text is looked at than could fill the model's tokens
HEAD = 0.75  # of a text that is too long, this share of the tokens is its beginning, the rest its end
MOST_WORDS = 240  # of a longer text the first and the last words are weighed in ``explain``
TOLD_WORDS, TOLD_FROM = 6, 0.02  # words named by ``explain``: how many, and what they must matter


class AccurateSentiment:
    """``score`` is P(positive) - P(negative), ``probability`` that of the label, both calibrated.

    ``stand_in`` scores what a run has no time for. The model is read when it is first asked (a quarter of a second).
    """

    name = "sentiment"
    labels: tuple[str, ...] = LABELS
    examples: Sequence[tuple[str, str]] = (
        ("Lovely crew, great food, thank you so much!", "positive"),
        ("Thanks for the quick help, you are the best", "positive"),
        ("Worst flight ever, rude staff and a broken seat.", "negative"),
        ("I am not happy with this at all", "negative"),
        ("The food was good but the service was horrible and the staff hopeless", "negative"),
        ("My bag is lost and nobody can help me 😡", "negative"),
        ("Flight 12 leaves from gate 7 in the morning", "neutral"),
        ("", "neutral"),
    )

    def __init__(self, folder: Path = TRAINED, stand_in: Classifier | None = None) -> None:
        self.folder, self.stand_in = folder, stand_in
        told = json.loads((folder / "accurate.json").read_text(encoding="utf-8"))
        # A long text says more, so the model may be surer of it: a temperature for short texts and one for long ones.
        self._lengths = np.log([length for length, _ in told["temperatures"]])
        self._temperatures = np.log([temperature for _, temperature in told["temperatures"]])
        self._most = int(told["max_tokens"])
        self._session: Any = None
        self._tokenizer: Any = None
        self.version = f"accurate-1-{_digest(folder)}"

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process reads the files itself."""
        return AccurateSentiment, (self.folder, self.stand_in)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """One of 'negative', 'neutral', 'positive' per text."""
        return [LABELS[i] for i in self.predict_proba(texts).argmax(axis=1).tolist()]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Calibrated probabilities, n x 3, in the order of ``labels``; each row adds to 1."""
        lengths, [logits] = self._run(texts, logits=len(LABELS))
        return self._calibrated(logits, lengths)

    def features(self, texts: Sequence[str]) -> np.ndarray:
        """What the model makes of each text before it judges, n x 768 (float32): for heads learnt on own labels."""
        _, [found] = self._run(texts, features=FEATURES)
        return found

    def judged(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """``predict_proba`` and ``features`` of the same texts, read once."""
        lengths, [logits, features] = self._run(texts, logits=len(LABELS), features=FEATURES)
        return self._calibrated(logits, lengths), features

    def _calibrated(self, logits: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        temperatures = np.exp(np.interp(np.log(np.maximum(lengths, 1)), self._lengths, self._temperatures))
        scaled = logits.astype(np.float64) / temperatures[:, None]
        weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def explain(self, text: str) -> list[Annotation]:
        """The label first, then the words without which it would be less probable, the weightiest first.

        Their ``score`` is how much less probable.
        """
        [[found]] = self.annotate([text])
        spans = _words(text)
        if len(spans) > MOST_WORDS:
            spans = spans[: MOST_WORDS // 2] + spans[-MOST_WORDS // 2 :]
        without = [text[:start] + text[end:] for start, end in spans]
        p = self.predict_proba([text, *without])[:, LABELS.index(found.label or "")]
        loss = (p[0] - p[1:]).round(6)
        weightiest = [int(i) for i in np.argsort(-loss, kind="stable")[:TOLD_WORDS] if loss[i] >= TOLD_FROM]
        return [found] + [
            Annotation(found.label, float(loss[i]), None, *spans[i], text[slice(*spans[i])], "accurate")
            for i in weightiest
        ]

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per text, on the whole text."""
        p = self.predict_proba(texts)
        label = p.argmax(axis=1).tolist()
        score, best = (p[:, 2] - p[:, 0]).round(6).tolist(), p.max(axis=1).round(6).tolist()
        return [
            [Annotation(LABELS[i], s, b, decided_by="accurate")] for i, s, b in zip(label, score, best, strict=True)
        ]

    def _run(self, texts: Sequence[str], **wanted: int) -> tuple[np.ndarray, list[np.ndarray]]:
        """Tokens read of each text, and the wanted outputs (name = width) of the model, each n x width."""
        lengths = np.zeros(len(texts), dtype=np.int64)
        out = [np.empty((len(texts), width), dtype=np.float32) for width in wanted.values()]
        for start in range(0, len(texts), AT_ONCE):
            tokens = self._tokens(texts[start : start + AT_ONCE])
            lengths[start : start + len(tokens)] = [len(ids) for ids in tokens]
            for places in _batches([len(ids) for ids in tokens]):
                ids = np.array([tokens[i] for i in places], dtype=np.int64)
                found = self._model().run(list(wanted), {"input_ids": ids, "attention_mask": np.ones_like(ids)})
                for whole, part in zip(out, found, strict=True):
                    whole[start + np.array(places)] = part
        return lengths, out

    def _model(self) -> Any:
        if self._session is None:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 3
            path = str(self.folder / FILES[0])
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        return self._session

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The numbers of each text's tokens, marks of beginning and end included; the middle of a long one is left
        out."""
        if self._tokenizer is None:
            from tokenizers import Tokenizer

            self._tokenizer = Tokenizer.from_file(str(self.folder / FILES[1]))
            self._tokenizer.no_padding()
            self._tokenizer.no_truncation()
        read = [_readable(text, self._most * SIGNS_PER_TOKEN) for text in texts]
        head = round(self._most * HEAD)
        tail = self._most - head
        found = (encoding.ids for encoding in self._tokenizer.encode_batch_fast(read))
        return [ids if len(ids) <= self._most else ids[:head] + ids[-tail:] for ids in found]


def _readable(text: str, most: int) -> str:
    """The text as the model reads it; half a surrogate pair, which no encoding has, as a question mark."""
    if len(text) > 4 * most:  # before anything is done to it: a text may be a megabyte of pasted log
        text = f"{text[: 2 * most]} {text[-2 * most :]}"
    text = plain(text)
    if len(text) > 2 * most:
        text = f"{text[:most]} {text[-most:]}"
    return text.encode("utf-8", "replace").decode("utf-8")


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts to run together: all of one length, about BATCH_TOKENS tokens, two texts or one text twice."""
    alike: dict[int, list[int]] = {}
    for i, length in enumerate(lengths):
        alike.setdefault(length, []).append(i)
    for length, places in sorted(alike.items()):
        most = max(2, BATCH_TOKENS // length)
        for start in range(0, len(places), most):
            batch = places[start : start + most]
            yield batch if len(batch) > 1 else batch * 2


def _words(text: str) -> list[tuple[int, int]]:
    """Where the words between blanks stand."""
    spans, end = [], 0
    for word in text.split():
        start = text.index(word, end)
        end = start + len(word)
        spans.append((start, end))
    return spans


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for name in FILES:
        found.update((folder / name).read_bytes())
    return found.hexdigest()[:8]
