/**
 * One simulation: a whole network - authorities, workers, validators, operator - in one thread on
 * virtual time, running the same role code as processes do, under the faults and the dishonesty of
 * its scenario, watched by the witness. Invariant: a scenario has one history, to the byte.
 */
import { canonicalJson } from '../events/canonical-json.ts';
import type { JsonValue } from '../events/canonical-json.ts';
import type { RequestKind } from '../commands/ports/channel.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Reply } from '../commands/reply.ts';
import type { LedgerEvent } from '../events/catalogue.ts';
import type { Digest, LedgerId } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import { generateKey } from '../events/nkey.ts';
import { redecide } from '../roles/audit/replay.ts';
import { runAuthority } from '../roles/authority.ts';
import { exportRecording } from '../roles/export.ts';
import { Chance } from './chance.ts';
import { Host } from './host.ts';
import { Breach } from './law.ts';
import { KnownSignatures } from './known-signatures.ts';
import { nodeRole } from './node.ts';
import { comesByItself, registrationOf } from './registrations.ts';
import { RUN, SimulatedOperator } from './operator.ts';
import { Process } from './process.ts';
import type { Scenario } from './scenario.ts';
import { Scheduler } from './scheduler.ts';
import { sharedFold } from './shared-fold.ts';
import { ToyResults } from './toy-lane.ts';
import { Transcript } from './transcript.ts';
import { Truth } from './truth.ts';
import { unleash } from './troublemaker.ts';
import { Weather } from './weather.ts';
import { Witness } from './witness.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly seed: string;
  readonly completed: boolean;
  /** Law and message of the first breach. */
  readonly breach: { readonly law: string; readonly message: string } | null;
  /** Milliseconds of virtual time since the run started, when it ended or was breached. */
  readonly virtualMs: number;
  readonly ticks: number;
  readonly commits: number;
  readonly entries: number;
  /** Base64 root of the tree over all entries. */
  readonly root: string;
  readonly transcriptDigest: Digest;
  /** The last lines of the transcript. */
  readonly lastLines: readonly string[];
  /** How many of each kind began. */
  readonly faults: Readonly<Record<string, number>>;
  /** How many answers of each refusal or fault code were given. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly promoted: number;
}

export interface SimulationOptions {
  /** Wakes after which the simulation is cut off, its end not judged. */
  readonly ticksMax?: number;
  /** Lines of the transcript that the outcome keeps. */
  readonly lastLines?: number;
}

const START_MS = Date.UTC(2026, 0, 1);
/** What a window may take at the very most once nothing goes wrong any more. */
const WINDOW_LIMIT_MS = 15 * 60_000;
const HOP_MS = [1, 12] as const;

