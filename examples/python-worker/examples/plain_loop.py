"""A plain PyTorch loop that takes part in a run: python plain_loop.py <nats url> <ledger> <key file>"""

import sys

import torch

from daybook_worker import Participant

torch.set_num_threads(1)

with Participant(log=sys.argv[1], ledger=sys.argv[2], key=sys.argv[3]) as participant:
    for window in participant.windows():
        for inputs, targets in window.batches():
            logits = window.model(inputs)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            window.step(loss)
    view = participant.view
    print(f"work credits {view.work_credits}, micro-units {view.micro}")
