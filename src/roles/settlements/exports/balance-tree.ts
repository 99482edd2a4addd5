/**
 * The tree of Uniswap's merkle-distributor (github.com/Uniswap/merkle-distributor): a leaf is
 * keccak256(abi.encodePacked(uint256 index, address account, uint256 amount)); leaves are sorted;
 * a node is keccak256 of its two children, the smaller first; one without a sibling moves up.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';

export interface Balance {
  /** 0x and 20 bytes in hex. */
  readonly address: string;
  /** Below 2^256. */
  readonly amount: bigint;
}

export interface BalanceTree {
  readonly root: Uint8Array;
  /** Siblings from the leaf up, of the balance at `index`. */
  readonly proofOf: (index: number) => Uint8Array[];
}

const WORD_BYTES = 32;

/** @param balances at least one; the index of each is its place */
export function balanceTree(balances: readonly Balance[]): BalanceTree {
  const leaves = balances.map(({ address, amount }, index) => leafOf(index, address, amount));
  const layers = [leaves.toSorted((a, b) => Buffer.compare(a, b))];
  for (let last = layers[0] as Uint8Array[]; last.length > 1; last = layers.at(-1) ?? [])
    layers.push(above(last));
  const places = new Map((layers[0] ?? []).map((leaf, place) => [hexOf(leaf), place]));
  return {
    root: layers.at(-1)?.[0] as Uint8Array,
    proofOf: (index) => {
      let place = places.get(hexOf(leaves[index] as Uint8Array)) as number;
      const path: Uint8Array[] = [];
      for (const layer of layers) {
        const sibling = layer[place ^ 1];
        if (sibling !== undefined) path.push(sibling);
        place >>= 1;
      }
      return path;
    },
  };
}

function leafOf(index: number, address: string, amount: bigint): Uint8Array {
  const account = Buffer.from(address.slice(2), 'hex');
  return keccak_256(Buffer.concat([word(BigInt(index)), account, word(amount)]));
}

/** A uint256, big end first. */
const word = (value: bigint): Buffer =>
  Buffer.from(value.toString(16).padStart(2 * WORD_BYTES, '0'), 'hex');

function above(layer: readonly Uint8Array[]): Uint8Array[] {
  const nodes: Uint8Array[] = [];
  for (let at = 0; at < layer.length; at += 2) {
    const [one, other] = [layer[at] as Uint8Array, layer[at + 1]];
    nodes.push(other === undefined ? one : pair(one, other));
  }
  return nodes;
}

const pair = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  keccak_256(Buffer.concat([a, b].sort((one, two) => Buffer.compare(one, two))));

export const hexOf = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;

/** With the checksum that its capitals spell (EIP-55). @param address in lower case */
export function checksummed(address: string): string {
  const digits = address.slice(2);
  const marks = Buffer.from(keccak_256(Buffer.from(digits, 'ascii'))).toString('hex');
  const cased = [...digits].map((digit, at) =>
    Number.parseInt(marks[at] as string, 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${cased.join('')}`;
}
