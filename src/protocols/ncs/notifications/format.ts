import { isObject } from '../../../event/json/object.js'
import { constantName } from '../constants/names.js'
import { familyOf } from './families.js'
import { kindOf } from './kinds.js'
import type { NcsNotification } from './notification.js'

type Body = Record<string, unknown>

export interface FormatOptions {
  /** `line`: everything in one line; `block`: one key a line, indented. Default: `line`. */
  layout?: 'line' | 'block'
}

/**
 * A notification for people, with the names of constants instead of their numbers.
 *
 * @example
 * console.log(formatNotification(await sock.read(), { layout: 'block' }))
 */
export function formatNotification(notification: NcsNotification, options: FormatOptions = {}): string {
  const { type, ...rest } = notification
  const [[key, payload] = ['', {}]] = Object.entries(rest) as [string, Body][]
  const title = kindOf(type)?.name.toUpperCase() ?? `type ${type}`
  if (options.layout === 'block') return [title, ...blockLines(payload, key, '  ')].join('\n')
  return [title, ...pairs(payload, key)].join(' ')
}

function pairs(body: Body, payload: string): string[] {
  return Object.entries(body)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${lineText(key, value, payload)}`)
}

function lineText(key: string, value: unknown, payload: string): string {
  if (Array.isArray(value)) return `[${value.map((each) => lineText('', each, '')).join(' ')}]`
  if (isObject(value)) return `{${pairs(value, payload).join(' ')}}`
  return scalarText(key, value, payload)
}

function blockLines(body: Body, payload: string, indent: string): string[] {
  return Object.entries(body).flatMap(([key, value]) => {
    if (value === undefined) return []
    const deeper = `${indent}  `
    if (isObject(value)) return [`${indent}${key}`, ...blockLines(value, payload, deeper)]
    if (Array.isArray(value))
      return [`${indent}${key}`, ...value.map((each) => `${deeper}${lineText('', each, '')}`)]
    return [`${indent}${key.padEnd(16)} ${scalarText(key, value, payload)}`]
  })
}

function scalarText(key: string, value: unknown, payload: string): string {
  const family = familyOf(payload, key)
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
