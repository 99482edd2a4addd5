"""A worker that trains at three times the rate of the plan: it must be rejected.

python wrong_rate.py <nats url> <ledger> <key file>
"""

import sys

from daybook_worker import Participant

with Participant(log=sys.argv[1], ledger=sys.argv[2], key=sys.argv[3]) as participant:
    for window in participant.windows(limit=1):
        for group in window.optimizer.param_groups:
            group["lr"] *= 3
        window.schedule.base_lrs = [3.0]
        window.train()
