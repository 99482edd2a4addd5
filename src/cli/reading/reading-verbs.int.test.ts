/**
 * The verbs that read, as processes, on one recording of a real run with a cheat and on the live
 * embedded ledger it came from: data on stdout, sentences on stderr, exit codes that mean something.
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { digestOf } from '../../events/digest.ts';
import { LOG_START, type LedgerId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import { runAuthority } from '../../roles/authority.ts';
import { exportRecording, type Recording } from '../../roles/export.ts';
import { Rebuild } from '../../roles/rebuild.ts';
import { WorkerDuties } from '../../roles/worker.ts';
import { startDaybook } from '../../testing/daybook-process.ts';
import { keyNamed } from '../../testing/desk.ts';
import { verbHere } from '../../testing/verb-here.ts';
import { playWholeRun, tinyPlan } from '../../testing/whole-run.ts';
import { writeRecording } from '../ledger/recording-files.ts';

const ledger = 'whole' as LedgerId;
const folder = mkdtempSync(join(tmpdir(), 'daybook-cli-'));
const base = join(folder, 'recording');
const url = `file:${join(folder, 'ledger')}`;
const live = ['--log', url, '--ledger', ledger];
let recorded: Recording;
let books: Books;

/**
 * When nobody writes any more: after what is exported while nodes are up a heartbeat may come, and their
 * goodbyes wait for an authority. One for which no time goes by answers them, and has nothing to add.
 */
async function recordedAtRest(): Promise<Recording> {
  for (;;) {
    const exported = await recordedNow();
    const { log, close } = await openLedger(url, ledger);
    const { size } = await log.head();
    await close();
    if (size === exported.size) return exported;
  }
}

async function recordedNow(): Promise<Recording> {
  const parts = await openLedger(url, ledger);
  const rebuilt = new Rebuild();
  for await (const commit of parts.log.read(LOG_START)) rebuilt.addCommit(commit);
  const { clockMs } = rebuilt.books.ledger;
  const clock = { ...systemClock, nowMs: () => clockMs };
  const stop = new AbortController();
  const serving = runAuthority({ ...parts, clock, key: keyNamed('authority') }, stop.signal);
  try {
    return await exportRecording(parts);
  } finally {
    stop.abort(new Error('over'));
    await serving;
    await parts.close();
  }
}

