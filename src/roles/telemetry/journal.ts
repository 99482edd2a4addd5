/**
 * Writes what a role says: a line for people, or one JSON object a line with `time`, `level`,
 * `event`, `role`, `message`, `trace_id` and `span_id` where there are, and the event's own fields. Secrets are none of its fields; whatever
 * looks like one is blacked out all the same (redaction.ts).
 */
import { LOG_EVENTS } from './log-events.ts';
import type { LogFields, LogLevel, Say } from './log-events.ts';
import { redacted, redactedValue } from './redaction.ts';

export const LOG_FORMATS = ['text', 'json'] as const;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies LogLevel[];

export interface JournalOptions {
  readonly role: string;
  readonly format: (typeof LOG_FORMATS)[number];
  /** Lines below it are left out. */
  readonly level: LogLevel;
  /** Takes whole lines, newline and all. */
  readonly write: (text: string) => void;
  readonly nowMs: () => number;
  /** Which trace and span a line is said in, where it is said in one. */
  readonly trace?: () => LogFields | null;
  /** Told of every line that is written. */
  readonly counted?: (level: LogLevel) => void;
}

export function openJournal(options: JournalOptions): Say {
  const { role, format, write, nowMs, counted, trace } = options;
  const least = LOG_LEVELS.indexOf(options.level);
  return (message, event = 'note', fields = {}) => {
    const level = LOG_EVENTS[event];
    if (LOG_LEVELS.indexOf(level) < least) return;
    counted?.(level);
    const time = new Date(nowMs()).toISOString();
    const line =
      format === 'text'
        ? redacted(`${time} ${message}`)
        : JSON.stringify(
            redactedValue({ time, level, event, role, message, ...trace?.(), ...fields }),
          );
    write(`${line}\n`);
  };
}
