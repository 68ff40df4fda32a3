"""Makes the files of the sentence encoder from the weights of all-MiniLM-L6-v2.

    python tests/benchmarks/make_encoder.py --weights MODEL_FOLDER --out vocpipe/enrichment/trained \\
        --texts banking77/train.csv:text --texts airline_tweets/Tweets_dev.csv:text --texts words.txt

The folder holds ``model.safetensors``, ``config.json`` and ``tokenizer.json`` (Apache-2.0). The vocabulary is cut to
its commonest words and those of the texts (a CSV file and its column, or a file of lines); the rest is spelt in pieces.
Weights are written as 8-bit integers with a scale per row or column. Needs torch, transformers and onnx.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vocpipe.enrichment.wording import plain

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
COMMON = 9_000  # of the tokenizer's words, which stand in order of frequency
SEEN = 3  # how often a rarer word must occur in the texts
MAX_TOKENS = 256


def read_texts(spec: str) -> Iterator[str]:
    """The texts of ``path:column`` (CSV) or of ``path`` (a line each), as models read them."""
    path, _, column = spec.partition(":")
    with Path(path).open(encoding="utf-8", errors="replace", newline="") as lines:
        if column:
            csv.field_size_limit(10**9)
            yield from (plain(row[column]) for row in csv.DictReader(lines) if row.get(column))
        else:
            yield from (plain(line) for line in lines)


def kept_words(tokenizer: Any, texts: Sequence[str], size: int) -> list[int]:
    """Ids of the words to keep, sorted: the special ones, single characters, common ones, then the commonest seen."""
    words = {number: word for word, number in tokenizer.get_vocab().items()}
    kept = {n for n, word in words.items() if word in SPECIAL or _is_needed(word.removeprefix("##"))}
    kept |= {n for n in range(COMMON) if words[n].removeprefix("##").isascii() and not words[n].startswith("[unused")}
    seen: Counter[int] = Counter()
    for start in range(0, len(texts), 10_000):
        for encoded in tokenizer.encode_batch(list(texts[start : start + 10_000]), add_special_tokens=False):
            seen.update(encoded.ids)
    for number, count in sorted(seen.items(), key=lambda item: (-item[1], item[0])):
        if len(kept) < size and count >= SEEN:
            kept.add(number)
    return sorted(kept)


def _is_needed(character: str) -> bool:
    return len(character) == 1 and ord(character) < 0x250  # so that any Latin word can be spelt


def pruned_tokenizer(tokenizer: Any, kept: Sequence[int]) -> str:
    """The tokenizer's JSON with the words that are kept, renumbered in their old order."""
    words = {number: word for word, number in tokenizer.get_vocab().items()}
    new = {words[old]: n for n, old in enumerate(kept)}
    told = json.loads(tokenizer.to_str())
    told["model"]["vocab"], told["truncation"], told["padding"] = new, None, None
    for token in told["added_tokens"]:
        token["id"] = new[token["content"]]
    for token in told["post_processor"]["special_tokens"].values():
        token["ids"] = [new[token["id"]]]
    return json.dumps(told, ensure_ascii=False)


def export(folder: Path, kept: Sequence[int], out: Path) -> None:
    """Writes the encoder as an ONNX file of 32-bit weights: mean of the last layer over the text's tokens, length 1."""
    import torch
    from transformers import BertModel

    class Encoder(torch.nn.Module):
        def __init__(self, bert: Any) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            return torch.nn.functional.normalize(mean, dim=1)

    bert = BertModel.from_pretrained(str(folder), add_pooling_layer=False, attn_implementation="eager").float().eval()
    table = bert.embeddings
    table.word_embeddings = torch.nn.Embedding.from_pretrained(table.word_embeddings.weight[list(kept)].detach())
    table.position_embeddings = torch.nn.Embedding.from_pretrained(table.position_embeddings.weight[:MAX_TOKENS])
    table.position_ids, table.token_type_ids = table.position_ids[:, :MAX_TOKENS], table.token_type_ids[:, :MAX_TOKENS]
    bert.config.vocab_size, bert.config.max_position_embeddings = len(kept), MAX_TOKENS
    example = torch.randint(5, 100, (2, 12)), torch.ones(2, 12, dtype=torch.long)
    axes = {0: "n", 1: "t"}
    torch.onnx.export(
        Encoder(bert), example, str(out), input_names=["input_ids", "attention_mask"], output_names=["vector"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "vector": {0: "n"}}, opset_version=17, dynamo=False,
    )  # fmt: skip