beforeAll(async () => {
  const tamper = (delta: Uint8Array): Uint8Array => {
    const altered = Uint8Array.from(delta);
    altered[altered.length - 1] = (altered[altered.length - 1] ?? 0) ^ 1;
    return altered;
  };
  await playWholeRun({
    ledger,
    open: () => openLedger(url, ledger),
    plan: { ...tinyPlan, slots: 3, windows: 2 },
    workers: {
      'worker-1': new WorkerDuties(tamper),
      'worker-2': new WorkerDuties(),
      'worker-3': new WorkerDuties(),
    },
  });
  recorded = await recordedAtRest();
  writeRecording(base, recorded);
  books = JSON.parse(recorded.books) as Books;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lastSequence = (): number => recorded.size - 1;
/** Sequence of the first entry of a type. */
const firstOf = (type: string): number =>
  Buffer.from(recorded.ndjson)
    .toString()
    .split('\n')
    .findIndex((line) => line.includes(type));
/** Where the run ended. A heartbeat of a node that is not stopped yet may still follow it. */
const completedAt = (): number => firstOf('daybook.run.completed.v1');
const json = (text: string): unknown => JSON.parse(text);

/** A copy of the recording that a test may spoil. */
function copyOf(name: string): string {
  const copy = join(folder, name);
  for (const kind of ['ndjson', 'checkpoint', 'books.json'])
    copyFileSync(`${base}.${kind}`, `${copy}.${kind}`);
  return copy;
}

describe('replay', () => {
  it('gives the recorded root and books from a recording and from the live ledger', async () => {
    const out = join(folder, 'out.json');
    const [a, b] = await Promise.all([
      verbHere('replay', base, '-o', 'json', '--books', out),
      verbHere('replay', ...live, '-o', 'json'),
    ]);
    expect([a.code, b.code]).toEqual([0, 0]);
    expect(readFileSync(out, 'utf8')).toBe(recorded.books);
    const [fromFile, fromLog] = [json(a.out), json(b.out)] as { compared: { same: boolean }[] }[];
    expect(fromFile).toMatchObject({
      size: recorded.size,
      booksDigest: digestOf(Buffer.from(recorded.books)),
      root: recorded.checkpoint.split('\n')[2],
      runs: [{ run: 'tiny', state: 'completed', windowsReconciled: 2 }],
    });
    expect(fromFile?.compared.map(({ same }) => same)).toEqual([true, true]);
    expect(fromLog).toMatchObject({ size: recorded.size, compared: [] });
  });

  it('says which recordings a folder holds, where one is named', async () => {
    for (const verb of ['replay', 'audit']) {
      const { code, err } = await verbHere(verb, folder);
      expect([verb, code]).toEqual([verb, 2]);
      expect(err).toContain('is a folder');
      expect(err).toContain(`${base}.ndjson`);
    }
  });

  it('exits 3 where the recorded books are others', async () => {
    const copy = copyOf('other-books');
    writeFileSync(`${copy}.books.json`, recorded.books.replace('"paid":"', '"paid":"1'));
    const { code, out, err } = await verbHere('replay', copy);
    expect(code).toBe(3);
    expect(out).toContain('DIFFERS');
    expect(err).toContain('differs from what was recorded');
  });

  it('exits 3 at a missing line and at a cut one, and names it', async () => {
    const lines = Buffer.from(recorded.ndjson).toString().split('\n');
    const missing = copyOf('missing');
    writeFileSync(`${missing}.ndjson`, lines.toSpliced(17, 1).join('\n'));
    const cut = copyOf('cut');
    writeFileSync(`${cut}.ndjson`, recorded.ndjson.subarray(0, -9));
    const [a, b] = await Promise.all([verbHere('replay', missing), verbHere('replay', cut)]);
    expect(a).toMatchObject({ code: 3 });
    expect(a.err).toContain('Entry 17');
    expect(b).toMatchObject({ code: 3 });
    expect(b.err).toContain(`Entry ${lastSequence()}`);
  });

  it('gives the books as of an entry, the same from the recording and the live ledger', async () => {
    const activated = 'daybook.window.activated.v1';
    const at = firstOf(activated);
    const then = ['--at', String(at), '-o', 'json'];
    const [file, log] = await Promise.all([
      verbHere('replay', base, ...then),
      verbHere('replay', ...live, ...then),
    ]);
    expect([file.code, log.code]).toEqual([0, 0]);
    expect(json(file.out)).toMatchObject({
      size: at + 1,
      compared: [],
      runs: [{ state: 'active' }],
    });
    const { root, booksDigest } = json(file.out) as { root: string; booksDigest: string };
    expect(json(log.out)).toMatchObject({ size: at + 1, root, booksDigest });
    const beyond = await verbHere('replay', base, '--at', String(recorded.size));
    expect(beyond).toMatchObject({ code: 2, out: '' });
    expect(beyond.err).toContain(`last entry of ${base} is ${lastSequence()}`);
  });

  it('says how the runs stood at an entry', async () => {
    const at = (sequence: string) =>
      verbHere('run', 'status', ...live, '--at', sequence, '-o', 'json');
    const [planned, reconciled, beyond] = await Promise.all([
      at(String(firstOf('daybook.run.planned.v1'))),
      at(String(firstOf('daybook.window.reconciled.v1'))),
      at(String(recorded.size)),
    ]);
    expect(json(planned.out)).toMatchObject({ runs: [{ state: 'planned', windowsReconciled: 0 }] });
    expect(json(reconciled.out)).toMatchObject({
      runs: [{ state: 'active', windowsReconciled: 1 }],
    });
    expect(beyond).toMatchObject({ code: 2, out: '' });
  });
});

describe('log', () => {
  it('tails stored bytes, filtered by type and by author', async () => {
    const [tail, verdicts, by] = await Promise.all([
      verbHere('log', 'tail', base, '-n', '3', '-o', 'jsonl'),
      verbHere('log', 'tail', ...live, '--type', 'verdict.*', '-o', 'json', '-n', '1000'),
      verbHere('log', 'tail', base, '--actor', 'worker-1', '--since', '0'),
    ]);
    const lines = Buffer.from(recorded.ndjson).toString().split('\n');
    expect(tail.out).toBe(lines.slice(-4).join('\n'));
    const types = (json(verdicts.out) as { type: string }[]).map(({ type }) => type);
    expect(types.length).toBeGreaterThan(3);
    expect(new Set(types)).toEqual(new Set(['daybook.verdict.recorded.v1']));
    expect(by.out).toContain('submission.committed');
    expect(by.out).not.toContain('worker-2 ');
  });

  it('follows a live ledger until it is interrupted, and cannot follow a recording', async () => {
    const count = recorded.size - completedAt() + 1;
    const tail = startDaybook('log', 'tail', ...live, '--follow', '-n', String(count));
    const out = await tail.printed('run.completed');
    tail.kill('SIGINT');
    expect((await tail.ended).code).toBe(130);
    const [, first, second] = out.trim().split('\n');
    expect([first, second].join('\n')).toContain('run.completed');
    expect(first).not.toContain('run.completed');
    const recording = await verbHere('log', 'tail', base, '--follow');
    expect(recording).toMatchObject({ code: 2 });
    expect(recording.err).toContain('does not grow');
  });

  it('shows an entry with its signature, its hash, its causes and its effects', async () => {
    const verdict = Object.values(books.windows)
      .flatMap(({ assignments }) => Object.values(assignments))
      .find(({ disposition }) => disposition === 'rejected')?.challenge?.verdicts[0];
    const { code, out } = await verbHere(
      'log',
      'show',
      String(verdict?.sequence),
      base,
      '-o',
      'json',
    );
    expect(code).toBe(0);
    const view = json(out) as { line: string; groundOf: { type: string }[] };
    expect(view).toMatchObject({
      type: 'daybook.verdict.recorded.v1',
      actor: verdict?.validator,
      signature: 'valid',
      causedBy: null,
    });
    expect(view.groundOf.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'daybook.challenge.resolved.v1',
        'daybook.participant.quarantined.v1',
        'daybook.journal.posted.v1',
      ]),
    );
    expect(Buffer.from(recorded.ndjson).toString()).toContain(`${view.line}\n`);
    const derived = await verbHere('log', 'show', String(completedAt()), ...live);
    expect(derived.out).toContain('caused by');
    expect(derived.out).toContain('derived from #');
  });

  it('shows that a statement was altered', async () => {
    const copy = copyOf('altered');
    const lines = Buffer.from(recorded.ndjson).toString();
    writeFileSync(`${copy}.ndjson`, lines.replace('"title":"A tiny run"', '"title":"A tidy run"'));
    const at = lines.split('\n').findIndex((line) => line.includes('daybook.run.planned.v1'));
    const { out } = await verbHere('log', 'show', String(at), copy);
    expect(out).toContain('DOES NOT VERIFY');
  });
});

