"""Fits the accurate model of sentiment and writes its files; needs `vocpipe[fit]` and an hour on 2 cores.

    python -m vocpipe.enrichment.fit_accurate --weights MODEL_FOLDER --texts texts.csv --emoji emoji.txt \\
        --held-out tweets.csv --held-out airline.csv --out vocpipe/enrichment/trained

The folder holds ``model.safetensors``, ``config.json`` and ``tokenizer.json`` of all-MiniLM-L6-v2 (Apache-2.0).
``texts.csv`` has the columns text, label (negative, neutral, positive, or empty) and weight (empty: 1); the files that
are held out have text and label. Three steps: a teacher (MiniLM, six layers, one epoch on the labelled texts), a
student (five of its layers, on what the teacher says of all texts and on the labels), and 8-bit integers
(``fit_onnx.py``). The temperatures are set on the held-out texts.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from tokenizers import Tokenizer

from vocpipe.enrichment import fit_onnx, fit_vocabulary
from vocpipe.enrichment.fit_sets import bare
from vocpipe.enrichment.wording import plain

LABELS = ("negative", "neutral", "positive")
KEPT_LAYERS = (0, 1, 2, 3, 5)
BATCH, LONGEST, MAX_TOKENS = 64, 72, 256
ENDS = (32, 192)  # tokens of a short and of a long text, for the temperatures
TEACHER = {"rate": 1e-4, "decay": 0.9, "balance": 0.5, "from_teacher": 0.0}
STUDENT = {"rate": 8e-5, "decay": 0.92, "balance": 0.7, "from_teacher": 0.5}


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts in plain words, their labels (−1: none) and weights."""

    texts: list[str]
    labels: np.ndarray
    weights: np.ndarray


def read(path: Path) -> Texts:
    """The texts of a CSV file with the columns text, label and, where wanted, weight."""
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["text"].strip()]
    labels = np.array([LABELS.index(row["label"]) if row["label"] else -1 for row in rows])
    weights = np.array([float(row.get("weight") or 1) for row in rows])
    return Texts([plain(row["text"]) for row in rows], labels, weights)


def without(texts: Texts, held_out: Sequence[Texts]) -> Texts:
    """The texts that none of those held out says in the same words (links and names of accounts aside)."""
    said = {bare(text) for other in held_out for text in other.texts}
    kept = [i for i, text in enumerate(texts.texts) if bare(text) not in said]
    return Texts([texts.texts[i] for i in kept], texts.labels[kept], texts.weights[kept])


def network(description: dict[str, Any], layers: int) -> Any:
    """MiniLM with a head on the first token and on the mean of all."""
    import torch
    from transformers import BertConfig, BertModel

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            config = BertConfig(**description | {"num_hidden_layers": layers})
            self.bert = BertModel(config, add_pooling_layer=False)
            self.drop = torch.nn.Dropout(0.1)
            self.head = torch.nn.Linear(2 * config.hidden_size, len(LABELS))

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            features = torch.cat((hidden[:, 0], (hidden * mask).sum(1) / mask.sum(1)), 1)
            return self.head(self.drop(features)), features

    return Network()


