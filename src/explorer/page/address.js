// @ts-check
/**
 * What the address names: `#/<page>/<parts...>?<settings>`. Settings of a view (filters, axes) stand in
 * the address, so that a link shows what its sender saw.
 */

/** @typedef {{ page: string, parts: readonly string[], settings: URLSearchParams }} Address */

/** @returns {Address} */
export function addressNow() {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [page = '', ...parts] = path.split('/');
  return { page, parts, settings: new URLSearchParams(query) };
}

/** Inside another page: no frame around it, and with `only` a single part of it. */
export const embedded = () => new URLSearchParams(location.search).get('embed') === '1';
export const onlySection = () => new URLSearchParams(location.search).get('only');

/**
 * The address with other settings; empty ones are left out.
 * @param {Record<string, string>} changes
 */
export function hashWith(changes) {
  const [path = ''] = location.hash.split('?');
  const { settings } = addressNow();
  for (const [name, value] of Object.entries(changes))
    if (value === '') settings.delete(name);
    else settings.set(name, value);
  const query = settings.toString();
  return `${path === '' ? '#/' : path}${query === '' ? '' : `?${query}`}`;
}

/**
 * A path with parameters; empty ones are left out.
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} parameters
 */
export function pathOf(path, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== null && value !== undefined && value !== '') query.set(name, String(value));
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
