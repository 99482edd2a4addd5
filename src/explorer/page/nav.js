// @ts-check
/** The ways through the explorer: one link a page, the current one marked, and the runs to choose from. */
import { addressNow } from './address.js';
import { h } from './dom.js';

/** @typedef {import('./live.js').Live} Live */

/** By the first word of the address; pages of details belong to a page of the list. */
const PAGES = /** @type {const} */ ([
  ['', 'Run', '#/'],
  ['network', 'Network', '#/network'],
  ['rewards', 'Rewards', '#/rewards'],
  ['log', 'Log', '#/log'],
  ['audit', 'Audit', '#/audit'],
]);
/** @type {Record<string, string>} */
const BELONGS = { run: '', window: '', contributor: 'network', entry: 'log', explain: '' };

export function pageLinks() {
  const { page } = addressNow();
  const current = BELONGS[page] ?? page;
  return PAGES.map(([name, text, href]) =>
    h('a', { key: text, href, 'aria-current': name === current ? 'page' : null }, text),
  );
}

/** Links only where there is a choice. @param {Live} live */
export function runLinks(live) {
  if (live.runs.length < 2) return [];
  const { page, parts } = addressNow();
  return live.runs.map(({ run }) =>
    h(
      'a',
      {
        key: run,
        href: `#/run/${run}`,
        'aria-current': page === 'run' && parts[0] === run ? 'page' : null,
      },
      run,
    ),
  );
}
