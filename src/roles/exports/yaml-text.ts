/**
 * YAML 1.2 of plain values in block style; texts are quoted as JSON, which is YAML, so that none is
 * taken for a number, a date or a mark.
 */
export type Plain = string | number | readonly Plain[] | { readonly [key: string]: Plain };

export const stringify = (value: { readonly [key: string]: Plain }): string =>
  `${linesOf(value).join('\n')}\n`;

function linesOf(value: readonly Plain[] | { readonly [key: string]: Plain }): string[] {
  if (Array.isArray(value))
    return (value as readonly Plain[]).flatMap((item) => nested('-', item, '  '));
  return Object.entries(value).flatMap(([key, item]) => nested(`${key}:`, item, '  '));
}

function nested(mark: string, item: Plain, indent: string): string[] {
  if (typeof item !== 'object') return [`${mark} ${JSON.stringify(item)}`];
  const inner = linesOf(item).map((line) => indent + line);
  // The first member of an item stands on the line of its dash.
  if (mark !== '-') return [mark, ...inner];
  return [`- ${inner[0]?.slice(indent.length) ?? ''}`, ...inner.slice(1)];
}
