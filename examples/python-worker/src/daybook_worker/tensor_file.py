"""safetensors of F32, byte for byte as Daybook writes them, and read as strictly.

The `safetensors` package reads and writes the same files; this reader also says by a stable code why a
file is refused, which is what the golden vectors compare.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .refused import Refused

Array = npt.NDArray[Any]
Tensors = dict[str, Array]

HEADER_BYTES_MAX = 100_000_000
_DTYPES = [
    "BOOL",
    "F4",
    "F6_E2M3",
    "F6_E3M2",
    "U8",
    "I8",
    "F8_E5M2",
    "F8_E4M3",
    "F8_E8M0",
    "I16",
    "U16",
    "F16",
    "BF16",
    "I32",
    "U32",
    "F32",
    "C64",
    "F64",
    "I64",
    "U64",
]


class _Members(list[tuple[str, Any]]):
    """An object of the header with its members as they stand, twice or not."""


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_tensors(tensors: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> bytes:
    """The one file of these tensors: names in UTF-8 order, `__metadata__` first, padded to 8 bytes."""
    members = []
    if metadata:
        pairs = (f"{_text(key)}:{_text(metadata[key])}" for key in sorted(metadata))
        members.append(f'"__metadata__":{{{",".join(pairs)}}}')
    begin, data = 0, []
    for name in sorted(tensors):
        array = tensors[name]
        data.append(np.ascontiguousarray(array, dtype="<f4").tobytes())
        end = begin + len(data[-1])
        shape = ",".join(str(size) for size in array.shape)
        offsets = f'"data_offsets":[{begin},{end}]'
        members.append(f'{_text(name)}:{{"dtype":"F32","shape":[{shape}],{offsets}}}')
        begin = end
    header = f"{{{','.join(members)}}}".encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + b"".join(data)


def read_header(file: bytes) -> tuple[dict[str, str], dict[str, dict[str, Any]], int]:
    """Metadata, entries by name, and where the data begin. Raises Refused."""
    if len(file) < 8:
        raise Refused("file_too_short", f"{len(file)} bytes hold no header length")
    length = int.from_bytes(file[:8], "little")
    if length > HEADER_BYTES_MAX:
        raise Refused("header_too_large", f"header of {length} bytes")
    if length > len(file) - 8:
        raise Refused("header_beyond_file", f"header of {length} bytes in a file of {len(file)}")
    try:
        text = file[8 : 8 + length].decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("header_not_utf8", "the header is not UTF-8") from None
    try:
        header = json.loads(text, object_pairs_hook=_Members)
    except ValueError as error:
        raise Refused("header_not_json", str(error)) from None
    if not text.startswith("{") or not isinstance(header, _Members):
        raise Refused("header_not_json", "expected an object from the first byte on")
    metadata: dict[str, str] | None = None
    entries: dict[str, dict[str, Any]] = {}
    for name, value in header:
        if name in entries or (name == "__metadata__" and metadata is not None):
            raise Refused("name_duplicate", f"two header entries are named {name}")
        if name == "__metadata__":
            metadata = _metadata(value)
        else:
            entries[name] = _entry(name, value)
    return metadata or {}, entries, 8 + length


def _metadata(value: Any) -> dict[str, str]:
    if not isinstance(value, _Members) or len(dict(value)) != len(value):
        raise Refused("metadata_invalid", "not an object of different keys")
    if not all(isinstance(text, str) for _, text in value):
        raise Refused("metadata_invalid", "a value is not a string")
    return dict(value)


def _sizes(value: Any) -> bool:
    whole = isinstance(value, list) and not isinstance(value, _Members)
    return whole and all(type(one) is int and 0 <= one < 2**53 for one in value)


def _entry(name: str, value: Any) -> dict[str, Any]:
    members = dict(value) if isinstance(value, _Members) else {}
    shaped = (
        isinstance(value, _Members)
        and sorted(key for key, _ in value) == ["data_offsets", "dtype", "shape"]
        and isinstance(members["dtype"], str)
        and _sizes(members["shape"])
        and _sizes(members["data_offsets"])
        and len(members["data_offsets"]) == 2
    )
    if not shaped or members["dtype"] not in _DTYPES:
        raise Refused("tensor_entry_invalid", f"tensor {name}")
    return members


def read_tensors(file: bytes) -> Tensors:
    """The F32 tensors of a file, in its order, as copies. Raises Refused."""
    _, entries, start = read_header(file)
    data_bytes = len(file) - start
    reached = 0
    tensors: Tensors = {}
    for name, entry in sorted(entries.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        if entry["dtype"] != "F32":
            raise Refused("dtype_unsupported", f"tensor {name}: {entry['dtype']} is not read here")
        if end - begin != 4 * math.prod(entry["shape"]):
            raise Refused("size_mismatch", f"tensor {name}")
        if begin < reached:
            raise Refused("offset_overlap", f"tensor {name}")
        if begin > reached:
            raise Refused("offset_gap", f"tensor {name}")
        if end > data_bytes:
            raise Refused("offset_out_of_range", f"tensor {name}")
        reached = end
        data = np.frombuffer(file, dtype="<f4", count=(end - begin) // 4, offset=start + begin)
        tensors[name] = data.reshape(entry["shape"]).copy()
    if reached != data_bytes:
        raise Refused("trailing_bytes", f"{data_bytes - reached} bytes after the last tensor")
    return tensors
