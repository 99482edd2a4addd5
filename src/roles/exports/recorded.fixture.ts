/** Histories for tests of exports: runs that are kept in fixtures/, and a desk's. */
import { readFileSync } from 'node:fs';
import { splitRecording } from '../../events/recording.ts';
import type { History } from './history.ts';
import { historyOf } from './history.ts';

const fixtures = new URL('../../../fixtures/', import.meta.url);

/** @param path under fixtures/, without its extension, such as `logs/mini-rules-3` */
export const recordedLines = (path: string): Uint8Array[] => [
  ...splitRecording(readFileSync(new URL(`${path}.ndjson`, fixtures))),
];

export const recorded = (path: string): History => historyOf(recordedLines(path));
