/**
 * Makes a scenario that breaches a law smaller while it still does: fewer faults, fewer dishonest
 * parties, fewer windows, slots and authorities. Each candidate is played; since a scenario has one
 * history, what remains fails every time. Greedy: what it ends with is small, not the smallest.
 */
import type { FaultKind } from './faults.ts';
import type { Scenario } from './scenario.ts';
import type { Outcome, SimulationOptions } from './simulation.ts';
import { simulate } from './simulation.ts';

export interface Shrunk {
  readonly scenario: Scenario;
  readonly outcome: Outcome;
  /** Scenarios played. */
  readonly plays: number;
}

export type Play = (scenario: Scenario, options: SimulationOptions) => Promise<Outcome>;

/** @param playsMax of candidates; what it has by then is the answer */
export async function shrink(
  failing: Scenario,
  outcome: Outcome,
  { playsMax, lastLines }: { readonly playsMax: number; readonly lastLines: number },
  play: Play = simulate,
): Promise<Shrunk> {
  let best: Shrunk = { scenario: failing, outcome, plays: 0 };
  let plays = 0;
  for (let smaller = true; smaller && plays < playsMax;) {
    smaller = false;
    for (const candidate of candidatesOf(best.scenario)) {
      if (plays === playsMax) break;
      plays += 1;
      const tried = await play(candidate, { lastLines });
      if (tried.breach?.law !== outcome.breach?.law) continue;
      best = { scenario: candidate, outcome: tried, plays };
      smaller = true;
      break;
    }
  }
  return { ...best, plays };
}

/** Smaller scenarios, the boldest first. */
function* candidatesOf(scenario: Scenario): Iterable<Scenario> {
  const { faults, parties, windows, slots, authorities, network } = scenario;
  if (network !== undefined) {
    const { network: _, ...alone } = scenario;
    yield alone;
    for (const left of network.proposals)
      yield {
        ...scenario,
        network: { ...network, proposals: network.proposals.filter((one) => one !== left) },
      };
  }
  for (let part = faults.length; part >= 1; part = Math.floor(part / 2))
    for (let at = 0; at < faults.length; at += part)
      yield { ...scenario, faults: [...faults.slice(0, at), ...faults.slice(at + part)] };
  const kinds = new Set<FaultKind>(faults.map(({ kind }) => kind));
  if (kinds.size > 1)
    for (const kind of kinds)
      yield { ...scenario, faults: faults.filter((fault) => fault.kind !== kind) };
  for (const { name, conduct } of parties)
    if (conduct !== 'honest')
      yield {
        ...scenario,
        parties: parties.map((party) =>
          party.name === name ? { ...party, conduct: 'honest' } : party,
        ),
      };
  if (windows > 1) yield { ...scenario, windows: Math.ceil(windows / 2) };
  if (windows > 1) yield { ...scenario, windows: windows - 1 };
  if (slots > 1) yield { ...scenario, slots: slots - 1 };
  const { stages, ...whole } = scenario;
  if (stages !== undefined) yield whole;
  const last = authorities.at(-1);
  if (authorities.length > 1 && faults.every(({ target }) => target !== last))
    yield { ...scenario, authorities: authorities.slice(0, -1) };
}
