"""A sentiment engine of the user's own: any Hugging Face sequence classifier in a folder on this machine.

Needs the extra `vocpipe[hf]` (transformers, torch). Nothing is ever fetched from the network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.contracts import Annotation, Classifier, RunError, UsageError

LABELS = ("negative", "neutral", "positive")
BATCH = 16
MOST_TOKENS = 512
# What models call our labels; other names are told in the settings.
_KNOWN = {"negative": 0, "neg": 0, "neutral": 1, "neu": 1, "positive": 2, "pos": 2}


class HuggingFaceSentiment:
    """``score`` is P(positive) - P(negative), ``probability`` that of the label, as the model has them: uncalibrated.

    ``names`` maps the model's labels to ours where they are not called negative, neutral and positive; a model without
    a neutral label gives it no probability. Raises UsageError where the folder holds no such model, its labels are not
    known, or transformers is not installed.
    """

    name = "sentiment"
    labels: tuple[str, ...] = LABELS
    examples: Sequence[tuple[str, str]] = ()
    stand_in: Classifier | None = None

    def __init__(self, folder: Path | None, names: Mapping[str, str] | None = None) -> None:
        if folder is None or not (folder / "config.json").is_file():
            raise UsageError(
                f"`text.model`: {folder} holds no Hugging Face model (config.json): write the folder into which "
                "`save_pretrained` wrote it."
            )
        self.folder, self.names = folder, dict(names or {})
        self._tokenizer, self._model = _loaded(folder)
        self._columns = _columns(self._model.config.id2label, self.names)
        self.version = f"hf-1-{_digest(folder, self.names)}"

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process reads the folder itself."""
        return HuggingFaceSentiment, (self.folder, self.names)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """One of 'negative', 'neutral', 'positive' per text."""
        return [LABELS[i] for i in self.predict_proba(texts).argmax(axis=1).tolist()]

    def predict_proba(self, texts: Sequence[str]) -> np.ndarray:
        """Probabilities, n x 3, in the order of ``labels``; each row adds to 1."""
        import torch

        out = np.zeros((len(texts), len(LABELS)))
        with torch.inference_mode():
            for rows in self._batches(texts):
                given = self._tokenizer(
                    [texts[i] for i in rows], truncation=True, max_length=self._most(), return_tensors="pt"
                )
                p = torch.softmax(self._model(**given).logits.double(), dim=-1).numpy()
                for column, ours in enumerate(self._columns):
                    out[rows, ours] += p[:, column]
        return out

    def explain(self, text: str) -> list[Annotation]:
        """The label, then the words without which it would be less probable, the weightiest first."""
        [[found]] = self.annotate([text])
        words, end = [], 0
        for word in text.split():
            start = text.index(word, end)
            end = start + len(word)
            words.append((start, end))
        p = self.predict_proba([text, *(text[:a] + text[b:] for a, b in words)])[:, LABELS.index(found.label or "")]
        told = sorted(((p[0] - q, span) for q, span in zip(p[1:], words, strict=True) if p[0] > q), reverse=True)
        return [found] + [
            Annotation(found.label, float(loss), None, a, b, text[a:b], "hf") for loss, (a, b) in told[:6]
        ]

    def annotate(self, texts: Sequence[str]) -> list[list[Annotation]]:
        """One annotation per text, on the whole text."""
        p = self.predict_proba(texts)
        label = p.argmax(axis=1).tolist()
        score, best = (p[:, 2] - p[:, 0]).round(6).tolist(), p.max(axis=1).round(6).tolist()
        return [[Annotation(LABELS[i], s, b, decided_by="hf")] for i, s, b in zip(label, score, best, strict=True)]

    def _most(self) -> int:
        return min(MOST_TOKENS, int(getattr(self._model.config, "max_position_embeddings", MOST_TOKENS)) - 2)

    def _batches(self, texts: Sequence[str]) -> list[list[int]]:
        """Places of texts with equally many tokens: nothing is padded, so no text's result hangs on its neighbours."""
        alike: dict[int, list[int]] = {}
        given = self._tokenizer(list(texts), truncation=True, max_length=self._most())["input_ids"] if texts else []
        for i, ids in enumerate(given):
            alike.setdefault(len(ids), []).append(i)
        return [rows[start : start + BATCH] for rows in alike.values() for start in range(0, len(rows), BATCH)]


def _loaded(folder: Path) -> tuple[Any, Any]:
    try:
        from safetensors import SafetensorError
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
    except ImportError as problem:
        raise UsageError('sentiment = "hf" needs transformers and torch: install the extra `vocpipe[hf]`.') from problem
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        model = AutoModelForSequenceClassification.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as problem:
        raise RunError(
            f"`text.model`: {folder} cannot be read as a sequence classifier with its tokenizer "
            f"({type(problem).__name__}): save both there with `save_pretrained`."
        ) from problem
    return tokenizer, model.eval()


def _columns(id2label: Mapping[int, str], names: Mapping[str, str]) -> list[int]:
    """For each output of the model which of our labels it is."""
    found = []
    for number in range(len(id2label)):
        theirs = id2label[number]
        ours = LABELS.index(names[theirs]) if theirs in names else _KNOWN.get(theirs.lower())
        if ours is None:
            told = ", ".join(id2label[i] for i in range(len(id2label)))
            raise UsageError(
                f"the model calls its labels {told}: say which of ours {theirs!r} is, such as "
                f'`[text.model_labels]` with the line {theirs} = "negative".'
            )
        found.append(ours)
    if missing := {"negative", "positive"} - {LABELS[i] for i in found}:
        raise UsageError(f"the model has no label that means {min(missing)}: it is no sentiment model.")
    return found


def _digest(folder: Path, names: Mapping[str, str]) -> str:
    told = hashlib.sha256(repr(sorted(names.items())).encode())
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        with path.open("rb") as file:
            told.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return told.hexdigest()[:8]
