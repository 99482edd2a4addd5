/**
 * A scanner for JSON of a fixed shape, for files from strangers. Own instead of JSON.parse because
 * that one keeps the last of two equal names silently. Nesting is fixed by who calls it, so depth
 * cannot be attacked; time is linear in the text. Spaces are allowed around tokens.
 */
export interface Scanner {
  readonly text: string;
  at: number;
  /** The error of whoever reads: `wanted` was not found at the character `at`. */
  readonly error: (at: number, wanted: string) => Error;
}

const WHOLE = /(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;

/** Reads `{ "key": <visit> , ... }`. */
export function members(scanner: Scanner, visit: (key: string) => void): void {
  expectToken(scanner, '{');
  listed(scanner, '}', () => {
    const key = parseString(scanner);
    expectToken(scanner, ':');
    visit(key);
  });
}

/** Reads `[ <visit> , ... ]`. */
export function elements(scanner: Scanner, visit: () => void): void {
  expectToken(scanner, '[');
  listed(scanner, ']', visit);
}

function listed(scanner: Scanner, end: string, visit: () => void): void {
  if (peek(scanner) === end) {
    scanner.at += 1;
    return;
  }
  for (;;) {
    visit();
    if (peek(scanner) !== ',') break;
    scanner.at += 1;
  }
  expectToken(scanner, end);
}

/** A list of whole numbers from 0 to 2^53 - 1. */
export function parseSizes(scanner: Scanner): number[] {
  const sizes: number[] = [];
  elements(scanner, () => {
    const size = Number(parseToken(scanner, WHOLE, 'a whole number'));
    if (!Number.isSafeInteger(size)) throw scanner.error(scanner.at, 'a number below 2^53');
    sizes.push(size);
  });
  return sizes;
}

/** Finds the closing quote by hand: a pattern over a hostile string of megabytes could backtrack. */
export function parseString(scanner: Scanner): string {
  const start = scanner.at;
  if (peek(scanner) !== '"') throw scanner.error(scanner.at, 'a string');
  const open = scanner.at;
  let close = open + 1;
  while (close < scanner.text.length && scanner.text[close] !== '"') {
    close += scanner.text[close] === '\\' ? 2 : 1;
  }
  scanner.at = close + 1;
  try {
    return JSON.parse(scanner.text.slice(open, close + 1)) as string;
  } catch {
    throw scanner.error(start, 'a string');
  }
}

/** Text of the token that the sticky `pattern` matches here. */
export function parseToken(scanner: Scanner, pattern: RegExp, wanted: string): string {
  skipSpaces(scanner);
  pattern.lastIndex = scanner.at;
  const found = pattern.exec(scanner.text)?.[0];
  if (found === undefined) throw scanner.error(scanner.at, wanted);
  scanner.at += found.length;
  return found;
}

export function expectToken(scanner: Scanner, token: string): void {
  if (peek(scanner) !== token) throw scanner.error(scanner.at, `'${token}'`);
  scanner.at += 1;
}

/** Nothing but spaces may be left. */
export function expectEnd(scanner: Scanner): void {
  skipSpaces(scanner);
  if (scanner.at !== scanner.text.length) {
    throw scanner.error(scanner.at, 'nothing but spaces after the object');
  }
}

/** The next character that is no space; undefined at the end. */
export function peek(scanner: Scanner): string | undefined {
  skipSpaces(scanner);
  return scanner.text[scanner.at];
}

function skipSpaces(scanner: Scanner): void {
  while (' \t\r\n'.includes(scanner.text[scanner.at] ?? 'end')) scanner.at += 1;
}

/** A name as shown in messages: no longer than a line. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name);
}
