import { own } from '../event/json/object.js'

/** One problem in a configuration file. */
export interface ConfigProblem {
  /** Counted from 1. */
  line: number
  /** Counted from 1. */
  column: number
  /** `log.retention.age`, `listen.unix[0].path`; empty for the file as a whole. */
  key: string
  message: string
}

export type KeyPath = readonly (string | number)[]

/** Returns what a configuration has at a path; undefined if that is nothing. */
export function contentAt(content: unknown, path: KeyPath): unknown {
  const inside = (here: unknown, part: string | number) =>
    Array.isArray(here) ? here[Number(part)] : own(here, String(part))
  return path.reduce<unknown>(inside, content)
}

/** No key has a longer name, but a file may. */
const MAX_NAME = 1024

export function formatKey(path: KeyPath): string {
  return path.reduce<string>((text, part) => text + formatPart(part, text === ''), '')
}

function formatPart(part: string | number, first: boolean): string {
  if (typeof part === 'number') return `[${part}]`
  const name = /^[\w-]+$/.test(part) ? part : JSON.stringify(part.slice(0, MAX_NAME))
  return first ? name : `.${name}`
}
