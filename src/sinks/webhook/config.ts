import { z } from 'zod'
import { secretFile } from '../../config/values/path.js'
import { duration } from '../../config/values/units.js'
import { batch, commonKeys, parallel } from '../common-config.js'
import { furtherHeaders, serverUrl } from '../http/config.js'
import { tlsClientConfig } from '../tls.js'

const RESERVED =
  /^(content-(type|length)|host|connection|transfer-encoding|authorization|ce-.*|webhook-.*|x-hub-signature.*)$/i

export const webhookConfig = z.strictObject({
  type: z.literal('webhook').describe('Kind of the destination; the other keys depend on it.'),
  ...commonKeys,
  url: serverUrl().describe('For `webhook`: where events are posted to.'),
  mode: z
    .enum(['structured', 'binary', 'batch'])
    .default('structured')
    .describe(
      'For `webhook`: form of the CloudEvents. `binary`: the data is the body, the rest in headers; `batch`: a list of events.',
    ),
  batch: batch(),
  parallel: parallel(),
  timeout: duration({ min: 100, max: 600_000 }).prefault('10s').describe('How long one attempt may take.'),
  bearerFile: secretFile()
    .optional()
    .describe('For `webhook`: file with a token for the header Authorization.'),
  secretFile: secretFile()
    .optional()
    .describe('For `webhook`: file with the secret that signs what is posted.'),
  signature: z
    .enum(['standard', 'github'])
    .default('standard')
    .describe(
      'For `webhook`: form of the signature. `standard`: id, time and body, as standardwebhooks.com describes; `github`: X-Hub-Signature-256 of the body.',
    ),
  headers: furtherHeaders('webhook', RESERVED),
  tls: tlsClientConfig.prefault({}).describe('How the server is known.'),
})
export type WebhookSinkConfig = z.output<typeof webhookConfig>
