/** The contract of settlement exports, each destination's own format, and what is refused. */
import { readFileSync } from 'node:fs';
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { balanceOf } from '../../../projections/balances.ts';
import { walletOf } from '../../../commands/rules/money/accounts.ts';
import { exportInput } from '../../../testing/signed-settlement.ts';
import { verifierKey } from '../../../testing/signed-story.ts';
import { moneyStory, settleWindow, vestingCast } from '../../../testing/stories/money.ts';
import { verifyStatement } from '../statement.ts';
import { checksummed } from './balance-tree.ts';
import { distributionOf, merkleDistributorExport } from './merkle-distributor.ts';
import type { ExportInput } from './settlement-export.ts';
import { EXPORT_REFUSALS } from '../../exports/refusal.ts';
import { settlementExports } from './table.ts';

/** Everybody has an address. */
function addressed(): ExportInput {
  const cast = vestingCast(4);
  cast.everybody.forEach((key, index) =>
    cast.desk.must(key, 'daybook.payout.addressed.v1', {
      participant: key.actor,
      address: `0x${(index + 1).toString(16).padStart(2, '0').repeat(20)}`,
    }),
  );
  for (let window = 0; window < 4; window += 1) settleWindow(cast);
  return exportInput(cast.desk);
}

const input = addressed();
const written = (name: string, of = input): string => {
  const text = settlementExports[name]?.write(of);
  if (text === undefined || isLeft(text)) throw new Error(`no ${name}`);
  return text.right;
};

describe.each(Object.entries(settlementExports))('the export to %s', (name, adapter) => {
  it('is a whole text file, the same each time, and says what it is', () => {
    expect(adapter.name).toBe(name);
    expect(adapter.doc).toMatch(/^[a-z]/);
    const text = written(name);
    expect(text.endsWith('\n')).toBe(true);
    expect(written(name)).toBe(text);
  });

  it('tells of the whole sum that can be claimed', () => {
    const { books, payouts } = input.settlement;
    const sum = payouts.reduce(
      (all, { participant }) => all + balanceOf(books, 'micro', walletOf(participant)),
      0n,
    );
    expect(sum).toBeGreaterThan(0n);
    expect(sums[name]?.(written(name))).toBe(sum);
  });

  it('refuses with a code of the catalogue, or not at all, before anybody has named an address', () => {
    const result = adapter.write(exportInput(moneyStory()));
    if (isLeft(result)) expect(Object.keys(EXPORT_REFUSALS)).toContain(result.left.code);
  });
});

/** The claimable sum as a reader of the format finds it. */
const sums: Readonly<Record<string, (text: string) => bigint>> = {
  json: (text) => {
    const verified = verifyStatement(verifierKey, JSON.parse(text));
    if (isLeft(verified)) throw new Error(verified.left.message);
    return BigInt(verified.right.event.data.total);
  },
  csv: (text) => {
    const [header, ...rows] = text.split('\r\n').slice(0, -1);
    const at = (header ?? '').split(',').indexOf('claimable_micro');
    return rows.reduce((sum, row) => sum + BigInt(row.split(',')[at] ?? ''), 0n);
  },
  'merkle-distributor': (text) => BigInt((JSON.parse(text) as { tokenTotal: string }).tokenTotal),
};

describe('merkle-distributor', () => {
  interface Vectors {
    readonly keccak256: Record<string, string>;
    readonly cases: {
      readonly balances: { readonly address: string; readonly amount: string }[];
      readonly distribution: ReturnType<typeof distributionOf>;
    }[];
  }
  const file = new URL('../../../../fixtures/merkle-distributor/vectors.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;

  it('hashes and builds its tree as another implementation does', () => {
    for (const [text, digest] of Object.entries(vectors.keccak256))
      expect(Buffer.from(keccak_256(Buffer.from(text))).toString('hex')).toBe(digest);
    for (const { balances, distribution } of vectors.cases) {
      const ordered = balances
        .map(({ address, amount }) => ({ address: checksummed(address), amount: BigInt(amount) }))
        .sort((a, b) => (a.address < b.address ? -1 : 1));
      expect(distributionOf(ordered)).toEqual(distribution);
    }
  });

  it('writes addresses with the checksums of EIP-55', () => {
    for (const address of [
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
      '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
    ])
      expect(checksummed(address.toLowerCase())).toBe(address);
  });

  it('names everybody whose payout has nowhere to go', () => {
    const story = exportInput(moneyStory());
    const refused = merkleDistributorExport.write(story);
    expect(refused).toMatchObject({ left: { code: 'address_unknown' } });
    const named = isLeft(refused) ? refused.left.message.match(/U[A-Z2-7]{55}/g) : [];
    const { books, payouts } = story.settlement;
    expect(named).toEqual(
      payouts
        .map(({ participant }) => participant)
        .filter((participant) => books.addresses?.[participant] === undefined),
    );
  });

  it('has no tree of nothing', () => {
    const cast = vestingCast(2);
    settleWindow(cast);
    expect(merkleDistributorExport.write(exportInput(cast.desk))).toMatchObject({
      left: { code: 'nothing_claimable' },
    });
  });
});
