import { z } from 'zod'
import { OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { secretFile } from '../../config/values/path.js'
import { duration, size } from '../../config/values/units.js'
import { entriesOf, entryName, eventPolicy, once, silentAfter } from '../entry.js'
import { receiverKeys } from '../http/config.js'

const KiB = 2 ** 10
const MiB = 2 ** 20

const header = () => z.string().regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'must be the name of a header' })

const own = z
  .strictObject({
    header: header().describe('Header with the signature.'),
    prefix: z
      .string()
      .max(32)
      .default('')
      .describe('Text before the signature in its header, such as `v0=`.'),
    encoding: z.enum(['hex', 'base64']).default('hex').describe('How the signature is written.'),
    signed: z
      .string()
      .max(128)
      .regex(/^[^{}]*(\{(time|id)\}[^{}]*){0,4}\{body\}$/, {
        error: 'must end with `{body}`, and may have `{time}` and `{id}` before it',
      })
      .default('{body}')
      .describe('Text that is signed with HMAC-SHA256, such as `v0:{time}:{body}`.'),
    time: header().optional().describe('Header with the time of the request, in seconds since 1970.'),
    id: header().optional().describe('Header with the name of the request, by which repeats are known.'),
  })
  .superRefine(({ signed, time, id }, context) => {
    for (const [key, value] of Object.entries({ time, id }))
      if (value === undefined && signed.includes(`{${key}}`))
        context.addIssue({ code: 'custom', path: [key], message: 'is missing, and `signed` has it' })
    // A time that anybody can change protects from nothing.
    if (time !== undefined && !signed.includes('{time}'))
      context.addIssue({
        code: 'custom',
        path: ['signed'],
        message: 'must have `{time}` if there is a `time`',
      })
  })
export type OwnSignature = z.output<typeof own>

const entry = z
  .strictObject({
    name: entryName('Name in the path `/v1/hook/<name>`, and in tags: `webhook/<name>/…`.'),
    preset: z
      .enum(['none', 'alertmanager', 'cloudevents', 'github', 'grafana'])
      .default('none')
      .describe(
        'The program that sends. `none`: the body is published as it is; `cloudevents`: an event for each CloudEvent, in any mode.',
      ),
    origins: z
      .array(z.string().regex(/^[\w.-]{1,253}$/, { error: 'must be the name of a host' }))
      .max(64)
      .default([])
      .describe(
        'For `cloudevents` and `none`: senders of CloudEvents that may begin, as they call themselves in `WebHook-Request-Origin`. Empty: all.',
      ),
    bearerFile: secretFile()
      .optional()
      .describe('File with the token that senders show: `Authorization: Bearer`.'),
    secretFile: secretFile()
      .optional()
      .describe(
        'File with the secret that senders sign with. One secret on each line: any of them is accepted.',
      ),
    signature: z
      .enum(['standard', 'github', 'own'])
      .optional()
      .describe(
        'Form of the signature. `standard`: id, time and body, as standardwebhooks.com describes; `github`: X-Hub-Signature-256 of the body; `own`: as `own` says. Default: that of the preset, or `standard`.',
      ),
    own: own.optional().describe('For `signature: own`: the form of the signature.').meta({ whole: true }),
    tolerance: duration({ min: 1_000, max: 3_600_000 })
      .prefault('5m')
      .describe('How far the time of a signed request may be from the time of the hub.'),
    maxBody: size({ min: KiB, max: 8 * MiB })
      .prefault('1MiB')
      .describe('Largest body.'),
    ...receiverKeys,
    silentAfter,
    once,
    ...eventPolicy,
  })
  .superRefine(({ bearerFile, secretFile, signature, own, preset, origins }, context) => {
    const problem = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message })
    if ((bearerFile === undefined) === (secretFile === undefined))
      problem('secretFile', 'has one of `bearerFile` and `secretFile`: everybody could post otherwise')
    if (secretFile === undefined && signature !== undefined)
      problem('signature', 'is only used with `secretFile`')
    if ((signature === 'own') !== (own !== undefined)) problem('own', 'goes together with `signature: own`')
    if (origins.length > 0 && !takesCloudEvents(preset))
      problem('origins', 'is only used with `preset: cloudevents` or `none`')
  })

/** Returns whether requests with this preset may be CloudEvents. */
export function takesCloudEvents(preset: string): boolean {
  return preset === 'cloudevents' || preset === 'none'
}

export type WebhookConfig = z.output<typeof entry>
export const webhookSourcesConfig = entriesOf(entry.meta(OWNER_FROM_ELSEWHERE))
