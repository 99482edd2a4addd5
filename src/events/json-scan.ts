/**
 * What `JSON.parse` will not tell of hostile JSON: how deep it is nested, whether it breaks a line,
 * whether an object repeats a name, and whether a value fell outside what JSON can carry unchanged
 * (a number past the largest double, half a surrogate pair). The scan runs over the raw bytes before
 * anything recurses. Repeated names are found by counting: `JSON.parse` keeps one member of each
 * name, so the line has more colons outside strings than the value has members.
 */
export interface JsonScan {
  /** Deepest nesting of arrays and objects. */
  readonly depth: number;
  /** Colons outside strings: members, if the text is JSON at all. */
  readonly members: number;
  /** A carriage return or line feed anywhere. */
  readonly lineBreak: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export function scanJson(bytes: Uint8Array): JsonScan {
  let depth = 0;
  let deepest = 0;
  let members = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === 0x0a || byte === 0x0d) return { depth: deepest, members, lineBreak: true };
    if (byte === QUOTE) inString = !inString;
    else if (inString) {
      // Escaped bytes are skipped, except line breaks, which no escape makes legal.
      if (byte === BACKSLASH && bytes[index + 1] !== 0x0a && bytes[index + 1] !== 0x0d) index += 1;
    } else if (byte === 0x3a) members += 1;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return { depth: deepest, members, lineBreak: false };
}

export interface JsonCheck {
  /** Members of all objects together. */
  readonly members: number;
  /** What no JSON carries unchanged; null when there is nothing. */
  readonly problem: string | null;
}

/** @param depthMax levels of arrays and objects that are allowed. */
export function checkJsonValue(value: unknown, depthMax = Number.POSITIVE_INFINITY): JsonCheck {
  const check = { members: 0, problem: null as string | null };
  visit(value, depthMax, check);
  return check;
}

function visit(
  value: unknown,
  depthLeft: number,
  check: { members: number; problem: string | null },
) {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) check.problem ??= 'a string holds half a surrogate pair';
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) check.problem ??= 'a number is outside the range of a double';
  } else if (typeof value === 'object' && value !== null) {
    if (depthLeft <= 0) check.problem ??= 'nested too deep';
    else if (Array.isArray(value)) visitItems(value, depthLeft - 1, check);
    else visitMembers(value, depthLeft - 1, check);
  } else if (typeof value !== 'boolean' && value !== null) {
    check.problem ??= `JSON has no ${typeof value}`;
  }
}

function visitItems(
  items: readonly unknown[],
  depthLeft: number,
  check: { members: number; problem: string | null },
) {
  for (let index = 0; index < items.length; index++) visit(items[index], depthLeft, check);
}

function visitMembers(
  value: object,
  depthLeft: number,
  check: { members: number; problem: string | null },
) {
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object Object]') check.problem ??= `JSON has no ${tag.slice(8, -1)}`;
  for (const name of Object.keys(value)) {
    check.members += 1;
    if (!name.isWellFormed()) check.problem ??= 'a name holds half a surrogate pair';
    visit((value as Record<string, unknown>)[name], depthLeft, check);
  }
}
