/** Encoded deltas, which every party of a run reads from every other. */
import { decodeDelta } from '../../../compute/deltas/decode-delta.ts';
import { readDeltaFile, writeDeltaFile } from '../../../compute/deltas/delta-file.ts';
import type { DeltaFile } from '../../../compute/deltas/delta-file.ts';
import { DeltaError } from '../../../compute/deltas/delta-error.ts';
import { encodeDelta } from '../../../compute/deltas/encode-delta.ts';
import { parseDeltaEncoding } from '../../../compute/deltas/encoding.ts';
import type { DeltaEncoding, LossyEncoding } from '../../../compute/deltas/encoding.ts';
import { partsOf } from '../../../compute/deltas/parts.ts';
import type { Table } from '../../../compute/deltas/table.ts';
import { SafetensorsError } from '../../../compute/tensors/safetensors-error.ts';
import { writeSafetensors } from '../../../compute/tensors/safetensors.ts';
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

const isDeclared = (error: unknown): boolean =>
  error instanceof DeltaError ||
  error instanceof SafetensorsError ||
  error instanceof TrainingInputError;

const opened = (file: Uint8Array): DeltaFile | null | undefined =>
  declared(() => readDeltaFile(file, ELEMENTS_MAX), isDeclared);

/** Changes one thing of what the file says and writes its header anew, so that the edit gets past it. */
function editContent(file: Uint8Array, chance: Chance, samples: readonly Uint8Array[]): Uint8Array {
  const delta = opened(file);
  if (delta === undefined || delta === null) return file;
  switch (chance.below(3)) {
    case 0:
      return writeDeltaFile({ ...delta, encoding: otherEncoding(delta.encoding, chance) });
    case 1:
      return writeDeltaFile({ ...delta, table: otherTable(delta.table, chance) });
    default: {
      const { name } = chance.of(partsOf(delta.encoding));
      const bytes = editBytes(delta.parts.get(name)!, chance, samples);
      return writeDeltaFile({ ...delta, parts: new Map(delta.parts).set(name, bytes) });
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
      const decoded = declared(() => decodeDelta(file, ELEMENTS_MAX), isDeclared);
      if (decoded === undefined) return false;
      let elements = 0;
      for (const { data } of decoded.tensors.values()) {
        elements += data.length;
        promise(data.every(Number.isFinite), 'it decodes to a value that is not finite');
      }
      promise(elements <= ELEMENTS_MAX, `it decodes to ${elements} elements`);
      const parsed = readDeltaFile(file, ELEMENTS_MAX);
      const again = parsed === null ? writeSafetensors(decoded.tensors) : writeDeltaFile(parsed);
      promise(Buffer.compare(again, file) === 0, 'the same content is written otherwise');
      return true;
    },
  },
];
