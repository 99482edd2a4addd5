/**
 * A fault: the world did not do what was asked (disk full, server away, bytes corrupt). Never a
 * refusal of a command (a value, see refusal.ts) and never a bug (an assertion).
 */
export type FaultCode =
  | 'log_unavailable' // server away, no quorum, file cannot be opened; retry with backoff
  | 'log_outcome_unknown' // append sent, no ack, and the tail could not be read to decide
  | 'log_corrupt' // stored bytes contradict their own headers
  | 'log_locked' // another process holds the embedded log as writer
  | 'log_not_found' // reading a ledger that does not exist
  | 'storage_full' // disk or server limit reached; nothing was appended
  | 'server_too_old' // below the supported nats-server version
  | 'jetstream_disabled' // server answers, JetStream is off
  | 'permission_denied'
  | 'commit_too_large' // above MAX_COMMIT_BYTES or the server's max_payload
  | 'artifact_missing'
  | 'artifact_corrupt' // stored bytes do not have the digest they are filed under
  | 'artifact_too_large'
  | 'payload_too_large' // a request, reply or step above the channel's limit
  | 'channel_unavailable'
  | 'request_timeout'; // command sent, no reply: retry with the same command id

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
