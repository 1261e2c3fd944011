/** An event that is made from a request; its tag ends with `path`. */
export interface MadeEvent {
  path: string
  data: object
}

export interface MadeEvents {
  events: readonly MadeEvent[]
  /** Number of events that the sender says it has left out. */
  leftOut?: number
}
