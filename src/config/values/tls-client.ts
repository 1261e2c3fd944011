import { z } from 'zod'
import { DESTINATION } from './marks.js'
import { path, secretFile } from './path.js'

/** The settings by which a client with TLS knows its server, and is known to it. */
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
  .meta(DESTINATION)
export type TlsClientConfig = z.output<typeof tlsClientConfig>
