/**
 * Two authorities as processes on one ledger under load, and whatever happens to a leader: kill -9,
 * stopped for longer than its lease, cut off from the server. Afterwards there is one history and
 * nobody was told anything else. DAYBOOK_FAILOVER_MINUTES makes a campaign of it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import type { LedgerId } from '../../events/ids.ts';
import { AuthorityProcess } from '../../testing/authority-process.ts';
import { keyNamed } from '../../testing/desk.ts';
import { Load } from '../../testing/load.ts';
import { NatsServer } from '../../testing/nats-server.ts';
import { checkOneHistory } from '../../testing/one-history.ts';
import { TcpProxy } from '../../testing/tcp-proxy.ts';

type Trouble = 'kill' | 'stop' | 'cut off';

const campaignMinutes = Number(process.env['DAYBOOK_FAILOVER_MINUTES'] ?? 0);
const LEASE_MS = campaignMinutes > 0 ? 3000 : 1500;
const CLIENTS = 4;
const PAUSE_MS = 20;
const PATIENCE_MS = 240_000;
const PATIENT_LEASES = 4;
const operator = keyNamed('operator');

let server: NatsServer;
let folder: string;
let keyFile: string;
let ledgers = 0;
beforeAll(async () => {
  server = await NatsServer.start();
  folder = await mkdtemp(join(tmpdir(), 'daybook-'));
  keyFile = join(folder, 'authority.nk');
  await writeFile(keyFile, keyNamed('authority').seed());
});
afterAll(async () => {
  await server.dispose();
  await rm(folder, { recursive: true });
});

interface Outcome {
  readonly trouble: Trouble;
  /**
   * From the trouble until another one said that it leads (infinite when it could not while the
   * trouble lasted), and until a command was answered.
   */
  readonly takeoverMs: number;
  readonly answerMs: number;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

async function until(what: string, condition: () => boolean, said: () => string): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > untilMs) throw new Error(`${what}: not in time\n${said()}`);
    await delay(10);
  }
}

/** Two processes on a ledger of their own; `pathOf` is how each of them reaches it. */
class Pair {
  leader: AuthorityProcess | null = null;
  /** How often one began to lead. */
  handovers = 0;
  readonly proxies: TcpProxy[] = [];
  readonly members: AuthorityProcess[] = [];
  #ledAtMs = 0;

  static async on(url: string, ledger: LedgerId): Promise<Pair> {
    const pair = new Pair();
    for (const name of ['one', 'two']) {
      const at = url.startsWith('nats:') ? await pair.#proxied() : url;
      const where = ['--log', at, '--ledger', ledger, '--key', keyFile];
      const how = ['--operator', operator.actor, '--lease', String(LEASE_MS)];
      const member = new AuthorityProcess(name, [...where, ...how], (one) => {
        pair.leader = one;
        pair.handovers += 1;
        pair.#ledAtMs = performance.now();
      });
      pair.members.push(member);
      member.start();
    }
    return pair;
  }

  async #proxied(): Promise<string> {
    const proxy = await TcpProxy.to(server.port);
    this.proxies.push(proxy);
    return `nats://127.0.0.1:${proxy.port}`;
  }

  said = (): string => this.members.map(({ name, said }) => `${name}:\n${said}`).join('\n');

  /** Lets it happen to the leader, and makes it good once another one leads. */
  async suffer(trouble: Trouble, load: Load): Promise<Outcome> {
    const victim = this.leader;
    if (victim === null) throw new Error('nobody leads');
    const proxy = this.proxies[this.members.indexOf(victim)];
    const atMs = performance.now();
    if (trouble === 'kill') await victim.end('SIGKILL');
    else if (trouble === 'stop') victim.signal('SIGSTOP');
    else proxy?.part();
    let isOver = false;
    const goOn = (): void => {
      if (isOver) return;
      isOver = true;
      if (trouble === 'kill') victim.start();
      else if (trouble === 'stop') victim.signal('SIGCONT');
      else proxy?.cut();
    };
    // What a process has locked in a folder when it is stopped it has locked until it goes on.
    const patience = setTimeout(goOn, PATIENT_LEASES * LEASE_MS);
    const isTaken = (): boolean => this.leader !== victim;
    await until(`after ${trouble}, a takeover`, () => isTaken() || isOver, this.said);
    const takeoverMs = isTaken() ? this.#ledAtMs - atMs : Infinity;
    await load.answered();
    const answerMs = performance.now() - atMs;
    clearTimeout(patience);
    goOn();
    return { trouble, takeoverMs, answerMs };
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map((one) => one.end('SIGTERM')));
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }
}

