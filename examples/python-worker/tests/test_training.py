"""The model and a contribution in PyTorch, against one that the exact kernels made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from daybook_worker.model import load_model  # noqa: E402
from daybook_worker.refused import Refused  # noqa: E402
from daybook_worker.tensor_file import read_tensors, write_tensors  # noqa: E402
from daybook_worker.training import Work, learning_rate_at, pages_receipt  # noqa: E402

Vectors = Callable[[str], dict[str, Any]]
Unbase64 = Callable[[str], bytes]


def work_of(case: dict[str, Any], unbase64: Unbase64, **optimizer: float) -> Work:
    spec = {**case["spec"], "optimizer": {**case["spec"]["optimizer"], **optimizer}}
    pages = [np.array(page, dtype=np.int64) for page in case["pages"]]
    return Work(spec, unbase64(case["checkpoint"]), pages)


def likeness(a: bytes, b: bytes) -> tuple[float, float]:
    """Cosine and ratio of norms, as validators compare the tolerant class."""
    x, y = (
        np.concatenate([t.reshape(-1) for _, t in sorted(read_tensors(one).items())]).astype(
            np.float64
        )
        for one in (a, b)
    )
    return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y)), float(
        np.linalg.norm(x) / np.linalg.norm(y)
    )


def test_the_schedule(vectors: Vectors) -> None:
    case = vectors("training")
    rates = [learning_rate_at(case["spec"]["optimizer"], step) for step in range(22)]
    assert rates == pytest.approx(case["learningRates"], rel=1e-12)


def test_a_contribution_is_that_of_the_exact_kernels(vectors: Vectors, unbase64: Unbase64) -> None:
    case = vectors("training")
    work = work_of(case, unbase64)
    work.train()
    cosine, ratio = likeness(work.delta(), unbase64(case["delta"]))
    assert cosine > 1 - 1e-6
    assert abs(ratio - 1) < 1e-5
    assert work.losses[0] == pytest.approx(case["lossFirst"], abs=1e-5)
    assert work.losses[-1] == pytest.approx(case["lossLast"], abs=1e-4)
    assert work.tokens == case["tokens"]
    assert len(work.trace) == len(case["trace"])


def test_another_rate_is_found_out(vectors: Vectors, unbase64: Unbase64) -> None:
    case = vectors("training")
    work = work_of(case, unbase64, learningRate=3e-2)
    work.train()
    cosine, ratio = likeness(work.delta(), unbase64(case["delta"]))
    assert cosine < 0.99 or abs(ratio - 1) > 0.02


def test_a_plain_loop_is_the_same(vectors: Vectors, unbase64: Unbase64) -> None:
    case = vectors("training")
    one, other = work_of(case, unbase64), work_of(case, unbase64)
    one.train()
    for inputs, targets in other.batches():
        logits = other.model(inputs)
        other.step(torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()))
    assert one.delta() == other.delta()
    assert one.trace == other.trace


def test_what_cannot_be_trained_is_refused(vectors: Vectors, unbase64: Unbase64) -> None:
    case = vectors("training")
    model, checkpoint = case["spec"]["model"], unbase64(case["checkpoint"])

    def code(read: Callable[[], object]) -> str:
        with pytest.raises(Refused) as refused:
            read()
        return refused.value.code

    tensors = read_tensors(checkpoint)
    without = {name: one for name, one in tensors.items() if name != "lm_head.weight"}
    odd = {**tensors, "lm_head.weight": np.full_like(tensors["lm_head.weight"], np.nan)}
    more = {**tensors, "more": np.zeros(1, np.float32)}
    other = {**tensors, "lm_head.weight": np.zeros((1, 1), np.float32)}
    assert code(lambda: load_model(model, write_tensors(without))) == "tensor_missing"
    assert code(lambda: load_model(model, write_tensors(odd))) == "value_not_finite"
    assert code(lambda: load_model(model, write_tensors(more))) == "tensor_unexpected"
    assert code(lambda: load_model(model, write_tensors(other))) == "shape_mismatch"
    pages = case["pages"]
    assert code(lambda: work_of({**case, "pages": pages[1:]}, unbase64)) == "page_count_mismatch"
    wrong = [[99, *pages[0][1:]], *pages[1:]]
    assert code(lambda: work_of({**case, "pages": wrong}, unbase64)) == "token_out_of_range"
    assert code(lambda: work_of(case, unbase64).delta()) == "contribution_unfinished"


def test_the_receipt_of_pages(vectors: Vectors) -> None:
    case = vectors("training")
    pages = [np.array(page, dtype="<u2").tobytes() for page in case["pages"]]
    assert pages_receipt(pages) == case["pagesReceipt"]
