/**
 * Entries as CloudEvents: the project's own SDK reads every sample of the catalogue, what
 * `daybook log tail` prints of whole recorded logs, a line each or as one batch, and says they are valid.
 */
import { CloudEvent, HTTP } from 'cloudevents';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { verbHere } from '../../testing/verb-here.ts';

const fixtures = new URL('../../../fixtures/', import.meta.url);
const RECORDING = 'logs/mini-trouble';

/** What the SDK makes of a message over HTTP. */
const readBy = (type: string, body: string): unknown =>
  HTTP.toEvent({ headers: { 'content-type': `${type}; charset=utf-8` }, body });

/** The SDK writes times in its own way; all else is as it stands in the line. */
function expectSame(event: unknown, line: string): void {
  expect(event).toBeInstanceOf(CloudEvent);
  const read = event as CloudEvent<object>;
  expect(read.validate()).toBe(true);
  const wanted = JSON.parse(line) as Record<string, unknown>;
  const found = JSON.parse(JSON.stringify(read.toJSON())) as Record<string, unknown>;
  expect({ ...found, time: null }).toEqual({ ...wanted, time: null });
  expect(Date.parse(String(found['time']))).toBe(Date.parse(String(wanted['time'])));
}

it('samples of every event are valid', () => {
  const files = readdirSync(new URL('events', fixtures)).filter((name) => name.endsWith('.json'));
  expect(files.length).toBeGreaterThan(50);
  for (const file of files) {
    const text = readFileSync(new URL(`events/${file}`, fixtures), 'utf8');
    expectSame(readBy('application/cloudevents+json', text), text);
    // Without what the specification demands it is none.
    const { source: _, ...less } = JSON.parse(text) as Record<string, unknown>;
    const lacking = (): unknown =>
      (readBy('application/cloudevents+json', JSON.stringify(less)) as CloudEvent).validate();
    expect(lacking, file).toThrow();
  }
});

it('a recorded log is valid, line by line and as a batch', async () => {
  const recording = fileURLToPath(new URL(RECORDING, fixtures));
  const lines = readFileSync(`${recording}.ndjson`, 'utf8').trimEnd().split('\n');
  const all = ['log', 'tail', recording, '--since', '0', '-o'];
  const [each, batch] = await Promise.all([verbHere(...all, 'jsonl'), verbHere(...all, 'json')]);
  const printed = each.out.trimEnd().split('\n');
  expect(printed).toEqual(lines);
  for (const line of printed) expectSame(readBy('application/cloudevents+json', line), line);
  const events = readBy('application/cloudevents-batch+json', batch.out) as unknown[];
  expect(events).toHaveLength(lines.length);
  for (const [at, event] of events.entries()) expectSame(event, lines[at] ?? '');
});
