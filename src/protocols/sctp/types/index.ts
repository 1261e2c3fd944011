import { z } from 'zod'
import { alwaysSevere, severityByWord } from '../../../types/derivation.js'
import { defineTypes } from '../../../types/event-type.js'
import { count, schemaOf } from '../../../types/schema-of.js'
import { type SctpEventData, typeSegment } from '../notifications/event.js'
import type * as Sctp from '../notifications/notification.js'
import { displays } from './displays.js'
import { notificationTexts } from './field-texts.js'
import { schemaOfNotification } from './schema.js'

export { fieldTexts, notificationTexts } from './field-texts.js'

const message = () =>
  z.object({
    association: z.int(),
    stream: count(),
    ppid: count().meta({ description: 'Payload protocol identifier as written in standards: 60 for NGAP.' }),
    unordered: z.boolean(),
    data: z.string().meta({ contentEncoding: 'base64' }),
    cut: z
      .literal(true)
      .optional()
      .meta({ description: 'True if the message was longer than the configured limit.' }),
  })
/** The event as published, with `data` as bytes. */
export type SctpMessageEvent = Omit<z.infer<ReturnType<typeof message>>, 'data'> & { data: Uint8Array }

const FAILURES: ReadonlySet<string> = new Set<Sctp.NotificationName>([
  ...(['SCTP_REMOTE_ERROR', 'SCTP_SEND_FAILED', 'SCTP_SEND_FAILED_EVENT'] as const),
])

/** By the state of an association or of an address of its peer. */
const byState = severityByWord(['data.names.sac_state', 'data.names.spc_state'], {
  ...{ SCTP_COMM_LOST: 'err', SCTP_CANT_STR_ASSOC: 'err', SCTP_RESTART: 'notice' },
  ...{ SCTP_COMM_UP: 'info', SCTP_SHUTDOWN_COMP: 'info' },
  ...{ SCTP_ADDR_UNREACHABLE: 'warning', SCTP_ADDR_AVAILABLE: 'info', SCTP_ADDR_CONFIRMED: 'info' },
})

/** The events that the sources `sctp/<name>` and `tocsin sctp decode --publish-as` publish. */
export const sctpTypes = defineTypes([
  ...Object.entries(notificationTexts).map(([name, { summary }]) => ({
    type: `sctp.${typeSegment(name)}`,
    tags: [`sctp/*/*/${typeSegment(name)}`],
    summary,
    display: displays[name as Sctp.NotificationName],
    schema: () => schemaOfNotification(name as Sctp.NotificationName),
    correlation: ['data.association'],
    severity: FAILURES.has(name) ? alwaysSevere('warning') : byState,
  })),
  {
    type: 'sctp.message',
    tags: ['sctp/*/*/message'],
    summary: 'User data arrived in an SCTP association.',
    display: 'association {association}, stream {stream}, ppid {ppid}: {data}',
    schema: () => schemaOf(message()),
    correlation: ['data.association'],
  },
])

declare module '../../../types/event-type.js' {
  interface EventTypes {
    'sctp.assoc_change': SctpEventData<Sctp.AssocChange>
    'sctp.peer_addr_change': SctpEventData<Sctp.PeerAddrChange>
    'sctp.remote_error': SctpEventData<Sctp.RemoteError>
    'sctp.send_failed': SctpEventData<Sctp.SendFailed>
    'sctp.shutdown_event': SctpEventData<Sctp.ShutdownEvent>
    'sctp.adaptation_indication': SctpEventData<Sctp.AdaptationIndication>
    'sctp.partial_delivery_event': SctpEventData<Sctp.PartialDeliveryEvent>
    'sctp.authentication_event': SctpEventData<Sctp.AuthenticationEvent>
    'sctp.sender_dry_event': SctpEventData<Sctp.SenderDryEvent>
    'sctp.notifications_stopped_event': SctpEventData<Sctp.NotificationsStoppedEvent>
    'sctp.send_failed_event': SctpEventData<Sctp.SendFailedEvent>
    'sctp.stream_reset_event': SctpEventData<Sctp.StreamResetEvent>
    'sctp.assoc_reset_event': SctpEventData<Sctp.AssocResetEvent>
    'sctp.stream_change_event': SctpEventData<Sctp.StreamChangeEvent>
    'sctp.message': SctpMessageEvent
  }
}
