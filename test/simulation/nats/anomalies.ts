/** What real servers have done, each of which can be switched on. With all of them off, the model is perfectly kind. */
export interface Anomalies {
  /** Servers have elected no leader: nobody answers. How many faults bring it about. */
  noLeader: number
  /** Messages are not found by their subject although they are there, until another server leads. */
  subjectIndexLost: boolean
  /** Appends are stored, and their answers are lost. */
  ackLost: boolean
  /** Appends are neither stored nor answered, as by a leader that has lost its followers. */
  appendLost: boolean
  /** Answers to appends take so many ms longer. */
  ackLate: number
  /** New consumers have sound heartbeats, and deliver nothing. */
  consumerBehind: boolean
  /** Answers to requests for new consumers take so many ms longer. */
  consumerLate: number
  /** There is no room for more messages. */
  isFull: boolean
}

export function kind(): Anomalies {
  return {
    noLeader: 0,
    subjectIndexLost: false,
    ackLost: false,
    appendLost: false,
    ackLate: 0,
    consumerBehind: false,
    consumerLate: 0,
    isFull: false,
  }
}
