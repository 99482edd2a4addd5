/** The stories that come with Daybook: a file each in `scenarios/`, by name. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ScenarioError } from '../simulation/scenario-file.ts';
import { readStory } from './story-file.ts';
import type { Story } from './story.ts';

const FOLDER = fileURLToPath(new URL('../../scenarios/', import.meta.url));
const ENDING = '.json';

export const storyNames = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort();

/** @throws ScenarioError */
export function storyCalled(name: string): Story {
  if (!storyNames().includes(name)) throw new ScenarioError(`there is no story "${name}"`);
  return readStory(readFileSync(`${FOLDER}${name}${ENDING}`, 'utf8'));
}
