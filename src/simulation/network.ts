/**
 * The network of a scenario: its authorities, nodes and operator as processes, over whatever ports and
 * whatever time they are given. It knows no adapter and does not judge; simulations play it on virtual
 * time, stories on the time of the machine as well.
 */
import type { SigningKey } from '../events/nkey.ts';
import { generateKey } from '../events/nkey.ts';
import type { VerifyStatement } from '../events/statement.ts';
import { must } from '../projections/books.ts';
import { runAuthority } from '../roles/authority.ts';
import type { Registration } from '../roles/enrolment.ts';
import type { Fold } from '../roles/follower.ts';
import type { Chance } from './chance.ts';
import { CONDUCTS } from './conduct/table.ts';
import { SimulatedCouncil } from './council.ts';
import { Host } from './host.ts';
import { nodeRole } from './node.ts';
import { SimulatedOperator } from './operator.ts';
import { seatName } from './planned-network.ts';
import type { Ports } from './ports.ts';
import type { Role } from './process.ts';
import { Process } from './process.ts';
import { isOpen, registrationOf } from './registering.ts';
import type { Party, Scenario } from './scenario.ts';
import type { Timeline } from './timeline.ts';
import type { Compute } from './toy-lane.ts';
import type { Weather } from './weather.ts';

export interface NetworkParts {
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly portsFor: (host: Host) => Ports;
  readonly chance: Chance;
  /** Of everybody by name, `operator` among them, and `authority`, which all authorities share. */
  readonly keys: ReadonlyMap<string, SigningKey>;
  readonly verify: VerifyStatement;
  readonly fold: Fold;
  readonly compute: Compute;
  /** How many times faster than everyday machines the nodes compute. */
  readonly haste: number;
  /** Is shown the bytes that the run starts from. */
  readonly know: (bytes: Uint8Array) => void;
  /** Is told of somebody honest that ended with what no process may end with. */
  readonly failed: (name: string, error: unknown) => void;
}

export class Network {
  readonly processes = new Map<string, Process>();
  readonly operator: SimulatedOperator;
  /** Null: the operator decides the terms to the end. */
  readonly council: SimulatedCouncil | null;
  readonly #scenario: Scenario;
  readonly #parts: NetworkParts;

  constructor(scenario: Scenario, parts: NetworkParts) {
    this.#scenario = scenario;
    this.#parts = parts;
    const host = new Host('operator', parts.timeline, parts.weather);
    const keys = { operator: this.#key('operator'), authority: this.#key('authority') };
    this.operator = new SimulatedOperator(parts.portsFor(host), host, keys);
    this.council = this.#seated(scenario.network);
  }

  #key(name: string): SigningKey {
    return this.#parts.keys.get(name) as SigningKey;
  }

  #seated(planned: Scenario['network']): SimulatedCouncil | null {
    if (planned === undefined) return null;
    const { timeline, weather, portsFor } = this.#parts;
    const host = new Host('council', timeline, weather);
    const keys = planned.weights.map((_, at) => this.#key(seatName(at)));
    return new SimulatedCouncil(planned, portsFor(host), host, keys);
  }

  /**
   * Starts everybody; resolves when the run is started.
   * @param gathered is awaited between the two, by whoever wants everybody there from the first window
   */
  async begin(gathered?: () => Promise<unknown>): Promise<void> {
    const { keys, chance, know } = this.#parts;
    const { authorities, parties } = this.#scenario;
    for (const name of authorities) this.#launch(name, true, this.#authorityRole(name));
    const actors = new Map([...keys].map(([name, { actor }]) => [name, actor as string]));
    const plan = await this.operator.prepare(this.#scenario, actors, chance.of('plan'), know);
    if (gathered === undefined) await this.operator.start(plan);
    await this.council?.found(this.#key('operator'));
    for (const party of parties)
      this.#launch(
        party.name,
        party.conduct === 'honest',
        nodeRole(party, { ...this.#parts, key: this.#key(party.name), ...this.#entry(party) }),
      );
    await this.#deposits();
    if (gathered === undefined) return;
    await gathered();
    await this.operator.start(plan);
  }

  /** How a party comes in, where nobody admits it. */
  #entry(party: Party): { readonly registration?: Registration } {
    if (!isOpen(this.#scenario.policy)) return {};
    const key = this.#key(party.name);
    const ledger = must(this.operator.opened, 'an open ledger');
    return { registration: registrationOf(party, key, ledger, this.#parts.chance) };
  }

  async #deposits(): Promise<void> {
    const { parties, policy } = this.#scenario;
    if (!isOpen(policy)) return;
    const { stake } = policy.rewards;
    await Promise.all(
      parties.map(({ name }) => this.operator.deposit(name, this.#key(name).actor, stake)),
    );
  }

  #authorityRole(name: string): Role {
    const { portsFor, chance, verify, haste } = this.#parts;
    const { flightsMax, authorityConduct } = this.#scenario;
    const key = this.#key('authority');
    return (host, signal) => {
      const ports = portsFor(host);
      const own = { clock: host.clock, key, chance: chance.of(`${name} conduct`), haste };
      const conduct = authorityConduct === undefined ? null : CONDUCTS[authorityConduct];
      const channel = conduct?.channel?.({ ...ports, ...own }) ?? ports.channel;
      return runAuthority(
        { ...ports, channel, clock: host.clock, flightsMax, key, verify },
        signal,
      );
    };
  }

  #launch(name: string, honest: boolean, role: Role): void {
    const { timeline, weather, failed } = this.#parts;
    const process = new Process(name, { scheduler: timeline, weather }, role, (error) => {
      if (honest) failed(name, error);
    });
    this.processes.set(name, process);
    process.start();
  }

  /** Everybody loses their memory, wherever they stand. */
  end(): void {
    for (const process of this.processes.values()) process.end();
  }
}

/** Of everybody in the scenario, from its seed. */
export function keysOf(
  { parties, network }: Scenario,
  chance: Chance,
  remembered: (key: SigningKey) => SigningKey,
): ReadonlyMap<string, SigningKey> {
  const seats = (network?.weights ?? []).map((_, at) => seatName(at));
  const names = ['authority', 'operator', ...parties.map(({ name }) => name), ...seats];
  return new Map(
    names.map((name) => {
      const key = generateKey(chance.of(`key of ${name}`).bytes(32));
      return [name, remembered(key)] as const;
    }),
  );
}
