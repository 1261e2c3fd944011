import type { z } from 'zod'
import { kindOf } from '../notifications/kinds.js'

const MAX_NAMES = 100
const LONGEST_NAME = 256

/** Leaves out of notifications the keys that a newer version of the vendor has and the hub does not know. */
export class KnownKeys {
  /** Names of what was left out, such as `audit.reason`. */
  readonly leftOut = new Set<string>()
  readonly #note: (name: string) => void

  /** `note` is called once for each name. */
  constructor(note = (_name: string): void => undefined) {
    this.#note = note
  }

  /** Takes a notification that is not checked yet, and does not change it. */
  of(notification: Record<string, unknown>): Record<string, unknown> {
    const { type } = notification
    const { key, schema } = (typeof type === 'number' ? kindOf(type) : undefined) ?? {}
    const entries = Object.entries(notification)
    const known = new Map(entries.filter(([name]) => name === 'type' || name === key))
    for (const [name] of entries) if (!known.has(name)) this.#leaveOut(name)
    if (key !== undefined && schema !== undefined) known.set(key, this.#body(key, known.get(key), schema))
    return Object.fromEntries(known)
  }

  #body(key: string, given: unknown, schema: z.ZodObject): unknown {
    const issues = schema.safeParse(given).error?.issues ?? []
    const unknown = issues.filter((issue) => issue.code === 'unrecognized_keys')
    if (unknown.length === 0) return given
    const body = structuredClone(given)
    for (const { path, keys } of unknown) {
      const place = path.reduce<unknown>((value, part) => Object(value)[part], body)
      const names = path.filter((part) => typeof part === 'string')
      for (const each of keys) {
        Reflect.deleteProperty(Object(place), each)
        this.#leaveOut([key, ...names, each].join('.'))
      }
    }
    return body
  }

  #leaveOut(name: string): void {
    const short = name.slice(0, LONGEST_NAME)
    if (this.leftOut.size >= MAX_NAMES || this.leftOut.has(short)) return
    this.leftOut.add(short)
    this.#note(short)
  }
}
