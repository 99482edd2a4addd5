/**
 * Writes the entries of a whole network (whole-network.ts) as NDJSON, window after window, so that a
 * benchmark can read more of them than it has room for, and again without making them again.
 *   node bench/network-recording.ts <file> <participants> <windows> [signed]
 * Signed, it can be audited: each author has signed, and the head over all lines is beside it as
 * `.checkpoint`, in place of the file's extension. The last window is one more than asked for: what comes while somebody looks. Its first line's
 * number is the name of `<file>.whole`.
 */
import { closeSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { originOf, signCheckpoint } from '../src/events/checkpoint.ts';
import { CompactRange, leafHash } from '../src/events/merkle.ts';
import { keyNamed, LEDGER } from '../src/testing/desk.ts';
import { end } from './lacking.ts';
import { Network } from './whole-network.ts';

const NEWLINE = Uint8Array.of(0x0a);

const [file = '', participants = '', windows = '', signed] = process.argv.slice(2);
if (file === '' || !(Number(participants) > 0) || !(Number(windows) > 0))
  end('usage: node bench/network-recording.ts <file> <participants> <windows> [signed]');
const isSigned = signed === 'signed';
const partial = `${file}.partial`;
const output = openSync(partial, 'w');
const tree = CompactRange.empty();
let count = 0;
const recorded = (lines: readonly Uint8Array[]): void => {
  writeSync(output, Buffer.concat(lines.flatMap((line) => [line, NEWLINE])));
  if (isSigned) for (const line of lines) tree.append(leafHash(line));
  count += lines.length;
};
const network = new Network(Number(participants), Number(windows) + 1, recorded, isSigned);
for (let window = 0; window < Number(windows); window += 1) network.playWindow();
writeFileSync(`${file}.whole`, String(count));
network.playWindow();
closeSync(output);
renameSync(partial, file);
if (isSigned) {
  const head = { origin: originOf(LEDGER), size: tree.size, root: tree.root() };
  const note = signCheckpoint(keyNamed('authority'), head.origin, head);
  writeFileSync(file.replace(/\.[^.]*$/, '.checkpoint'), note);
}
