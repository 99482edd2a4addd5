/** The data of an entry on one line: what its subject does not say already, names for keys, short digests. */
import type { LedgerEvent } from '../../events/catalogue.ts';

type Names = ReadonlyMap<string, string>;

export function briefOf(event: LedgerEvent, names: Names): string {
  return Object.entries(event.data)
    .filter(([name, value]) => !isNothing(value) && !isTold(name, value, event.subject))
    .map(([name, value]) => `${name}=${brief(value, names)}`)
    .join(' ');
}

/** Members that subjects are made of. */
const ABOUT = new Set(['run', 'window', 'period', 'participant', 'assignment', 'journal', 'slot']);

const isTold = (name: string, value: unknown, subject: string): boolean =>
  (ABOUT.has(name) && `/${subject}/`.includes(`/${String(value)}/`)) || name === 'attempt';

const isNothing = (value: unknown): boolean =>
  value === null || (Array.isArray(value) && value.length === 0);

function brief(value: unknown, names: Names): string {
  if (Array.isArray(value)) {
    if (value.length > 4 || value.some((item) => typeof item === 'object'))
      return `[${value.length}]`;
    return `[${value.map((item) => brief(item, names)).join(',')}]`;
  }
  if (typeof value === 'string') return short(value, names);
  if (typeof value === 'object' && value !== null)
    return 'digest' in value ? brief(value.digest, names) : '{…}';
  return String(value);
}

function short(text: string, names: Names): string {
  const name = names.get(text);
  if (name !== undefined) return name;
  if (/^U[A-Z2-7]{55}$/.test(text)) return text.slice(0, 8);
  if (text.startsWith('sha256:')) return text.slice(7, 19);
  if (/^[0-9a-f]{64}$/.test(text)) return text.slice(0, 12);
  return text.includes(' ') ? JSON.stringify(text) : text;
}
