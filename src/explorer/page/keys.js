// @ts-check
/** Keys that the whole page understands, and what each page makes of the others. */
import { addressNow } from './address.js';
import { entryKey } from './entry-page.js';
import { logKey } from './log-page.js';

/**
 * @param {KeyboardEvent} event
 * @param {number} size of the ledger
 * @returns {boolean} whether the page did something
 */
export function pressed(event, size) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const { page, parts } = addressNow();
  const { target, key } = event;
  const typing =
    target instanceof HTMLElement && target.closest('input, select, textarea') !== null;
  if (typing) {
    if (key !== 'Escape') return false;
    /** @type {HTMLElement} */ (target).blur();
    return true;
  }
  if (key === '/') {
    const search = document.querySelector('input[type=search]');
    if (search instanceof HTMLElement) search.focus();
    else location.hash = '#/log';
    return true;
  }
  // A link that has the focus is opened by the browser.
  const onLink = target instanceof HTMLElement && target.closest('a, button, summary') !== null;
  if (key === 'Enter' && onLink) return false;
  if (page === 'log') return logKey(key);
  if (page === 'entry') return entryKey(key, Number(parts[0]), size);
  return false;
}
