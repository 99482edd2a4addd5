from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "fixtures" / "vectors"


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], dict[str, Any]]:
    """The golden vectors that the TypeScript code wrote, by name."""
    return lambda name: json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def unbase64() -> Callable[[str], bytes]:
    return base64.b64decode
