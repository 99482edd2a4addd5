/**
 * Any character of Unicode as a unit of fast-check's strings, the first of them more often. Its own
 * unit `binary` draws from the same, and takes most of a second to be set up.
 */
import * as fc from 'fast-check';

const [SURROGATES_START, SURROGATES] = [0xd800, 0x800];

export const anyCharacter: fc.Arbitrary<string> = fc
  .oneof(
    fc.integer({ min: 0, max: 0xff }),
    fc
      .integer({ min: 0, max: 0x10ffff - SURROGATES })
      .map((point) => (point < SURROGATES_START ? point : point + SURROGATES)),
  )
  .map((point) => String.fromCodePoint(point));
