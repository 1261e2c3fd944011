import { z } from 'zod'
import { address } from '../../config/values/address.js'
import { secretFile } from '../../config/values/path.js'

const error = 'must be off, an address such as 127.0.0.1:830, or a map with `ssh` or `tls`'

const listeners = z
  .strictObject({
    ssh: address().optional().describe('Address for NETCONF over SSH, usually port 830. Absent: none.'),
    hostKey: secretFile()
      .optional()
      .describe(
        'Private host key, as OpenSSH writes it, without a passphrase. Absent: one is made at the first start and kept with the state of the hub.',
      ),
    tls: address()
      .optional()
      .describe(
        'Address for NETCONF over TLS, usually port 6513, with the certificate of `listen.tls`; clients need a certificate of `listen.tls.clientCa`. Absent: none.',
      ),
  })
  .refine(({ ssh, tls }) => ssh !== undefined || tls !== undefined, { error: 'needs `ssh` or `tls`' })

/** A server of NETCONF, with which management systems read streams of the hub. */
export const netconfConfig = z
  .union([z.literal('off'), address().transform((ssh): z.output<typeof listeners> => ({ ssh })), listeners], {
    error,
  })
  .meta({ whole: true })
  .describe('The named streams of the hub over NETCONF. An address alone is one for SSH.')
  .prefault('off')
const callers = z
  .strictObject({
    ssh: address()
      .optional()
      .describe('Address for devices that call home over SSH, usually port 4334. Absent: none.'),
    tls: address()
      .optional()
      .describe(
        'Address for devices that call home over TLS, usually port 4335. The hub shows them the certificate of `listen.tls`. Absent: none.',
      ),
  })
  .refine(({ ssh, tls }) => ssh !== undefined || tls !== undefined, { error: 'needs `ssh` or `tls`' })

/** For devices of sources with `callHome: true`. */
export const callHomeConfig = z
  .union([z.literal('off'), address().transform((ssh): z.output<typeof callers> => ({ ssh })), callers], {
    error: 'must be off, an address such as 127.0.0.1:4334, or a map with `ssh` or `tls`',
  })
  .meta({ whole: true })
  .describe(
    'Network devices that call home over NETCONF (RFC 8071), with an entry in `sources.netconf`. An address alone is one for SSH.',
  )
  .prefault('off')
export type CallHomeListeners = Exclude<z.output<typeof callHomeConfig>, 'off'>

export type NetconfConfig = z.output<typeof netconfConfig>
export type NetconfListeners = Exclude<NetconfConfig, 'off'>
