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
import type { ConsentedLedger } from '../events/key-consent.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Dataset, RunPlan } from '../projections/books.ts';
import { CommandClient } from '../roles/command-client.ts';
import { pagesRootOf } from '../roles/dataset-cache.ts';
import { Operator } from '../roles/operator.ts';
import type { Chance } from './chance.ts';
import type { Host } from './host.ts';
import type { Material } from './material.ts';
import { MATERIALS, tokensOf } from './material.ts';
import type { Ports } from './ports.ts';
import { isOpen } from './registering.ts';
import type { Scenario } from './scenario.ts';

export const RUN = 'simulated';
const DATASET = 'tokens';
const AGAIN_MS = 1000;

/** No more than keep to the rules: who waits for workers that are in quarantine waits for ever. */
const workersNeeded = ({ parties }: Scenario): number =>
  Math.min(
    2,
    parties.filter(({ role, conduct }) => role === 'worker' && conduct === 'honest').length,
  );

export function planOf(scenario: Scenario, chance: Chance): RunPlan {
  const { windows, slots, policy, material = 'toy' } = scenario;
  const { stages } = scenario;
  const { model, learningRate, batchPages, ...own } = MATERIALS[material];
  // Every stage has a step to do.
  const innerSteps = Math.max(own.innerSteps, stages ?? 0);
  const hex32 = (name: string): string => Buffer.from(chance.of(name).bytes(32)).toString('hex');
  return {
    run: RUN,
    title: 'A simulated run',
    dataset: DATASET,
    model,
    optimizer: {
      learningRate,
      minLearningRate: 0.001,
      warmupSteps: 1,
      totalSteps: innerSteps * windows,
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
    innerSteps,
    batchPages,
    traceEvery: 0,
    minWorkers: Math.max(1, workersNeeded(scenario)),
    minValidators: policy.validation.quorum,
    ...(stages === undefined ? {} : { stages }),
  };
}

export class SimulatedOperator {
  /** What consents are for; null until the ledger is open. */
  opened: ConsentedLedger | null = null;
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

  /** Everything up to the run's plan; `start` does the rest. */
  async prepare(
    scenario: Scenario,
    actors: ReadonlyMap<string, string>,
    chance: Chance,
    know: (bytes: Uint8Array) => void,
  ): Promise<RunPlan> {
    const { log } = this.#ports;
    const opening = openingOf(
      log.ledger,
      this.#authority.actor,
      this.#key.actor,
      Buffer.from(chance.of('nonce').bytes(32)).toString('hex'),
    );
    await this.#client(this.#authority).must('open', opening, this.#never);
    this.opened = { ledger: log.ledger, nonce: opening.data.nonce };
    const operator = this.#operator();
    await operator.adoptPolicy(scenario.policy);
    const admits = !isOpen(scenario.policy);
    for (const { name, role } of admits ? scenario.parties : [])
      await operator.admit({ participant: actors.get(name) as never, role, name });
    const material = MATERIALS[scenario.material ?? 'toy'];
    const stream = encodeTokenStream(tokensOf(material, chance));
    const plan = planOf(scenario, chance);
    know(stream);
    know(initialCheckpoint(plan.model, Buffer.from(plan.modelSeed, 'hex')));
    await operator.registerDataset(await this.#dataset(stream, material));
    return plan;
  }

  /** What the party pays in from outside, once it has registered. */
  async deposit(name: string, participant: ActorId, amount: string): Promise<void> {
    const data = {
      participant,
      amount,
      reference: `deposit-${name}`,
      depositor: `bank-of-${name}`,
    };
    for (let attempt = 0; ; attempt += 1) {
      const fact = { type: 'daybook.stake.deposited.v1', data } as const;
      const id = `deposit-${name}-${attempt}`;
      const reply = await this.#client(this.#key).send(id, fact, this.#never);
      if (reply.status === 'recorded') return;
      await this.#host.clock.sleep(AGAIN_MS / 10);
    }
  }

  async start(plan: RunPlan): Promise<void> {
    await this.#operator().startRun(plan);
  }

  #operator(): Operator {
    return new Operator(this.#client(this.#key), this.#ports.artifacts, this.#never);
  }

  async #dataset(stream: Uint8Array, { model, heldOutPages }: Material): Promise<Dataset> {
    const { artifacts } = this.#ports;
    const pageTokens = model.contextLength;
    return {
      dataset: DATASET,
      title: 'Tokens',
      tokenizer: await artifacts.put(Buffer.from('{}')),
      vocabSize: model.vocabSize,
      tokens: await artifacts.put(stream),
      pageTokens,
      pages: pageCount(stream, pageTokens),
      heldOutPages,
      pagesRoot: pagesRootOf(stream, pageTokens),
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
