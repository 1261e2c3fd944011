import { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { SctpAssociationInfo } from '../../methods/contract/index.js'
import { type Method, method } from '../../methods/method.js'
import type { PartMethodContext } from '../../observers/part-methods.js'
import { hostPlatform } from '../../protocols/sctp/index.js'
import { SOURCE_NAME, SOURCE_NAME_RULE } from '../../protocols/sctp/notifications/event.js'
import { NotificationPublication } from './publication.js'
import * as results from './results.js'

/** Prefix of the sources that watch associations: `sctp/<name>`. */
const PREFIX = 'sctp/'

const MAX_ITEMS = 1000

export function sctpMethods(context: PartMethodContext): Method[] {
  return [
    method({
      name: 'sctp.associations',
      summary: 'Lists the SCTP associations of all sources, and those that ended most recently.',
      right: 'monitor',
      params: z.object({ source: z.string().max(255).optional() }),
      result: results.associations,
      run: async (_call, { source }) => ({ associations: associationsOf(context, source) }),
    }),
    method({
      name: 'sctp.publish',
      summary: 'Publishes SCTP notifications received elsewhere, given as bytes, like a source.',
      right: 'publish',
      params: z.object({
        source: z
          .string()
          .regex(SOURCE_NAME, { error: `must be ${SOURCE_NAME_RULE}` })
          .describe('The tags are `sctp/<source>/<association>/<type>`.'),
        platform: z
          .enum(['linux', 'freebsd'])
          .default(hostPlatform)
          .describe("Platform whose notifications they are. Default: the hub's."),
        endian: z.enum(['little', 'big']).optional().describe("Its byte order. Default: the hub's."),
        notifications: z
          .array(z.string())
          .min(1)
          .max(MAX_ITEMS)
          .describe('Each item has the bytes of one notification, or of several back to back, in base64.'),
      }),
      result: results.published,
      async run({ principal, signal }, { notifications, ...format }) {
        const publication = new NotificationPublication(context, principal, format)
        try {
          for (const item of notifications) {
            signal.throwIfAborted()
            await publication.add(item)
          }
          return await publication.settle()
        } finally {
          publication.close()
        }
      },
    }),
  ]
}

function associationsOf(
  { sources, inspect }: PartMethodContext,
  wanted: string | undefined,
): SctpAssociationInfo[] {
  const names = sources()
    .filter(({ name }) => name.startsWith(PREFIX))
    .map(({ name }) => name.slice(PREFIX.length))
  if (wanted !== undefined && !names.includes(wanted)) {
    const why =
      names.length === 0
        ? 'the hub has no source of SCTP'
        : `no source of SCTP has this name; there are ${names.join(', ')}`
    throw new TocsinError('TCN_METHOD_PARAMS', `sctp.associations: params.source: ${why}`)
  }
  return (wanted === undefined ? names : [wanted]).flatMap((source) =>
    inspect(PREFIX + source).map((row) => ({ source, ...row }) as SctpAssociationInfo),
  )
}
