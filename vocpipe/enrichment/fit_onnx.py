"""Makes the file of the accurate model: the network as ONNX, in 8-bit integers with fixed scales.

Weights have a scale per output column, activations one fixed scale per place, found on a few hundred texts. Scales that
are found anew for every batch, as onnxruntime's dynamic quantisation does, make the answer for a text depend on the
texts beside it (by .35 in a logit here); fixed ones do not, and are faster. The word table has a scale per row.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOM = 1.05  # activations a little beyond those that were seen still fit
OPSET = 17


def export(network: Any, path: Path) -> None:
    """Writes the torch network (``input_ids``, ``attention_mask`` → ``logits``, ``features``) with its parts fused."""
    import torch
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    ids = torch.full((2, 9), 50)
    mask = torch.ones_like(ids)
    inputs, outputs = ["input_ids", "attention_mask"], ["logits", "features"]
    axes = {name: {0: "n", 1: "t"} for name in inputs} | {name: {0: "n"} for name in outputs}
    torch.onnx.export(
        network, (ids, mask), str(path), input_names=inputs, output_names=outputs, dynamic_axes=axes,
        opset_version=OPSET, dynamo=False,
    )  # fmt: skip
    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False
    options.use_multi_head_attention = True  # leaves the projections as products of their own, to be quantised
    heads, size = network.bert.config.num_attention_heads, network.bert.config.hidden_size
    fused = optimizer.optimize_model(
        str(path), model_type="bert", num_heads=heads, hidden_size=size, optimization_options=options, opt_level=0
    )
    fused.save_model_to_file(str(path))


def quantise(path: Path, out: Path, sample: Sequence[Sequence[int]]) -> None:
    """Writes ``path`` in integers to ``out``; ``sample`` are token ids of texts from which the scales are found."""
    import onnx

    model = onnx.load(str(path))
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in weights]
    ranges = _ranges(model, sorted({node.input[0] for node in products}), sample)
    parts = _Parts(ranges)
    for node in model.graph.node:
        if node in products:
            parts.product(node, onnx.numpy_helper.to_array(weights[node.input[1]]))
        elif node.op_type == "Gather" and node.input[0] in weights and weights[node.input[0]].dims[0] > 1000:
            parts.table(node, onnx.numpy_helper.to_array(weights[node.input[0]]))
        else:
            parts.nodes.append(node)
    used = {name for node in parts.nodes for name in node.input}
    left = [tensor for tensor in [*model.graph.initializer, *parts.tensors] if tensor.name in used]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(parts.nodes)
    model.graph.initializer.extend(left)
    onnx.save(model, str(out))


def _ranges(model: Any, names: Sequence[str], sample: Sequence[Sequence[int]]) -> dict[str, tuple[float, float]]:
    """The least and the greatest activation at each place, over the sample."""
    import onnx
    import onnxruntime

    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in names)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    low, high = np.zeros(len(names)), np.zeros(len(names))
    for ids in sample:
        row = np.array([ids], dtype=np.int64)
        found = session.run(list(names), {"input_ids": row, "attention_mask": np.ones_like(row)})
        low = np.minimum(low, [values.min() for values in found])
        high = np.maximum(high, [values.max() for values in found])
    return {name: (float(a) * ROOM, float(b) * ROOM) for name, a, b in zip(names, low, high, strict=True)}


class _Parts:
    """The nodes and tensors of the new graph."""

    def __init__(self, ranges: dict[str, tuple[float, float]]) -> None:
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []
        self._ranges = ranges
        self._quantised: dict[str, tuple[str, str, str]] = {}

    def product(self, node: Any, weight: np.ndarray) -> None:
        """A product of activations and weights, in integers."""
        scale = np.maximum(np.abs(weight).max(axis=0), 1e-12) / 127
        name = node.output[0]
        whole = self._tensor(f"{name}/weight", np.round(weight / scale).astype(np.int8))
        scales = self._tensor(f"{name}/scale", scale.astype(np.float32))
        activation, step, zero = self._activation(node.input[0])
        inputs = [activation, whole, step, scales, zero]
        self._node("MatMulIntegerToFloat", inputs, [name], domain="com.microsoft")

    def table(self, node: Any, weight: np.ndarray) -> None:
        """A look-up in a table whose rows are integers, each with its scale."""
        name, ids = node.output[0], node.input[1]
        scale = np.maximum(np.abs(weight).max(axis=1, keepdims=True), 1e-12) / 127
        rows = self._tensor(f"{name}/rows", np.round(weight / scale).astype(np.int8))
        scales = self._tensor(f"{name}/scales", scale.astype(np.float32))
        self._node("Gather", [rows, ids], [f"{name}/whole"], axis=0)
        self._node("Cast", [f"{name}/whole"], [f"{name}/cast"], to=1)
        self._node("Gather", [scales, ids], [f"{name}/step"], axis=0)
        self._node("Mul", [f"{name}/cast", f"{name}/step"], [name])

    def _activation(self, name: str) -> tuple[str, str, str]:
        if name not in self._quantised:
            low, high = self._ranges[name]
            step = (high - low) / 255
            scale = self._tensor(f"{name}/step", np.array(step, dtype=np.float32))
            zero = self._tensor(f"{name}/zero", np.array(round(-low / step), dtype=np.uint8))
            self._node("QuantizeLinear", [name, scale, zero], [f"{name}/quantised"])
            self._quantised[name] = (f"{name}/quantised", scale, zero)
        return self._quantised[name]

    def _tensor(self, name: str, values: np.ndarray) -> str:
        import onnx

        self.tensors.append(onnx.numpy_helper.from_array(values, name))
        return name

    def _node(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], **more: Any) -> None:
        import onnx

        self.nodes.append(onnx.helper.make_node(kind, list(inputs), list(outputs), **more))
