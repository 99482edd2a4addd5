/** The encodings that the benches of deltas compare, with the settings of their papers where they fit. */
import type { DeltaEncoding } from '../src/compute/deltas/encoding.ts';

export const ENCODINGS: ReadonlyMap<string, DeltaEncoding> = new Map([
  ['raw', { name: 'raw' }],
  ['int8 absmax', { name: 'int8', statistic: 'absmax', block: 256, decay: 0 }],
  ['int8 bins', { name: 'int8', statistic: 'bins', block: 65536, decay: 0 }],
  ['sparseloco', { name: 'sparseloco', tile: 64, top: 64, decay: 0.95 }],
  ['sparseloco 84', { name: 'sparseloco', tile: 64, top: 84, decay: 0.95 }],
  ['demo', { name: 'demo', tile: 64, top: 64, decay: 0.95 }],
]);
