"""A Hugging Face Trainer makes the contribution that a plain loop makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

transformers = pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from test_training import likeness, work_of  # noqa: E402

from daybook_worker.callback import DaybookCallback, PagesInOrder, trainer_arguments  # noqa: E402


def test_a_trainer_is_the_same(
    vectors: Callable[[str], dict[str, Any]], unbase64: Callable[[str], bytes], tmp_path: Path
) -> None:
    case = vectors("training")
    plain, work = work_of(case, unbase64), work_of(case, unbase64)
    plain.train()
    trainer = transformers.Trainer(
        model=work.model,
        args=transformers.TrainingArguments(str(tmp_path), **trainer_arguments(work)),
        train_dataset=PagesInOrder(work),
        optimizers=(work.optimizer, work.schedule),
        callbacks=[DaybookCallback(work)],
    )
    trainer.train()
    cosine, ratio = likeness(work.delta(), plain.delta())
    assert cosine > 1 - 1e-6
    assert abs(ratio - 1) < 1e-5
    assert work.losses == pytest.approx(plain.losses, abs=1e-5)
    assert len(work.trace) == len(plain.trace)
