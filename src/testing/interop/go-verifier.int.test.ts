/**
 * A verifier that shares no code with ours: examples/go-verifier agrees with the golden vectors, accepts
 * the recordings that we keep, and refuses each of them once a byte is altered. Skipped without `go`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoGo } from '../go-modules.ts';

const fromRoot = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const cwd = fromRoot('examples/go-verifier');
const folder = mkdtempSync(join(tmpdir(), 'daybook-go-verifier-'));
const verifier = join(folder, 'verifier');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const reason = whyNoGo(cwd);
if (reason !== null) process.stderr.write(`The Go verifier is skipped: ${reason}\n`);

const recordings = ['fixtures/logs', 'fixtures/runs'].flatMap((where) =>
  readdirSync(fromRoot(where), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ndjson'))
    .map((name) => join(where, name.slice(0, -'.ndjson'.length))),
);

const verify = (base: string, ndjson = `${base}.ndjson`, checkpoint = `${base}.checkpoint`) =>
  spawnSync(verifier, [ndjson, checkpoint, `${base}.key`], { encoding: 'utf8' });

describe.skipIf(reason !== null)('the Go verifier', () => {
  beforeAll(() => void execFileSync('go', ['build', '-o', verifier, '.'], { cwd }));

  it('agrees with the golden vectors', () => {
    const { status, stdout, stderr } = spawnSync('go', ['test', '-count=1', './...'], {
      cwd,
      encoding: 'utf8',
    });
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^ok /);
  });

  it.each(recordings)('accepts %s, and refuses what was altered', (name) => {
    const base = fromRoot(name);
    const ndjson = readFileSync(`${base}.ndjson`);
    const lines = ndjson.toString('utf8').split('\n').length - 1;
    const accepted = verify(base);
    expect(accepted.stderr).toBe('');
    expect(accepted.stdout).toMatch(
      new RegExp(`^ok ${lines} entries, [1-9]\\d* signatures, root `),
    );

    const altered = join(folder, 'altered');
    const refusal = (bytes: Buffer | string): string => {
      writeFileSync(altered, bytes);
      const { status, stderr } = verify(base, altered);
      expect(status).toBe(1);
      return stderr;
    };
    const text = ndjson.toString('utf8');
    const all = text.split('\n');
    expect(refusal(text.replace(/"time":"(\d+)-/g, (_, year) => `"time":"${Number(year) + 1}-`)))
      // Times are the authority's: only the tree tells.
      .toContain(`${lines} entries under`);
    expect(refusal(all.slice(0, -2).join('\n') + '\n')).toContain(`${lines - 1} entries under`);
    expect(refusal(all.toSpliced(3, 1).join('\n'))).toContain('entry 4 stands where 3 should');
    expect(refusal(ndjson.subarray(0, -1))).toContain('no newline');
    expect(refusal(text.replace('"session":1', '"session":2'))).toContain("not its author's");
    const head = join(folder, 'head');
    writeFileSync(
      head,
      readFileSync(`${base}.checkpoint`, 'utf8').replace(`\n${lines}\n`, `\n${lines - 1}\n`),
    );
    expect(verify(base, `${base}.ndjson`, head).stderr).toContain('checkpoint: ');
  });
});