def round_weights(source: Path, out: Path) -> None:
    """Fuses the layers of an exported encoder and writes its weights as 8-bit integers with a scale each row or column.

    onnxruntime multiplies the matrices out once, when it reads the file: arithmetic is of 32 bits. (Rounding the
    activations too was no faster, and made a vector depend on its company by up to .005.)
    """
    import onnx
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    options.enable_attention = False
    fused = optimizer.optimize_model(str(source), "bert", num_heads=12, hidden_size=384, optimization_options=options)
    graph = fused.model.graph
    for node in [node for node in graph.node if node.op_type == "Gather"]:
        _round_table(graph, node)
    _round_matrices(graph)
    onnx.save(fused.model, str(out))


def _large(graph: Any) -> dict[str, Any]:
    return {one.name: one for one in graph.initializer if len(one.dims) == 2 and one.dims[0] >= 200}


def _rounded(graph: Any, name: str, axis: int) -> tuple[str, str]:
    """Replaces a matrix by whole numbers and their scales along an axis; returns the names of both."""
    from onnx import numpy_helper

    table = _large(graph)[name]
    weights = numpy_helper.to_array(table).astype(np.float32)
    scale = np.maximum(np.abs(weights).max(axis=axis, keepdims=True) / 127, 1e-12).astype(np.float32)
    graph.initializer.remove(table)
    graph.initializer.append(numpy_helper.from_array(np.round(weights / scale).astype(np.int8), f"{name}.whole"))
    graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
    return f"{name}.whole", f"{name}.scale"


def _round_table(graph: Any, node: Any) -> None:
    """A large look-up table stays in whole numbers; the rows looked up are multiplied out."""
    from onnx import TensorProto, helper

    if node.input[0] not in _large(graph):
        return
    whole, scale = _rounded(graph, node.input[0], axis=1)
    ids, out = node.input[1], node.output[0]
    steps = [
        helper.make_node("Gather", [whole, ids], [f"{out}.whole"], axis=0),
        helper.make_node("Cast", [f"{out}.whole"], [f"{out}.cast"], to=TensorProto.FLOAT),
        helper.make_node("Gather", [scale, ids], [f"{out}.scale"], axis=0),
        helper.make_node("Mul", [f"{out}.cast", f"{out}.scale"], [out]),
    ]
    place = list(graph.node).index(node)
    graph.node.remove(node)
    for offset, step in enumerate(steps):
        graph.node.insert(place + offset, step)


def _round_matrices(graph: Any) -> None:
    from onnx import TensorProto, helper

    multiplied = {name for node in graph.node if node.op_type == "MatMul" for name in node.input}
    for name in sorted(multiplied & set(_large(graph))):
        whole, scale = _rounded(graph, name, axis=0)
        graph.node.insert(0, helper.make_node("Mul", [f"{name}.cast", scale], [name]))
        graph.node.insert(0, helper.make_node("Cast", [whole], [f"{name}.cast"], to=TensorProto.FLOAT))


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads weights and texts, and writes ``encoder.onnx`` and ``encoder.tokenizer.json``."""
    from tokenizers import Tokenizer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--texts", action="append", required=True, metavar="PATH[:COLUMN]")
    parser.add_argument("--words", type=int, default=15_000, help="size of the vocabulary")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    tokenizer = Tokenizer.from_file(str(chosen.weights / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts = [text for spec in chosen.texts for text in read_texts(spec)]
    kept = kept_words(tokenizer, texts, chosen.words)
    (chosen.out / "encoder.tokenizer.json").write_text(pruned_tokenizer(tokenizer, kept), encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        export(chosen.weights, kept, Path(folder) / "whole.onnx")
        round_weights(Path(folder) / "whole.onnx", chosen.out / "encoder.onnx")
    size = (chosen.out / "encoder.onnx").stat().st_size
    sys.stdout.write(f"{len(texts)} texts, {len(kept)} words, {size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
