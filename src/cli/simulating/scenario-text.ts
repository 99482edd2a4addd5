/** Stories in words: what is played, how it went, what was expected of it. */
import type { Checked } from '../../scenarios/expectations.ts';
import type { Findings } from '../../scenarios/findings.ts';
import type { Told } from '../../scenarios/play.ts';
import type { Story, StoryParty } from '../../scenarios/story.ts';
import { grouped } from '../../roles/figures.ts';
import { colour, facts } from '../terminal/output.ts';

const WIDTH = 96;

function wrapped(text: string): string {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) as string;
    if (line.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

const partyText = ({ name, conduct }: StoryParty): string =>
  conduct === 'honest' ? name : `${name} ${colour.red(`(${conduct})`)}`;

export function storyText({
  title,
  story,
  windows,
  slots,
  parties,
  policy,
  trouble,
}: Story): string {
  const cast = (role: StoryParty['role']): string =>
    parties
      .filter((party) => party.role === role)
      .map(partyText)
      .join(', ');
  const { quorum, panelSize } = policy.validation;
  return [
    colour.bold(title),
    wrapped(story),
    '',
    facts([
      ['workers', cast('worker')],
      ['validators', cast('validator')],
      ['authority', cast('authority')],
      ['run', `${windows} windows of ${slots} slots, panels of ${panelSize}, quorum ${quorum}`],
      ...trouble.map(({ kind, targets, fromMs, untilMs }): [string, string] => [
        'trouble',
        `${kind} of ${targets.join(', ')} from ${fromMs / 1000} s to ${untilMs / 1000} s`,
      ]),
    ]),
    '',
  ].join('\n');
}

const nats = (micro: number): string => (micro / 1e6).toFixed(3);

const courseText = ({
  completed,
  entries,
  tookMs,
  losses,
  promoted,
  held,
  refusals,
  model,
}: Findings) =>
  facts([
    [
      'took',
      `${(tookMs / 1000).toFixed(1)} s, ${grouped(entries)} entries${completed ? '' : '; the run was not over'}`,
    ],
    ['windows', `${promoted} promoted, ${held} held`],
    ['loss', losses.map(nats).join(' -> ')],
    ['model', model],
    [
      'refused',
      Object.entries(refusals)
        .map(([code, count]) => `${code} ${count}`)
        .join(', ') || 'nothing',
    ],
  ]);

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'nobody' : value.join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const members = Object.entries(value);
  if (members.length === 0) return 'nobody';
  return members.map(([name, reasons]) => `${name} for ${valueText(reasons)}`).join('; ');
}

function checkText({ name, expected, found, ok }: Checked): string {
  const mark = ok ? colour.green('ok ') : colour.red('NOT');
  const counted = typeof expected === 'string' && expected.startsWith('>=');
  const wanted = counted ? `${valueText(found)} (${expected})` : valueText(expected);
  return `${mark} ${name.padEnd(32)} ${ok ? wanted : `${valueText(expected)}, but ${valueText(found)}`}`;
}

const sumText = ({ checks }: Told): string => {
  const met = checks.filter(({ ok }) => ok).length;
  return `${met} of ${checks.length} expectations met`;
};

export const toldText = (told: Told): string =>
  [courseText(told.findings), '', ...told.checks.map(checkText), sumText(told)].join('\n');

export const toldLine = (name: string, told: Told): string =>
  [
    `${told.ok ? colour.green('ok ') : colour.red('NOT')} ${name.padEnd(26)} ` +
      `${sumText(told)}, ${(told.findings.tookMs / 1000).toFixed(1)} s`,
    ...told.checks.filter(({ ok }) => !ok).map((one) => `    ${checkText(one)}`),
  ].join('\n');
