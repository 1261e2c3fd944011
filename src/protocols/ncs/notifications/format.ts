import { constantName, type Family } from '../constants/names.js'
import { kindOf } from './kinds.js'
import type { NcsNotification, PayloadKey } from './notification.js'

/** Which constants the numbers under a key are. */
const families: Partial<Record<PayloadKey, Record<string, Family>>> = {
  commit: { database: 'database' },
  commit_diff: { database: 'database', dbname: 'database' },
  user_sess: { type: 'userSession', database: 'database' },
  hnot: { type: 'ha', noprimary: 'haError', besecondary_result: 'haError' },
  subagent: { type: 'subagent' },
  cfail: { provider: 'provider', dbname: 'database' },
  snmpa: { pdu_type: 'pdu' },
  forward: { type: 'forward' },
  confirm: { type: 'confirm' },
  upgrade: { event: 'upgrade' },
  progress: { type: 'progress', datastore: 'database', database: 'database' },
  stream: { type: 'stream' },
  compaction: { dbfile: 'compactionFile', type: 'compaction' },
  cq_progress: { type: 'queueItem' },
  call_home: { type: 'callHome' },
}

const everywhere: Record<string, Family> = { proto: 'proto', lmode: 'lockMode' }

type Body = Record<string, unknown>

export interface FormatOptions {
  /** `line`: everything in one line; `block`: one key a line, indented. Default: `line`. */
  layout?: 'line' | 'block'
}

/** A notification for people, with the names of constants instead of their numbers. */
export function formatNotification(notification: NcsNotification, options: FormatOptions = {}): string {
  const { type, ...rest } = notification
  const [[key, payload] = ['', {}]] = Object.entries(rest) as [string, Body][]
  const title = kindOf(type)?.name.toUpperCase() ?? `type ${type}`
  const named = families[key as PayloadKey] ?? {}
  if (options.layout === 'block') return [title, ...blockLines(payload, named, '  ')].join('\n')
  return [title, ...pairs(payload, named)].join(' ')
}

function pairs(body: Body, named: Record<string, Family>): string[] {
  return Object.entries(body)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${lineText(key, value, named)}`)
}

function lineText(key: string, value: unknown, named: Record<string, Family>): string {
  if (Array.isArray(value)) return `[${value.map((each) => lineText('', each, {})).join(' ')}]`
  if (isBody(value)) return `{${pairs(value, named).join(' ')}}`
  return scalarText(key, value, named)
}

function blockLines(body: Body, named: Record<string, Family>, indent: string): string[] {
  return Object.entries(body).flatMap(([key, value]) => {
    if (value === undefined) return []
    const deeper = `${indent}  `
    if (isBody(value)) return [`${indent}${key}`, ...blockLines(value, named, deeper)]
    if (Array.isArray(value))
      return [`${indent}${key}`, ...value.map((each) => `${deeper}${lineText('', each, {})}`)]
    return [`${indent}${key.padEnd(16)} ${scalarText(key, value, named)}`]
  })
}

function isBody(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function scalarText(key: string, value: unknown, named: Record<string, Family>): string {
  const family = named[key] ?? everywhere[key]
  const name = typeof value === 'number' && family !== undefined ? constantName(family, value) : undefined
  if (name !== undefined) return name
  // Quotes also make control characters harmless, since text may come from anywhere.
  return typeof value === 'string' ? quoted(value) : String(value)
}

function quoted(value: string): string {
  return /^[\p{L}\p{N}][\p{L}\p{N}_.:/@+-]*$/u.test(value)
    ? value
    : JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Co}\p{Surrogate}]/gu, (character) => escaped(character))
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`
}
