/**
 * Writes the entries of a whole network (whole-network.ts) as NDJSON, window after window, so that a
 * benchmark can read more of them than it has room for, and again without making them again.
 *   node bench/network-recording.ts <file> <participants> <windows>
 * The last window is one more than asked for: what comes while somebody looks. Its first line's
 * number is the name of `<file>.whole`.
 */
import { closeSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { Network } from './whole-network.ts';

const NEWLINE = Uint8Array.of(0x0a);

const [file = '', participants = 0, windows = 0] = process.argv
  .slice(2)
  .map((given, index) => (index === 0 ? given : Number(given))) as [string, number, number];
const partial = `${file}.partial`;
const output = openSync(partial, 'w');
let count = 0;
const network = new Network(participants, windows + 1, (lines) => {
  for (const line of lines) writeSync(output, Buffer.concat([line, NEWLINE]));
  count += lines.length;
});
for (let window = 0; window < windows; window += 1) network.playWindow();
writeFileSync(`${file}.whole`, String(count));
network.playWindow();
closeSync(output);
renameSync(partial, file);
