"""The same work done by a Hugging Face `transformers.Trainer`.

    for window in participant.windows():
        trainer = Trainer(
            model=window.model,
            args=TrainingArguments("out", **trainer_arguments(window)),
            train_dataset=PagesInOrder(window),
            optimizers=(window.optimizer, window.schedule),
            callbacks=[DaybookCallback(window)],
        )
        trainer.train()

The Trainer's own shuffling, weight-decay groups and schedule must stay out of it: who judges the
contribution trains what the plan says. `trainer_arguments` and `PagesInOrder` see to that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.utils.data import IterableDataset
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from .training import Work


class PagesInOrder(IterableDataset):  # type: ignore[type-arg]
    """Pages as examples, in the order of the plan: a Trainer does not shuffle what is iterated."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        for inputs, targets in self._work.batches():
            for page in range(inputs.shape[0]):
                # The model is causal and takes shifted labels as they are.
                yield {"input_ids": inputs[page], "labels": targets[page]}


def trainer_arguments(work: Work) -> dict[str, Any]:
    """What `TrainingArguments` must say for the steps to be those of the plan."""
    return {
        "max_steps": work.spec["innerSteps"],
        "per_device_train_batch_size": work.spec["batchPages"],
        "gradient_accumulation_steps": 1,
        "max_grad_norm": work.spec["optimizer"]["clipNorm"],
        "remove_unused_columns": False,
        "save_strategy": "no",
        "logging_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
    }


class DaybookCallback(TrainerCallback):  # type: ignore[misc]
    """Notes each step's loss and the state after it, and commits when the training ends."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._work.stepped(self._work.model.last_loss)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        submit = getattr(self._work, "submit", None)
        if submit is not None:
            submit()
