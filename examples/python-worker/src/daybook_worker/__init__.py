"""A PyTorch worker for Daybook ledgers."""

from .consent import Consent
from .enrolment import Registration
from .participant import Participant, Window
from .refused import Refused
from .way_out import drains_when_told

__all__ = ["Consent", "Participant", "Refused", "Registration", "Window", "drains_when_told"]
