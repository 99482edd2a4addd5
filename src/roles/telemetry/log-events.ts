/**
 * The events that roles log, by their stable names; `daybook.<role>` is not part of them. `note` is
 * what has no name of its own: a line for people.
 */
export const LOG_EVENTS = {
  note: 'info',
  'role.started': 'info',
  'role.stopped': 'info',
  'telemetry.serving': 'info',
  'ledger.awaited': 'info',
  'ledger.found': 'info',
  'traces.failing': 'warn',
  'traces.sent': 'info',
  'authority.leads': 'info',
  'authority.stands_by': 'info',
  'command.recorded': 'debug',
  'command.refused': 'info',
  'command.fault': 'error',
  'node.registered': 'info',
  'node.not_admitted': 'info',
  'node.joined': 'info',
  'node.drains': 'info',
  'node.cannot_drain': 'warn',
  'node.drained': 'info',
  'step.started': 'debug',
  'step.done': 'debug',
  'step.given_up': 'error',
  'step.retried': 'warn',
  'step.not_acknowledged': 'warn',
  'contribution.committed': 'info',
  'contribution.failed': 'error',
  'verdict.given': 'info',
  'aggregation.reported': 'info',
  'fact.refused': 'warn',
  'snapshot.passed_over': 'warn',
  'snapshot.started_from': 'info',
  'snapshot.failed': 'warn',
  'witness.failed': 'error',
  'witness.fork': 'error',
  'chunks.failed': 'error',
  'ledger.rebuilding': 'info',
  'ledger.rebuilt': 'info',
  'ledger.corrupt': 'error',
} as const satisfies Record<string, LogLevel>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogEvent = keyof typeof LOG_EVENTS;

/** Ids, codes, sequences and measures; nothing that is secret is ever one of them. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** A line for people and, for programs, what it is and its parts. */
export type Say = (line: string, event?: LogEvent, fields?: LogFields) => void;
