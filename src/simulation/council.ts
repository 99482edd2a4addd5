/**
 * The council of a simulated network: members who propose and vote when the scenario says so, each
 * under its own key, through a channel that loses things. They are never down, and repeat themselves
 * until they are answered; what the ledger refuses is left at that.
 */
import { adoptionOf } from '../commands/policy-adoption.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { FactOf, FactType } from '../events/catalogue.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Books } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import type { Change, NetworkBook, Seat } from '../projections/network-book.ts';
import { epochAt } from '../projections/network-book.ts';
import { CommandClient } from '../roles/command-client.ts';
import type { Host } from './host.ts';
import { RUN } from './operator.ts';
import type { PlannedNetwork, PlannedProposal } from './planned-network.ts';
import type { Ports } from './ports.ts';

const AGAIN_MS = 1000;

export class SimulatedCouncil {
  readonly #planned: PlannedNetwork;
  readonly #ports: Ports;
  readonly #host: Host;
  readonly #keys: readonly SigningKey[];
  readonly #never = new AbortController().signal;

  /** @param keys of the seats, in their order */
  constructor(planned: PlannedNetwork, ports: Ports, host: Host, keys: readonly SigningKey[]) {
    this.#planned = planned;
    this.#ports = ports;
    this.#host = host;
    this.#keys = keys;
  }

  get seats(): Seat[] {
    return this.#planned.weights.map((weight, at) => ({
      member: must(this.#keys[at], 'key').actor,
      weight,
    }));
  }

  async found(operator: SigningKey): Promise<void> {
    await this.#insist('found', operator, {
      type: 'daybook.network.founded.v1',
      data: {
        network: 'simulated',
        title: 'A simulated network',
        epochMs: this.#planned.epochMs,
        council: this.seats,
        roles: ['miner', 'validator'],
      },
    });
  }

  /** @param books what members see when their time has come */
  meet(books: () => Books): void {
    for (const planned of this.#planned.proposals)
      this.#host.scheduler.after(planned.atMs, () => void this.#propose(planned, books));
  }

  async #propose({ name, change, votes }: PlannedProposal, seen: () => Books): Promise<void> {
    const books = seen();
    const network = must(books.network, 'network');
    const { votingEpochs, noticeEpochs } = must(books.policy?.governance, 'terms of governance');
    const epoch = epochAt(network, Math.max(this.#host.clock.nowMs(), network.genesisMs));
    await this.#insist(`submit-${name}`, must(this.#keys[0], 'key'), {
      type: 'daybook.proposal.submitted.v1',
      data: {
        proposal: name,
        title: name,
        base: network.revision,
        ...this.#changed(change, books, network),
        activationEpoch: epoch + votingEpochs + 1 + noticeEpochs + 1,
      },
    });
    votes.forEach(({ vote, afterMs }, at) => {
      if (vote === null) return;
      const data = { proposal: name, vote };
      const key = must(this.#keys[at], 'key');
      this.#host.scheduler.after(
        afterMs,
        () =>
          void this.#insist(`vote-${name}-${at}`, key, {
            type: 'daybook.proposal.voted.v1',
            data,
          }),
      );
    });
  }

  #changed(change: PlannedProposal['change'], books: Books, { council }: NetworkBook): Change {
    const none = { policy: null, council: null, rollback: null };
    switch (change) {
      case 'council':
        return { ...none, council: council.map((seat) => ({ ...seat, weight: 1 })) };
      case 'rollback':
        return { ...none, rollback: { run: RUN, toRevision: 0 } };
      default: {
        const policy = must(books.policy, 'policy');
        const { acceptGainBps, rejectGainBps } = policy.promotion;
        const promotion = { acceptGainBps: acceptGainBps - 1, rejectGainBps: rejectGainBps - 1 };
        const { data } = adoptionOf({ ...policy, promotion, revision: policy.revision + 1 });
        return { ...none, policy: data as Change['policy'] };
      }
    }
  }

  /** Until it is recorded or refused. */
  async #insist<T extends FactType>(id: string, key: SigningKey, fact: FactOf<T>): Promise<void> {
    const { channel, log } = this.#ports;
    for (;;) {
      try {
        const client = new CommandClient({ channel, clock: this.#host.clock, key, log });
        await client.send(id, fact, this.#never);
        return;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        await this.#host.clock.sleep(AGAIN_MS);
      }
    }
  }
}
