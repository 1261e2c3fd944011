import { pick, wellFormed } from '../mutations.js'
import { HOOK_TOKEN, PASSWORD } from './fuzzed-hub.js'
import { isDestructive, native } from './native-talk.js'
import { binaryFrame, http, jsonFrame, upgrade } from './piece.js'
import { type OpenApi, sampleRequest } from './sample.js'
import { type Conversation, oneOf, type Talk } from './talk.js'

export function httpFace(api: OpenApi, token: string): Talk {
  const authorization = `Bearer ${token}`
  const lines = [
    { tag: 'fuzz/l', data: 1 },
    { tag: 'fuzz/m', data: [2] },
  ]
    .map((each) => JSON.stringify(each))
    .join('\n')
  const headers = { authorization, 'content-type': 'application/json' }
  const ndjson = { authorization, 'content-type': 'application/x-ndjson' }
  const cloudEvent = {
    specversion: '1.0',
    id: '1',
    source: 'fuzz',
    type: 'a.b',
    subject: 'fuzz/c',
    data: { a: 1 },
  }
  const binary = {
    authorization,
    'ce-specversion': '1.0',
    'ce-id': '1',
    'ce-source': 'fuzz',
    'ce-type': 'a',
    'content-type': 'text/plain',
  }
  const fixed: Conversation[] = [
    [
      http({
        method: 'POST',
        path: '/v1/events',
        headers: { ...headers, 'idempotency-key': 'k' },
        body: { tag: 'fuzz/x', data: { a: [1] } },
      }),
    ],
    [http({ method: 'POST', path: '/v1/events?ack=durable', headers: ndjson, body: lines })],
    [
      http({
        method: 'POST',
        path: '/v1/events',
        headers: { authorization, 'content-type': 'application/cloudevents+json' },
        body: cloudEvent,
      }),
    ],
    [
      http({
        method: 'POST',
        path: '/v1/events',
        headers: { authorization, 'content-type': 'application/cloudevents-batch+json' },
        body: [cloudEvent, cloudEvent],
      }),
    ],
    [http({ method: 'POST', path: '/v1/events', headers: binary, body: 'text' })],
    [
      http({
        method: 'GET',
        path: '/v1/stream?filter=fuzz/&from=-1m',
        headers: { authorization, accept: 'text/event-stream', 'last-event-id': 'x-1' },
      }),
    ],
    [
      http({
        method: 'POST',
        path: '/v1/session',
        headers: { ...headers, origin: 'http://localhost' },
        body: { user: 'fuzz', password: PASSWORD },
      }),
    ],
    [
      http({
        method: 'GET',
        path: '/view/events?filter=a',
        headers: { cookie: 'tocsin=abc; a=b', 'accept-encoding': 'gzip, br' },
      }),
    ],
  ]
  return (random) => {
    if (random(3) === 0) return pick(fixed, random)
    const { method, path, query, type, body } = sampleRequest(api, random, isDestructive)
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]) => [name, wellFormed(String(value))]),
    )
    const asked = http({
      method,
      path: search.size > 0 ? `${path}?${search}` : path,
      headers: { authorization, ...(type !== undefined && { 'content-type': type }) },
      body,
    })
    return random(4) === 0 ? [asked, asked] : [asked]
  }
}

export function webSocket(api: OpenApi, token: string): Talk {
  const authorization = `Bearer ${token}`
  const protocols = ['tocsin.v1', 'tocsin.v1+json', 'cloudevents.json']
  const said = [
    { op: 'hello', version: 1, producer: 'fuzzer' },
    { op: 'subscribe', filters: ['fuzz/'], from: '-1h', lag: 'skip' },
    { op: 'unsubscribe' },
    { op: 'event', tag: 'fuzz/ws', data: { a: 1 }, counter: 1, attributes: { x: 1 } },
    {
      op: 'event',
      event: { specversion: '1.0', id: '1', source: 'fuzz', type: 'a', subject: 'fuzz/c', data: 1 },
    },
    { op: 'request', id: 3, method: 'types.list', params: {} },
    { op: 'durable', counter: 1 },
    { op: 'ack', seqs: [1], result: 'done' },
    { op: 'gate', name: 'g', counter: 1 },
    { op: 'gateDone', name: 'g', seq: 1, answer: {} },
    { op: 'ping', id: 1 },
    { specversion: '1.0', id: '1', source: 'fuzz', type: 'a', subject: 'fuzz/c', data: 1 },
  ].map(jsonFrame)
  const ofNative = native(api)
  return (random) => {
    const opening = upgrade('/v1/ws', { authorization, 'sec-websocket-protocol': pick(protocols, random) })
    const binary = random(2) === 0
    return [
      opening,
      ...(binary ? ofNative(random).map(binaryFrame) : Array.from({ length: 3 }, () => pick(said, random))),
    ]
  }
}

