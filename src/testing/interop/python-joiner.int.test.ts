/**
 * A worker in PyTorch comes by itself to a network that is under way, on a real server: it registers,
 * pays its stake in, takes an offer, fetches the state of the run, and is paid. Then its
 * key is replaced, and the same participant goes on with the new one. Skipped without PyTorch.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { DataOfType } from '../../events/catalogue.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { ConsentUse } from '../../events/key-consent.ts';
import { consentOf } from '../../events/key-consent.ts';
import { balanceOf } from '../../projections/balances.ts';
import type { Books } from '../../projections/books.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { Follower } from '../../roles/follower.ts';
import { buildDataset, Operator } from '../../roles/operator.ts';
import { AuthorityProcess } from '../authority-process.ts';
import type { Daybook } from '../daybook-process.ts';
import { daybook, startDaybook } from '../daybook-process.ts';
import { keyNamed } from '../desk.ts';
import { NatsServer } from '../nats-server.ts';
import { killPythons, startPython } from '../python-process.ts';
import { whyNoPython } from '../python.ts';
import { someText, tinyPlan } from '../whole-run.ts';

const reason = whyNoPython(['torch', 'numpy', 'nats', 'cryptography']);
if (reason !== null) process.stderr.write(`The Python joiner is skipped: ${reason}\n`);

const folder = mkdtempSync(join(tmpdir(), 'daybook-joiner-'));
const inFolder = (name: string): string => join(folder, name);
const ledger = 'open' as LedgerId;
const participant = keyNamed('python').actor;
const STAKE = seedNetworkPolicy.registry.workerStake;

/** Slow enough for processes that load PyTorch first. */
const policy = {
  ...seedPolicy,
  rewards: { ...seedPolicy.rewards, periodWindows: 2 },
  registry: seedNetworkPolicy.registry,
  catchUp: { ...seedNetworkPolicy.catchUp, chunkBytes: 4096 },
  // Three minutes, at least: a Python that takes long to load still finds the run under way.
  cadence: { windowMs: 3000 },
};
const plan = { ...tinyPlan, slots: 2, windows: 60, minWorkers: 1 };

const FETCH = `
import sys
from daybook_worker.keys import digest_of
from daybook_worker.peers import Peer
peer = Peer.named(sys.argv[1])
chunks = peer.list(sys.argv[2])
print(chunks.count, digest_of(b"".join(peer.chunk(chunks, at) for at in range(chunks.count))))
`;

interface Recorded {
  readonly type: string;
  readonly actor: string;
  readonly data: Record<string, unknown>;
}

