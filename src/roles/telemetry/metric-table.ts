/**
 * Every metric there is, declared once: name, type, unit, labels, help. The exposition, the
 * documentation, the dashboard and the alerts are checked against this table. Units are base units
 * and stand in the name; keys of participants are never labels, so the number of series does not
 * grow with the network.
 */
export interface MetricDeclaration {
  readonly type: 'gauge' | 'counter' | 'histogram';
  /** Base unit; null where things are counted. */
  readonly unit: 'seconds' | 'bytes' | 'nats' | null;
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds of a histogram's buckets, ascending, in its unit. */
  readonly buckets?: readonly number[];
}

const gauge = (
  help: string,
  unit: MetricDeclaration['unit'] = null,
  ...labels: string[]
): MetricDeclaration => ({ type: 'gauge', unit, labels, help });
const counter = (
  help: string,
  unit: MetricDeclaration['unit'] = null,
  ...labels: string[]
): MetricDeclaration => ({ type: 'counter', unit, labels, help });
const seconds = (
  help: string,
  buckets: readonly number[],
  ...labels: string[]
): MetricDeclaration => ({ type: 'histogram', unit: 'seconds', labels, help, buckets });

export const METRICS = {
  daybook_build_info: gauge('1, by version and role of this process.', null, 'version', 'role'),
  daybook_ready: gauge('1 when /readyz says yes.'),

  daybook_log_entries: gauge('Entries in the log when it last answered.'),
  daybook_ledger_entries: gauge('Entries folded here.'),
  daybook_ledger_commits: gauge('Commits folded here.'),
  daybook_ledger_clock_seconds: gauge('Ledger time of the last entry folded.', 'seconds'),
  daybook_ledger_lag_seconds: gauge('Since the whole log was last known folded here.', 'seconds'),
  daybook_ledger_fault: gauge('1 while the log cannot be followed or trusted.'),

  daybook_commands_total: counter(
    'Commands answered, by outcome and code.',
    null,
    'outcome',
    'code',
  ),
  daybook_command_seconds: seconds(
    'From a command to its durable answer.',
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  ),
  daybook_authority_leads: gauge('1 while this authority leads, 0 while it stands by.'),
  daybook_authority_leader_changes_total: counter('Times that another leader was seen.'),

  daybook_node_joined: gauge('1 while the node has a session in the ledger.'),
  daybook_steps_total: counter('Steps worked off, by kind and outcome.', null, 'kind', 'outcome'),
  daybook_step_seconds: seconds('Work on a step.', [0.1, 0.5, 1, 5, 15, 60, 300, 1800], 'kind'),

  daybook_witness_cosigned_total: counter('Heads cosigned.'),
  daybook_witness_forks_total: counter('Requests that convict a log of two histories.'),

  daybook_run_state: gauge('The state each run is in.', null, 'run', 'state'),
  daybook_run_windows_reconciled: gauge('Windows closed for good.', null, 'run'),
  daybook_run_tokens_counted_total: counter('Tokens whose delta counted.', null, 'run'),
  daybook_run_held_out_loss_nats: gauge('Of the current revision.', 'nats', 'run'),
  daybook_participants: gauge('By role and status.', null, 'role', 'status'),
  daybook_explorer_streams: gauge('Open event streams.'),

  daybook_http_requests_total: counter('Requests by route and status.', null, 'route', 'status'),
  daybook_spans_exported_total: counter('Spans that the collector of traces took.'),
  daybook_spans_dropped_total: counter('Spans lost, by reason.', null, 'reason'),
  daybook_log_lines_total: counter('Lines logged, by level.', null, 'level'),
  nodejs_eventloop_delay_p99_seconds: gauge('Of the last minute at most.', 'seconds'),
  process_cpu_seconds_total: counter('User and system time of this process.', 'seconds'),
  process_resident_memory_bytes: gauge('Of this process.', 'bytes'),
  process_start_time_seconds: gauge('Start of this process, Unix time.', 'seconds'),
} as const satisfies Record<string, MetricDeclaration>;

export type MetricName = keyof typeof METRICS;