const alert = {
  status: 'firing',
  labels: { alertname: 'Disk', severity: 'critical', instance: 'web1' },
  annotations: { summary: 'full', description: 'é' },
  startsAt: '2026-11-20T10:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus/graph',
  fingerprint: 'abc',
}
const alerts = {
  version: '4',
  groupKey: '{}:{}',
  status: 'firing',
  receiver: 'tocsin',
  groupLabels: {},
  commonLabels: {},
  alerts: [alert, { ...alert, status: 'resolved' }],
}
const push = {
  ref: 'refs/heads/main',
  action: 'completed',
  repository: { full_name: 'o/r', name: 'r', owner: { login: 'o' } },
  sender: { login: 's' },
  workflow_run: { conclusion: 'failure', updated_at: '2026-11-20T10:00:00Z' },
  commits: [{ id: 'a', message: 'm' }],
}

const hook = (name: string, body: unknown, headers: Record<string, string> = {}): Conversation => [
  http({
    method: 'POST',
    path: `/v1/hook/${name}`,
    headers: { authorization: `Bearer ${HOOK_TOKEN}`, 'content-type': 'application/json', ...headers },
    body,
  }),
]

export const webhook: Talk = oneOf(
  hook('none', { any: ['thing', { a: null }] }),
  hook('none', 'a=1&b=%C3%A9&a=2', { 'content-type': 'application/x-www-form-urlencoded' }),
  hook('none', 'plain text', { 'content-type': 'text/plain; charset=latin1' }),
  hook('alertmanager', alerts),
  hook('grafana', { ...alerts, title: 't', state: 'alerting', orgId: 1 }),
  ...['push', 'workflow_run', 'ping', 'security_advisory', 'check_run'].map((name) =>
    hook('github', push, {
      'x-github-event': name,
      'x-github-delivery': `d-${name}`,
      'x-hub-signature-256': 'sha256=00',
    }),
  ),
)

const attributes = [{ key: 'service.name', value: { stringValue: 'shop' } }]
const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
const record = {
  ...ids,
  timeUnixNano: '1790000000000000000',
  severityNumber: 9,
  body: { stringValue: 'é' },
  attributes,
}
const span = {
  ...{
    ...ids,
    name: 'GET',
    kind: 2,
    startTimeUnixNano: '1790000000000000000',
    endTimeUnixNano: '1790000001000000000',
  },
  ...{
    status: { code: 2 },
    attributes,
    events: [{ name: 'exception', timeUnixNano: '1790000000500000000' }],
  },
}
/** A request with one record of a log, in Protocol Buffers. */
const inProtobuf = '\n\n\x12\b\x12\x06*\x04\n\x02hi'

const otlpRequest = (kind: 'logs' | 'traces', body: unknown, type = 'application/json'): Conversation => [
  http({
    method: 'POST',
    path: `/v1/otlp/fuzz/v1/${kind}`,
    headers: { authorization: `Bearer ${HOOK_TOKEN}`, 'content-type': type },
    body,
  }),
]

export const otlp: Talk = oneOf(
  otlpRequest('logs', {
    resourceLogs: [
      { resource: { attributes }, scopeLogs: [{ scope: { name: 's' }, logRecords: [record, {}] }] },
    ],
  }),
  otlpRequest('traces', { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] }),
  otlpRequest('logs', inProtobuf, 'application/x-protobuf'),
  otlpRequest('traces', inProtobuf, 'application/x-protobuf'),
)