describe('explain', () => {
  const recording = ['--recording', base];

  it('derives every payout again, from the recording and from the live ledger', async () => {
    const { payouts } = books.rewards.periods['tiny/0'] ?? { payouts: [] };
    expect(payouts.length).toBeGreaterThan(2);
    for (const { participant, total } of payouts.slice(0, 2)) {
      const name = books.members[participant]?.name ?? '';
      const [a, b] = await Promise.all([
        verbHere('explain', 'payout', name, ...recording, '-o', 'json'),
        verbHere('explain', 'payout', participant, ...live, '-o', 'json'),
      ]);
      expect(a.code).toBe(0);
      expect(json(a.out)).toMatchObject({ total, agrees: true });
      expect(b.out).toBe(a.out);
    }
  });

  it('shows the cheat its verdict and its penalty', async () => {
    const id = Object.values(books.windows)
      .flatMap(({ assignments }) => Object.values(assignments))
      .find(({ disposition }) => disposition === 'rejected')?.assignment;
    const { code, out } = await verbHere('explain', 'verdict', id ?? '', ...recording);
    expect(code).toBe(0);
    for (const part of ['by worker-1: rejected', 'computed again', 'quarantine', 'penalty'])
      expect(out).toContain(part);
    expect(out).not.toMatch(/[A-Z]{3,} (SEED|ORDER|DRAW) COMES OUT/);
    const payout = await verbHere('explain', 'payout', 'worker-1', ...recording, '-q');
    expect(payout.out).toContain('what earned nothing');
  });

  it('explains a promotion and a code', async () => {
    const promotion = await verbHere('explain', 'promotion', 'tiny/0', ...recording, '-o', 'json');
    expect(json(promotion.out)).toMatchObject({ agrees: true, slots: [{}, {}, {}] });
    const code = await verbHere('explain', 'refusal', 'stale_revision', '-o', 'json');
    expect(json(code.out)).toMatchObject({ retryable: false, judged: null });
  });

  it('answers what cannot be answered with a sentence', async () => {
    const [who, which, how] = await Promise.all([
      verbHere('explain', 'payout', 'nobody', ...recording),
      verbHere('explain', 'verdict', 'tiny/77/0', ...recording),
      verbHere('explain', 'payout', 'worker-1'),
    ]);
    expect(who).toMatchObject({ code: 1, out: '' });
    expect(who.err).toContain('here are: worker-1');
    expect(which).toMatchObject({ code: 1, out: '' });
    expect(how).toMatchObject({ code: 2, out: '' });
  });
});

