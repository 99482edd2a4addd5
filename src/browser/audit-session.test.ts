/** An audit as a browser runs it, without the browser: what is said of a file, and what is refused. */
import { describe, expect, it } from 'vitest';
import { ndjsonOf, signedHead, storyLines } from '../testing/signed-story.ts';
import { AuditSession } from './audit-session.ts';
import type { FromWorker } from './messages.ts';

function opened(lines: readonly Uint8Array[], bytesMax: number) {
  const said: FromWorker[] = [];
  const session = new AuditSession(
    {
      kind: 'open',
      ndjson: new Blob([new Uint8Array(ndjsonOf(lines))]),
      checkpoint: signedHead(storyLines),
      verifierKey: null,
      books: null,
      artifacts: [],
      threads: 1,
    },
    {
      say: (message) => void said.push(message),
      nowMs: () => 0,
      openLane: () => Promise.reject(new Error('nothing is computed')),
      bytesMax,
    },
  );
  return { said, session };
}

describe('a recording', () => {
  it('that is larger than a tab is trusted with is refused by a code, before it is read', async () => {
    const { said, session } = opened(storyLines, 1000);
    await expect(session.done).rejects.toMatchObject({ code: 'recording_too_large' });
    expect(said).toEqual([]);
  });

  it('is told of with its entries, and the first bad one as it stands', async () => {
    const at = storyLines.findLastIndex((line) => Buffer.from(line).includes('"sig":"'));
    const text = Buffer.from(storyLines[at] as Uint8Array).toString();
    const forged = text.replace(
      /"sig":"(.)/,
      (_, one: string) => `"sig":"${one === 'A' ? 'B' : 'A'}`,
    );
    const { said, session } = opened(storyLines.with(at, Buffer.from(forged)), 1e9);
    await session.done;
    const entries = said.filter((one) => one.kind === 'entry');
    expect(entries).toContainEqual({ kind: 'entry', sequence: at, entry: forged.slice(0, 2000) });
    const [summary] = said.filter((one) => one.kind === 'summary');
    expect(summary?.summary).toMatchObject({ ok: false, entries: storyLines.length });
  });
});
