"""Deltas: f32 as the tolerant class sends them, and the int8 encoding for whoever reads a ledger.

s = fround(max |x| / 127), 0 where subnormal; q = roundHalfEven(x / s); decoded fround(q s)
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .refused import Refused
from .tensor_file import Tensors, read_header, read_tensors, write_tensors

CODE_MAX = 127
SCALE_MIN = 2.0**-126
VALUE_MAX = 2.0**100
Shapes = Mapping[str, Sequence[int]]


def difference(before: Tensors, after: Tensors) -> bytes:
    """The delta of a contribution, theta_before - theta_after, as its f32 file."""
    delta = {name: before[name] - after[name] for name in before}
    for name, change in delta.items():
        if not np.isfinite(change).all():
            raise Refused("value_not_finite", f"the delta of {name} holds NaN or infinity")
    return write_tensors(delta)


def _spelled(encoding: Mapping[str, Any]) -> str:
    return json.dumps(dict(encoding), separators=(",", ":"))


def _head(encoding: Mapping[str, Any], shapes: Shapes, blocks: int, elements: int) -> bytes:
    """The one header of an int8 absmax delta."""
    table = json.dumps(
        [[name, list(shapes[name])] for name in sorted(shapes)],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    metadata = {"delta": "2", "encoding": _spelled(encoding), "tensors": table}
    parts = [("scales", "F32", blocks, 4 * blocks), ("codes", "I8", elements, elements)]
    begin = 0
    header: dict[str, Any] = {"__metadata__": metadata}
    for name, dtype, count, size in parts:
        header[name] = {"dtype": dtype, "shape": [count], "data_offsets": [begin, begin + size]}
        begin += size
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _sizes(block: int, shapes: Shapes) -> tuple[int, int]:
    lengths = [math.prod(shape) for shape in shapes.values()]
    return sum(-(-length // block) for length in lengths), sum(lengths)


def encode_absmax(encoding: Mapping[str, Any], delta: bytes) -> bytes:
    """A delta's file in int8 by blocks, without feedback."""
    tensors = read_tensors(delta)
    block = int(encoding["block"])
    scales: list[np.float32] = []
    codes: list[npt.NDArray[np.int8]] = []
    for name in sorted(tensors):
        data = tensors[name].reshape(-1).astype(np.float64)
        for first in range(0, data.size, block):
            part = data[first : first + block]
            scale = np.float32(np.abs(part).max() / CODE_MAX)
            if scale < SCALE_MIN:
                scale = np.float32(0)
            scales.append(scale)
            # np.rint rounds half to even, as is asked.
            code = np.rint(part / np.float64(scale)) if scale > 0 else np.zeros_like(part)
            codes.append(code.astype(np.int8))
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    head = _head(encoding, shapes, *_sizes(block, shapes))
    return head + np.array(scales, dtype="<f4").tobytes() + b"".join(one.tobytes() for one in codes)


def decode_delta(encoding: Mapping[str, Any], shapes: Shapes, file: bytes) -> Tensors:
    """The tensors of a delta in the agreed encoding (`raw` or int8 absmax). Raises Refused."""
    metadata, _, start = read_header(file)
    if encoding["name"] == "raw":
        return _decode_raw(metadata, shapes, file)
    if (encoding["name"], encoding.get("statistic")) != ("int8", "absmax"):
        raise Refused("encoding_unsupported", f"{encoding['name']} is not read here")
    if metadata and metadata.get("delta") != "2":
        raise Refused("version_unknown", f"version {metadata.get('delta')}")
    if metadata.get("encoding") != _spelled(encoding):
        raise Refused("encoding_mismatch", "the file is in another encoding than agreed")
    block = int(encoding["block"])
    blocks, elements = _sizes(block, shapes)
    head = _head(encoding, shapes, blocks, elements)
    if file[: len(head)] != head or start != len(head):
        raise Refused("not_canonical", "the header is not the one of these tensors")
    if len(file) != start + 4 * blocks + elements:
        short = len(file) < start + 4 * blocks + elements
        raise Refused("offset_out_of_range" if short else "trailing_bytes", "another length")
    scales = np.frombuffer(file, dtype="<f4", count=blocks, offset=start)
    codes = np.frombuffer(file, dtype=np.int8, count=elements, offset=start + 4 * blocks)
    tensors: Tensors = {}
    at = used = 0
    for name in sorted(shapes):
        length = math.prod(shapes[name])
        data = np.zeros(length, dtype=np.float32)
        for first in range(0, length, block):
            part = codes[at + first : at + min(first + block, length)].astype(np.float64)
            scale = scales[used]
            used += 1
            plain_zero = scale == 0 and not np.signbit(scale)
            if not (SCALE_MIN <= scale <= VALUE_MAX or plain_zero):
                raise Refused("level_invalid", f"a scale is {scale}")
            if np.abs(part).max() != (CODE_MAX if scale > 0 else 0):
                raise Refused("code_invalid", "codes do not reach what their scale says")
            data[first : first + block] = (part * np.float64(scale)).astype(np.float32)
        at += length
        tensors[name] = data.reshape(tuple(shapes[name]))
    return tensors


def _decode_raw(metadata: Mapping[str, str], shapes: Shapes, file: bytes) -> Tensors:
    if metadata:
        raise Refused("encoding_mismatch", "a raw delta has no metadata")
    tensors = read_tensors(file)
    if {name: tuple(one.shape) for name, one in tensors.items()} != {
        name: tuple(shape) for name, shape in shapes.items()
    }:
        raise Refused("tensors_mismatch", "the file is of other tensors than agreed")
    return tensors
