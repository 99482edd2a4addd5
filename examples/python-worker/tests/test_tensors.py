"""safetensors files and delta encodings, against the golden vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daybook_worker.deltas import decode_delta, encode_absmax
from daybook_worker.keys import digest_of
from daybook_worker.refused import Refused
from daybook_worker.tensor_file import Tensors, read_header, read_tensors, write_tensors

Vectors = Callable[[str], dict[str, Any]]
Unbase64 = Callable[[str], bytes]


def tensors_of(listed: list[dict[str, Any]], unbase64: Unbase64) -> Tensors:
    return {
        one["name"]: np.frombuffer(unbase64(one["f32"]), "<f4").reshape(one["shape"])
        for one in listed
    }


def same(a: Tensors, b: Tensors) -> bool:
    bits = lambda t: {name: (one.shape, one.tobytes()) for name, one in t.items()}  # noqa: E731
    return bits(a) == bits(b)


def code_of(read: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        read()
    return refused.value.code


def test_files_are_written_and_read_to_the_byte(vectors: Vectors, unbase64: Unbase64) -> None:
    for one in vectors("safetensors")["files"]:
        file = unbase64(one["file"])
        tensors = tensors_of(one["tensors"], unbase64)
        assert digest_of(file) == one["digest"]
        assert write_tensors(tensors, one["metadata"]) == file
        assert same(read_tensors(file), tensors)
        assert read_header(file)[0] == one["metadata"]


def test_what_is_no_file_is_refused(vectors: Vectors, unbase64: Unbase64) -> None:
    for one in vectors("safetensors")["refused"]:
        assert code_of(lambda: read_tensors(unbase64(one["file"]))) == one["code"]


def test_the_safetensors_package_agrees(vectors: Vectors, unbase64: Unbase64) -> None:
    package = pytest.importorskip("safetensors.numpy")
    for one in vectors("safetensors")["files"]:
        file = unbase64(one["file"])
        assert same(package.load(file), read_tensors(file))
        if not one["metadata"]:
            assert package.save(read_tensors(file)) == file


def test_deltas(vectors: Vectors, unbase64: Unbase64) -> None:
    cases = vectors("deltas")
    delta = unbase64(cases["file"])
    shapes = {one["name"]: one["shape"] for one in cases["tensors"]}
    seen = []
    for one in cases["cases"]:
        encoding, encoded = one["encoding"], unbase64(one["encoded"])
        if encoding["name"] not in ("raw", "int8"):
            assert (
                code_of(lambda: decode_delta(encoding, shapes, encoded)) == "encoding_unsupported"
            )
            continue
        assert same(decode_delta(encoding, shapes, encoded), read_tensors(unbase64(one["decoded"])))
        if encoding["name"] == "int8":
            assert encode_absmax(encoding, delta) == encoded
        seen.append(encoding["name"])
    assert seen == ["raw", "int8", "int8"]
    for one in cases["refused"]:
        file = unbase64(one["file"])
        assert code_of(lambda: decode_delta(one["encoding"], shapes, file)) == one["code"], one
