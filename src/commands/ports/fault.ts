/**
 * A fault: the world did not do what was asked (disk full, server away, bytes corrupt). Never a
 * refusal of a command (a value, see refusal.ts) and never a bug (an assertion). The catalogue of codes
 * is where the type and the docs come from: what happened, and what to do.
 */
export const FAULTS = {
  log_unavailable: 'Server away, no quorum, or the file cannot be opened; retry with backoff.',
  log_outcome_unknown:
    'An append was sent, no acknowledgement came, and the tail could not be read to decide; read the log before saying anything about it.',
  log_corrupt: 'Stored bytes contradict their own headers; audit the ledger and restore a copy.',
  log_locked: 'Another process holds the embedded log as its writer; stop it or use that one.',
  // The message says what is not there.
  log_not_found:
    'Check the address and the name, or begin what is new: an authority opens a ledger, `--begin` the record of a witness.',
  other_ledger: 'The folder holds the ledger of another name; check address and name.',
  storage_full: 'Disk or server limit reached, nothing was appended; make room and retry.',
  server_too_old: 'The nats-server is below the supported version; upgrade it.',
  jetstream_disabled: 'The server answers, but JetStream is off; start it with JetStream.',
  permission_denied:
    'Whoever asked may not do this, or is not known; check permissions and credentials (of a NATS server, `daybook permissions` prints what each party needs).',
  desk_login_missing:
    "Add the desk's login to the address, &desk=<seed file> or &desk-login=<user:password>: the second login of an authority, which `daybook permissions --desk` gives its rights.",
  commit_too_large:
    'One decision is above the limit of a commit or of the server; raise max_payload or decide less at once.',
  artifact_missing: 'Nothing is stored under this digest; its author has to upload it again.',
  artifact_corrupt: 'Stored bytes do not have the digest they are filed under; restore a copy.',
  artifact_too_large: 'The artifact is above the limit of its store.',
  payload_too_large: "A request, reply or step is above the channel's limit.",
  recording_too_large:
    'More than the tab of a browser is trusted with; `daybook audit` takes it on the command line.',
  channel_unavailable: 'Nobody can be reached on the channel; retry with backoff.',
  request_timeout: 'A command was sent and not answered; retry with the same command id.',
} as const satisfies Record<string, string>;

export type FaultCode = keyof typeof FAULTS;

export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;

  constructor(code: FaultCode, message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
  }
}
