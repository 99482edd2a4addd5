"""RFC 8785 canonical JSON: the one byte form of a value that two parties can both sign and hash."""

from __future__ import annotations

import json
import math
from typing import Any

from .refused import Refused

MAX_DEPTH = 512
_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}


def canonical_json(value: Any) -> str:
    """The canonical text. Raises Refused for what has none (infinities, half a surrogate pair)."""
    return _write(value, 0)


def _write(value: Any, depth: int) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (int, float)):
        return number_text(value)
    if not isinstance(value, (list, tuple, dict)):
        raise Refused("json_unsupported_value", f"JSON has no {type(value).__name__}")
    if depth >= MAX_DEPTH:
        raise Refused("json_too_deep", f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        for name in value:
            if not isinstance(name, str):
                raise Refused("json_unsupported_value", "a member's name is a string")
        # UTF-16 code units, as section 3.2.3 asks: big-endian bytes sort as the units do.
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        members = (f"{_string(name)}:{_write(value[name], depth + 1)}" for name in names)
        return "{" + ",".join(members) + "}"
    return "[" + ",".join(_write(item, depth + 1) for item in value) + "]"


def _string(text: str) -> str:
    if not is_well_formed(text):
        raise Refused("json_lone_surrogate", "a string holds half a surrogate pair")
    parts = (_ESCAPES.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in text)
    return '"' + "".join(parts) + '"'


def is_well_formed(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text)


def number_text(value: int | float) -> str:
    """As ECMAScript prints the double nearest to the value."""
    try:
        double = float(value)
    except OverflowError:
        double = math.inf
    if not math.isfinite(double):
        raise Refused("json_number_not_finite", f"JSON has no {value}")
    if double == 0:
        return "0"
    sign = "-" if double < 0 else ""
    # Python, too, prints the shortest digits that read back as the same double.
    mantissa, _, exponent = repr(abs(double)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.<digits> times ten to the point.
    point = len(whole) + int(exponent or "0") - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if 0 < point <= 21:
        if len(digits) <= point:
            return sign + digits.ljust(point, "0")
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def parse_json(text: str) -> Any:
    """Strict: no NaN, no value that a double cannot hold, no member twice, no half surrogate pair.

    Raises ValueError for what is not JSON, Refused (entry_duplicate_name, entry_bad_value) for the rest.
    """
    twice: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            twice.append("an object names one member twice")
        return found

    def constant(name: str) -> Any:
        raise ValueError(f"JSON has no {name}")

    value = json.loads(text, object_pairs_hook=members, parse_constant=constant)
    _check_values(value)
    if twice:
        raise Refused("entry_duplicate_name", twice[0])
    return value


def _check_values(value: Any) -> None:
    if isinstance(value, str):
        if not is_well_formed(value):
            raise Refused("entry_bad_value", "a string holds half a surrogate pair")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            finite = math.isfinite(float(value))
        except OverflowError:
            finite = False
        if not finite:
            raise Refused("entry_bad_value", "a number is outside the range of a double")
    elif isinstance(value, dict):
        for name, member in value.items():
            _check_values(name)
            _check_values(member)
    elif isinstance(value, list):
        for item in value:
            _check_values(item)
