"""`daybook-worker`: takes part until the run is over."""

from __future__ import annotations

import argparse
import sys

import torch

from .ledger import LedgerError
from .participant import Participant
from .refused import Refused


def main() -> int:
    parser = argparse.ArgumentParser(prog="daybook-worker", description=__doc__)
    parser.add_argument("--log", required=True, help="nats://[user:password@]host:port")
    parser.add_argument("--ledger", required=True, help="name of the ledger")
    parser.add_argument("--key", required=True, help="file with the seed of the worker")
    parser.add_argument("--run", help="work on this run alone")
    parser.add_argument("--windows", type=int, help="leave after so many windows")
    parser.add_argument("--device", default="cpu", help="of PyTorch: cpu, cuda")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch on the CPU")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    try:
        with Participant(options.log, options.ledger, options.key, device=options.device) as worker:
            for window in worker.windows(options.run, options.windows):
                window.train()
            print(f"work credits {worker.view.work_credits}, micro-units {worker.view.micro}")
    except (LedgerError, Refused, OSError) as error:
        print(f"daybook-worker: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
