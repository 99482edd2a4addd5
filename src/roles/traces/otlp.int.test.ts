/**
 * What is sent to a collector, read by the protocol's own definition (opentelemetry-proto): every field
 * is one that it has, of its type. Skipped where Python has no such module.
 */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { python, pythonEnv, whyNoPython } from '../../testing/python.ts';
import { exportOf } from './otlp.ts';
import type { EndedSpan } from './tracer.ts';
import { Tracer } from './tracer.ts';

/** In OTLP's JSON ids are hex, where protobuf's JSON has base64 for bytes. */
const READ = `
import base64, json, sys
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
IDS = ("traceId", "spanId", "parentSpanId")
def bytes_of(hex): return base64.b64encode(bytes.fromhex(hex)).decode()
def proto(value):
    if isinstance(value, list): return [proto(one) for one in value]
    if not isinstance(value, dict): return value
    return {key: bytes_of(inner) if key in IDS else proto(inner) for key, inner in value.items()}
request = json_format.ParseDict(proto(json.load(sys.stdin)), ExportTraceServiceRequest())
print(json.dumps([
    [one.name, one.kind, one.trace_id.hex(), one.parent_span_id.hex(), one.trace_state, len(one.links),
     one.end_time_unix_nano - one.start_time_unix_nano, one.status.code, one.status.message,
     {item.key: item.value.WhichOneof("value") for item in one.attributes}]
    for resource in request.resource_spans for scope in resource.scope_spans for one in scope.spans]))
`;

const reason = whyNoPython(['google.protobuf', 'opentelemetry.proto.trace.v1.trace_pb2']);
if (reason !== null) process.stderr.write(`Not read by opentelemetry-proto: ${reason}\n`);

it.skipIf(reason !== null)('is what the protocol has', () => {
  const ended: EndedSpan[] = [];
  const tracer = new Tracer((span) => ended.push(span));
  const parent = {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    isSampled: true,
    state: 'theirs=1',
  };
  const outer = tracer.start('outer', {
    kind: 'server',
    parent,
    attributes: { whole: -1, part: 0.5, text: 'x', is: true },
  });
  tracer.start('inner', { parent: outer.context, links: [outer.context] }).end('why');
  outer.end();
  const sent = exportOf({ resource: { 'service.name': 'test' }, version: '0' }, ended);
  const read = (body: object) =>
    spawnSync(python, ['-c', READ], {
      input: JSON.stringify(body),
      encoding: 'utf8',
      env: pythonEnv,
    });
  const { stdout, stderr } = read(sent);
  expect(stderr).toBe('');
  const tookNs = ended.map(({ startNs, endNs }) => Number(endNs - startNs));
  const types = {
    whole: 'int_value',
    part: 'double_value',
    text: 'string_value',
    is: 'bool_value',
  };
  const { traceId, spanId, state } = parent;
  expect(JSON.parse(stdout)).toEqual([
    ['inner', 1, traceId, outer.context.spanId, state, 1, tookNs[0], 2, 'why', {}],
    ['outer', 2, traceId, spanId, state, 0, tookNs[1], 0, '', types],
  ]);
  expect(read({ ...sent, spans: [] }).stderr).toContain('no field named "spans"');
});
