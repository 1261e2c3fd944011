import { z } from 'zod'
import { DESTINATION, OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { secretFile } from '../../config/values/path.js'
import { tlsClientConfig } from '../../config/values/tls-client.js'
import { duration, durationOrOff } from '../../config/values/units.js'
import { batch, commonKeys, parallel } from '../common-config.js'
import { furtherHeaders, serverUrl } from '../http/config.js'

const RESERVED = /^(content-(type|length|encoding)|host|connection|transfer-encoding|authorization)$/i

export const otlpConfig = z
  .strictObject({
    type: z.literal('otlp').describe('Kind of the destination; the other keys depend on it.'),
    ...commonKeys,
    url: serverUrl().describe(
      'For `otlp`: the base address of a collector for OTLP over HTTP, such as `http://localhost:4318`. Logs go to `/v1/logs` below it, spans to `/v1/traces`, metrics to `/v1/metrics`.',
    ),
    urls: z
      .strictObject({
        logs: serverUrl().optional().describe('Where logs go to.'),
        traces: serverUrl().optional().describe('Where spans go to.'),
        metrics: serverUrl().optional().describe('Where metrics go to.'),
      })
      .prefault({})
      .describe('For `otlp`: whole addresses for single kinds, instead of a path below `url`.')
      .meta(DESTINATION),
    encoding: z
      .enum(['json', 'protobuf'])
      .default('json')
      .describe(
        'For `otlp`: the form of what is sent. `protobuf` is smaller, and some servers take nothing else.',
      ),
    kinds: z
      .array(z.enum(['logs', 'traces']))
      .min(1)
      .max(2)
      .default(['logs', 'traces'])
      .describe(
        'For `otlp`: what events become. Without `traces`, work that has ended is a log record as well; without `logs`, all other events are left out.',
      ),
    metrics: durationOrOff({ min: 1_000, max: 3_600_000 })
      .prefault('1m')
      .describe("For `otlp`: how often the hub's metrics are sent. `off`: never."),
    batch: batch(),
    parallel: parallel(),
    timeout: duration({ min: 100, max: 600_000 }).prefault('10s').describe('How long one attempt may take.'),
    bearerFile: secretFile()
      .optional()
      .describe('For `otlp`: file with a token for the header Authorization.'),
    headers: furtherHeaders('otlp', RESERVED),
    tls: tlsClientConfig.prefault({}).describe('How the server is known.'),
  })
  .meta(OWNER_FROM_ELSEWHERE)
export type OtlpSinkConfig = z.output<typeof otlpConfig>

/** The addresses that it posts to, each once. */
export function otlpAddresses({ url, urls, kinds, metrics }: OtlpSinkConfig): string[] {
  const used = metrics === undefined ? kinds : [...kinds, 'metrics' as const]
  return [...new Set(used.map((kind) => urls[kind] ?? url))]
}
