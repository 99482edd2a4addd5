"""The transformer of Daybook's runs in PyTorch: pre-norm RMSNorm, RoPE, SwiGLU, no biases, untied head.

Parameters have the names of the ledger's checkpoints. Called with tokens it gives logits; called with
`input_ids` and `labels`, as the Hugging Face Trainer calls a model, it gives the mean loss, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .refused import Refused
from .tensor_file import Tensors, read_tensors

ModelConfig = Mapping[str, Any]


class RMSNorm(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        scaled: Tensor = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight
        return scaled


def _linear(inputs: int, outputs: int) -> nn.Linear:
    return nn.Linear(inputs, outputs, bias=False)


class Attention(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config["dModel"]
        self.heads = config["heads"]
        self.q_proj = _linear(width, width)
        self.k_proj = _linear(width, width)
        self.v_proj = _linear(width, width)
        self.output_proj = _linear(width, width)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, hidden: Tensor) -> Tensor:
        batch, length, width = x.shape

        def split(y: Tensor) -> Tensor:
            parts: Tensor = y.view(batch, length, self.heads, -1).transpose(1, 2)
            return parts

        def rotate(y: Tensor) -> Tensor:
            even, odd = y[..., 0::2], y[..., 1::2]
            turned = (even * cos - odd * sin, even * sin + odd * cos)
            rotated: Tensor = torch.stack(turned, -1).flatten(-2)
            return rotated

        q, k, v = (
            rotate(split(self.q_proj(x))),
            rotate(split(self.k_proj(x))),
            split(self.v_proj(x)),
        )
        scores = (q @ k.transpose(-1, -2)) * (width // self.heads) ** -0.5
        mixed = scores.masked_fill(hidden, -torch.inf).softmax(-1) @ v
        output: Tensor = self.output_proj(mixed.transpose(1, 2).reshape(batch, length, width))
        return output


class FeedForward(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.w1 = _linear(config["dModel"], config["dFf"])
        self.w3 = _linear(config["dModel"], config["dFf"])
        self.w2 = _linear(config["dFf"], config["dModel"])

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.w2(F.silu(self.w1(x)) * self.w3(x))
        return output


class Layer(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.ln1 = RMSNorm(config["dModel"], config["normEps"])
        self.attn = Attention(config)
        self.ln2 = RMSNorm(config["dModel"], config["normEps"])
        self.ffn = FeedForward(config)


class LanguageModel(nn.Module):
    cos: Tensor
    sin: Tensor
    hidden: Tensor
    layers: nn.ModuleList

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, length = config["dModel"], config["contextLength"]
        self.token_embeddings = nn.Embedding(config["vocabSize"], width)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config["layers"]))
        self.ln_final = RMSNorm(width, config["normEps"])
        self.lm_head = _linear(width, config["vocabSize"])
        head = width // config["heads"]
        rates = config["ropeTheta"] ** (-torch.arange(0, head, 2, dtype=torch.float64) / head)
        angles = torch.arange(length, dtype=torch.float64)[:, None] * rates[None]
        hidden = torch.ones(length, length, dtype=torch.bool).triu(1)
        self.register_buffer("cos", angles.cos().float(), persistent=False)
        self.register_buffer("sin", angles.sin().float(), persistent=False)
        self.register_buffer("hidden", hidden, persistent=False)
        #: Mean nats a token of the last batch that came with labels.
        self.last_loss = float("nan")

    def forward(self, input_ids: Tensor, labels: Tensor | None = None, **_: Any) -> Any:
        length = input_ids.shape[1]
        x = self.token_embeddings(input_ids)
        cos, sin, hidden = self.cos[:length], self.sin[:length], self.hidden[:length, :length]
        for layer in self.layers:
            assert isinstance(layer, Layer)
            x = x + layer.attn(layer.ln1(x), cos, sin, hidden)
            x = x + layer.ffn(layer.ln2(x))
        logits = self.lm_head(self.ln_final(x))
        if labels is None:
            return logits
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
        self.last_loss = loss.item()
        return {"loss": loss, "logits": logits}


def parameters_in_order(model: LanguageModel) -> Iterator[tuple[str, nn.Parameter]]:
    """In the model's order, which state roots follow: embeddings, layers, final norm, head."""
    named = dict(model.named_parameters())
    yield from ((name, named.pop(name)) for name in ["token_embeddings.weight"])
    for index in range(len(model.layers)):
        parts = ["ln1", *(f"attn.{p}_proj" for p in ("q", "k", "v", "output"))]
        for part in [*parts, "ln2", "ffn.w1", "ffn.w3", "ffn.w2"]:
            name = f"layers.{index}.{part}.weight"
            yield name, named.pop(name)
    for name in ("ln_final.weight", "lm_head.weight"):
        yield name, named.pop(name)
    assert not named, f"parameters that no checkpoint has: {sorted(named)}"


def load_model(config: ModelConfig, checkpoint: bytes) -> LanguageModel:
    """Raises Refused where the checkpoint is not exactly this model's, all of it finite."""
    tensors = read_tensors(checkpoint)
    model = LanguageModel(config)
    for name, parameter in parameters_in_order(model):
        found = tensors.pop(name, None)
        if found is None:
            raise Refused("tensor_missing", f"checkpoint lacks {name}")
        if found.shape != tuple(parameter.shape):
            raise Refused("shape_mismatch", f"checkpoint: {name} is {found.shape}")
        if not np.isfinite(found).all():
            raise Refused("value_not_finite", f"checkpoint: {name} holds NaN or infinity")
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(found))
    if tensors:
        raise Refused("tensor_unexpected", f"checkpoint has {sorted(tensors)}")
    return model


def arrays_of(model: LanguageModel) -> Tensors:
    """Parameters by name, copied."""
    return {
        name: parameter.detach().cpu().numpy().astype("<f4", copy=True)
        for name, parameter in parameters_in_order(model)
    }
