import type { Later, TextWork } from '../../../config/commits/text-work.js'
import type { ErrorCode } from '../../../errors/tocsin-error.js'
import type { HubConfig, Profile } from '../index.js'

/** Messages between the hub and the thread that reads its configuration. */

export type HubTextWork = Later<TextWork<HubConfig>>

/** Settings with which the thread reads texts. */
export interface ThreadData {
  readonly file: string
  /** Takes the place of the profile in the texts. */
  readonly override: Profile | undefined
  /** Whose defaults are shown. */
  readonly profile: Profile
}

/** A function and what it is given. */
export interface Task {
  readonly name: keyof HubTextWork
  readonly given: readonly unknown[]
}

/** The result or the error of a task. */
export type Done = { readonly result: unknown } | { readonly error: ThrownError }

interface ThrownError {
  readonly code: ErrorCode
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

/** Says that the thread has started. */
export const READY = 'ready'
export type FromThread = Done | typeof READY
