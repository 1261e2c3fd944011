import { z } from 'zod'
import { address } from '../../config/values/address.js'
import { DESTINATION, OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { secretFile } from '../../config/values/path.js'
import { tlsClientConfig } from '../../config/values/tls-client.js'
import { duration, size } from '../../config/values/units.js'
import { entriesOf, entryName, eventPolicy, once, silentAfter } from '../entry.js'

const KiB = 2 ** 10
const MiB = 2 ** 20

const filter = z
  .string()
  .max(1024)
  .regex(/^(?!.*[^/][+#])(?!.*[+#][^/])(?!.*#.)[^\0]+$/, {
    error: 'must be a topic, in which `+` stands for one level and `#` at the end for all further ones',
  })

const entry = z
  .strictObject({
    name: entryName('Its events have the tag `mqtt/<name>/<topic>`.'),
    broker: address()
      .refine(({ port }) => port > 0, { error: 'must have a port' })
      .describe('Host and port of the broker.'),
    topics: z
      .array(filter)
      .min(1)
      .max(64)
      .describe('Topics to subscribe to, such as `rooms/+/light` or `rooms/#`.'),
    secure: z.boolean().default(false).describe('Whether to use TLS.').meta(DESTINATION),
    version: z.enum(['5', '3.1.1']).default('5').describe('Version of the protocol.'),
    user: z.string().min(1).max(256).optional().describe('Name to log in with.'),
    passwordFile: secretFile().optional().describe('File with its password.'),
    clientId: z
      .string()
      .regex(/^[\x21-\x7e]{1,128}$/, { error: 'must be 1 to 128 printable characters of ASCII' })
      .optional()
      .describe(
        'Name of the session, in which the broker keeps messages while the source is not connected. Default: `tocsin-<hostname>-<name>`, with `once` without the hostname.',
      ),
    keep: duration({ max: 30 * 86_400_000 })
      .prefault('1d')
      .describe(
        'With version 5: how long the broker is to keep the session while the source is not connected.',
      ),
    maxMessage: size({ min: KiB, max: 8 * MiB })
      .prefault('1MiB')
      .describe('Largest message. With a larger one, the broker breaks its promise, and is left.'),
    ack: z
      .enum(['accepted', 'durable'])
      .default('durable')
      .describe('When a message is acknowledged: when its event is stored in order, or when it is on disk.'),
    timeout: duration({ min: 100, max: 25_000 }).prefault('10s').describe('How long it may take to connect.'),
    tls: tlsClientConfig.prefault({}).describe('How the broker is known.'),
    silentAfter,
    once,
    ...eventPolicy,
  })
  .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    error: '`user` and `passwordFile` go together',
  })
export type MqttSourceConfig = z.output<typeof entry>
export const mqttSourcesConfig = entriesOf(entry.meta(OWNER_FROM_ELSEWHERE))
