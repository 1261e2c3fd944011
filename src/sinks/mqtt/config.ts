import { z } from 'zod'
import { address } from '../../config/values/address.js'
import { DESTINATION, OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { readBy } from '../../config/values/read-by.js'
import { tlsClientConfig } from '../../config/values/tls-client.js'
import { duration } from '../../config/values/units.js'
import { batch, commonKeys, loginKeys } from '../common-config.js'
import { compileTopic } from './message.js'

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is a template of the product.
const DEFAULT_TOPIC = 'tocsin/${tag}'

export const mqttConfig = z
  .strictObject({
    type: z.literal('mqtt').describe('Kind of the destination; the other keys depend on it.'),
    ...commonKeys,
    broker: address()
      .refine(({ port }) => port > 0, { error: 'must have a port' })
      .describe('For `mqtt`: host and port of the broker.'),
    secure: z
      .boolean()
      .default(false)
      .describe('For `syslog` (RFC 5425) and `mqtt`: whether to use TLS.')
      .meta(DESTINATION),
    version: z
      .enum(['5', '3.1.1'])
      .default('5')
      .describe('For `mqtt`: version of the protocol. Only with 5 a broker says that it refuses an event.'),
    topic: z
      .string()
      .min(1)
      .max(1024)
      .superRefine(readBy(compileTopic))
      .default(DEFAULT_TOPIC)
      .describe(`For \`mqtt\`: where events are published, with fields as \`\${data.path}\`.`),
    payload: z
      .enum(['event', 'data'])
      .default('event')
      .describe('For `mqtt`: what is published: the CloudEvent, or its data alone, as JSON.'),
    retain: z
      .boolean()
      .default(false)
      .describe('For `mqtt`: whether the broker keeps the last event of each topic for new subscribers.'),
    clientId: z
      .string()
      .regex(/^[\x21-\x7e]{1,128}$/, { error: 'must be 1 to 128 printable characters of ASCII' })
      .optional()
      .describe('For `mqtt`: name of the connection. Default: one that the broker or the library makes.'),
    ...loginKeys,
    batch: batch(),
    timeout: duration({ min: 100, max: 600_000 }).prefault('10s').describe('How long one attempt may take.'),
    tls: tlsClientConfig.prefault({}).describe('How the server is known.'),
  })
  .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    error: '`user` and `passwordFile` go together',
  })
  .meta(OWNER_FROM_ELSEWHERE)
export type MqttSinkConfig = z.output<typeof mqttConfig>
