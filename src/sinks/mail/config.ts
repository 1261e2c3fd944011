import { z } from 'zod'
import { address } from '../../config/values/address.js'
import { DESTINATION, OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { tlsClientConfig } from '../../config/values/tls-client.js'
import { duration } from '../../config/values/units.js'
import { batch, commonKeys, loginKeys } from '../common-config.js'

const MAX_RECIPIENTS = 100

const ADDRESS = '[^\\s@<>,;:"()[\\]\\\\]{1,64}@[^\\s@<>,;:"()[\\]\\\\]{1,189}'
const mailbox = z
  .string()
  .max(254)
  .regex(new RegExp(`^${ADDRESS}$`), { error: 'must be an address such as name@example.com' })

const NAMED = new RegExp(`^(?:([^<>"\\p{Cc}]{1,100}?) *<(${ADDRESS})>|(${ADDRESS}))$`, 'u')
const namedMailbox = z.string().max(360).regex(NAMED, {
  error: 'must be an address such as name@example.com, or Name <name@example.com>',
})

/** The parts of a valid sender. */
export function parseMailbox(text: string): { name: string; address: string } {
  const [, name = '', named, plain = ''] = NAMED.exec(text) ?? []
  return { name: name.trim(), address: named ?? plain }
}

export const mailConfig = z
  .strictObject({
    type: z.literal('mail').describe('Kind of the destination; the other keys depend on it.'),
    ...commonKeys,
    server: address()
      .refine(({ port }) => port > 0, { error: 'must have a port' })
      .describe('For `mail`: host and port of the SMTP server.'),
    encryption: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe('For `mail`: TLS that the connection must change to, TLS from the first byte, or none.')
      .meta(DESTINATION),
    sender: namedMailbox.describe(
      'For `mail`: address of the sender, which may have a name: `Tocsin <tocsin@example.org>`.',
    ),
    recipients: z
      .array(mailbox)
      .min(1)
      .max(MAX_RECIPIENTS)
      .describe('For `mail`: addresses of the recipients.'),
    subject: z
      .string()
      .max(100)
      .regex(/^[^\p{Cc}]*$/u, { error: 'must have no control character' })
      .default('[tocsin]')
      .describe('For `mail`: beginning of the subject.'),
    ...loginKeys,
    batch: batch(),
    timeout: duration({ min: 100, max: 600_000 }).prefault('10s').describe('How long one attempt may take.'),
    tls: tlsClientConfig.prefault({}).describe('How the server is known.'),
  })
  .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    error: '`user` and `passwordFile` go together',
  })
  .meta(OWNER_FROM_ELSEWHERE)
export type MailSinkConfig = z.output<typeof mailConfig>
