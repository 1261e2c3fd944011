/** What real servers have done, each of which can be switched on. With all of them off, the model is perfectly kind. */
export interface Anomalies {
  /** Servers have elected no leader: nobody answers. How many faults bring it about. */
  noLeader: number
  /** The record of the lease is not found by its subject although it is there, until another server leads. */
  subjectIndexLost: boolean
  /** The same for every message, for a while. */
  subjectsLost: boolean
  /** Appends are stored, and their answers are lost. */
  ackLost: boolean
  /** Appends are neither stored nor answered, as by a leader that has lost its followers. */
  appendLost: boolean
  /** Answers to appends take so many ms longer. */
  ackLate: number
  /** New consumers have sound heartbeats, and deliver nothing. */
  consumerBehind: boolean
  /** There is no room for more messages. */
  isFull: boolean
}

export function kind(): Anomalies {
  return {
    noLeader: 0,
    subjectIndexLost: false,
    subjectsLost: false,
    ackLost: false,
    appendLost: false,
    ackLate: 0,
    consumerBehind: false,
    isFull: false,
  }
}
