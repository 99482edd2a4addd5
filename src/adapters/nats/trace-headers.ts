/** W3C Trace Context in the headers of a message; names in any case, for other clients write their own. */
import type { MsgHdrs } from '@nats-io/transport-node';
import type { TraceHeaders } from '../../commands/ports/channel.ts';

const PARENT = 'traceparent';
const STATE = 'tracestate';

export function setTrace(headers: MsgHdrs, trace: TraceHeaders | undefined): void {
  if (trace === undefined) return;
  headers.set(PARENT, trace.traceparent);
  if (trace.tracestate !== undefined) headers.set(STATE, trace.tracestate);
}

const valueOf = (headers: MsgHdrs, name: string): string | undefined => {
  const written = headers.keys().find((key) => key.toLowerCase() === name);
  return written === undefined ? undefined : headers.get(written);
};

export function traceOf(headers: MsgHdrs | undefined): { readonly trace?: TraceHeaders } {
  if (headers === undefined) return {};
  const traceparent = valueOf(headers, PARENT);
  const tracestate = valueOf(headers, STATE);
  if (traceparent === undefined) return {};
  return { trace: tracestate === undefined ? { traceparent } : { traceparent, tracestate } };
}
