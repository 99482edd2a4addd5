/**
 * The operator of a simulated network: opens the ledger, adopts the policy, admits everybody, fixes
 * data and plan, and starts the run; later it pauses and resumes it. It is always there and repeats
 * itself until it is answered.
 */
import { encodeTokenStream, pageCount } from '../compute/data/pages.ts';
import { initialCheckpoint } from '../compute/training/contribution.ts';
import { openingOf } from '../commands/opening.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { FactOf, FactType } from '../events/catalogue.ts';
import type { ActorId } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Dataset, RunPlan } from '../projections/books.ts';
import { CommandClient } from '../roles/command-client.ts';
import { pagesRootOf } from '../roles/dataset-cache.ts';
import { Operator } from '../roles/operator.ts';
import type { Chance } from './chance.ts';
import type { Host } from './host.ts';
import { comesByItself, nonceOf } from './registrations.ts';
import type { Scenario } from './scenario.ts';
import type { Truth } from './truth.ts';
import type { Ports } from './world.ts';

export const RUN = 'simulated';
const DATASET = 'tokens';
const VOCABULARY = 4;
const PAGE_TOKENS = 4;
const PAGES = 40;
const HELD_OUT_PAGES = 2;
const AGAIN_MS = 1000;

const model: RunPlan['model'] = {
  vocabSize: VOCABULARY,
  contextLength: PAGE_TOKENS,
  dModel: 2,
  layers: 1,
  heads: 1,
  dFf: 2,
  ropeTheta: 10_000,
  normEps: 1e-5,
};

export function planOf({ windows, slots, policy }: Scenario, chance: Chance): RunPlan {
  const hex32 = (name: string): string => Buffer.from(chance.of(name).bytes(32)).toString('hex');
  return {
    run: RUN,
    title: 'A simulated run',
    dataset: DATASET,
    model,
    optimizer: {
      learningRate: 0.01,
      minLearningRate: 0.001,
      warmupSteps: 1,
      totalSteps: 2 * windows,
      beta1: 0.9,
      beta2: 0.95,
      eps: 1e-8,
      weightDecay: 0,
      clipNorm: 1,
    },
    outer: { learningRate: 0.7, momentum: 0.5 },
    modelSeed: hex32('model'),
    dataSeed: hex32('data'),
    windows,
    slots,
    innerSteps: 2,
    batchPages: 2,
    traceEvery: 0,
    minWorkers: 2,
    minValidators: policy.validation.quorum,
  };
}

export class SimulatedOperator {
  readonly #ports: Ports;
  readonly #host: Host;
  readonly #key: SigningKey;
  readonly #authority: SigningKey;
  readonly #never = new AbortController().signal;
  /** One order after the other: a pause that is heard late must not outlast its resumption. */
  #busy: Promise<void> = Promise.resolve();

  constructor(ports: Ports, host: Host, keys: { operator: SigningKey; authority: SigningKey }) {
    this.#ports = ports;
    this.#host = host;
    this.#key = keys.operator;
    this.#authority = keys.authority;
  }

  async begin(
    scenario: Scenario,
    actors: ReadonlyMap<string, string>,
    chance: Chance,
    truth: Truth,
  ): Promise<void> {
    const { artifacts, log } = this.#ports;
    const opening = openingOf(log.ledger, this.#authority.actor, this.#key.actor, nonceOf(chance));
    await this.#client(this.#authority).must('open', opening, this.#never);
    const operator = new Operator(this.#client(this.#key), artifacts, this.#never);
    await operator.adoptPolicy(scenario.policy);
    for (const { name, role } of scenario.parties) {
      const participant = actors.get(name) as ActorId;
      if (comesByItself(scenario)) await this.#payIn(name, participant, scenario);
      else await operator.admit({ participant, role, name });
    }
    const stream = encodeTokenStream(
      Uint16Array.from({ length: PAGES * PAGE_TOKENS + 1 }, () => chance.below(VOCABULARY)),
    );
    const plan = planOf(scenario, chance);
    truth.know(stream);
    truth.know(initialCheckpoint(plan.model, Buffer.from(plan.modelSeed, 'hex')));
    await operator.registerDataset(await this.#dataset(stream));
    await operator.startRun(plan);
  }

  /** Twice what either role needs, so that penalties leave some of it. */
  async #payIn(name: string, participant: ActorId, { policy }: Scenario): Promise<void> {
    const least = BigInt(policy.registry?.validatorStake ?? '0');
    const amount = (2n * least).toString();
    const data = { participant, amount, reference: `tx-${name}`, depositor: `bank-of-${name}` };
    const fact = { type: 'daybook.stake.deposited.v1', data } as const;
    await this.#client(this.#key).must(`deposit-${name}`, fact, this.#never);
  }

  async #dataset(stream: Uint8Array): Promise<Dataset> {
    const { artifacts } = this.#ports;
    return {
      dataset: DATASET,
      title: 'Tokens',
      tokenizer: await artifacts.put(Buffer.from('{}')),
      vocabSize: VOCABULARY,
      tokens: await artifacts.put(stream),
      pageTokens: PAGE_TOKENS,
      pages: pageCount(stream, PAGE_TOKENS),
      heldOutPages: HELD_OUT_PAGES,
      pagesRoot: pagesRootOf(stream, PAGE_TOKENS),
    };
  }

  pause(id: string): void {
    const data = { run: RUN, reason: 'maintenance' };
    this.#order(`pause-${id}`, { type: 'daybook.run.paused.v1', data });
  }

  resume(id: string): void {
    this.#order(`resume-${id}`, { type: 'daybook.run.resumed.v1', data: { run: RUN } });
  }

  #order<T extends FactType>(id: string, fact: FactOf<T>): void {
    this.#busy = this.#busy.then(() => this.#insist(id, fact));
  }

  /** Until it is recorded or refused. */
  async #insist<T extends FactType>(id: string, fact: FactOf<T>): Promise<void> {
    for (;;) {
      try {
        await this.#client(this.#key).send(id, fact, this.#never);
        return;
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        await this.#host.clock.sleep(AGAIN_MS);
      }
    }
  }

  #client(key: SigningKey): CommandClient {
    const { channel, log } = this.#ports;
    return new CommandClient({ channel, clock: this.#host.clock, key, log });
  }
}
