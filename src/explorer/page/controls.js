// @ts-check
/**
 * Controls of a view. Each names the setting of the address that it stands for (`data-setting`); the
 * page listens once, writes what was chosen into the address and draws again.
 */
import { addressNow } from './address.js';
import { h } from './dom.js';

/**
 * @param {string} setting
 * @param {string} label
 * @param {readonly (readonly [value: string, text: string])[]} options the first is the default
 */
export function choice(setting, label, options) {
  const now = addressNow().settings.get(setting) ?? '';
  return h(
    'label',
    { class: 'control', key: `control-${setting}` },
    h('span', {}, label),
    h(
      'select',
      { 'data-setting': setting },
      options.map(([value, text], index) =>
        h('option', { value: index === 0 ? '' : value, selected: value === now }, text),
      ),
    ),
  );
}

/**
 * @param {string} setting
 * @param {string} label
 * @param {{ type?: string, placeholder?: string, min?: number, max?: number, step?: number, standard?: string, size?: number }} [more]
 */
export const input = (setting, label, { type = 'search', standard = '', ...more } = {}) =>
  h(
    'label',
    { class: 'control', key: `control-${setting}` },
    h('span', {}, label),
    h('input', {
      type,
      'data-setting': setting,
      'data-standard': standard,
      value: addressNow().settings.get(setting) ?? standard,
      autocomplete: 'off',
      spellcheck: 'false',
      ...more,
    }),
  );

/** @param {string} label @param {...import('./dom.js').Child} children */
export const controls = (label, ...children) =>
  h('div', { class: 'controls', role: 'group', 'aria-label': label, key: 'controls' }, children);

/** What the address says, in controls that nobody is using. @param {Element} root */
export function settle(root) {
  const { settings } = addressNow();
  for (const control of root.querySelectorAll('[data-setting]')) {
    if (!(control instanceof HTMLInputElement || control instanceof HTMLSelectElement)) continue;
    if (control === document.activeElement) continue;
    const value = settings.get(control.dataset['setting'] ?? '');
    const wanted = value ?? control.dataset['standard'] ?? '';
    if (control.value !== wanted) control.value = wanted;
  }
}
