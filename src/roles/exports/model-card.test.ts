/** Cards say what the books say, in YAML and Markdown that no label of a party can break. */
import { describe, expect, it } from 'vitest';
import { must } from '../../projections/books.ts';
import { historyOf } from './history.ts';
import { cardRefusal, modelCard } from './model-card.ts';
import { recorded } from './recorded.fixture.ts';
import { Desk, testPlan } from '../../testing/desk.ts';
import { stringify } from './yaml-text.ts';

describe.each(['runs/open/recording', 'logs/mini-trouble', 'logs/mini-encoded'])(
  'a card of %s',
  (log) => {
    const history = recorded(log);
    const { books, root } = history;
    const [name = ''] = Object.keys(books.runs);
    const card = modelCard(history, name);
    const row = (...cells: unknown[]): string => `| ${cells.join(' | ')} |`;
    const nats = (micro: number | null): string => ((micro ?? NaN) / 1e6).toFixed(6);

    it('has the loss of each window and its decision', () => {
      for (const window of Object.values(books.windows)) {
        const { lossBeforeMicroNats: before, lossAfterMicroNats: after } = window;
        const losses = [before, after].map((loss) => (loss === null ? '-' : nats(loss)));
        expect(card).toContain(row(window.window, ...losses, window.promotion?.decision));
      }
    });

    it('counts what every worker contributed and had accepted', () => {
      const workers = Object.values(books.members).filter(({ role }) => role === 'worker');
      for (const { participant, accepted } of workers) {
        const line = card.split('\n').find((one) => one.includes(`| \`${participant}\` |`));
        if (line === undefined) expect(accepted).toBe(0);
        else expect(Number(line.split(' | ')[3])).toBe(accepted);
      }
    });

    it('ends at the last revision and at the root to audit', () => {
      const last = books.runs[name]?.revisions.at(-1);
      expect(card).toContain(`\`${last?.checkpoint.digest}\` (${last?.checkpoint.sizeBytes} bytes`);
      expect(card).toContain(`under the root \`${root}\``);
      expect(card).toContain(`value: ${(last?.heldOutLossMicroNats ?? NaN) / 1e6}\n`);
      expect(modelCard(history, name)).toBe(card);
    });
  },
);

it('a label of a party means nothing in the card', () => {
  const title = '<b>x</b> | # y `z` [a](b) \\';
  const desk = new Desk().open();
  desk.plan({ title });
  const history = historyOf(desk.lines);
  const [name = ''] = Object.keys(history.books.runs);
  expect(modelCard(history, name)).toContain(
    '\n# \\<b\\>x\\</b\\> \\| \\# y \\`z\\` \\[a\\]\\(b\\) \\\\\n',
  );
});

const [dataset] = new Desk()
  .open()
  .plan()
  .events.flatMap((event) => (event.type === 'daybook.dataset.registered.v1' ? [event.data] : []));

it('is refused for a run that is unknown or has no checkpoint', () => {
  const desk = new Desk().open();
  const refusal = () => cardRefusal(historyOf(desk.lines), testPlan.run);
  expect(refusal()).toMatchObject({ code: 'run_unknown' });
  desk.must(desk.operator, 'daybook.dataset.registered.v1', must(dataset, 'dataset'));
  desk.must(desk.operator, 'daybook.run.planned.v1', testPlan);
  expect(refusal()).toMatchObject({ code: 'nothing_promoted' });
  expect(cardRefusal(recorded('logs/mini-rules-3'), 'other')).toMatchObject({
    code: 'run_unknown',
  });
});

it('writes texts so that YAML takes none for anything else', () => {
  expect(stringify({ a: 'yes: "no"\n- x', b: [1, 'x', { c: 'd', e: ['f'] }], g: { h: 0.5 } })).toBe(
    [
      'a: "yes: \\"no\\"\\n- x"',
      'b:',
      '  - 1',
      '  - "x"',
      '  - c: "d"',
      '    e:',
      '      - "f"',
      'g:',
      '  h: 0.5',
      '',
    ].join('\n'),
  );
});
