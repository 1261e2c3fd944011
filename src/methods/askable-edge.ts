import type { TocsinError } from '../errors/tocsin-error.js'
import type { Cancellation } from './cancellation.js'

/** A question of a principal of this hub to edge hubs. */
export interface EdgeRequest {
  /** The same in all requests that belong to one question. */
  readonly question: string
  /** Name of the principal. */
  readonly by: string
  readonly params: Readonly<Record<string, unknown>>
  readonly cancellation: Cancellation
}

/** Carries requests to an edge hub. */
export interface EdgeLine {
  /** Rejects with the errors of the edge hub, or TCN_EDGE_AWAY, TCN_CLIENT_ABORTED. */
  ask(method: string, question: EdgeRequest): Promise<unknown>
}

/** The answers that an edge hub has offered when it attached. */
export interface AnsweringEdge {
  readonly line: EdgeLine
  /** True if it answers about every event that it has. */
  readonly all: boolean
}

/** An edge hub that can be chosen for a question. */
export interface AskableEdge {
  readonly name: string
  readonly principal: string
  readonly isUp: boolean
  /** Undefined if it answers no questions. */
  readonly answers: AnsweringEdge | undefined
}

/** Edge hubs that are attached at other hubs of the cluster. */
export interface OtherEdges extends Iterable<AskableEdge> {
  /** Other hubs that have not said which edge hubs they have. */
  readonly unheard: readonly { readonly hub: string; readonly error: TocsinError }[]
  find(edge: Pick<AskableEdge, 'principal' | 'name'>): AskableEdge | undefined
  named(name: string): readonly AskableEdge[]
  /** True if it is for this hub to speak of edge hubs that were attached to that one last, which is gone. */
  speaksFor(hub: string): boolean
  /** Asks the other hubs which they have, unless it was done a moment ago. */
  look(): void
  /** Asks the other hubs which they have. */
  refresh(): Promise<void>
}
