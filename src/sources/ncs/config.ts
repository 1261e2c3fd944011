import { z } from 'zod'
import type { ConfigClaims } from '../../config/claims.js'
import { pathEnvironment } from '../../config/home.js'
import { expandHome } from '../../config/paths.js'
import { absolutePath, path, secretFile } from '../../config/values/path.js'
import {
  NOTIF_COMMIT_DIFF,
  NOTIF_COMMIT_PROGRESS,
  NOTIF_DEVEL,
  NOTIF_PROGRESS,
  NOTIF_TAKEOVER_SYSLOG,
} from '../../protocols/ncs/constants/events.js'
import { bitOf, loggedIn, maskNames, PER_SUBSCRIBER } from '../../protocols/ncs/constants/mask.js'
import { entriesOf, entryName, once, silentAfter } from '../entry.js'
import { replayFrom } from '../notifications/replay-from.js'

/** The ports at which NSO and ConfD listen for programs on their host. */
const PORTS = { ncs: 4569, confd: 4565 } as const
const HOST = '127.0.0.1'
const MAX_STREAMS = 16
const EVERY_BIT = 0xffff_ffff
/** Types that keep somebody waiting, or that come in large numbers. */
const UNUSUAL = NOTIF_COMMIT_DIFF | NOTIF_COMMIT_PROGRESS | NOTIF_PROGRESS | NOTIF_DEVEL

export const verbosities = ['normal', 'verbose', 'very-verbose', 'debug'] as const
const usual = maskNames(loggedIn(EVERY_BIT) & ~UNUSUAL)

const type = z.string().superRefine((name, context) => {
  const bit = bitOf(name)
  if (bit === undefined) context.addIssue('is no type of a notification, such as AUDIT or COMMIT_DIFF')
  else if ((bit & (PER_SUBSCRIBER | NOTIF_TAKEOVER_SYSLOG)) !== 0)
    context.addIssue('is not for a source: its notifications are made for one program')
})

const stream = z.strictObject({
  name: z.string().min(1).max(256).describe('Name of the stream, such as `NETCONF`.'),
  filter: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe('An XPath expression for NSO: only events for which it is true. Absent: all.'),
  from: replayFrom('NSO'),
})
export type NcsStreamConfig = z.output<typeof stream>

const entry = z
  .strictObject({
    name: entryName(
      'Its notifications have the source `ncs/<name>`, and the events of streams the tag `ncs-stream/<name>/<notification>`.',
    ),
    module: z
      .enum(['ncs', 'confd'])
      .default('ncs')
      .describe("The vendor's Python module: `_ncs` of NSO, or `_confd` of ConfD."),
    python: z
      .string()
      .max(4096)
      .regex(/^(\/[^\0]+|[^/\0]+)$/, { error: 'must be the absolute path of a program, or its name' })
      .default('python3')
      .describe('The Python with which the module works, 3.9 or newer.'),
    modules: z
      .array(absolutePath())
      .max(8)
      .default([])
      .describe('Folders in which Python finds the module, such as `/opt/ncs/current/src/ncs/pyapi`.'),
    path: path().optional().describe('Path of the socket of NSO, instead of `port`.'),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('Port of NSO on this host. Default: 4569, with `module: confd` 4565.'),
    accessFile: secretFile()
      .optional()
      .describe('File that NSO wants programs to know, if it restricts access to its port.'),
    mask: z
      .array(type)
      .max(32)
      .default(usual)
      .describe(
        'Types of notifications, such as `AUDIT` and `CQ_PROGRESS`. NSO waits for the answers of subscribers with `COMMIT_DIFF`, `AUDIT_SYNC`, `AUDIT_NETWORK_SYNC` and `HA_INFO_SYNC`. Default: all that keep nobody waiting, except for `PROGRESS`, `COMMIT_PROGRESS` and `DEVEL`.',
      ),
    verbosity: z.enum(verbosities).default('normal').describe('Verbosity of `PROGRESS`.'),
    streams: z.array(stream).max(MAX_STREAMS).default([]).describe('Streams whose events are published.'),
    silentAfter,
    once,
  })
  .superRefine(({ path, port, streams }, context) => {
    if (path !== undefined && port !== undefined) context.addIssue('has one of `path` and `port`')
    const names = streams.map(({ name }) => name)
    if (new Set(names).size < names.length)
      context.addIssue({ code: 'custom', path: ['streams'], message: 'names a stream twice' })
  })

export type NcsSourceConfig = z.output<typeof entry>
export const ncsSourcesConfig = entriesOf(entry)

/** The place at which programs find NSO. */
export function placeOf({
  module,
  path,
  port = PORTS[module],
}: Pick<NcsSourceConfig, 'module' | 'path' | 'port'>): { path: string } | { host: string; port: number } {
  return path === undefined ? { host: HOST, port } : { path: expandHome(path, pathEnvironment()) }
}

/** The hub would take its own notifications without an end. */
export function ncsClaims(entries: readonly NcsSourceConfig[]): ConfigClaims {
  return {
    connects: entries.map((entry, i) => {
      const key = entry.path === undefined ? 'port' : 'path'
      // Paths of listeners are claimed as they are written.
      const at = entry.path ?? `${HOST}:${entry.port ?? PORTS[entry.module]}`
      return { at, path: ['sources', 'ncs', i, ...(entry[key] === undefined ? [] : [key])] }
    }),
  }
}
