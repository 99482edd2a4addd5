/** Who is asked for an artifact: peers that were named, nodes that offer it in the ledger, the store. */
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { offersOf } from '../../projections/catch-up.ts';
import type { BoundedFetch } from '../bounded-fetch.ts';
import type { Node } from '../node.ts';
import { Holdings } from '../transfer/holdings.ts';
import { HttpSource } from '../transfer/http-source.ts';
import { StoreSource } from '../transfer/store-source.ts';
import type { SourcesOf } from './state-keeper.ts';

/** Offers of one artifact that are tried at most: a crowd of liars must not keep a joiner for ever. */
const OFFERS_TRIED_MAX = 8;

/** The store alone: where nothing else is known, or no byte is to come from anywhere else. */
export function storeSources(): SourcesOf {
  let holdings: { readonly of: Node['artifacts']; readonly holdings: Holdings } | null = null;
  return (node) => {
    // A window keeps the terms it was planned under, also when the policy of now has none.
    const { chunkBytes } = node.follower.books.policy?.catchUp ?? seedNetworkPolicy.catchUp;
    if (holdings?.of !== node.artifacts || holdings.holdings.chunkBytes !== chunkBytes)
      holdings = { of: node.artifacts, holdings: new Holdings(node.artifacts, chunkBytes) };
    return [new StoreSource(holdings.holdings)];
  };
}

/**
 * @param peers endpoints that the operator of the node named; they are asked first
 * @param fetch how peers and offers are asked, where not plainly
 */
export function allSources(peers: readonly string[], fetch?: BoundedFetch): SourcesOf {
  const asked = fetch === undefined ? {} : { fetch };
  const store = storeSources();
  const named = peers.map((endpoint) => new HttpSource({ endpoint, ...asked }));
  return (node, digest) => {
    const { books } = node.follower;
    const offered = offersOf(books, digest, node.clock.nowMs())
      .filter(({ actor }) => actor !== node.self)
      .slice(0, OFFERS_TRIED_MAX)
      .map(
        ({ actor, offer: { endpoint, root } }) =>
          // Named by who offers: a false offer of somebody else's server convicts its author.
          new HttpSource({
            endpoint,
            name: `${actor} at ${endpoint}`,
            offered: new Map([[digest, root]]),
            ...asked,
          }),
      );
    return [...named, ...offered, ...store(node, digest)];
  };
}
