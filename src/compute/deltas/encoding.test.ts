import { describe, expect, test } from 'vitest';
import { TrainingInputError } from '../training-input-error.ts';
import { parseDeltaEncoding, printDeltaEncoding } from './encoding.ts';

const good = [
  { name: 'raw' },
  { name: 'int8', statistic: 'absmax', block: 8, decay: 0 },
  { name: 'int8', statistic: 'bins', block: 1024, decay: 1 },
  { name: 'sparseloco', tile: 64, top: 64, decay: 0.95 },
  { name: 'demo', tile: 1, top: 1, decay: 0.999 },
];
const bad: unknown[] = [
  null,
  'raw',
  {},
  { name: 'zip' },
  { name: 'raw', decay: 0 },
  { name: 'int8', statistic: 'median', block: 64, decay: 0 },
  { name: 'int8', statistic: 'absmax', block: 7, decay: 0 },
  { name: 'int8', statistic: 'bins', block: 1023, decay: 0 },
  { name: 'int8', statistic: 'absmax', block: 64.5, decay: 0 },
  { name: 'int8', statistic: 'absmax', block: 64 },
  { name: 'sparseloco', tile: 65, top: 1, decay: 0 },
  { name: 'sparseloco', tile: 8, top: 65, decay: 0 },
  { name: 'sparseloco', tile: 8, top: 0, decay: 0 },
  { name: 'demo', tile: 8, top: 8, decay: 1.01 },
  { name: 'demo', tile: 8, top: 8, decay: NaN },
  { name: 'demo', tile: 8, top: 8, decay: '0.5' },
  { name: 'demo', tile: 8, top: 8, decay: 0.5, sign: true },
];

describe('a delta encoding', () => {
  test.each(good)('%j is read, and printed in one spelling', (value) => {
    const shuffled = Object.fromEntries(Object.entries(value).toReversed());
    expect(parseDeltaEncoding(shuffled)).toEqual(value);
    expect(printDeltaEncoding(parseDeltaEncoding(shuffled))).toBe(JSON.stringify(value));
  });

  test.each(bad)('%j is refused', (value) => {
    expect(() => parseDeltaEncoding(value)).toThrow(TrainingInputError);
    expect(() => parseDeltaEncoding(value)).toThrow(
      expect.objectContaining({ code: 'spec_invalid' }),
    );
  });
});
