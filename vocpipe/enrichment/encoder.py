"""The sentence encoder: a text as 384 numbers, near to those of texts that mean the same.

all-MiniLM-L6-v2 with a smaller vocabulary and 8-bit weights (made by ``make_encoder.py``; card in
``docs/model-encoder.md``), run by onnxruntime. The vector of a text does not depend on the texts beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.enrichment.wording import plain

FOLDER = Path(__file__).parent / "trained"
SIZE = 384
MAX_TOKENS = 256  # positions that the model file has; what follows is not read
BATCH_TOKENS = 4096  # tokens of a batch: memory stays small for long texts


class Encoder:
    """``encode(texts)`` -> n x 384 float32, rows of length 1. The model is read at the first call."""

    def __init__(self, folder: Path = FOLDER, max_tokens: int = MAX_TOKENS, threads: int = 1) -> None:
        self.folder, self.max_tokens, self.threads = Path(folder), min(max_tokens, MAX_TOKENS), threads

    def __reduce__(self) -> tuple[Any, ...]:
        """A worker process reads the model itself."""
        return type(self), (self.folder, self.max_tokens, self.threads)

    @cached_property
    def version(self) -> str:
        """Eight characters that change with the model's files."""
        told = hashlib.sha256((self.folder / "encoder.onnx").read_bytes())
        told.update((self.folder / "encoder.tokenizer.json").read_bytes())
        return told.hexdigest()[:8]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One unit vector per text; equal texts and an empty one included, in the order given."""
        written = [plain(text.encode("utf-8", "replace").decode("utf-8")) for text in texts]
        distinct = list(dict.fromkeys(written))
        tokens = [one.ids for one in self._tokenizer.encode_batch(distinct)]
        vectors = np.zeros((len(distinct), SIZE), dtype=np.float32)
        for rows in _batches([len(ids) for ids in tokens]):
            vectors[rows] = self._run([tokens[i] for i in rows])
        place = {text: i for i, text in enumerate(distinct)}
        return vectors[[place[text] for text in written]] if written else vectors

    def _run(self, tokens: Sequence[Sequence[int]]) -> np.ndarray:
        ids = np.array(tokens, dtype=np.int64)
        return np.asarray(self._session.run(["vector"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0])

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "encoder.tokenizer.json"))
        tokenizer.enable_truncation(self.max_tokens)
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
        options.log_severity_level = 3
        path = str(self.folder / "encoder.onnx")
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Places of texts of equal length (padding would cost time, and a last digit), at most BATCH_TOKENS together."""
    batches: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        last = batches[-1] if batches else []
        if not last or lengths[last[0]] != lengths[place] or (len(last) + 1) * lengths[place] > BATCH_TOKENS:
            batches.append([])
        batches[-1].append(place)
    return batches
