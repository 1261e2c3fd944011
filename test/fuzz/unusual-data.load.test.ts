import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import type { Format } from '../../src/bus/sink.js'
import { addError, addNew, addProgress, addReturn, Job } from '../../src/cli/commands/salt/jobs/job.js'
import { jobLines, jobObject } from '../../src/cli/commands/salt/jobs/job-report.js'
import { EventLines } from '../../src/cli/commands/sysadm/event-lines.js'
import { fieldsFormat, templateFormat } from '../../src/cli/output/fields.js'
import { lineFormat, longFormat } from '../../src/cli/output/line.js'
import { yamlFormat } from '../../src/cli/output/yaml.js'
import { colorsFor } from '../../src/cli/terminal/colors.js'
import { toCloudEvent } from '../../src/event/cloudevents.js'
import type { Event } from '../../src/event/index.js'
import { jsonView } from '../../src/event/json/view.js'
import { cloudEventsFormat, jsonRecordsFormat } from '../../src/faces/http/streams/websocket/json-records.js'
import { SaltFormat } from '../../src/faces/salt/bus/salt-format.js'
import { eventsFormat, webSocketFormat } from '../../src/faces/salt/rest/event-formats.js'
import { eventPieces } from '../../src/faces/salt/rest/event-json.js'
import { FormattedEvents } from '../../src/faces/salt/rest/formatted-events.js'
import { EventFormats, subscribable } from '../../src/faces/sysadm/event-formats.js'
import { EventTexts } from '../../src/faces/web/event-text.js'
import { sseFormat } from '../../src/faces/web/sse.js'
import { LongTexts } from '../../src/incremental/long-text.js'
import { sharedEchoes } from '../../src/protocols/salt/codec/echoes.js'
import { fingerprintOf, genuineArgs, readEvent } from '../../src/protocols/sysadm/client/events.js'
import { mailText } from '../../src/sinks/mail/message.js'
import { logRecordOf } from '../../src/sinks/otlp/log-record.js'
import { spanOf } from '../../src/sinks/otlp/span.js'
import { syslogMessage } from '../../src/sinks/syslog/message.js'
import { cloudEventMessage } from '../../src/sinks/webhook/cloudevent-message.js'
import { derivedAttributes } from '../../src/types/derived-attributes.js'
import { severityOf } from '../../src/types/index.js'
import { sampleView } from '../cli/output/sample.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { displays, faultsOf, types } from '../helpers/unusual-data.js'

const runtime = new FakeRuntime()
const plain = colorsFor({ isTTY: false }, {})
const { typeOf } = types
const displayOf = (type: string) => displays.get(type)
const derived = derivedAttributes(types)
const severityOfEvent = ({ bytes, at }: Event) => derived.severity(bytes, at)
const view = { epoch: 'e', typeOf, severityOf: severityOfEvent, displayOf, hostname: 'h', version: '1' }
const texts = new EventTexts(view)
const saltTexts = new LongTexts(eventPieces)
const lines = {
  ...sampleView({ columns: 200 }),
  typeOf,
  displayOf: (event: Event) => displayOf(typeOf(event.tag)),
}

const formats: Format[] = [
  ...[true, false].map((chunked) => sseFormat(texts, chunked)),
  jsonRecordsFormat(texts),
  cloudEventsFormat(texts),
  new SaltFormat('salt/master', sharedEchoes(runtime)),
  ...[true, false].map((ids) => eventsFormat('e', { chunked: true, ids }, saltTexts)),
  webSocketFormat(saltTexts),
  ...(['genuine', 'documented'] as const).flatMap((spelling) => {
    const sysadm = new EventFormats({ spelling, epoch: 'e', typeOf })
    return subscribable.map((name) => sysadm.of(name, { relay: undefined, cursors: true }))
  }),
]

/** Everything that writes events for people and programs, by name. */
const writers: Record<string, (event: Event) => unknown> = {
  line: (event) => lineFormat(lines).encode(event),
  long: (event) => longFormat(lines).encode(event),
  fields: (event) => fieldsFormat('time,tag,data.id,data', lines).encode(event),
  template: (event) => templateFormat('{tag} {data} {data.id}', lines).encode(event),
  yaml: (event) => yamlFormat((each) => toCloudEvent(each, view)).encode(event),
  inspect: (event) => inspect(event),
  severity: ({ data }) => severityOf(data),
  'severity of an event': severityOfEvent,
  'syslog text': (event) =>
    syslogMessage(event, { facility: 'user', appName: 't', message: 'text', maxMessage: 2048 }, view),
  mail: (event) => mailText([event], 't', view),
  webhook: (event) => cloudEventMessage([event], 'structured', view),
  'log record': (event) => logRecordOf(event, view),
  span: (event) => spanOf(event, view),
  'Salt job': (event) => {
    const job = new Job('20261120045052000000')
    addNew(job, event)
    addReturn(job, event, 'web1', true)
    addProgress(job, event, 'web1')
    addError(job, event)
    return [...jobLines(job, { changes: true }), JSON.stringify(jsonView(jobObject(job)))]
  },
  'SysAdm client': ({ data }) =>
    ['dispatcher', 'life-preserver', 'system-state', 'bridge', 'tocsin', 'other'].map((name) => {
      const event = readEvent(name, jsonView(data))
      return [fingerprintOf(event), genuineArgs(event), new EventLines(plain, () => 100).of(event)]
    }),
  'formatted Salt events': (event) => new FormattedEvents().of([event]),
  ...Object.fromEntries(formats.map((format) => [format.name, ({ bytes }: Event) => format.encode(bytes)])),
}

// On a busy machine, this takes more than a minute.
test('no data of any shape keeps an event from being written', { timeout: 300_000 }, () => {
  expect(faultsOf(writers)).toEqual([])
})
