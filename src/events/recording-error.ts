/** What keeps a recording from verifying, and where it is known to begin. */
import type { CheckpointError } from './checkpoint.ts';
import type { EntryError } from './entry.ts';

export type RecordingErrorCode =
  | 'recording_bad_checkpoint'
  | 'recording_bad_entry' // the line does not decode
  | 'recording_entry_missing' // a later entry stands where this one should
  | 'recording_entry_repeated' // an earlier entry stands where this one should
  | 'recording_truncated' // fewer entries than the checkpoint counts, or half a line
  | 'recording_too_long' // more entries than the checkpoint counts
  | 'recording_bad_signature' // the root is wrong, and this author's signature too
  | 'recording_wrong_root'; // some entry was altered; which one cannot be known

export interface RecordingError {
  readonly code: RecordingErrorCode;
  readonly message: string;
  /** First sequence known to be bad; null when only the whole is. */
  readonly sequence: number | null;
  readonly cause?: EntryError | CheckpointError;
}

export function recordingError(
  code: RecordingErrorCode,
  sequence: number | null,
  message: string,
  cause?: EntryError | CheckpointError,
): RecordingError {
  const error = { code, sequence, message };
  return cause === undefined ? error : { ...error, cause };
}
