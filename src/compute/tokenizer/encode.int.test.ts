/** More streams than a unit test has time for. */
import { test } from 'vitest';
import { holdStreams } from '../../testing/special-text.ts';

test('encoding of a stream gives the ids of the whole, however it is chunked', () => {
  holdStreams(6000);
});
