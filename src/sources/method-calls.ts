import type { Extent } from '../access/rights.js'
import type { Cancel } from '../event/runtime.js'

/** Rights of a peer that asks this hub through a source. */
export interface AdmittedRights {
  readonly see: Extent
  readonly monitor: boolean
  readonly ask: '*' | readonly string[]
}

/** A peer that was let in, until it leaves. */
export interface AdmittedCaller {
  /** Runs a management method with its rights, as a part of a question. Rejects with a TocsinError. */
  call(
    method: string,
    params: Readonly<Record<string, unknown>>,
    question: string,
    signal: AbortSignal,
  ): Promise<unknown>
  /** Publishes what was answered to a question, as `hub/audit/ask`. */
  asked(data: Readonly<Record<string, unknown>>): void
  readonly leave: Cancel
}

/** Lets peers that are reached through a source call management methods. */
export interface MethodCalls {
  /** `name`: that of the peer in audits and lists. The configuration gives such a name to no principal. */
  admit(name: string, rights: AdmittedRights): AdmittedCaller
}
