// @ts-check
/**
 * Building elements and bringing a living tree into a wanted shape. Views build what they want from
 * scratch; `morph` changes only what differs, so focus, selection, scroll and open details survive
 * an update. Nodes carry no listeners: the page listens once, at its root.
 */

/** @typedef {Node | string | number | null | false | undefined} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} tag
 * @param {Attributes} [attributes] null, undefined and false are left out; `key` marks an item of a list
 * @param {...(Child | readonly Child[])} children
 */
export const h = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

/** The same for SVG. @type {typeof h} */
export const s = (tag, attributes = {}, ...children) =>
  fill(/** @type {any} */ (document.createElementNS(SVG, tag)), attributes, children);

/**
 * @template {Element} E
 * @param {E} element
 * @param {Attributes} attributes
 * @param {readonly (Child | readonly Child[])[]} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name === 'key' ? 'data-key' : name, value === true ? '' : String(value));
  }
  for (const child of /** @type {Child[]} */ (children.flat())) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/**
 * Make `from` equal to `to`, which is used up.
 * @param {Node} from
 * @param {Node} to
 */
export function morph(from, to) {
  if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) {
    /** @type {ChildNode} */ (from).replaceWith(to);
    return;
  }
  if (from instanceof Element && to instanceof Element) {
    morphAttributes(from, to);
    morphChildren(from, [...to.childNodes]);
  } else if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
}

/**
 * @param {Element} parent
 * @param {readonly ChildNode[]} wanted
 */
export function morphChildren(parent, wanted) {
  /** @type {Map<string, ChildNode>} */
  const keyed = new Map();
  for (const child of parent.childNodes) {
    const key = keyOf(child);
    if (key !== null) keyed.set(key, child);
  }
  let cursor = parent.firstChild;
  for (const want of wanted) {
    const key = keyOf(want);
    const have = key === null ? unkeyed(cursor) : (keyed.get(key) ?? null);
    if (have === null || have.nodeName !== want.nodeName) {
      parent.insertBefore(want, cursor);
      continue;
    }
    if (have === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(have, cursor);
    morph(have, want);
  }
  while (cursor !== null) {
    const next = cursor.nextSibling;
    cursor.remove();
    cursor = next;
  }
}

/** @param {Node} node */
const keyOf = (node) => (node instanceof Element ? node.getAttribute('data-key') : null);
/** @param {ChildNode | null} node */
const unkeyed = (node) => (node === null || keyOf(node) !== null ? null : node);

/**
 * @param {Element} from
 * @param {Element} to
 */
function morphAttributes(from, to) {
  for (const { name } of Array.from(from.attributes))
    // Whether details are open is the reader's.
    if (!to.hasAttribute(name) && name !== 'open') from.removeAttribute(name);
  for (const { name, value } of to.attributes)
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
}
