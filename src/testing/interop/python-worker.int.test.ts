/**
 * Another implementation takes part: workers in PyTorch, as processes on a real server, judged by our
 * validators. Skipped where there is no Python with what they need.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { LedgerId } from '../../events/ids.ts';
import { balanceOf } from '../../projections/balances.ts';
import type { Books, RunPlan } from '../../projections/books.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { buildDataset, Operator } from '../../roles/operator.ts';
import { AuthorityProcess } from '../authority-process.ts';
import type { Daybook, Ended } from '../daybook-process.ts';
import { daybook, startDaybook } from '../daybook-process.ts';
import { keyNamed } from '../desk.ts';
import { NatsServer } from '../nats-server.ts';
import { killPythons, startPython } from '../python-process.ts';
import { whyNoPython } from '../python.ts';
import { someText, tinyPlan } from '../whole-run.ts';

const needed = ['torch', 'numpy', 'nats', 'cryptography', 'pytest'];
const reason = whyNoPython(needed);
if (reason !== null) process.stderr.write(`The Python worker is skipped: ${reason}\n`);
const reasonNoTrainer = reason ?? whyNoPython(['transformers', 'accelerate']);
if (reason === null && reasonNoTrainer !== null)
  process.stderr.write(`Its Trainer is skipped: ${reasonNoTrainer}\n`);

const folder = mkdtempSync(join(tmpdir(), 'daybook-python-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterAll(killPythons);

const keyFile = (name: string): string => join(folder, `${name}.nk`);

describe.skipIf(reason !== null)('the Python worker', () => {
  it('agrees with the golden vectors', async () => {
    const { code, out, err } = await startPython('-m', 'pytest', '-q', '-p', 'no:cacheprovider')
      .ended;
    expect(out + err).toMatch(/\d+ passed/);
    expect(code).toBe(0);
  });

  describe('on a real server', () => {
    let server: NatsServer;
    const nodes: Daybook[] = [];
    const authorities: AuthorityProcess[] = [];
    beforeAll(async () => {
      server = await NatsServer.start();
    });
    afterAll(async () => {
      for (const node of nodes) node.kill('SIGKILL');
      await Promise.all(nodes.map(({ ended }) => ended));
      for (const one of authorities) await one.end('SIGKILL');
      await server.dispose();
    });

    /** Authority, validators and a worker of ours; those and workers in Python are admitted. */
    async function network(ledger: string, plan: RunPlan, pythons: readonly string[]) {
      const names = ['operator', 'authority', 'v1', 'v2', 'w1', ...pythons];
      for (const name of names)
        writeFileSync(keyFile(name), `${keyNamed(name).seed()}\n`, { mode: 0o600 });
      const at = ['--log', server.url, '--ledger', ledger];
      const operatorKey = keyNamed('operator');
      const authority = await new Promise<AuthorityProcess>((resolve) => {
        const key = ['--key', keyFile('authority'), '--operator', operatorKey.actor];
        const process = new AuthorityProcess('authority', [...at, ...key], () => resolve(process));
        authorities.push(process);
        process.start();
      });
      const { channel, artifacts, log, close } = await openLedger(server.url, ledger as LedgerId);
      const stop = new AbortController();
      // Its id is tagged with what the first entry says.
      while ((await log.head()).size === 0) await delay(20);
      const client = new CommandClient({ channel, clock: systemClock, key: operatorKey, log });
      const operator = new Operator(client, artifacts, stop.signal);
      const rewards = { ...seedPolicy.rewards, periodWindows: plan.windows };
      await operator.adoptPolicy({ ...seedPolicy, rewards });
      for (const name of names.slice(2)) {
        const role = name.startsWith('v') ? 'validator' : 'worker';
        await operator.admit({ participant: keyNamed(name).actor, role, name });
      }
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
      const ours = [
        startDaybook('validator', ...at, '--key', keyFile('v1')),
        startDaybook('validator', ...at, '--key', keyFile('v2')),
        startDaybook('worker', ...at, '--key', keyFile('w1')),
      ];
      nodes.push(...ours);
      return { at, authority, operator, ours, close };
    }

    /** What is exported, and what an audit of it says. */
    async function recordingOf(ledger: string, at: readonly string[]) {
      const recording = join(folder, ledger);
      const store = ['--artifacts', `${recording}.artifacts`];
      const exported = await daybook('export', recording, ...at, ...store);
      expect(exported.code, exported.err).toBe(0);
      const audited = await daybook('audit', recording, ...store, '-o', 'json');
      const books = JSON.parse(readFileSync(`${recording}.books.json`, 'utf8')) as Books;
      return { audited, books, ndjson: readFileSync(`${recording}.ndjson`, 'utf8') };
    }

    /** A run to its end, with workers in Python by the script that they run. */
    async function play(ledger: string, plan: RunPlan, scripts: Readonly<Record<string, string>>) {
      const { at, operator, ours, close } = await network(ledger, plan, Object.keys(scripts));
      const workers = Object.entries(scripts).map(
        ([name, script]) => [name, startPython(script, server.url, ledger, keyFile(name))] as const,
      );
      const joining = [...ours, ...workers.map(([, worker]) => worker)];
      await Promise.all(joining.map((one) => one.said('joined as session')));
      await operator.startRun(plan);
      const ended: Record<string, Ended> = {};
      for (const [name, worker] of workers) ended[name] = await worker.ended;
      await close();
      return { ended, ...(await recordingOf(ledger, at)) };
    }

    const judgedOf = (books: Books, name: string): (string | null)[] =>
      Object.values(books.windows)
        .flatMap(({ assignments }) => Object.values(assignments))
        // What was given back was never judged.
        .filter((held) => held.participant === keyNamed(name).actor && held.submission !== null)
        .map(({ disposition }) => disposition);

    it('is accepted and paid, and one that trains otherwise is rejected', async () => {
      const plan = { ...tinyPlan, slots: 3, windows: 2, minWorkers: 2 };
      const { ended, audited, books } = await play('snakes', plan, {
        honest: 'examples/plain_loop.py',
        hasty: 'tests/wrong_rate.py',
      });
      const said = JSON.stringify(ended, null, 1);
      expect(ended['honest']?.code, said).toBe(0);
      expect(ended['hasty']?.code, said).toBe(0);
      // Two in the second window, perhaps: there are as many slots as there were workers.
      expect(judgedOf(books, 'honest').length, said).toBeGreaterThanOrEqual(2);
      expect(new Set(judgedOf(books, 'honest')), said).toEqual(new Set(['accepted']));
      expect(judgedOf(books, 'hasty'), said).toEqual(['rejected']);
      expect(ended['hasty']?.err).toContain('rejected: ');
      const wallet = balanceOf(books, 'micro', `participant/${keyNamed('honest').actor}`);
      expect(wallet).toBeGreaterThan(0n);
      expect(ended['honest']?.out).toMatch(new RegExp(`micro-units ${wallet}\n$`));
      expect(audited.code, audited.out + audited.err).toBe(0);
      const checks = JSON.parse(audited.out) as { name: string; status: string }[];
      expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    });

    it('finishes what it holds when it is told to end, and ends at once when it is told again', async () => {
      const plan = { ...tinyPlan, slots: 2, windows: 200, minWorkers: 2 };
      const { at, authority, operator, ours, close } = await network('leaving', plan, ['leaver']);
      const key = ['--key', keyFile('leaver')];
      const start = () => startPython('-m', 'daybook_worker', ...at, ...key);
      const first = start();
      await Promise.all([...ours, first].map((one) => one.said('joined as session')));
      await operator.startRun(plan);
      await first.said('committed');
      first.kill('SIGTERM');
      const left = await first.ended;
      expect(left.code, left.err).toBe(0);
      expect(left.err).toMatch(/drains: finishes [^]*drained: holds nothing any more/);
      const { ndjson, books, audited } = await recordingOf('leaving', at);
      const { actor } = keyNamed('leaver');
      const about = ndjson.split('\n').flatMap((line) => {
        if (line === '') return [];
        const { type, data } = JSON.parse(line) as { type: string; data: { participant?: string } };
        return data.participant === actor
          ? [type.replace(/^daybook\.participant\.|\.v1$/g, '')]
          : [];
      });
      expect(about.filter((type) => /^(joined|draining|drained|left)$/.test(type))).toEqual([
        'joined',
        'draining',
        'drained',
      ]);
      expect(new Set(judgedOf(books, 'leaver')), left.err).toEqual(new Set(['accepted']));
      expect(audited.code, audited.out + audited.err).toBe(0);

      const again = start();
      await again.said('joined as session 2');
      // With nobody to answer, it would wait for ever.
      await authority.end('SIGKILL');
      again.kill('SIGTERM');
      await delay(500);
      again.kill('SIGTERM');
      const gone = await again.ended;
      expect(gone.code, gone.err).toBe(0);
      expect(gone.err).toContain('could not say goodbye');
      for (const node of ours) node.kill('SIGKILL');
      await close();
    });

    it.skipIf(reasonNoTrainer !== null)(
      'is accepted where a Hugging Face Trainer does the steps',
      async () => {
        const { ended, audited, books } = await play(
          'trainer',
          { ...tinyPlan, windows: 1 },
          { trainer: 'examples/trainer_loop.py' },
        );
        expect(ended['trainer']?.code, ended['trainer']?.err).toBe(0);
        expect(judgedOf(books, 'trainer'), ended['trainer']?.err).toEqual(['accepted']);
        expect(audited.code, audited.out + audited.err).toBe(0);
      },
    );
  });
});
