/** Proofs under the signed head, for whoever trusts the authority's key and nothing else. */
import { proveInclusion, provePrefixes } from '../../roles/proofs/signed-tree.ts';
import * as p from '../parameters.ts';
import { sendTagged } from '../reply.ts';
import { route } from '../route.ts';
import { signedTreeFor, signedTreeOver } from './signed-tree.ts';

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const shared = {
  tag: 'proofs',
  errors: ['no_checkpoint', 'beyond_head', 'log_away'],
} as const;
const answer = (doc: string) => ({ doc, types: { 'text/plain': { type: 'string' } } });

export const proofRoutes = [
  route({
    ...shared,
    path: '/api/proofs/inclusion/{sequence}',
    id: 'inclusionProof',
    doc: 'That an entry stands in the ledger under the newest signed head.',
    parameters: { sequence: p.sequence },
    answer: answer('A C2SP tlog-proof, head included; `daybook verify` checks it.'),
    handle: async ({ site, request, response }, { sequence }) =>
      sendTagged(
        request,
        response,
        TEXT,
        proveInclusion(await signedTreeFor(site, sequence), sequence),
      ),
  }),
  route({
    ...shared,
    path: '/api/proofs/consistency/{size}',
    id: 'consistencyProof',
    doc: 'That the first entries of the ledger are those of an earlier head.',
    parameters: {
      size: p.whole('Entries under the earlier head.', {
        min: 1,
        max: Number.MAX_SAFE_INTEGER - 1,
        required: 'the size of an earlier head',
      }),
    },
    answer: answer('The root of then, the path to the newest head, and that head.'),
    handle: async ({ site, request, response }, { size }) =>
      sendTagged(request, response, TEXT, provePrefixes(await signedTreeOver(site, size), [size])),
  }),
];
