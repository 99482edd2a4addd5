"""`daybook-worker`: takes part until the run is over, or until it is told to end."""

from __future__ import annotations

import argparse
import sys

import torch

from .consent import Consent
from .enrolment import Registration
from .ledger import LedgerError
from .participant import Participant
from .refused import Refused
from .way_out import drains_when_told


def main() -> int:
    parser = argparse.ArgumentParser(prog="daybook-worker", description=__doc__)
    parser.add_argument("--log", required=True, help="nats://[user:password@]host:port")
    parser.add_argument("--ledger", required=True, help="name of the ledger")
    parser.add_argument("--key", required=True, help="file with the seed of the worker")
    parser.add_argument(
        "--recovery",
        metavar="KEY:CONSENT",
        help="register where there is a registry; see daybook identity consent",
    )
    parser.add_argument("--name", help="to register under")
    parser.add_argument("--invitation", help="to register with")
    parser.add_argument("--states", metavar="FOLDER", help="keeps checkpoints here, begun ones too")
    parser.add_argument(
        "--peer", metavar="URL", action="append", default=[], help="asked first for checkpoints"
    )
    parser.add_argument("--run", help="work on this run alone")
    parser.add_argument("--windows", type=int, help="leave after so many windows")
    parser.add_argument("--device", default="cpu", help="of PyTorch: cpu, cuda")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch on the CPU")
    options = parser.parse_args()
    if options.recovery is not None and options.name is None:
        parser.error("--recovery needs a --name to register under")
    torch.set_num_threads(options.threads)
    try:
        registration = None
        if options.recovery is not None:
            consent = Consent.parse(options.recovery)
            registration = Registration(options.name, consent, options.invitation)
        worker = Participant(
            options.log,
            options.ledger,
            options.key,
            device=options.device,
            registration=registration,
            states=options.states,
            peers=options.peer,
        )
        with drains_when_told(worker) as told, worker:
            for window in worker.windows(options.run, options.windows):
                window.train()
            print(f"work credits {worker.view.work_credits}, micro-units {worker.view.micro}")
    except (LedgerError, Refused, OSError, ValueError) as error:
        print(f"daybook-worker: {error}", file=sys.stderr)
        return 1
    return told.code


if __name__ == "__main__":
    sys.exit(main())
