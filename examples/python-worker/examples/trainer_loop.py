"""A Hugging Face Trainer that takes part in a run: python trainer_loop.py <nats url> <ledger> <key file>"""

import sys
import tempfile

import torch
from transformers import Trainer, TrainingArguments

from daybook_worker import Participant
from daybook_worker.callback import DaybookCallback, PagesInOrder, trainer_arguments

torch.set_num_threads(1)

with Participant(log=sys.argv[1], ledger=sys.argv[2], key=sys.argv[3]) as participant:
    for window in participant.windows():
        trainer = Trainer(
            model=window.model,
            args=TrainingArguments(tempfile.mkdtemp(), **trainer_arguments(window)),
            train_dataset=PagesInOrder(window),
            optimizers=(window.optimizer, window.schedule),
            callbacks=[DaybookCallback(window)],
        )
        trainer.train()
    view = participant.view
    print(f"work credits {view.work_credits}, micro-units {view.micro}")
