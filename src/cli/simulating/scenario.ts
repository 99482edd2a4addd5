/**
 * `daybook scenario`: plays the stories of `scenarios/` on the simulation, in a folder or on a server,
 * and holds what came of each against its file. Exit 1 when an expectation is not met.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { storyCalled, storyNames } from '../../scenarios/library.ts';
import type { Told } from '../../scenarios/play.ts';
import { play, SIMULATION } from '../../scenarios/play.ts';
import { readStory } from '../../scenarios/story-file.ts';
import type { Story } from '../../scenarios/story.ts';
import { ScenarioError } from '../../simulation/scenario-file.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { print, printJson, table } from '../terminal/output.ts';
import { storyText, toldLine, toldText } from './scenario-text.ts';

interface ScenarioOptions {
  readonly on: string;
  readonly all?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
}

interface Named {
  readonly name: string;
  readonly story: Story;
}

export function registerScenario(program: Command): void {
  program
    .command('scenario')
    .description('adversarial stories, each held against its expected outcome')
    .argument('[name]', 'of a story, or the path of a story file')
    .option('--on <place>', 'simulation, file:<folder> or nats://host:port', SIMULATION)
    .option('--all', 'every story, side by side')
    .option('--list', 'what there is')
    .option('--json', 'the outcome as JSON')
    .action(runScenario);
}

async function runScenario(name: string | undefined, options: ScenarioOptions): Promise<void> {
  const { on, all = false, list = false, json = false } = options;
  if (on !== SIMULATION && !/^(file|nats):./.test(on))
    throw new Exit(EXIT.usage, '--on: simulation, file:<folder> or nats://host:port');
  if (list) return listStories(json);
  if (all === (name !== undefined))
    throw new Exit(EXIT.usage, 'name one story, or --all of them; --list says which there are');
  const stories = all ? storyNames().map(found) : [found(name ?? '')];
  if (!json && !all) for (const { story } of stories) print(storyText(story));
  const told = await Promise.all(
    stories.map(async (one) => {
      const outcome = await play(one.name, one.story, on);
      if (!json) print(all ? toldLine(one.name, outcome) : toldText(outcome));
      return { ...one, outcome };
    }),
  );
  if (json) printJson(told.map(({ name: called, outcome }) => jsonOf(called, on, outcome)));
  const failed = told.filter(({ outcome }) => !outcome.ok).map(({ name: called }) => called);
  if (failed.length > 0) throw new Exit(EXIT.failed, `not as told: ${failed.join(', ')}`);
}

const jsonOf = (name: string, on: string, { ok, checks, findings }: Told) => ({
  name,
  on,
  ok,
  checks,
  findings,
});

function listStories(json: boolean): void {
  const stories = storyNames().map(found);
  if (json) printJson(stories.map(({ name, story: { title } }) => ({ name, title })));
  else
    print(
      table(
        ['name', 'story'],
        stories.map(({ name, story }) => [name, story.title]),
      ),
    );
}

function found(name: string): Named {
  try {
    if (!name.endsWith('.json')) return { name, story: storyCalled(name) };
    const file = name.split('/').at(-1) ?? name;
    return { name: file.slice(0, -'.json'.length), story: readStory(readFileSync(name, 'utf8')) };
  } catch (error) {
    if (error instanceof ScenarioError) throw new Exit(EXIT.usage, `${name}: ${error.message}`);
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new Exit(EXIT.usage, `${name}: there is no such file`);
    throw error;
  }
}
