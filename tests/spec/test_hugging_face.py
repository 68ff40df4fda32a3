"""The extra engine: a sequence classifier from a folder, made here at random and tiny; skipped without transformers."""

from __future__ import annotations

import pickle
import socket

import numpy as np
import pytest

from vocpipe.contracts import RunError, TextChoices, UsageError
from vocpipe.enrichment import sentiment
from vocpipe.enrichment.hugging_face import HuggingFaceSentiment

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] the crew was kind rude my bag is lost thank you !".split()
TEXTS = ["the crew was kind", "my bag is lost", "thank you !", "rude rude rude rude", ""]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A BERT of one layer with random weights, saved as `save_pretrained` saves it."""
    transformers = pytest.importorskip("transformers", reason="the extra vocpipe[hf] is not installed")
    torch = pytest.importorskip("torch", reason="the extra vocpipe[hf] is not installed")

    def make(names):
        folder = tmp_path_factory.mktemp("model")
        (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
        transformers.BertTokenizerFast(vocab={word: i for i, word in enumerate(WORDS)}).save_pretrained(folder)
        torch.manual_seed(0)
        config = transformers.BertConfig(
            vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
            max_position_embeddings=32, initializer_range=1.0, id2label=dict(enumerate(names)),
            label2id={name: i for i, name in enumerate(names)},
        )  # fmt: skip
        transformers.BertForSequenceClassification(config).save_pretrained(folder)
        return folder

    return make


def test_a_model_in_a_folder_is_an_engine_like_any_other(made, monkeypatch):
    def refused(*_):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refused)
    folder = made(["Positive", "neutral", "NEG"])
    model = sentiment.build(None, TextChoices("hf", model=folder))
    p = model.predict_proba(TEXTS)
    assert p.shape == (5, 3)
    assert np.allclose(p.sum(axis=1), 1)
    assert len({tuple(row.round(3)) for row in p}) > 1
    alone = np.concatenate([pickle.loads(pickle.dumps(model)).predict_proba([text]) for text in TEXTS])
    assert np.abs(p - alone).max() < 1e-6
    [found] = model.annotate(TEXTS[:1])[0]
    assert (found.score, found.label) == (pytest.approx(p[0, 2] - p[0, 0], abs=1e-5), model.predict(TEXTS[:1])[0])
    assert model.explain(TEXTS[1])[0].label == model.predict(TEXTS[1:2])[0]
    assert model.version == HuggingFaceSentiment(folder).version
    assert model.predict_proba(["kind " * 500]).shape == (1, 3), "longer than the model reads"
    assert model.predict_proba([]).shape == (0, 3)


def test_names_that_say_nothing_are_told_in_the_settings(made):
    folder = made(["LABEL_0", "LABEL_1"])
    with pytest.raises(UsageError, match=r"calls its labels LABEL_0, LABEL_1: say which of ours 'LABEL_0' is"):
        HuggingFaceSentiment(folder)
    p = HuggingFaceSentiment(folder, {"LABEL_0": "positive", "LABEL_1": "negative"}).predict_proba(TEXTS)
    assert (p[:, 1] == 0).all()
    with pytest.raises(UsageError, match="no label that means positive"):
        HuggingFaceSentiment(folder, {"LABEL_0": "neutral", "LABEL_1": "negative"})


def test_a_damaged_folder_is_told(made):
    folder = made(["negative", "neutral", "positive"])
    for path in folder.glob("*.safetensors"):
        path.write_bytes(b"nothing")
    with pytest.raises((RunError, UsageError), match="cannot be read as a sequence classifier"):
        HuggingFaceSentiment(folder)


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"holds no Hugging Face model \(config\.json\)"):
        HuggingFaceSentiment(tmp_path)
