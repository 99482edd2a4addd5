// @ts-check
/** A Merkle proof, step by step, and what came of checking it here. */
import { h } from './dom.js';
import { grouped } from './format.js';
import { canVerify, inclusion } from './merkle.js';
import { chip, digest, facts } from './parts.js';

/**
 * @param {string} text whose bytes the leaf is of
 * @param {Parameters<typeof inclusion>[1]} proof
 * @param {() => void} changed
 */
export function proofPart(text, proof, changed) {
  const { index, size, path, rootHex } = proof;
  const result = canVerify() ? inclusion(text, proof, changed) : undefined;
  return [
    facts([
      ['Checked in this browser', verdict(result)],
      ['Leaf', `${grouped(String(index))} of ${grouped(String(size))}`],
      ['Root', digest(rootHex)],
    ]),
    path.length > 0 &&
      h(
        'ol',
        { class: 'path', 'aria-label': 'Hashes from the leaf’s sibling up' },
        path.map((hash) => h('li', {}, digest(hash, hash.slice(0, 16)))),
      ),
  ];
}

/** @param {boolean | null | undefined} result */
function verdict(result) {
  if (result === undefined) return 'not possible here: needs https or localhost';
  if (result === null) return 'checking…';
  return chip(result ? 'verified' : 'does not hold');
}
