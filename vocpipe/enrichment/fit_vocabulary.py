"""The vocabulary of the accurate model: BERT's without words that nobody writes here, with single tokens for marks.

Half of MiniLM's weights are the table of its 30,522 word pieces. Kept are those that occur in the training texts, all
single characters and the most frequent pieces of English; a word whose piece is gone is cut into smaller pieces. Added
are emoji (they begin as the mean of the words of their Unicode name), one token for a run of mentions, the endings
n't, 's, 'm …, runs of marks and the common emoticons: that also makes texts shorter, and so faster.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tokenizers import Tokenizer

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
FREQUENT = range(1996, 11000)  # BERT's vocabulary stands in order of frequency; before 1996 are single characters
MIN_TEXTS = 4  # a piece that occurs less often in the training texts is not worth 384 bytes
# (what is written, the one token put in its place, the words whose mean the token begins as); a private character
# stands for the token, so that nobody can write it.
ADDED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (r"(?:@user\s*)+", "\ue000", ("@", "user")),
    (r"n't(?![a-z])", "\ue001", ("not",)),
    (r"'s(?![a-z])", "\ue002", ("'", "s")),
    (r"'m(?![a-z])", "\ue003", ("am",)),
    (r"'re(?![a-z])", "\ue004", ("are",)),
    (r"'ve(?![a-z])", "\ue005", ("have",)),
    (r"'ll(?![a-z])", "\ue006", ("will",)),
    (r"'d(?![a-z])", "\ue007", ("would",)),
    (r"!!!", "\ue008", ("!",)),
    (r"!!", "\ue009", ("!",)),
    (r"\.\.\.?|…", "\ue00a", (".",)),
    (r"\?\?\??", "\ue00b", ("?",)),
    (r"\?!|!\?", "\ue00c", ("?", "!")),
    (r"[:;=]'?-?(?:[)\]]+|d(?![a-z]))", "\ue00d", (":", ")")),
    (r"[:=]'?-?[(\[]+", "\ue00e", (":", "(")),
    (r"<3", "\ue00f", ("love",)),
)


def pruned(tokenizer: Tokenizer, texts: Sequence[str], emoji: Iterable[str]) -> tuple[dict[str, Any], list[list[int]]]:
    """The smaller tokenizer as JSON, and for each of its tokens the old ones whose mean it begins as."""
    vocabulary: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
    counts = Counter(piece for found in tokenizer.encode_batch(list(texts)) for piece in set(found.ids))
    kept = sorted(
        number
        for word, number in vocabulary.items()
        if counts[number] >= MIN_TEXTS or word in SPECIAL or _is_character(word)
        or (number in FREQUENT and word.isascii())
    )  # fmt: skip
    written = {number: word for word, number in vocabulary.items()}
    smaller = {written[number]: place for place, number in enumerate(kept)}
    origin = [[number] for number in kept]
    symbols = sorted({symbol for symbol in emoji if len(symbol) == 1} - set(smaller))
    described = [unicodedata.name(symbol, "symbol").lower().split() for symbol in symbols]
    for token, words in [*zip(symbols, described, strict=True), *((token, list(w)) for _, token, w in ADDED)]:
        smaller[token] = len(smaller)
        origin.append(tokenizer.encode(" ".join(words), add_special_tokens=False).ids)
    return _description(json.loads(tokenizer.to_str()), smaller, symbols), origin


def _is_character(word: str) -> bool:
    core = word.removeprefix("##")
    return len(core) == 1 and ord(core) < 0x250


def _description(told: dict[str, Any], vocabulary: dict[str, int], symbols: Sequence[str]) -> dict[str, Any]:
    told |= {"truncation": None, "padding": None}
    told["model"]["vocab"] = vocabulary
    for token in told["added_tokens"]:
        token["id"] = vocabulary[token["content"]]
    for name, token in told["post_processor"]["special_tokens"].items():
        token["ids"] = [vocabulary[name]]
    replaced = [
        {"type": "Replace", "pattern": {"Regex": pattern}, "content": f" {token} "} for pattern, token, _ in ADDED
    ]
    told["normalizer"] = {"type": "Sequence", "normalizers": [told["normalizer"], *replaced]}
    alone = f"[{''.join(symbols)}{''.join(token for _, token, _ in ADDED)}]"
    split = {"type": "Split", "pattern": {"Regex": alone}, "behavior": "Isolated", "invert": False}
    told["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [split, told["pre_tokenizer"]]}
    return told
