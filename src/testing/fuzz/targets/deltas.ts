/** Encoded deltas, which every party of a run reads from every other. */
import { isDeepStrictEqual } from 'node:util';
import { decodeDelta } from '../../../compute/deltas/decode-delta.ts';
import type { DeltaTerms } from '../../../compute/deltas/decode-delta.ts';
import { readDeltaFile, writeDeltaFile } from '../../../compute/deltas/delta-file.ts';
import { DeltaError } from '../../../compute/deltas/delta-error.ts';
import { encodeDelta } from '../../../compute/deltas/encode-delta.ts';
import { parseDeltaEncoding } from '../../../compute/deltas/encoding.ts';
import type { DeltaEncoding, LossyEncoding } from '../../../compute/deltas/encoding.ts';
import { partsOf } from '../../../compute/deltas/parts.ts';
import type { Parts } from '../../../compute/deltas/parts.ts';
import { inNameOrder, tableOf } from '../../../compute/deltas/table.ts';
import type { Table } from '../../../compute/deltas/table.ts';
import { SafetensorsError } from '../../../compute/tensors/safetensors-error.ts';
import { readHeader } from '../../../compute/tensors/safetensors-header.ts';
import { elementCount } from '../../../compute/tensors/tensor.ts';
import { readSafetensors, writeSafetensors } from '../../../compute/tensors/safetensors.ts';
import { TrainingInputError } from '../../../compute/training-input-error.ts';
import { editBytes } from '../byte-edits.ts';
import type { Chance } from '../chance.ts';
import { declared, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';
import { editHeader } from './safetensors-edits.ts';

const ELEMENTS_MAX = 4096;

const tensor = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) =>
    at % 5 === 0 ? 0 : ((at * 37) % 101) / 64 - 0.75,
  ),
});
const DELTA = writeSafetensors(
  new Map([
    ['w', tensor(9, 7)],
    ['gain', tensor(21)],
    ['empty', tensor(0, 3)],
    ['scalar', tensor()],
  ]),
);
const ENCODINGS: readonly DeltaEncoding[] = [
  { name: 'raw' },
  { name: 'int8', statistic: 'absmax', block: 16, decay: 0 },
  { name: 'int8', statistic: 'bins', block: 1024, decay: 0.5 },
  { name: 'sparseloco', tile: 4, top: 3, decay: 0.95 },
  { name: 'demo', tile: 8, top: 5, decay: 1 },
];

/** For files that claim nothing: the terms of the last sample. */
const UNCHANGED: DeltaTerms = {
  encoding: ENCODINGS.at(-1)!,
  shapes: tableOf(readSafetensors(DELTA).tensors),
};

const isDeclared = (error: unknown): boolean =>
  error instanceof DeltaError ||
  error instanceof SafetensorsError ||
  error instanceof TrainingInputError;

/**
 * The terms on which a file says that it was written, if a run could have agreed to them. The decoder
 * takes no file's word; here edits of it would otherwise all end at its first comparison.
 */
function claimedTerms(file: Uint8Array): DeltaTerms | undefined {
  const header = declared(() => readHeader(file), isDeclared);
  if (header === undefined) return undefined;
  const { metadata, entries } = header;
  const shapes = new Map(
    metadata.size === 0
      ? entries.map(({ name, shape }) => [name, shape])
      : rowsOf(jsonOf(metadata.get('tensors'))),
  );
  const elements = [...shapes.values()].reduce((sum, shape) => sum + elementCount(shape), 0);
  if (!(elements <= ELEMENTS_MAX)) return undefined;
  if (metadata.size === 0) return { encoding: { name: 'raw' }, shapes };
  const text = jsonOf(metadata.get('encoding'));
  const encoding = declared(() => parseDeltaEncoding(text), isDeclared);
  return encoding && { encoding, shapes };
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

function rowsOf(value: unknown): [string, number[]][] {
  const isSize = (size: unknown): boolean => Number.isSafeInteger(size) && (size as number) >= 0;
  const isRow = (row: unknown): row is [string, number[]] =>
    Array.isArray(row) &&
    typeof row[0] === 'string' &&
    Array.isArray(row[1]) &&
    (row[1] as unknown[]).every(isSize);
  return Array.isArray(value) ? (value as unknown[]).filter(isRow) : [];
}

interface Opened {
  readonly encoding: LossyEncoding;
  readonly table: Table;
  readonly parts: Parts;
}

function opened(file: Uint8Array): Opened | undefined {
  const terms = claimedTerms(file);
  if (terms === undefined || terms.encoding.name === 'raw') return undefined;
  const [encoding, table] = [terms.encoding, inNameOrder(terms.shapes)];
  const parts = declared(() => readDeltaFile(encoding, table, file), isDeclared);
  return parts && { encoding, table, parts };
}

/** Changes one thing of what the file says and writes its header anew, so that the edit gets past it. */
function editContent(file: Uint8Array, chance: Chance, samples: readonly Uint8Array[]): Uint8Array {
  const delta = opened(file);
  if (delta === undefined) return file;
  const { encoding, table, parts } = delta;
  switch (chance.below(3)) {
    case 0:
      return writeDeltaFile(otherEncoding(encoding, chance), table, parts);
    case 1:
      return writeDeltaFile(encoding, otherTable(table, chance), parts);
    default: {
      const { name } = chance.of(partsOf(encoding));
      const bytes = editBytes(parts.get(name)!, chance, samples);
      return writeDeltaFile(encoding, table, new Map(parts).set(name, bytes));
    }
  }
}

function otherEncoding(encoding: LossyEncoding, chance: Chance): LossyEncoding {
  const by = chance.oneIn(2) ? 1 : -1;
  const other = Object.entries(encoding).map(([name, value]) =>
    typeof value === 'number' && chance.oneIn(2) ? [name, value + by] : [name, value],
  );
  const changed = declared(() => parseDeltaEncoding(Object.fromEntries(other)), isDeclared);
  return changed === undefined || changed.name === 'raw' ? encoding : changed;
}

function otherTable(table: Table, chance: Chance): Table {
  return new Map(
    [...table].map(([name, shape]) => {
      if (chance.oneIn(2)) return [name, shape];
      const grown = shape.map((size) => Math.max(0, size + chance.of([-1, 0, 1])));
      return [name, chance.oneIn(3) ? grown.toReversed() : grown];
    }),
  );
}

export const deltaTargets: readonly FuzzTarget[] = [
  {
    name: 'encoded-delta',
    samples: ENCODINGS.map((encoding) => encodeDelta(encoding, null, DELTA).encoded),
    edits: [editHeader, editContent],
    feed: (file) => {
      const terms = claimedTerms(file) ?? UNCHANGED;
      const tensors = declared(() => decodeDelta(terms, file), isDeclared);
      if (tensors === undefined) return false;
      promise(
        isDeepStrictEqual(
          new Map([...tensors].map(([name, { shape }]) => [name, shape])),
          inNameOrder(terms.shapes),
        ),
        'it decodes to other tensors than agreed',
      );
      for (const { data } of tensors.values()) {
        promise(data.every(Number.isFinite), 'it decodes to a value that is not finite');
      }
      const parsed = opened(file);
      const again =
        parsed === undefined
          ? writeSafetensors(tensors)
          : writeDeltaFile(parsed.encoding, parsed.table, parsed.parts);
      promise(Buffer.compare(again, file) === 0, 'the same content is written otherwise');
      return true;
    },
  },
];