async function play(url: string, ledger: LedgerId, troubles: readonly Trouble[]) {
  const pair = await Pair.on(url, ledger);
  await until('a leader', () => pair.leader !== null, pair.said);
  const { channel, log, close } = await openLedger(url, ledger);
  const load = new Load(channel, log, operator);
  const stop = new AbortController();
  const took: Outcome[] = [];
  try {
    await until('the opening', () => pair.leader !== null, pair.said);
    while ((await log.head()).size === 0) await delay(20);
    await load.prepare();
    await until('a standby', () => pair.members.every((one) => one.hasPlace), pair.said);
    const clients = Promise.all(
      Array.from({ length: CLIENTS }, (_, i) =>
        load.client(`client-${i}`, PAUSE_MS, stop.signal).finally(() => stop.abort()),
      ),
    );
    clients.catch(() => undefined);
    for (const trouble of troubles) {
      await delay(LEASE_MS / 2);
      if (stop.signal.aborted) break;
      took.push(await pair.suffer(trouble, load));
      await until('a standby', () => pair.members.every((one) => one.hasPlace), pair.said);
      // Those that were stopped or cut off find out that they lead no longer.
      await delay(LEASE_MS);
    }
    stop.abort();
    await clients;
    const { acknowledged, repeats } = load;
    const commands = await checkOneHistory(log, acknowledged);
    const { handovers } = pair;
    return { took, commands, acknowledged: acknowledged.size, repeats, handovers };
  } catch (error) {
    throw new Error(pair.said(), { cause: error });
  } finally {
    stop.abort();
    await pair.end();
    await close();
  }
}

function tell(where: string, { took, ...rest }: Awaited<ReturnType<typeof play>>): void {
  const of = (trouble: Trouble): string => {
    const mine = took.filter((one) => one.trouble === trouble);
    const ms = (values: number[]): string =>
      `median ${Math.round(median(values))}, max ${Math.round(Math.max(...values))}`;
    const takeover = ms(mine.map(({ takeoverMs }) => takeoverMs));
    const within = mine.filter(({ takeoverMs }) => takeoverMs <= LEASE_MS).length;
    return `${trouble} (${within} of ${mine.length} within a lease): takeover ms ${takeover}; first answer ms ${ms(mine.map(({ answerMs }) => answerMs))}`;
  };
  const kinds = [...new Set(took.map(({ trouble }) => trouble))];
  process.stdout.write(
    `${where}, lease ${LEASE_MS} ms, ${JSON.stringify(rest)}\n${kinds.map((kind) => `  ${of(kind)}\n`).join('')}`,
  );
}

const fresh = (): LedgerId => `failover-${ledgers++}` as LedgerId;
const TROUBLES: Readonly<Record<'file' | 'nats', readonly Trouble[]>> = {
  file: ['kill', 'stop', 'kill'],
  nats: ['kill', 'stop', 'cut off', 'kill'],
};
const urlOf = { file: () => `file:${join(folder, `ledger-${ledgers}`)}`, nats: () => server.url };

it.each(['file', 'nats'] as const)(
  '%s: one history, and everybody is answered',
  async (where) => {
    const troubles = TROUBLES[where];
    const endMs = performance.now() + (campaignMinutes * 60_000) / 2;
    const all = { took: [], commands: 0, acknowledged: 0, repeats: 0, handovers: 0 } as Awaited<
      ReturnType<typeof play>
    >;
    do {
      const more = campaignMinutes > 0 ? [...troubles, ...troubles] : troubles;
      const url = urlOf[where]();
      const round = await play(url, fresh(), more);
      expect(round.took.length).toBe(more.length);
      all.took.push(...round.took);
      for (const sum of ['commands', 'acknowledged', 'repeats', 'handovers'] as const)
        all[sum] += round[sum];
    } while (performance.now() < endMs);
    tell(where, all);
  },
  Math.max(campaignMinutes * 60_000, 900_000),
);
