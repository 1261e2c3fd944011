import { z } from 'zod'
import { OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { secretFile } from '../../config/values/path.js'
import { readBy } from '../../config/values/read-by.js'
import { tlsClientConfig } from '../../config/values/tls-client.js'
import { duration } from '../../config/values/units.js'
import { jsonView } from '../../event/json/view.js'
import { batch, commonKeys, parallel } from '../common-config.js'
import { furtherHeaders, serverUrl } from '../http/config.js'
import { formNames, forms } from './forms/index.js'
import { compileBody } from './template-body.js'

const RESERVED =
  /^(content-(type|length)|host|connection|transfer-encoding|authorization|ce-.*|webhook-.*|x-hub-signature.*)$/i

export const webhookConfig = z
  .strictObject({
    type: z.literal('webhook').describe('Kind of the destination; the other keys depend on it.'),
    ...commonKeys,
    url: serverUrl().describe('For `webhook`: where events are posted to.'),
    mode: z
      .enum(['structured', 'binary', 'batch'])
      .default('structured')
      .describe(
        'For `webhook`: form of the CloudEvents. `binary`: the data is the body, the rest in headers; `batch`: a list of events.',
      ),
    body: z
      .unknown()
      .superRefine(readBy((body: unknown) => compileBody(jsonView(body ?? null))))
      .optional()
      .describe(
        `For \`webhook\`: what is posted instead of a CloudEvent, with fields as \`\${data.path}\` in its texts: JSON, or one text.`,
      ),
    contentType: z
      .string()
      .max(128)
      .regex(/^[\x21-\x7e][\x20-\x7e]*$/, { error: 'must be printable ASCII' })
      .optional()
      .describe('For `body`: its type. Default: that of JSON, or of plain text.'),
    form: z
      .enum(formNames)
      .optional()
      .describe('For `webhook`: a receiver whose form the hub knows, instead of CloudEvents.'),
    keyFile: secretFile()
      .optional()
      .describe('For `form: pagerduty` and `opsgenie`: file with the routing key, or the key of the API.'),
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
  .refine(
    ({ form, body, mode }) =>
      [form, body, mode === 'structured' ? undefined : mode].filter((each) => each !== undefined).length <= 1,
    {
      error: '`form`, `body` and `mode` exclude each other',
    },
  )
  .refine(({ contentType, body }) => contentType === undefined || body !== undefined, {
    error: '`contentType` is for `body`',
  })
  .refine(
    ({ form, keyFile }) => (form !== undefined && forms[form].needsKey === true) === (keyFile !== undefined),
    {
      error: '`keyFile` is for `form: pagerduty` and `form: opsgenie`, which need it',
    },
  )
  .meta(OWNER_FROM_ELSEWHERE)
export type WebhookSinkConfig = z.output<typeof webhookConfig>

/** Returns whether a request has several events. */
export function isBatched({ mode, form }: WebhookSinkConfig): boolean {
  return mode === 'batch' || (form !== undefined && forms[form].isBatched === true)
}
