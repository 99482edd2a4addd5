"""A PyTorch worker for Daybook ledgers."""

from .participant import Participant, Window
from .refused import Refused

__all__ = ["Participant", "Refused", "Window"]
