/**
 * `daybook/audit`: find out whether a recording holds. `auditRecording` takes files and does all of
 * it; `audit` takes bytes and whatever else one brings. An audit shares no state with the run.
 */
export { auditRecording } from './recording-audit.ts';
export type { RecordingAuditOptions } from './recording-audit.ts';

/** On bytes in memory or a file of them, with lanes and a clock of one's own. */
export { audit } from '../roles/audit/audit.ts';
export type { AuditInput, AuditReport } from '../roles/audit/audit.ts';
/** What is audited; a Blob is one. A file is read in pieces, and not held. */
export type { Recorded, RecordedFile } from '../roles/audit/recorded-lines.ts';
/** One line of a report. */
export type { Check } from '../roles/audit/check.ts';
/** A report as a Markdown document. */
export { auditReport } from '../roles/audit/report.ts';

/** What recomputes weights: artifacts, and at least one lane of the exact class. */
export { WeightsAudit } from '../roles/audit/weights.ts';
export { ThreadLane } from '../roles/thread-lane.ts';
export { openArtifactFolder } from '../adapters/embedded/artifacts.ts';
