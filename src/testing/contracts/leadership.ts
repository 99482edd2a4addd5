/** The contract of `Leadership`, run by every adapter's test against the real thing. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Leadership } from '../../commands/ports/leadership.ts';

export interface LeadershipBench {
  /** A further handle on the bench's register, as another authority would have it. */
  openLeadership(): Promise<Leadership>;
  close(): Promise<void>;
}

const LEASE_MS = 20_000;

export function describeLeadership(name: string, openBench: () => Promise<LeadershipBench>): void {
  describe(`leadership: ${name}`, () => {
    let bench: LeadershipBench;
    let one: Leadership;
    let other: Leadership;
    beforeEach(async () => {
      bench = await openBench();
      one = await bench.openLeadership();
      other = await bench.openLeadership();
    });
    afterEach(async () => {
      await bench.close();
    });

    const claimBy = async (leadership: Leadership): Promise<number> => {
      const { revision } = await leadership.look();
      const claimed = await leadership.claim(LEASE_MS, revision);
      if (claimed === null) throw new Error('somebody else writes');
      return claimed;
    };

    it('begins with nobody, and everybody sees the claim that was made', async () => {
      expect(await one.look()).toEqual({ revision: 0, claim: null });
      const revision = await claimBy(one);
      const standing = { revision, claim: { holder: one.self, leaseMs: LEASE_MS } };
      expect(await one.look()).toEqual(standing);
      expect(await other.look()).toEqual(standing);
    });

    it('tells its handles apart', async () => {
      const handles = [one, other, await bench.openLeadership()];
      expect(new Set(handles.map(({ self }) => self)).size).toBe(3);
    });

    it('lets one of many have it', async () => {
      const more = await Promise.all(Array.from({ length: 6 }, () => bench.openLeadership()));
      const all = [one, other, ...more];
      const { revision } = await one.look();
      const answers = await Promise.all(all.map((each) => each.claim(LEASE_MS, revision)));
      const winners = all.filter((_, i) => answers[i] !== null);
      expect(winners.length).toBe(1);
      const { claim } = await other.look();
      expect(claim?.holder).toBe(winners[0]?.self);
    });

    it('shows a claim made again as a later revision', async () => {
      const first = await claimBy(one);
      const second = await one.claim(LEASE_MS, first);
      expect(second).toBeGreaterThan(first);
      expect((await other.look()).revision).toBe(second);
    });

    it('changes nothing for who has not seen the last write', async () => {
      const first = await claimBy(one);
      const second = await other.claim(LEASE_MS, first);
      expect(second).toBeGreaterThan(first);
      expect(await one.claim(LEASE_MS, first)).toBe(null);
      await one.release(first);
      expect(await one.look()).toEqual({
        revision: second,
        claim: { holder: other.self, leaseMs: LEASE_MS },
      });
    });

    it('is free at once when it was released', async () => {
      const first = await claimBy(one);
      await one.release(first);
      const { revision, claim } = await other.look();
      expect(claim).toBe(null);
      expect(revision).toBeGreaterThan(first);
      expect(await other.claim(LEASE_MS, revision)).toBeGreaterThan(revision);
    });

    it('keeps a claim for who looks later', async () => {
      const revision = await claimBy(one);
      const late = await bench.openLeadership();
      expect(await late.look()).toMatchObject({ revision, claim: { holder: one.self } });
    });
  });
}