describe('the command line', () => {
  it('tells how runs stand', async () => {
    const { out } = await verbHere('run', 'status', ...live, '-o', 'json');
    expect(json(out)).toMatchObject({
      size: recorded.size,
      runs: [{ run: 'tiny', state: 'completed', windows: 2, open: null }],
    });
  });

  it('says which runs there are where none has the name asked for', async () => {
    const [known, misspelt] = await Promise.all([
      verbHere('discover', base, '--run', 'tiny'),
      verbHere('discover', base, '--run', 'tinny'),
    ]);
    expect(known.code).toBe(0);
    expect(misspelt).toMatchObject({ code: 2, out: '' });
    expect(misspelt.err).toContain('there is no run tinny; runs here: tiny');
  });

  it('says where else fraud is told when the policy has no ladder of sanctions', async () => {
    const { code, out } = await verbHere('explain', 'offence', 'worker-1', '--recording', base);
    expect(code).toBe(0);
    expect(out).toContain('the policy has no ladder, under which offences are found');
    expect(out).toContain('daybook explain verdict');
  });

  it('refuses unknown verbs and options, missing files, two sources, other ledgers', async () => {
    const [verb, format, file, both, other] = await Promise.all([
      verbHere('explian'),
      verbHere('replay', base, '-o', 'yaml'),
      verbHere('replay', join(folder, 'nothing.ndjson')),
      verbHere('replay', base, ...live),
      verbHere('log', 'tail', '--log', url, '--ledger', 'another'),
    ]);
    expect([verb, format, file, both, other].map(({ code }) => code)).toEqual([2, 2, 2, 2, 1]);
    expect(verb.err).toContain('unknown command');
    expect(format.err).toContain('table, json');
    expect(file.err).toContain('cannot read');
    expect(both.err).toContain('give one of them');
    expect(other.err).toContain('holds the ledger whole');
    for (const { out } of [verb, format, file, both, other]) expect(out).toBe('');
  });
});
