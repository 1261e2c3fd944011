import { isDeepStrictEqual } from 'node:util'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { finished } from '../../../src/incremental/steps.js'
import { type OtlpKind, requestTypes } from '../../../src/protocols/otlp/messages.js'
import type { MessageFields } from '../../../src/protocols/protobuf/message-type.js'
import { readMessage } from '../../../src/protocols/protobuf/read-message.js'
import { writeMessage } from '../../../src/protocols/protobuf/write-message.js'
import { fuzz } from '../target.js'

const value = {
  kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{ intValue: -7 }] } } }] },
}
const attributes = [
  { key: 'text', value: { stringValue: 'größer' } },
  { key: 'more', value },
]
const seeds: Record<OtlpKind, object> = {
  logs: {
    timeUnixNano: '1700000000000000000',
    severityNumber: 17,
    body: value,
    attributes,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    flags: 1,
  },
  traces: {
    name: 'pay',
    kind: 2,
    events: [{ name: 'exception', attributes }],
    status: { code: 2, message: 'no' },
  },
  metrics: { name: 'm', sum: { dataPoints: [{ asDouble: 1.5, attributes }], isMonotonic: true } },
}
const requests: Record<OtlpKind, (item: object) => MessageFields> = {
  logs: (item) => ({
    resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords: [item, item] }] }],
  }),
  traces: (item) => ({ resourceSpans: [{ scopeSpans: [{ scope: { name: 's' }, spans: [item] }] }] }),
  metrics: (item) => ({ resourceMetrics: [{ scopeMetrics: [{ metrics: [item] }] }] }),
}

for (const kind of ['logs', 'traces', 'metrics'] as const) {
  const type = requestTypes[kind].request
  fuzz({
    name: `otlp-${kind}`,
    seeds: [writeMessage(requests[kind](seeds[kind]), type)],
    run(input) {
      const read = readOr(input)
      if (read === undefined) return
      const again = finished(readMessage(writeMessage(read, type), type))
      if (!isDeepStrictEqual(again, read)) throw new Error('it changes when it is written and read again')
    },
  })

  function readOr(input: Uint8Array): MessageFields | undefined {
    try {
      return finished(readMessage(input, type))
    } catch (error) {
      if (TocsinError.is(error) && /^TCN_HTTP_(BODY|TOO_LARGE)$/.test(error.code)) return undefined
      throw error
    }
  }
}
