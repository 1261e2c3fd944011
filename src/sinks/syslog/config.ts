import { z } from 'zod'
import { address } from '../../config/values/address.js'
import { DESTINATION, OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { tlsClientConfig } from '../../config/values/tls-client.js'
import { duration, size } from '../../config/values/units.js'
import { facilityNames } from '../../protocols/syslog/facilities.js'
import { commonKeys } from '../common-config.js'

export const syslogConfig = z
  .strictObject({
    type: z.literal('syslog').describe('Kind of the destination; the other keys depend on it.'),
    ...commonKeys,
    address: address()
      .refine(({ port }) => port > 0, { error: 'must have a port' })
      .describe(
        'For `syslog`: host and port of the receiver, which takes RFC 5424 over TCP with octet counting.',
      ),
    secure: z
      .boolean()
      .default(false)
      .describe('For `syslog` (RFC 5425) and `mqtt`: whether to use TLS.')
      .meta(DESTINATION),
    facility: z
      .enum(facilityNames)
      .exclude(['ntp', 'audit', 'console', 'cron2'])
      .default('user')
      .describe('For `syslog`: facility of the messages.'),
    appName: z
      .string()
      .regex(/^[\x21-\x7e]{1,48}$/, { error: 'must be 1 to 48 printable characters of ASCII' })
      .default('tocsin')
      .describe('For `syslog`: APP-NAME of the messages.'),
    message: z
      .enum(['text', 'json', 'original'])
      .default('text')
      .describe(
        'For `syslog`: the line that `tocsin tail` shows, or the CloudEvent. `original`: messages of the source `syslog` are sent with their own host, program, time, facility, structured data and text, and others are as `text`.',
      ),
    maxMessage: size({ min: 480, max: 1024 * 1024 })
      .prefault('8KiB')
      .describe('For `syslog`: longest message; a longer one is cut.'),
    timeout: duration({ min: 100, max: 600_000 }).prefault('10s').describe('How long one attempt may take.'),
    tls: tlsClientConfig.prefault({}).describe('How the server is known.'),
  })
  .meta(OWNER_FROM_ELSEWHERE)
export type SyslogSinkConfig = z.output<typeof syslogConfig>
