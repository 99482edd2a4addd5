import { describe, expect, it } from 'vitest';
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';
import { AskedArtifacts } from './asked-artifacts.ts';

const bytes = Buffer.from('a checkpoint');
const digest = digestOf(bytes);

describe('artifacts that are asked for', () => {
  it('are asked for once by all who wait, and given to each', async () => {
    const asked: Digest[] = [];
    const artifacts = new AskedArtifacts((one) => void asked.push(one));
    const both = Promise.all([artifacts.get(digest), artifacts.get(digest)]);
    expect(asked).toEqual([digest]);
    artifacts.heard(digest, new Blob([bytes]));
    expect((await both).map((got) => Buffer.from(got).toString())).toEqual([
      'a checkpoint',
      'a checkpoint',
    ]);
  });

  it('are refused where other bytes came, and where none did', async () => {
    const artifacts: AskedArtifacts = new AskedArtifacts((one) =>
      artifacts.heard(one, one === digest ? new Blob(['something else']) : null),
    );
    await expect(artifacts.get(digest)).rejects.toMatchObject({ code: 'artifact_corrupt' });
    const other = digestOf(Buffer.from('another'));
    await expect(artifacts.get(other)).rejects.toMatchObject({ code: 'artifact_missing' });
    expect(await artifacts.has(other)).toBe(false);
  });

  it('that nobody asked for change nothing', () => {
    const artifacts = new AskedArtifacts(() => undefined);
    expect(() => artifacts.heard(digest, null)).not.toThrow();
  });
});
