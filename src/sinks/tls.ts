import type { ConnectionOptions } from 'node:tls'
import { z } from 'zod'
import { path, secretFile } from '../config/values/path.js'
import { toTocsinError } from '../errors/tocsin-error.js'
import { tlsSettings } from '../protocols/transport/tls-options.js'
import { DeliveryFault } from './delivery-fault.js'
import { readText } from './secret-file.js'

/** The settings by which a sink with TLS knows its server, and is known to it. */
export const tlsClientConfig = z
  .strictObject({
    ca: path()
      .optional()
      .describe(
        'Authority that signed the certificate of the server, PEM. Default: those that the system trusts.',
      ),
    certificate: path().optional().describe('Client certificate, PEM, for servers that ask for one.'),
    key: secretFile().optional().describe('Its private key, PEM.'),
    serverName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('Name in the certificate, if it is not the host.'),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    error: '`certificate` and `key` go together',
  })
export type TlsClientConfig = z.output<typeof tlsClientConfig>

/** Options for `tls.connect`. Rejects with a DeliveryFault if a file cannot be used. */
export async function tlsClient(config: TlsClientConfig, host: string): Promise<ConnectionOptions> {
  const { ca, certificate, key, serverName } = config
  const [caText, certificateText, keyText] = await Promise.all(
    [ca, certificate, key].map((file) => (file === undefined ? undefined : readText(file))),
  )
  try {
    return tlsSettings({ ca: caText, certificate: certificateText, key: keyText, serverName }, host)
  } catch (thrown) {
    throw new DeliveryFault('unavailable', toTocsinError(thrown, 'TCN_INTERNAL').message)
  }
}
