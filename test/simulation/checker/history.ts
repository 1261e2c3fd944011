/** What a publisher was told about an event: that it is durable, the code of its refusal, or that nobody knows. */
export type Told = string

/** What went into a system and what came out of it. */
export class History {
  /** By publisher: what it was told about each number. */
  readonly told = new Map<string, Map<number, Told | undefined>>()
  /** By hub: the events of its log at the end. */
  readonly logs = new Map<string, Logged[]>()
  /** By reader: what it has received, in that order. */
  readonly readers = new Map<string, Received[]>()
  /** What the members of the consumer have received, in that order. */
  readonly consumed: Consumed[] = []
  /** What the members of the consumer were told is missing, by places. */
  readonly consumerGaps: { from: number; to: number }[] = []
  /** Names of the events that are parked at the end. */
  readonly parked = new Set<string>()
  /** Events that have waited for guards. */
  readonly passed: Passed[] = []
  /** When each guard was registered, and until when. */
  readonly guards: Registered[] = []
  /** Places of the log of the cluster: what was stored there, by the servers. */
  readonly stored = new Map<number, string>()
  /** When that was, by the clock of the servers, ms. */
  readonly times = new Map<number, number>()
  /** Places of the log of the cluster where servers have stored what rules have made. */
  readonly made = new Map<number, string>()
  /** What the receiver of the sink has got, in that order. */
  readonly delivered: Delivered[] = []
  /** Deliveries that were not taken as far as a hub knows. */
  readonly failedDeliveries: FailedDelivery[] = []
  /** Places that servers have lost, at which the same or something else was stored later. */
  readonly rewritten = new Set<number>()
  /** Why subscriptions ended that resume after each lost connection. */
  readonly ended: string[] = []
  hasRules = false
  hasSink = false
  hasConsumer = false
  /** A clock has jumped. */
  hasJumped = false
  readonly edges: EdgeHistory = { logs: new Map(), gaps: new Map(), listed: new Map(), mayLeaveOut: false }
  /** Places that were removed since they were too old. */
  readonly removed = new Set<number>()

  /** Returns what notes the answer. */
  sent(publisher: string, number: number): (told: Told) => void {
    const numbers = this.told.get(publisher) ?? new Map<number, Told | undefined>()
    this.told.set(publisher, numbers.set(number, undefined))
    return (told) => void numbers.set(number, told)
  }

  get open(): number {
    let open = 0
    for (const numbers of this.told.values())
      for (const told of numbers.values()) if (told === undefined) open++
    return open
  }

  /** Names of the events of which publishers were told this. */
  *namesOf(isWanted: (told: Told) => boolean): Iterable<string> {
    for (const [publisher, numbers] of this.told)
      for (const [number, told] of numbers)
        if (told !== undefined && isWanted(told)) yield `${publisher}/${number}`
  }
}

/** What there is to compare of edge hubs. */
export interface EdgeHistory {
  /** By edge hub: the events of its log at the end. */
  readonly logs: Map<string, Logged[]>
  /** By hub of the cluster: the events of edge hubs that its log says are missing, by their places there. */
  readonly gaps: Map<string, EdgeGap[]>
  /** By hub of the cluster: the edge hubs that are connected to it. */
  readonly listed: Map<string, readonly string[]>
  /** Edge hubs leave out what is old. */
  mayLeaveOut: boolean
}

export interface EdgeGap {
  edge: string
  from: number
  to: number
}

/** An event of a log. */
export interface Logged {
  place: number
  publisher: string
  number: number
}

/** An event that a reader has received, or a gap that it was told of. */
export type Received = { place: number; name: string } | { from: number; to: number; why: string }

export interface Consumed {
  place: number
  name: string
  isMarked: boolean
  /** ms */
  at: number
}

export interface Delivered {
  place: number
  name: string
  isRefused: boolean
  /** ms */
  at: number
}

export interface FailedDelivery {
  places: readonly number[]
  /** How many had been delivered then. */
  after: number
}

export interface Registered {
  guard: string
  hub: string
  /** ms */
  from: number
  until: number
}

export interface Passed {
  name: string
  /** ms */
  askedAt: number
  passedAt: number
  /** Guards that have answered. */
  answered: readonly string[]
  /** Hubs at which somebody has not. */
  missing: readonly string[]
}