def fit(
    net: Any, ids: Sequence[Sequence[int]], texts: Texts, soft: np.ndarray, seed: int, how: dict[str, float]
) -> Any:
    """One epoch over ``ids``; returns the network with the weights averaged over the second half of the way.

    The loss is the cross-entropy with the labels, rarer classes counting more (share to the power of −balance), and,
    by ``from_teacher``, with the probabilities ``soft``.
    """
    import torch

    rng = np.random.default_rng(seed)
    known = texts.labels >= 0
    share = np.bincount(texts.labels[known], minlength=len(LABELS)) / known.sum()
    weight = np.where(known, texts.weights * (share[texts.labels] * len(LABELS)) ** -how["balance"], 0)
    part = how["from_teacher"]
    target = np.eye(len(LABELS))[texts.labels] * (weight * (1 - part))[:, None] + part * soft
    wanted = torch.tensor(target, dtype=torch.float32)
    groups = _groups(net, how)
    rates = [group["lr"] for group in groups]
    optimiser = torch.optim.AdamW(groups)
    total, mean = math.ceil(len(ids) / BATCH), None
    net.train()
    for step, batch in enumerate(_batches(ids, rng)):
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate * min(step / (0.05 * total), 1) * (1 - step / total)
        with torch.autocast("cpu", torch.bfloat16):
            logits, _ = net(*_padded([ids[i] for i in batch]))
        loss = -(wanted[batch] * logits.float().log_softmax(1)).sum() / len(batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        if step > 0.4 * total and step % 4 == 0:
            state = {name: values.clone() for name, values in net.state_dict().items()}
            mean = state if mean is None else {name: mean[name].lerp(v, 0.02) for name, v in state.items()}
    net.load_state_dict(mean)
    return net.eval()


def _groups(net: Any, how: dict[str, float]) -> list[dict[str, Any]]:
    """Lower layers learn more slowly; words that are new to the table begin far from where they belong."""
    layers = net.bert.config.num_hidden_layers
    groups = []
    for name, values in net.named_parameters():
        at = int(name.split("layer.")[1].split(".")[0]) + 1 if "layer." in name else layers if "head" in name else 0
        faster = 3 if "word_embeddings" in name or "head" in name else 1
        decay = 0.0 if "bias" in name or "LayerNorm" in name else 0.01
        rate = how["rate"] * how["decay"] ** (layers - at) * faster
        groups.append({"params": [values], "lr": rate, "weight_decay": decay})
    return groups


def _batches(ids: Sequence[Sequence[int]], rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Batches of texts of like length, in any order."""
    order = rng.permutation(len(ids))
    batches = []
    for start in range(0, len(order), BATCH * 50):
        like = sorted(order[start : start + BATCH * 50], key=lambda i: len(ids[i]))
        batches += [np.array(like[k : k + BATCH]) for k in range(0, len(like), BATCH)]
    for place in rng.permutation(len(batches)):
        yield batches[place]


def _padded(ids: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    import torch

    rows = torch.zeros(len(ids), max(map(len, ids)), dtype=torch.long)
    mask = torch.zeros_like(rows)
    for row, marks, found in zip(rows, mask, ids, strict=True):
        row[: len(found)], marks[: len(found)] = torch.tensor(found), 1
    return rows, mask


def told(net: Any, ids: Sequence[Sequence[int]]) -> np.ndarray:
    """The logits of the network, n × 3."""
    import torch

    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    found = np.zeros((len(ids), len(LABELS)))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(ids), 128):
            batch = order[start : start + 128]
            found[batch] = net(*_padded([ids[i] for i in batch]))[0].float().numpy()
    return found


def temperatures(
    logits: Sequence[np.ndarray], labels: Sequence[np.ndarray], lengths: Sequence[np.ndarray]
) -> list[float]:
    """By what the logits of short and of long texts (``ENDS`` tokens) are divided so that the labels are likeliest.

    Between the ends the temperature goes with the logarithm of the length. Every set counts the same.
    """

    def loss(logs: np.ndarray) -> float:
        said = []
        for z, y, n in zip(logits, labels, lengths, strict=True):
            cooled = z / np.exp(np.interp(np.log(n), np.log(ENDS), logs))[:, None]
            said.append(log_softmax(cooled, axis=1)[np.arange(len(y)), y].mean())
        return -float(np.mean(said))

    return [float(t) for t in np.exp(minimize(loss, np.zeros(2), method="Nelder-Mead").x).round(2)]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="the folder of all-MiniLM-L6-v2")
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, action="append", required=True)
    parser.add_argument("--emoji", type=Path, required=True, help="a file that begins each line with an emoji")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    make(parser.parse_args(arguments))


def make(asked: argparse.Namespace) -> None:
    """All steps, from the texts to the files."""
    import torch
    from safetensors.torch import load_file

    torch.manual_seed(asked.seed)
    folder = asked.weights
    held_out = [read(path) for path in asked.held_out]
    start, texts = load_file(str(folder / "model.safetensors")), without(read(asked.texts), held_out)
    symbols = [line[0] for line in asked.emoji.read_text(encoding="utf-8").splitlines() if line]
    whole = Tokenizer.from_file(str(folder / "tokenizer.json"))
    description, origin = fit_vocabulary.pruned(whole, texts.texts, symbols)
    tokenizer = Tokenizer.from_str(json.dumps(description))
    words = "embeddings.word_embeddings.weight"
    start[words] = torch.stack([start[words][numbers].mean(0) for numbers in origin])
    shape = json.loads((folder / "config.json").read_text(encoding="utf-8")) | {"vocab_size": len(origin)}
    teacher = network(shape, 6)
    teacher.bert.load_state_dict({k: v for k, v in start.items() if not k.startswith("pooler")}, strict=False)
    tokenizer.enable_truncation(LONGEST)
    ids = [found.ids for found in tokenizer.encode_batch(texts.texts)]
    labelled = np.flatnonzero(texts.labels >= 0)
    some = Texts([texts.texts[i] for i in labelled], texts.labels[labelled], texts.weights[labelled])
    fit(teacher, [ids[i] for i in labelled], some, np.zeros((len(labelled), 3)), asked.seed, TEACHER)
    student = network(shape, 6)
    student.load_state_dict(teacher.state_dict())
    layers = torch.nn.ModuleList(student.bert.encoder.layer[i] for i in KEPT_LAYERS)
    student.bert.encoder.layer, student.bert.config.num_hidden_layers = layers, len(KEPT_LAYERS)
    fit(student, ids, texts, softmax(told(teacher, ids), axis=1), asked.seed + 1, STUDENT)
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "accurate.tokenizer.json").write_text(json.dumps(description, ensure_ascii=False), encoding="utf-8")
    with tempfile.TemporaryDirectory() as there:
        student.bert.config._attn_implementation = "eager"  # the only one that can be exported
        fit_onnx.export(student, Path(there) / "whole.onnx")
        fit_onnx.quantise(Path(there) / "whole.onnx", asked.out / "accurate.onnx", ids[:: max(1, len(ids) // 300)])
    tokenizer.enable_truncation(MAX_TOKENS)
    finish(asked.out, tokenizer, held_out)


def finish(out: Path, tokenizer: Tokenizer, held_out: Sequence[Texts]) -> None:
    """Sets the temperatures and writes what a user of the files must know."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(out / "accurate.onnx"), providers=["CPUExecutionProvider"])
    logits, lengths = [], []
    for texts in held_out:
        rows = [np.array([found.ids]) for found in tokenizer.encode_batch(texts.texts)]
        said = [session.run(["logits"], {"input_ids": row, "attention_mask": np.ones_like(row)})[0][0] for row in rows]
        logits.append(np.array(said))
        lengths.append(np.array([row.size for row in rows]))
    found = temperatures(logits, [texts.labels for texts in held_out], lengths)
    told = {"labels": LABELS, "temperatures": list(zip(ENDS, found, strict=True)), "max_tokens": MAX_TOKENS}
    (out / "accurate.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
