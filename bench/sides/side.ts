/** One end of a benchmark: Tocsin or a peer. A running one has a server process. */
export type SideName =
  | 'tocsin'
  | 'nats'
  | 'jetstream'
  | 'tocsin-tcp'
  | 'tocsin-ws'
  | 'tocsin-sse'
  | 'tocsin-raw'
  | 'salt'
  | 'ws'

export interface RunningSide {
  readonly name: SideName
  /** Process whose CPU and memory are the server's. */
  readonly pid: number
  /** What publishers and subscribers connect to. */
  readonly address: string
  stop(): Promise<void>
}

/** Publishing end, in the publisher's process. Every event is built and encoded anew. */
export interface Sender {
  /** False: the sender is full; go on after `ready()`. */
  send(index: number, stamp: number): boolean
  ready(): Promise<void>
  /** Resolves when the server says that it is stored to stay. */
  sendDurably(index: number): Promise<unknown>
  /** Resolves when the server has taken everything sent so far. */
  flush(): Promise<unknown>
}

export interface Receiving {
  /** Looks into every event and decodes its body; else only visits it. */
  decode: boolean
  /** Called for what has come, as it comes. */
  took(events: number): void
  /** Called with the `stamp` of each event decoded. */
  stamped?(stamp: number): void
}

/** Subscribing end: one connection. Resolves when it receives. */
export type Receive = (address: string, receiving: Receiving) => Promise<void>
/** Reads everything that is stored, undecoded; resolves when `events` have come. */
export type Replay = (address: string, events: number) => Promise<void>

export interface Ends {
  sender(address: string, flat?: boolean): Promise<Sender>
  receive: Receive
  replay: Replay
}
