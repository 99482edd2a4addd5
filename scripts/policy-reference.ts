/**
 * The reference of a policy's sections, as Markdown: every member with what its comment in the
 * catalogue says, its unit, its bounds, and what the seed policies set. Comments are read from the
 * sources, which are the only place where they stand.
 */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { seedNetworkPolicy } from '../src/commands/network-policy.ts';
import { seedDisputePolicy, seedPolicy } from '../src/commands/seed-policy.ts';
import { networkPolicy } from '../src/events/catalogue/policy.ts';
import { SURFACE_OF } from '../src/events/catalogue/policy/surfaces.ts';
import type { PolicySection } from '../src/events/catalogue/policy/surfaces.ts';
import type { JsonSchema } from '../src/events/codecs.ts';

const FOLDER = fileURLToPath(new URL('../src/events/catalogue/', import.meta.url));
const SOURCE = ['policy.ts', ...globSync('policy/*.ts', { cwd: FOLDER }).sort()]
  .map((file) => readFileSync(`${FOLDER}${file}`, 'utf8'))
  .join('\n');

const DEFAULTS: Record<string, unknown> = {
  ...seedPolicy,
  dispute: seedDisputePolicy,
  ...seedNetworkPolicy,
};

/** By the end of a member's name. */
const UNITS: readonly (readonly [end: RegExp, unit: string])[] = [
  [/Ms$/, 'milliseconds'],
  [/Bps$/, '1/10,000'],
  [/Ppm$|PpmMin$|PpmMax$|MinPpm$|MaxPpm$/, '1/1,000,000'],
  [/Bytes(Max)?$/, 'bytes'],
  [/Windows$/, 'windows'],
  [/Epochs$/, 'epochs'],
  [/^(penalty|pool|stake|bond|workerStake|validatorStake)$/, 'micro-units'],
  [/^periods$/, 'periods'],
];

/** @param describe what values a schema takes, in words */
export function policyReference(describe: (schema: JsonSchema) => string): string {
  const sections = networkPolicy.schema['properties'] as Record<string, JsonSchema>;
  const pages = Object.keys(SURFACE_OF).map((name) =>
    sectionText(name as PolicySection, sections[name] ?? {}, describe),
  );
  return (
    '# Policy\n\nEvery constant that a rule uses is in the policy of the ledger, and so in the ' +
    'ledger. `revision` is one above the last. An optional section that is absent (`null` in ' +
    '`daybook.policy.adopted.v3`) is not offered. A surface is what a section is about ' +
    '([list](../EVENTS.md#surfaces-of-a-policy)). *Seed* is what an operator can begin with (`src/commands/seed-policy.ts`, `src/commands/network-policy.ts`): there is no default ' +
    'that holds without being written down.\n\n' +
    pages.join('\n')
  );
}

function sectionText(
  section: PolicySection,
  schema: JsonSchema,
  describe: (schema: JsonSchema) => string,
): string {
  const offered = (schema['anyOf'] as JsonSchema[] | undefined)?.[0];
  const rows = membersOf(offered ?? schema, [], DEFAULTS[section]).map(
    ({ path, schema: member, seed }) => {
      const name = path.at(-1) ?? '';
      const unit = UNITS.find(([end]) => end.test(name))?.[1] ?? '';
      const set = seed === undefined ? '' : `\`${JSON.stringify(seed)}\``;
      const doc = commentOf(section, path);
      return `| \`${path.join('.')}\` | ${doc} | ${unit} | ${describe(member)} | ${set} |`;
    },
  );
  return (
    `## ${section}\n\n${offered === undefined ? 'In every policy' : 'Optional'}; part of the ` +
    `${SURFACE_OF[section]} surface.\n\n` +
    `| member | meaning | unit | value | seed |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`
  );
}

interface Described {
  readonly path: readonly string[];
  readonly schema: JsonSchema;
  readonly seed: unknown;
}

function membersOf(schema: JsonSchema, path: readonly string[], seed: unknown): Described[] {
  const properties = schema['properties'] as Record<string, JsonSchema> | undefined;
  if (properties === undefined) return [{ path, schema, seed }];
  return Object.entries(properties).flatMap(([name, member]) =>
    membersOf(member, [...path, name], (seed as Record<string, unknown> | undefined)?.[name]),
  );
}

/** What stands above a member in the text of its section. @throws where nothing does */
function commentOf(section: PolicySection, path: readonly string[]): string {
  const within =
    new RegExp(`${section}Section = object\\(\\{([\\s\\S]*?)\\n\\}\\);`).exec(SOURCE)?.[1] ??
    new RegExp(`\\n  ${section}: object\\(\\{([\\s\\S]*?)\\n  \\}\\),`).exec(SOURCE)?.[1];
  if (within === undefined) throw new Error(`the catalogue has no text of section ${section}`);
  const above = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*${path.at(-1)}:`).exec(within);
  if (above?.[1] === undefined) throw new Error(`${section}.${path.join('.')} has no comment`);
  return above[1]
    .replace(/\s*\n\s*\*\s?/g, ' ')
    .replaceAll('|', '\\|')
    .trim();
}
