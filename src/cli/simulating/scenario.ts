/**
 * `daybook scenario`: plays the stories of `scenarios/` on the simulation, in a folder or on a server,
 * and holds what came of each against its file. Exit 1 when an expectation is not met.
 */
import type { Command } from 'commander';
import { storyCalled, storyNames } from '../../scenarios/library.ts';
import type { Told } from '../../scenarios/play.ts';
import { play, SIMULATION } from '../../scenarios/play.ts';
import { readStory } from '../../scenarios/story-file.ts';
import type { Story } from '../../scenarios/story.ts';
import { ScenarioError } from '../../simulation/scenario-file.ts';
import { tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { fileBytes } from '../terminal/named-files.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { print, table } from '../terminal/output.ts';
import type { StoryOutcome } from './scenario-output.ts';
import { toldOutput } from './scenario-output.ts';
import { storyText, toldLine, toldText } from './scenario-text.ts';

interface ScenarioOptions extends OutputOptions {
  readonly on: string;
  readonly all?: boolean;
  readonly list?: boolean;
}

interface Named {
  readonly name: string;
  readonly story: Story;
}

export function registerScenario(program: Command): void {
  withOutput(
    program
      .command('scenario')
      .description('play adversarial stories, each held against its expected outcome'),
    toldOutput,
  )
    .argument('[name]', 'of a story, or the path of a story file')
    .option('--on <place>', 'simulation, file:<folder> or nats://host:port', SIMULATION)
    .option('--all', 'every story, side by side')
    .option('--list', 'what there is')
    .action(runScenario);
}

async function runScenario(name: string | undefined, options: ScenarioOptions): Promise<void> {
  const { on, all = false, list = false } = options;
  const isForPeople = options.output === 'table';
  if (on !== SIMULATION && !/^(file|nats):./.test(on))
    throw new Exit(EXIT.usage, '--on: simulation, file:<folder> or nats://host:port');
  if (list) return listStories(options);
  if (all === (name !== undefined))
    throw new Exit(EXIT.usage, 'name one story, or --all of them; --list says which there are');
  const stories = all ? storyNames().map(found) : [found(name ?? '')];
  if (isForPeople && !all) for (const { story } of stories) print(storyText(story));
  const told = await Promise.all(
    stories.map(async (one) => {
      const outcome = await play(one.name, one.story, on);
      if (isForPeople) print(all ? toldLine(one.name, outcome) : toldText(outcome));
      return { ...one, outcome };
    }),
  );
  const outcomes = told.map((one) => storyOutcome(one, on, one.outcome));
  tell(toldOutput, outcomes, options, () => undefined);
  const failed = told.filter(({ outcome }) => !outcome.ok).map(({ name: called }) => called);
  if (failed.length > 0) throw new Exit(EXIT.failed, `not as told: ${failed.join(', ')}`);
}

const storyOutcome = (
  { name, story }: Named,
  on: string,
  { ok, checks, findings }: Told,
): StoryOutcome => ({ name, title: story.title, on, ok, checks, findings });

function listStories(options: OutputOptions): void {
  const stories = storyNames()
    .map(found)
    .map(({ name, story }) => ({
      name,
      title: story.title,
      on: null,
      ok: null,
      checks: [],
      findings: null,
    }));
  tell(toldOutput, stories, options, () =>
    print(
      table(
        ['name', 'story'],
        stories.map(({ name, title }) => [name, title]),
      ),
    ),
  );
}

function found(name: string): Named {
  try {
    if (!name.endsWith('.json')) return { name, story: storyCalled(name) };
    const file = name.split('/').at(-1) ?? name;
    return {
      name: file.slice(0, -'.json'.length),
      story: readStory(fileBytes(name).toString('utf8')),
    };
  } catch (error) {
    if (error instanceof ScenarioError) throw new Exit(EXIT.usage, `${name}: ${error.message}`);
    throw error;
  }
}
