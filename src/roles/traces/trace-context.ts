/** W3C Trace Context: which trace and span a message belongs to, as two headers beside it. */
import type { TraceHeaders } from '../../commands/ports/channel.ts';

export interface SpanContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** Whether somebody upstream records this trace; who does not sample keeps no span of it. */
  readonly isSampled: boolean;
  /** What tracing systems added; handed on as it came. */
  readonly state: string | null;
}

/** Later versions may have more behind the flags; `ff` is none. */
const PARENT =
  /^(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const PARENT_LENGTH_MAX = 512;
/** What everybody has to hand on at least; longer ones are left out. */
const STATE_LENGTH_MAX = 512;
const STATE = /^[ -~\t]*$/;
const SAMPLED = 1;

/** Null for what is none: whoever gets that begins a trace of its own. */
export function contextOf(headers: TraceHeaders | undefined): SpanContext | null {
  const parent = headers?.traceparent ?? '';
  if (parent.length > PARENT_LENGTH_MAX) return null;
  const [, version, traceId, spanId, flags, more] = PARENT.exec(parent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  if (version === '00' && more !== undefined) return null;
  const state = headers?.tracestate ?? '';
  const isKept = state !== '' && state.length <= STATE_LENGTH_MAX && STATE.test(state);
  const isSampled = (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED;
  return { traceId, spanId, isSampled, state: isKept ? state : null };
}

export const headersOf = ({ traceId, spanId, isSampled, state }: SpanContext): TraceHeaders => ({
  traceparent: `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`,
  ...(state === null ? {} : { tracestate: state }),
});
