"""One contribution: the inner steps that a plan fixes, and what a worker says of them.

Any loop may train, as long as it does what the plan says: these pages in this order, AdamW with moments
from zero, this schedule, this clipping. `Work.batches` and `Work.step` are such a loop's two halves.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.utils.clip_grad import clip_grad_norm_

from .deltas import difference
from .model import LanguageModel, arrays_of, load_model, parameters_in_order
from .refused import Refused
from .tree import leaf_hash, root_of

Page = npt.NDArray[np.int64]


def learning_rate_at(optimizer: Mapping[str, Any], step: int) -> float:
    """Linear warm-up, then a cosine to the floor; `step` counts over all windows from 0."""
    peak, floor = float(optimizer["learningRate"]), float(optimizer["minLearningRate"])
    warmup, total = int(optimizer["warmupSteps"]), int(optimizer["totalSteps"])
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= total:
        return floor
    progress = (step - warmup) / (total - warmup)
    return floor + 0.5 * (peak - floor) * (1 + math.cos(math.pi * progress))


def page_at(stream: bytes, page_tokens: int, index: int) -> bytes:
    """The bytes of a page: its inputs and one token more, little-endian u16."""
    start = 2 * index * page_tokens
    return stream[start : start + 2 * (page_tokens + 1)]


def tokens_of(page: bytes) -> Page:
    return np.frombuffer(page, dtype="<u2").astype(np.int64)


def pages_receipt(pages: Sequence[bytes]) -> str:
    """Tree root over pages in this order, in hex."""
    return root_of([leaf_hash(page) for page in pages]).hex()


@dataclass
class Work:
    """What is to be trained for one assignment. `spec` is the plan's, with `stepOffset`."""

    spec: Mapping[str, Any]
    checkpoint: bytes
    pages: Sequence[Page]
    device: str = "cpu"
    model: LanguageModel = field(init=False)
    optimizer: torch.optim.AdamW = field(init=False)
    #: Gives the optimizer its rate; stepped by `step`, or by a Trainer.
    schedule: torch.optim.lr_scheduler.LambdaLR = field(init=False)
    losses: list[float] = field(default_factory=list, init=False)
    trace: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        settings, model = self.spec["optimizer"], self.spec["model"]
        if len(self.pages) != self.spec["innerSteps"] * self.spec["batchPages"]:
            raise Refused("page_count_mismatch", f"{len(self.pages)} pages")
        for page in self.pages:
            if page.size != model["contextLength"] + 1:
                raise Refused("page_length_mismatch", f"{page.size} tokens")
            if page.max() >= model["vocabSize"]:
                raise Refused("token_out_of_range", f"token {page.max()}")
        self.model = load_model(model, self.checkpoint).to(self.device)
        self.before = arrays_of(self.model)
        self.optimizer = torch.optim.AdamW(
            [parameter for _, parameter in parameters_in_order(self.model)],
            lr=1.0,
            betas=(settings["beta1"], settings["beta2"]),
            eps=settings["eps"],
            weight_decay=settings["weightDecay"],
        )
        offset = self.spec["stepOffset"]
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda index: learning_rate_at(settings, offset + index)
        )

    @property
    def tokens(self) -> int:
        return len(self.pages) * int(self.spec["model"]["contextLength"])

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Inputs and targets of each inner step, (pages, positions) each."""
        size = self.spec["batchPages"]
        for first in range(0, len(self.pages), size):
            batch = torch.from_numpy(np.stack(self.pages[first : first + size])).to(self.device)
            yield batch[:, :-1], batch[:, 1:]

    def step(self, loss: Tensor) -> float:
        """Backward pass, clipping, update: one inner step. The loss in nats a token."""
        torch.autograd.backward(loss)
        if self.spec["optimizer"]["clipNorm"] > 0:
            parameters = list(self.model.parameters())
            clip_grad_norm_(parameters, self.spec["optimizer"]["clipNorm"])
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        self.stepped(loss.item())
        return self.losses[-1]

    def stepped(self, loss: float) -> None:
        """Notes an inner step that was done elsewhere, once parameters and moments are updated."""
        if not math.isfinite(loss):
            raise Refused("loss_not_finite", f"step {len(self.losses)}: the loss is {loss}")
        self.losses.append(loss)
        done, every = len(self.losses), self.spec["traceEvery"]
        last = done == self.spec["innerSteps"]
        if last or (done < self.spec["innerSteps"] and every > 0 and done % every == 0):
            self.trace.append(state_root(done, self.model, self.optimizer))

    def train(self) -> None:
        """All inner steps as the plan has them."""
        for inputs, targets in self.batches():
            self.step(self.model(inputs, labels=targets)["loss"])

    def delta(self) -> bytes:
        """The f32 file of what was learned. Raises Refused before the last inner step."""
        if len(self.losses) != self.spec["innerSteps"]:
            done = f"{len(self.losses)} of {self.spec['innerSteps']} inner steps are done"
            raise Refused("contribution_unfinished", done)
        return difference(self.before, arrays_of(self.model))


def state_root(steps: int, model: LanguageModel, optimizer: torch.optim.Optimizer) -> str:
    """Hex root over parameters and moments after so many steps: what the execution trace is made of."""
    leaves = [hashlib.sha256(b"\x00" + f"step {steps}\n".encode()).digest()]
    named = list(parameters_in_order(model))
    for kind in ("param", "exp_avg", "exp_avg_sq"):
        for name, parameter in named:
            tensor = parameter if kind == "param" else optimizer.state[parameter][kind]
            data = tensor.detach().cpu().numpy().astype("<f4").tobytes()
            leaves.append(leaf_hash(f"{kind}/{name}\n".encode() + data))
    return root_of(leaves).hex()
