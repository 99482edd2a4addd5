import { expect, it } from 'vitest';
import { isThroughNpm } from './npm-shell.ts';

const through = (script?: string): boolean =>
  isThroughNpm(script === undefined ? {} : { npm_lifecycle_script: script });

it.each(['node src/cli/main.ts', 'node src/cli/main.ts demo', "'daybook'", '"daybook"'])(
  'knows npm run and npx by their script: %s',
  (script) => expect(through(script)).toBe(true),
);

it('knows a script of somebody else that is one command of ours', () => {
  expect(through('daybook authority --log file:./ledger')).toBe(true);
});

it.each(['vitest run', 'daybook authority & daybook worker', 'daybook-other', undefined])(
  'leaves alone what a shell may put into the background: %s',
  (script) => expect(through(script)).toBe(false),
);
