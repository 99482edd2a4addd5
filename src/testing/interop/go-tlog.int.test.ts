/**
 * Another implementation's word: Go's x/mod/sumdb verifies our checkpoints, our proofs and our tiles,
 * transparency-dev/formats our witness's cosignatures. Skipped where there is no `go`, or where its
 * modules are neither cached nor to be had.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { base64Of } from '../../events/base64.ts';
import { parseWitnessKeys } from '../../events/cosignature.ts';
import type { SigningKey } from '../../events/nkey.ts';
import { verifierKeyOf } from '../../events/note.ts';
import { parseInclusionProof } from '../../events/proof-text.ts';
import { startExplorer } from '../../explorer/server.ts';
import { runAuthority } from '../../roles/authority.ts';
import { parsePrefixProof } from '../../events/prefix-proof.ts';
import { proveInclusion, provePrefixes, signedTree } from '../../roles/proofs/signed-tree.ts';
import { WitnessHeads } from '../../roles/witness/heads.ts';
import { trustedLogs } from '../../roles/witness/judge.ts';
import { serveWitness } from '../../roles/witness/server.ts';
import { keyNamed, LEDGER } from '../desk.ts';
import { ndjsonOf, signedHead, signer, storyLines, verifierKey } from '../signed-story.ts';
import { StoryLedger, tellAll } from '../story-ledger.ts';
import { whyNoGo } from '../go-modules.ts';

const cwd = fileURLToPath(new URL('./go/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'daybook-go-'));
const verifier = join(folder, 'verifier');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const reason = whyNoGo(cwd);
if (reason !== null) process.stderr.write(`Go interop is skipped: ${reason}\n`);

const right = <T>(result: E.Either<{ readonly message: string }, T>): T => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

/** Every entry and every prefix under a head of this size, as our own texts state them. */
function claimsAt(size: number) {
  const lines = storyLines.slice(0, size);
  const tree = right(signedTree(ndjsonOf(lines), signedHead(lines)));
  const inclusions = lines.map((line, index) => {
    const { path } = right(parseInclusionProof(proveInclusion(tree, index)));
    return { index, entry: base64Of(line), path: path.map(base64Of) };
  });
  // Go's tree check starts at one record; an empty log needs no proof.
  const prefixes = lines.map((_, index) => {
    const [one] = right(parsePrefixProof(provePrefixes(tree, [index + 1]))).prefixes;
    if (one === undefined) throw new Error('one was asked for');
    return { size: one.size, root: base64Of(one.root), path: one.path.map(base64Of) };
  });
  return { key: verifierKey, checkpoint: tree.checkpoint, inclusions, prefixes };
}

const ask = (claims: ReturnType<typeof claimsAt>) =>
  spawnSync(verifier, { input: JSON.stringify(claims), encoding: 'utf8' });

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A ledger of two tiles of leaves with its authority, a witness, and the explorer's address. */
async function servedInTiles(witnessName: string, witness: SigningKey): Promise<string> {
  const ledger = new StoryLedger();
  await tellAll(ledger);
  const { clockMs } = ledger.story.desk.books.ledger;
  const parts = await openLedger('memory:', LEDGER, { memory: ledger.world });
  const stop = new AbortController();
  const clock = { ...systemClock, nowMs: () => clockMs };
  const serving = runAuthority({ ...parts, clock, key: signer }, stop.signal);
  closing.push(async () => {
    stop.abort();
    await serving;
  });
  const heads = WitnessHeads.open(':memory:', witness.actor, { create: true });
  const witnessing = await serveWitness({
    key: witness,
    name: witnessName,
    logs: right(trustedLogs([verifierKey])),
    heads,
    nowMs: systemClock.nowMs,
    onFork: () => undefined,
    host: '127.0.0.1',
    port: 0,
    say: () => undefined,
  });
  closing.push(() => witnessing.close());
  const keys = right(
    parseWitnessKeys([verifierKeyOf(witnessName, witness.actor, 'cosignatureV1')]),
  );
  const { log, channel } = await openLedger('memory:', LEDGER, { memory: ledger.world });
  const witnesses = { urls: [witnessing.address], keys, quorum: 1 };
  const explorer = await startExplorer({ log, channel, port: 0, witnesses });
  closing.push(() => explorer.close());
  return explorer.address;
}

describe.skipIf(reason !== null)('golang.org/x/mod/sumdb', () => {
  beforeAll(() => void execFileSync('go', ['build', '-o', verifier, '.'], { cwd }));

  it('reads our tiles over HTTP, under a head that it finds cosigned', async () => {
    const witness = keyNamed('witness');
    const name = 'witness.example/w1';
    const address = await servedInTiles(name, witness);
    const witnessKey = verifierKeyOf(name, witness.actor, 'cosignatureV1');
    const read = (key: string) =>
      promisify(execFile)(verifier, ['tiles', address, verifierKey, key]).then(
        ({ stdout }) => stdout,
        (error: { stderr: string }) => error.stderr,
      );
    expect(await read(witnessKey)).toMatch(
      /^ok (\d{3}) entries of \1 from tiles, cosigned by witness\.example\/w1\n$/,
    );
    const stranger = verifierKeyOf(name, keyNamed('stranger').actor, 'cosignatureV1');
    expect(await read(stranger)).toContain('1 of 2 signatures');
  });

  it('accepts our checkpoints and every proof under them, and no altered one', () => {
    for (const size of [1, 2, 7, 8, 9, storyLines.length]) {
      const { stdout, stderr } = ask(claimsAt(size));
      expect(stderr + stdout).toBe(`ok ${size} inclusions, ${size} prefixes of ${size}\n`);
    }
    const claims = claimsAt(9);
    const [a, b] = claims.inclusions;
    if (a === undefined || b === undefined) throw new Error('nine entries');
    const crossed = { ...claims, inclusions: [{ ...a, entry: b.entry }] };
    expect(ask(crossed).stderr).toContain('inclusion of 0');
    const shifted = claims.prefixes.map((one) => ({ ...one, size: (one.size % 9) + 1 }));
    expect(ask({ ...claims, prefixes: shifted }).stderr).toContain('prefix of');
    const altered = claims.checkpoint.replace('\n9\n', '\n8\n');
    expect(ask({ ...claims, checkpoint: altered }).stderr).toContain('checkpoint');
  });
});
