import type { Sessions } from '../../access/sessions.js'
import type { BusApi } from '../../bus/api.js'
import type { Runtime } from '../../event/runtime.js'
import type { LongWork } from '../../incremental/long-work.js'
import type { Edges } from '../../methods/edges.js'
import type { Budgets } from '../shared/budget.js'
import type { MethodHost } from '../shared/call-method.js'
import type { SessionKind } from '../shared/session-kind.js'

/** The part of the server that a session and its requests use. */
export interface SessionHost extends MethodHost {
  readonly bus: BusApi
  readonly sessions: Sessions
  /** The hubs that forward their events to this one. */
  readonly edges: Edges
  readonly hub: { name: string; version: string }
  /** Largest frame that any listener of this hub accepts. */
  readonly largestFrame: number
  readonly budgets: Budgets
  /** Handles the records of a peer that sends so many that they take long. */
  readonly recordWork: LongWork
  readonly runtime: Pick<Runtime, 'monotonic'>
  /** The kinds of sessions that other faces have added. */
  readonly kinds: readonly SessionKind[]
}