export async function simulate(
  scenario: Scenario,
  options: SimulationOptions = {},
): Promise<Outcome> {
  return new Simulation(scenario, options).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #options: SimulationOptions;
  readonly #chance: Chance;
  readonly #scheduler: Scheduler;
  readonly #weather: Weather;
  readonly #witness: Witness;
  readonly #transcript: Transcript;
  readonly #world: World;
  readonly #signatures = new KnownSignatures();
  readonly #keys: ReadonlyMap<string, SigningKey>;
  readonly #processes = new Map<string, Process>();
  readonly #operator: SimulatedOperator;
  #runStartedMs = START_MS;
  /** Canonical JSON of the witness's books at a size. */
  #written: { readonly size: number; readonly text: string } | null = null;
  #completed = false;

  constructor(scenario: Scenario, options: SimulationOptions) {
    this.#scenario = scenario;
    this.#options = options;
    this.#chance = new Chance(`play ${scenario.seed}`);
    this.#scheduler = new Scheduler(START_MS, this.#chance.of('order'));
    this.#weather = new Weather(this.#scheduler, this.#chance.of('weather'), { hopMs: HOP_MS });
    this.#keys = keysOf(scenario, this.#chance, this.#signatures);
    const honest = new Set(
      scenario.parties
        .filter(({ conduct }) => conduct === 'honest')
        .map(({ name }) => this.#key(name).actor as string),
    );
    this.#witness = new Witness(new Truth((digest) => this.#world.artifacts.get(digest)), (actor) =>
      honest.has(actor),
    );
    this.#transcript = new Transcript(this.#scheduler);
    this.#world = new World('simulated' as LedgerId, this.#scheduler, this.#weather, {
      stored: (commit) => {
        this.#witness.stored(commit);
        this.#transcript.stored(commit, this.#witness.events.slice(commit.first));
      },
      answered: (kind, payload, answer) => this.#answered(kind, payload, answer),
    });
    const host = new Host('operator', this.#scheduler, this.#weather);
    const keys = { operator: this.#key('operator'), authority: this.#key('authority') };
    this.#operator = new SimulatedOperator(this.#world.portsFor(host), host, keys);
  }

  #answered(kind: RequestKind, payload: Uint8Array, answer: Uint8Array): void {
    try {
      const reply = JSON.parse(Buffer.from(answer).toString('utf8')) as Reply;
      this.#witness.answered(kind, payload, reply);
      this.#transcript.answered(reply);
    } catch (error) {
      this.#witness.fail(new Breach('answers', String(error)));
    }
  }

  #key(name: string): SigningKey {
    return this.#keys.get(name) as SigningKey;
  }

  async run(): Promise<Outcome> {
    const { ticksMax = Infinity } = this.#options;
    void this.#play().catch((error: unknown) => this.#witness.fail(error));
    const isOver = (): boolean => this.#completed || this.#witness.breach !== null;
    await this.#scheduler.run(isOver, ticksMax);
    if (!isOver() && this.#scheduler.ticks < ticksMax)
      this.#witness.fail(new Breach('liveness', 'nothing is left to happen and the run goes on'));
    if (this.#completed) await this.#compareBooks();
    this.#witness.end(this.#completed);
    this.#audit();
    for (const process of this.#processes.values()) process.crash();
    return this.#outcome();
  }

  async #play(): Promise<void> {
    const { authorities, parties, faults, windows, flightsMax } = this.#scenario;
    const authority = this.#key('authority');
    for (const name of authorities)
      this.#launch(name, true, (host, signal) => {
        const ports = { ...this.#world.portsFor(host), clock: host.clock, flightsMax };
        return runAuthority({ ...ports, key: authority, verify: this.#signatures.verify }, signal);
      });
    const actors = new Map([...this.#keys].map(([name, { actor }]) => [name, actor as string]));
    const chance = this.#chance.of('plan');
    await this.#operator.begin(this.#scenario, actors, chance, this.#witness.truth);
    const shared = {
      world: this.#world,
      chance: this.#chance,
      fold: sharedFold(),
      results: new ToyResults(),
    };
    for (const party of parties) {
      const key = this.#key(party.name);
      const parts = comesByItself(this.#scenario)
        ? { ...shared, key, registration: registrationOf(party, key, this.#world.ledger, chance) }
        : { ...shared, key };
      this.#launch(party.name, party.conduct === 'honest', nodeRole(party, parts));
    }
    this.#runStartedMs = this.#scheduler.nowMs();
    const calmMs = unleash(faults, {
      world: this.#world,
      witness: this.#witness,
      operator: this.#operator,
      processes: this.#processes,
    });
    this.#limit(calmMs + windows * WINDOW_LIMIT_MS);
    this.#watchForEnd();
  }

  #launch(name: string, honest: boolean, role: ConstructorParameters<typeof Process>[2]): void {
    const world = { scheduler: this.#scheduler, weather: this.#weather };
    const process = new Process(name, world, role, (error) => {
      if (honest)
        this.#witness.fail(new Breach('roles-hold', `${name} ended with ${stackOf(error)}`));
    });
    this.#processes.set(name, process);
    process.start();
  }

  #limit(ms: number): void {
    this.#scheduler.after(ms, () => {
      if (this.#completed) return;
      const run = this.#witness.books.runs[RUN];
      const stuck = `${run?.windowsReconciled} of ${run?.plan.windows} windows, run ${run?.state}`;
      this.#witness.fail(new Breach('liveness', `${ms / 1000} s after the start: ${stuck}`));
    });
  }

  #watchForEnd(): void {
    const look = (): void => {
      this.#completed = this.#witness.books.runs[RUN]?.state === 'completed';
      if (!this.#completed) this.#scheduler.after(1000, look);
    };
    look();
  }

  /** The authority's live books against those folded here from the bytes. */
  async #compareBooks(): Promise<void> {
    const host = new Host('auditor', this.#scheduler, this.#weather);
    let done = false;
    const ports = this.#world.portsFor(host);
    const compare = async (patience = 100): Promise<void> => {
      const exported = await exportRecording(ports).catch((error: unknown) => {
        // Whatever is wrong at the moment will be over; an authority that is behind catches up.
        if (!(error instanceof Fault) || patience === 0) throw error;
        return null;
      });
      if (exported === null) {
        await host.clock.sleep(1000);
        return compare(patience - 1);
      }
      const { books, size } = exported;
      if (size === this.#witness.rebuild.size && books !== this.#canonicalBooks())
        throw new Breach('live-is-fold', `the live books at ${size} are not the fold of the log`);
    };
    compare().then(
      () => (done = true),
      (error: unknown) => {
        done = true;
        this.#witness.fail(error);
      },
    );
    await this.#scheduler.run(() => done, this.#scheduler.ticks + 100_000);
  }

  #canonicalBooks(): string {
    const { books } = this.#witness;
    const { size } = books.ledger;
    if (this.#written?.size !== size)
      this.#written = { size, text: canonicalJson(books as unknown as JsonValue) };
    return this.#written.text;
  }

  /** Every transition decided again, byte for byte. */
  #audit(): void {
    const { events, lines } = this.#witness;
    if (lines.length === 0) return;
    try {
      // What the witness has read need not be read again: commands come from its events, and what
      // is decided from them must be the lines as they are stored.
      const state = redecide(lines.map((line, at) => ({ event: events[at] as LedgerEvent, line })));
      if (canonicalJson(state.books as unknown as JsonValue) !== this.#canonicalBooks())
        throw new Breach('audit', 'the books decided again are not those of the fold');
    } catch (error) {
      this.#witness.fail(error instanceof Breach ? error : new Breach('audit', stackOf(error)));
    }
  }

  #outcome(): Outcome {
    const { breach, rebuild, events, refusals } = this.#witness;
    return {
      seed: this.#scenario.seed,
      completed: this.#completed,
      breach:
        breach === null
          ? null
          : { law: breach instanceof Breach ? breach.law : 'simulation', message: stackOf(breach) },
      virtualMs: this.#scheduler.nowMs() - this.#runStartedMs,
      ticks: this.#scheduler.ticks,
      commits: this.#world.commits.length,
      entries: rebuild.size,
      root: rebuild.root,
      transcriptDigest: this.#transcript.digest(),
      lastLines: this.#transcript.last(this.#options.lastLines ?? 0),
      faults: Object.fromEntries(this.#weather.counts),
      refusals: Object.fromEntries(refusals),
      promoted: events.filter(({ type }) => type === 'daybook.checkpoint.promoted.v1').length,
    };
  }
}

const stackOf = (error: unknown): string =>
  error instanceof Breach
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);

function keysOf(
  { parties }: Scenario,
  chance: Chance,
  signatures: KnownSignatures,
): ReadonlyMap<string, SigningKey> {
  const names = ['authority', 'operator', ...parties.map(({ name }) => name)];
  return new Map(
    names.map((name) => {
      const key = generateKey(chance.of(`key of ${name}`).bytes(32));
      return [name, signatures.of(key)] as const;
    }),
  );
}
