import { z } from 'zod'
import type { SeverityName } from '../../event/severity.js'
import { alwaysSevere, hostIn, severityByWord } from '../derivation.js'
import { defineTypes } from '../event-type.js'
import { repeatedField } from '../parsed-text.js'
import { count, schemaOf, time } from '../schema-of.js'

const text = () => z.string().optional()

const envelope = () => ({
  notification: z.string().meta({
    description:
      'Its name with the YANG module, or with the namespace where the device does not name the module.',
  }),
  time: time().optional().meta({ description: 'When it happened, by the clock of the device.' }),
  eventTime: text().meta({ description: 'The time as the device has written it, if it cannot be read.' }),
  xml: text().meta({ description: 'The notification as it came, if the source is told to keep it.' }),
  subscription: text().meta({
    description: 'The push that it is content of, by its name in the configuration.',
  }),
  stream: text().meta({ description: 'The stream of NSO that it came from.' }),
  repeated: repeatedField(),
  cut: count().optional().meta({
    description:
      'Bytes of the notification, if it is too long or too deep for an event; `content` is then empty.',
  }),
})

const notification = () =>
  z.object({
    ...envelope(),
    content: z.unknown().meta({
      description:
        'The notification as JSON (RFC 7951). Without the YANG model, all values are text, and a list of one element is that element.',
    }),
  })

/** The session that has caused most of the notifications of RFC 6470. */
const session = () => ({
  username: text(),
  'session-id': count().optional(),
  'source-host': text().meta({ description: 'Address of the client.' }),
})

const content = (fields: z.ZodRawShape) => () =>
  schemaOf(z.object({ ...envelope(), content: z.object(fields) }))

const changedBy = () =>
  z
    .object({ server: z.array(z.null()).optional(), ...session() })
    .optional()
    .meta({ description: 'The session that has changed it, or `server`: [null].' })

const edit = () => z.object({ target: text(), operation: text() })

/** A push of RFC 8641. */
const push = () => ({
  id: text().meta({ description: 'The number of the subscription on the device.' }),
  'incomplete-update': z
    .unknown()
    .optional()
    .meta({ description: 'Present if the device could not send all of it.' }),
})

/** The alarms of RFC 8632, and the usual names of leaves. */
const alarmSeverities: Readonly<Record<string, SeverityName>> = {
  critical: 'crit',
  major: 'err',
  error: 'err',
  minor: 'warning',
  warning: 'warning',
  indeterminate: 'notice',
  cleared: 'info',
  info: 'info',
}

const endings: Readonly<Record<string, SeverityName>> = {
  closed: 'info',
  killed: 'warning',
  dropped: 'warning',
  timeout: 'warning',
  'bad-hello': 'warning',
  other: 'warning',
}

const commits: Readonly<Record<string, SeverityName>> = {
  start: 'notice',
  extend: 'notice',
  complete: 'info',
  cancel: 'warning',
  timeout: 'warning',
}

const device = hostIn('tag.1')

const ofDevices = (name: string) => ['netconf', 'restconf', 'ncs-stream'].map((kind) => `${kind}/*/${name}`)

