/** Where an export goes: standard output, a file, or a folder that it makes. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeNamed, writing } from '../terminal/named-files.ts';

/** @param file absent: standard output */
export function writeOut(text: string, file: string | undefined): void {
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  writing(file, () => mkdirSync(dirname(file), { recursive: true }));
  writeNamed(file, text);
}

/** Says on standard output what it has written. */
export function writeInto(folder: string, name: string, content: string | Uint8Array): void {
  const file = join(folder, name);
  writing(file, () => mkdirSync(folder, { recursive: true }));
  writeNamed(file, content);
  process.stdout.write(`${file}: ${Buffer.byteLength(content)} bytes\n`);
}
