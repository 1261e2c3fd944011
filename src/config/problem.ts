import type { KeyPath } from '../event/json/key-path.js'
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

/** Returns what a configuration has at a path; undefined if that is nothing. */
export function contentAt(content: unknown, path: KeyPath): unknown {
  const inside = (here: unknown, part: string | number) =>
    Array.isArray(here) ? here[Number(part)] : own(here, String(part))
  return path.reduce<unknown>(inside, content)
}