/** The events that the sources `netconf/<name>`, `restconf/<name>` and `ncs/<name>` publish: those of RFC 6470 and RFC 8641, and all others. */
export const netconfTypes = defineTypes([
  {
    type: 'netconf.config_change',
    tags: ofDevices('netconf-config-change'),
    summary: 'A datastore of a device has changed.',
    display:
      'configuration changed[ by {content.changed-by.username}][ from {content.changed-by.source-host}][ ({content.datastore})][ (repeated {repeated} times)]',
    schema: content({
      'changed-by': changedBy(),
      datastore: text().meta({ description: '`running` or `startup`; absent: `running`.' }),
      edit: z.array(edit()).optional(),
    }),
    correlation: ['data.content.changed-by.session-id'],
    severity: alwaysSevere('notice'),
    host: device,
  },
  {
    type: 'netconf.capability_change',
    tags: ofDevices('netconf-capability-change'),
    summary: 'A device supports other capabilities than before.',
    display:
      'capabilities changed[, added: {content.added-capability}][, deleted: {content.deleted-capability}][ (repeated {repeated} times)]',
    schema: content({
      'changed-by': changedBy(),
      'added-capability': z.array(z.string()).optional(),
      'deleted-capability': z.array(z.string()).optional(),
      'modified-capability': z.array(z.string()).optional(),
    }),
    correlation: ['data.content.changed-by.session-id'],
    severity: alwaysSevere('notice'),
    host: device,
  },
  {
    type: 'netconf.session_start',
    tags: ofDevices('netconf-session-start'),
    summary: 'A NETCONF session with a device has begun.',
    display:
      'session[ {content.session-id}][ of {content.username}] began[ from {content.source-host}][ (repeated {repeated} times)]',
    schema: content(session()),
    correlation: ['data.content.session-id'],
    severity: alwaysSevere('info'),
    host: device,
  },
  {
    type: 'netconf.session_end',
    tags: ofDevices('netconf-session-end'),
    summary: 'A NETCONF session with a device has ended.',
    display:
      'session[ {content.session-id}][ of {content.username}] ended[: {content.termination-reason}][ by session {content.killed-by}][ (repeated {repeated} times)]',
    schema: content({
      ...session(),
      'killed-by': count().optional().meta({ description: 'The session that has ended this one.' }),
      'termination-reason': text().meta({
        description: '`closed`, `killed`, `dropped`, `timeout`, `bad-hello` or `other`.',
      }),
    }),
    correlation: ['data.content.session-id'],
    severity: severityByWord(['data.content.termination-reason'], endings),
    host: device,
  },
  {
    type: 'netconf.confirmed_commit',
    tags: ofDevices('netconf-confirmed-commit'),
    summary: 'A commit that must be confirmed has begun, or has ended.',
    display:
      'confirmed commit[ of {content.username}][: {content.confirm-event}][, {content.timeout} s][ (repeated {repeated} times)]',
    schema: content({
      ...session(),
      'confirm-event': text().meta({
        description: '`start`, `cancel`, `timeout`, `extend` or `complete`.',
      }),
      timeout: count().optional().meta({ description: 'Seconds until it is undone.' }),
    }),
    correlation: ['data.content.session-id'],
    severity: severityByWord(['data.content.confirm-event'], commits),
    host: device,
  },
  {
    type: 'netconf.push_update',
    tags: ofDevices('push-update'),
    summary: 'A device has sent a part of a datastore.',
    display:
      '[{subscription}: ]part of a datastore[: {content.datastore-contents}][ (repeated {repeated} times)]',
    schema: content({ ...push(), 'datastore-contents': z.unknown().optional() }),
    correlation: ['data.subscription'],
    severity: alwaysSevere('info'),
    host: device,
  },
  {
    type: 'netconf.push_change_update',
    tags: ofDevices('push-change-update'),
    summary: 'A device has sent what has changed in a datastore.',
    display:
      '[{subscription}: ]changes of a datastore[: {content.datastore-changes.yang-patch.edit}][ (repeated {repeated} times)]',
    schema: content({
      ...push(),
      'datastore-changes': z
        .unknown()
        .optional()
        .meta({ description: 'The changes as `edit` of `yang-patch` (RFC 8072).' }),
    }),
    correlation: ['data.subscription'],
    severity: alwaysSevere('info'),
    host: device,
  },
  {
    type: 'netconf.notification',
    tags: ofDevices('*'),
    summary: 'A device has sent a notification over NETCONF.',
    display: '{notification}[: {content}][ (repeated {repeated} times)]',
    schema: () => schemaOf(notification()),
    severity: severityByWord(['data.content.perceived-severity', 'data.content.severity'], alarmSeverities),
    host: device,
  },
])

export type NetconfEventData = z.infer<ReturnType<typeof notification>>

declare module '../event-type.js' {
  interface EventTypes {
    'netconf.notification': NetconfEventData
  }
}
