/**
 * `daybook demo` as a person runs it, on a tiny model: it ends with an audit that holds. Then
 * `daybook audit` on damaged copies of its recording: exit code 3 and the first bad sequence.
 */
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ended } from '../../testing/daybook-process.ts';
import { daybook } from '../../testing/daybook-process.ts';

let folder: string;
let demo: Ended;
const base = (): string => join(folder, 'run', 'recording', 'demo');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daybook-demo-'));
  demo = await daybook('demo', '--size', 'mini', '--windows', '3', '--dir', join(folder, 'run'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether a submission of the party for such an assignment is in the recording. */
function handedIn(name: string, assignment: string): boolean {
  const { members } = JSON.parse(readFileSync(`${base()}.books.json`, 'utf8')) as {
    members: Record<string, { name: string }>;
  };
  const [actor = ''] = Object.keys(members).filter((one) => members[one]?.name === name);
  return readFileSync(`${base()}.ndjson`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; actor: string; data: object })
    .some(
      ({ type, actor: author, data }) =>
        type.startsWith('daybook.submission.committed.') &&
        author === actor &&
        'assignment' in data &&
        String(data.assignment).includes(assignment),
    );
}

describe('daybook demo', () => {
  it('catches the cheat, survives the death, pays the pool, and audits', () => {
    expect(demo.err).toBe('');
    expect(demo.code).toBe(0);
    expect(demo.out).toMatch(/run moby is active[^]*window 0 from revision 0/);
    const [, dead] = /(worker-\d) dies in the middle of its work/.exec(demo.out) ?? [];
    expect(dead).toBeDefined();
    // It is killed when its claim is read: what it sent until then leaves nothing to be taken over.
    if (!handedIn(dead ?? '', '/2/'))
      expect(demo.out).toMatch(new RegExp(`takes slot \\d over from ${dead} \\(lease_ended\\)`));
    expect(demo.out).toMatch(/sum of payouts +1000\.000000/);
    expect(demo.out).toContain('12 checks hold, 0 fail, 0 skipped');
  });
});

/** Audit a copy of the recording whose lines (or checkpoint) were changed. */
async function auditOf(change: (lines: string[]) => string[], ...more: string[]): Promise<Ended> {
  const copy = join(folder, 'copy');
  const lines = readFileSync(`${base()}.ndjson`, 'utf8').split('\n').slice(0, -1);
  writeFileSync(
    `${copy}.ndjson`,
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
  for (const ending of ['checkpoint', 'books.json'])
    copyFileSync(`${base()}.${ending}`, `${copy}.${ending}`);
  return daybook('audit', copy, ...more);
}

const at = (lines: string[], type: string): number =>
  lines.findIndex((line) => line.includes(`"daybook.${type}.v1"`));

describe('daybook audit', () => {
  it('names the first bad sequence of a damaged recording and exits 3', async () => {
    let where = -1;
    const cases: Record<string, (lines: string[]) => string[]> = {
      'a flipped digit in a signed fact': (lines) => {
        where = at(lines, 'submission.committed');
        return lines.with(where, (lines[where] ?? '').replace(/"tokens":(\d)/, '"tokens":9$1'));
      },
      'a derived fact that no rule gives': (lines) => {
        where = at(lines, 'promotion.decided');
        return lines.with(
          where,
          (lines[where] ?? '').replace('promoted_revision', 'held_no_promotion'),
        );
      },
      'a line left out': (lines) => {
        where = at(lines, 'verdict.recorded');
        return lines.toSpliced(where, 1);
      },
      'a line twice': (lines) => {
        where = at(lines, 'window.sealed') + 1;
        return lines.toSpliced(where, 0, lines[where - 1] ?? '');
      },
      'two lines swapped': (lines) => {
        where = at(lines, 'lease.granted');
        return lines.with(where, lines[where + 1] ?? '').with(where + 1, lines[where] ?? '');
      },
    };
    for (const [name, change] of Object.entries(cases)) {
      const { code, out } = await auditOf(change);
      expect([name, code]).toEqual([name, 3]);
      expect(out).toContain(`first bad sequence ${where})`);
    }
  });

  it('refuses the signature of another key', async () => {
    const own = readFileSync(`${base()}.key`, 'utf8').trim();
    // The last character but one: all of its bits are the key's.
    const other = own.replace(/.(?=.=*$)/, (one) => (one === 'A' ? 'B' : 'A'));
    expect(other).not.toBe(own);
    const { code, out } = await auditOf((lines) => lines, '--key', other);
    expect(code).toBe(3);
    expect(out).toMatch(/FAILED +checkpoint signature/);
  });

  it('finds an artifact that is missing or damaged', async () => {
    const artifacts = join(folder, 'run', 'recording', 'artifacts');
    const book = JSON.parse(readFileSync(`${base()}.books.json`, 'utf8')) as {
      runs: { moby: { revisions: { checkpoint: { digest: string } }[] } };
    };
    const hex = (book.runs.moby.revisions[0]?.checkpoint.digest ?? '').slice('sha256:'.length);
    const path = join(artifacts, hex.slice(0, 2), hex);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(1));
    const damaged = await daybook('audit', base(), '--artifacts', artifacts);
    rmSync(path);
    const missing = await daybook('audit', base(), '--artifacts', artifacts);
    expect([damaged.code, missing.code]).toEqual([3, 3]);
    expect(damaged.out).toMatch(/FAILED +contributions.*artifact_corrupt/);
    expect(missing.out).toMatch(/FAILED +contributions.*artifact_missing/);
    expect(readdirSync(artifacts).length).toBeGreaterThan(1);
  });

  it('says what is wrong with its usage', async () => {
    const [unknown, nowhere] = await Promise.all([
      daybook('audit', join(folder, 'nothing-here')),
      daybook('audit', base(), '--artifacts', join(folder, 'nowhere')),
    ]);
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toContain('cannot read');
    expect(nowhere).toMatchObject({ code: 2 });
  });
});