describe.skipIf(reason !== null)('a Python worker that comes by itself', () => {
  const nodes: Daybook[] = [];
  const stop = new AbortController();
  let server: NatsServer;
  let authority: AuthorityProcess;
  afterAll(async () => {
    stop.abort();
    killPythons();
    for (const node of nodes) node.kill('SIGKILL');
    await Promise.all(nodes.map(({ ended }) => ended));
    await authority.end('SIGKILL');
    await server.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('registers, catches up, is paid, and goes on under another key', async () => {
    for (const name of ['authority', 'operator', 'v1', 'v2', 'w1', 'python', 'next', 'safe'])
      writeFileSync(inFolder(name), `${keyNamed(name).seed()}\n`, { mode: 0o600 });
    server = await NatsServer.start();
    const at = ['--log', server.url, '--ledger', ledger];
    const key = keyNamed('operator');
    await new Promise<void>((leads) => {
      const own = [...at, '--key', inFolder('authority'), '--operator', key.actor];
      authority = new AuthorityProcess('authority', own, () => leads());
      authority.start();
    });
    const { channel, artifacts, log, close } = await openLedger(server.url, ledger);
    const follower = new Follower(log);
    void follower.run(stop.signal).catch(() => undefined);
    const until = (holds: (books: Books) => boolean) => follower.until(holds, stop.signal);
    await until((books) => books.ledger.authority !== null);
    const client = new CommandClient({ channel, clock: systemClock, key, log });
    const operator = new Operator(client, artifacts, stop.signal);
    await operator.adoptPolicy(policy);
    for (const [name, role] of Object.entries({ v1: 'validator', v2: 'validator', w1: 'worker' }))
      await operator.admit({ participant: keyNamed(name).actor, role: role as 'worker', name });
    await operator.registerDataset(
      await buildDataset(
        {
          dataset: plan.dataset,
          title: 'Two chapters',
          documents: someText(2),
          vocabSize: plan.model.vocabSize,
          pageTokens: plan.model.contextLength,
          heldOutPages: 4,
        },
        artifacts,
      ),
    );
    nodes.push(
      startDaybook('validator', ...at, '--key', inFolder('v1')),
      startDaybook('validator', ...at, '--key', inFolder('v2')),
      startDaybook('worker', ...at, '--key', inFolder('w1'), '--serve', '0'),
    );
    await operator.startRun(plan);
    const revisions = (books: Books): number => books.runs[plan.run]?.revisions.length ?? 0;
    await until((books) => revisions(books) > 2);

    // What is on offer stays as it is while the run is paused: a Python fetches it.
    const about = { run: plan.run, reason: 'a look at what is offered' };
    await client.must('pause', { type: 'daybook.run.paused.v1', data: about }, stop.signal);
    const seeder = keyNamed('w1').actor;
    const offered = Object.values(
      (await until(({ chunks }) => chunks?.[seeder] !== undefined)).chunks?.[seeder] ?? {},
    ).toSorted((one, other) => other.untilMs - one.untilMs)[0]!;
    const { artifact, endpoint, count } = offered;
    const fetched = await startPython('-c', FETCH, endpoint, artifact.digest).ended;
    expect(fetched).toMatchObject({ code: 0, out: `${count} ${artifact.digest}\n` });
    const again = { run: plan.run };
    await client.must('resume', { type: 'daybook.run.resumed.v1', data: again }, stop.signal);

    const consent = (name: string, use: ConsentUse): string =>
      consentOf(keyNamed(name), follower.books.ledger, participant, use);
    const start = (name: string, ...more: string[]) =>
      startPython('-m', 'daybook_worker', ...at, '--key', inFolder(name), ...more);
    const recovery = `${keyNamed('safe').actor}:${consent('safe', 'recovery')}`;
    const first = start('python', '--recovery', recovery, '--name', 'python', '--windows', '1');
    await first.said(`waiting for a stake: ${STAKE} micro-units are missing`);
    const paying = { participant, amount: STAKE, reference: 't1', depositor: 'bank' };
    const deposit = { type: 'daybook.stake.deposited.v1', data: paying } as const;
    await client.must('deposit', deposit, stop.signal);
    const { code, out, err } = await first.ended;
    expect(code, out + err).toBe(0);
    expect(err).toContain('registered as python');
    expect(err).toContain(`staked ${STAKE}`);
    expect(err).toContain(`offer of ${plan.run} accepted`);

    const next = keyNamed('next').actor;
    const rotation = { participant, key: next, consent: consent('next', 'key'), recovery: null };
    const safe = new CommandClient({ channel, clock: systemClock, key: keyNamed('safe'), log });
    const rotated = { type: 'daybook.identity.rotated.v1', data: rotation } as const;
    await safe.must('rotate', rotated, stop.signal);
    const second = start('next', '--windows', '1');
    const gone = await second.ended;
    expect(gone.code, gone.out + gone.err).toBe(0);
    expect(gone.err).toContain('joined as session 2');
    await close();

    const recording = inFolder('recording');
    const store = ['--artifacts', `${recording}.artifacts`];
    const exported = await daybook('export', recording, ...at, ...store);
    expect(exported.code, exported.err).toBe(0);
    const audited = await daybook('audit', recording, ...store, '-o', 'json');
    expect(audited.code, audited.out + audited.err).toBe(0);
    const books = JSON.parse(readFileSync(`${recording}.books.json`, 'utf8')) as Books;
    const entries = readFileSync(`${recording}.ndjson`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Recorded);
    const mine = entries.filter(({ actor }) =>
      [participant, next].includes(actor as typeof participant),
    );
    const shown = mine
      .filter(({ type }) => type === 'daybook.catchup.completed.v1')
      .map(({ data }) => data as unknown as DataOfType<'daybook.catchup.completed.v1'>);
    expect(shown.map(({ session }) => session)).toEqual([1, 2]);
    const [newest] = shown;
    expect(newest?.revision).toBeGreaterThanOrEqual(2);
    const { checkpoint } = books.runs[plan.run]!.revisions[newest!.revision]!;
    expect(newest).toMatchObject({
      checkpoint: checkpoint.digest,
      bytes: checkpoint.sizeBytes,
    });
    expect(newest?.sources).toEqual([expect.stringMatching(/^(peer|store)$/)]);
    const claims = mine.filter(({ type }) => type.startsWith('daybook.assignment.claimed.'));
    expect(claims.map(({ type }) => type)).toEqual(
      claims.map(() => 'daybook.assignment.claimed.v2'),
    );
    expect(new Set(claims.map(({ actor }) => actor)).size).toBe(2);
    const judged = Object.values(books.windows)
      .flatMap(({ assignments }) => Object.values(assignments))
      .filter((held) => held.participant === participant && held.submission !== null)
      .map(({ disposition }) => disposition);
    expect(judged).toEqual(judged.map(() => 'accepted'));
    expect(judged.length).toBeGreaterThanOrEqual(2);
    expect(balanceOf(books, 'micro', `escrow/${participant}`)).toBe(BigInt(STAKE));
    expect(balanceOf(books, 'micro', `participant/${participant}`)).toBeGreaterThan(0n);
  });
});
