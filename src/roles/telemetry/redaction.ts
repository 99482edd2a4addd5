/**
 * Blacks out what is secret in text that leaves the machine or ends in a log: seeds of NKeys,
 * credentials files, private keys, signed tokens, passwords in URLs, and the values of members,
 * options and settings whose names say that they are secret. It would rather take too much.
 */
const NAMES =
  '[\\w-]*(?:password|passwd|passphrase|secret|token|credentials?|api[_-]?key|private[_-]?key)';
const VALUE = `"(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^\\s,;}\\])&"']+`;

const RULES: readonly (readonly [pattern: RegExp, becomes: string])[] = [
  [/-{3,}BEGIN ([A-Z ]+)-{3,}[^]*?-{3,}END \1-{3,}/g, '<$1>'],
  // A block whose end is missing goes to the end of the text.
  [/-{3,}BEGIN (?:[A-Z ]*(?:PRIVATE KEY|SEED|JWT))-{3,}[^]*/g, '<credentials>'],
  // S, a letter for the kind of key, base32.
  [/S[A-Z2-7]{57}(?![A-Z2-7])/g, '<seed>'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '<jwt>'],
  [/\$2[aby]\$\d\d\$[./A-Za-z0-9]{20,}/g, '<hash>'],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, '$1<login>@'],
  [/((?:desk-)?login=)[^\s&"']+/g, '$1<login>'],
  [/\b(authorization["']?\s*[:=]\s*)(?![{[])["']?(?:bearer |basic )?[^\s,"']+/gi, '$1<redacted>'],
  [new RegExp(`(?<![.\\w-])(${NAMES})(["']?\\s*[:=]\\s*)(?:${VALUE})`, 'gi'), '$1$2"<redacted>"'],
  [new RegExp(`(--${NAMES}\\s+)(?:${VALUE})`, 'gi'), '$1<redacted>'],
  // NATS configurations say `pass`, and leave out the colon where they like.
  [
    new RegExp(
      `(?<![.\\w-])(pass(?:word)?["']?\\s*[:=]?\\s+|pass["']?\\s*[:=]\\s*)(?:"[^"\\n]*"|'[^'\\n]*')`,
      'gi',
    ),
    '$1"<redacted>"',
  ],
  [new RegExp(`(?<![.\\w-])(pass["']?\\s*[:=]\\s*)(?:${VALUE})`, 'gi'), '$1"<redacted>"'],
];

export const redacted = (text: string): string =>
  RULES.reduce((rest, [pattern, becomes]) => rest.replace(pattern, becomes), text);

const SECRET_NAME = new RegExp(`^(?:${NAMES}|pass)$`, 'i');

/** The same of every text in a JSON value, and of members whose names say that they are secret. */
export function redactedValue(value: unknown): unknown {
  if (typeof value === 'string') return redacted(value);
  if (Array.isArray(value)) return value.map(redactedValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) && typeof inner === 'string' ? '<redacted>' : redactedValue(inner),
    ]),
  );
}
