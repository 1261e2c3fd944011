/** The messages between the hub and its XPath thread. */

/** Evaluates one expression on events, in order. */
export interface Task {
  readonly expression: string
  readonly events: readonly TaskEvent[]
}

/** The view of an event, with its body as msgpack. */
export interface TaskEvent {
  readonly type: string
  readonly attributes: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** For each event whether it matches. */
export interface Done {
  readonly matches: readonly boolean[]
}

/** Says that the thread has started. */
export const READY = 'ready'
export type FromThread = Done | typeof READY

/** The thread writes these, and the hub reads them, to find the event that takes too long. */
export interface ThreadData {
  /** The number of events done of the current task. */
  readonly progress: Int32Array
  /** The number of the thread, where the system gives one. */
  readonly number: Int32Array
}
