/** Bytes and a file of them are read alike, in pieces of whole lines, wherever a read ends. */
import { describe, expect, it } from 'vitest';
import { splitRecording } from '../../events/recording.ts';
import { linesAt, piecesOf } from './recorded-lines.ts';

/** Longer than two reads of a file, lines of many lengths, none of which divides a piece. */
const lines = Array.from({ length: 9000 }, (_, at) => `${at} ${'x'.repeat((at * 37) % 2100)}`);
const whole = new Uint8Array(Buffer.from(`${lines.join('\n')}\n`));
const cut = whole.subarray(0, whole.byteLength - 5);

const forms = (bytes: Uint8Array) =>
  [
    ['bytes', bytes],
    ['a file', new Blob([new Uint8Array(bytes)])],
  ] as const;

describe.each([...forms(whole), ...forms(cut)])('%s', (_, recorded) => {
  const bytes = recorded instanceof Blob ? recorded.size : recorded.byteLength;
  const all = whole.subarray(0, bytes);

  it('come in pieces that end with lines', async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of piecesOf(recorded)) pieces.push(new Uint8Array(piece));
    expect(pieces.length).toBeGreaterThan(16);
    for (const piece of pieces.slice(0, -1)) expect(piece.at(-1)).toBe(0x0a);
    expect(Buffer.compare(Buffer.concat(pieces), all)).toBe(0);
  });

  it('give the lines that are asked for, as many as there are', async () => {
    const own = [...splitRecording(all)];
    const found = await linesAt(recorded, new Set([0, 4321, own.length - 1, own.length]));
    expect([...found.keys()]).toEqual([0, 4321, own.length - 1]);
    for (const [sequence, line] of found) expect(line).toEqual(new Uint8Array(own[sequence] ?? []));
  });
});
