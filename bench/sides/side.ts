/** One side of a benchmark: Tocsin or a peer. */
export type SideName =
  | 'tocsin'
  | 'nats'
  | 'jetstream'
  | 'jetstream-library'
  | 'jetstream-inbox'
  | 'jetstream-relayed'
  | 'tocsin-tcp'
  | 'tocsin-two-hubs'
  | 'tocsin-ws'
  | 'tocsin-wss'
  | 'tocsin-ws-native'
  | 'tocsin-sse'
  | 'tocsin-netconf'
  | 'tocsin-raw'
  | 'tocsin-ncs'
  | 'tocsin-audit'
  | 'salt'
  | 'ws'

export interface RunningSide {
  readonly name: SideName
  /** The server process, whose CPU time and memory are measured. */
  readonly pid: number
  /** All processes between publishers and subscribers, by name, if there are several. */
  readonly processes?: Readonly<Record<string, number>>
  /** The address to which publishers and subscribers connect. */
  readonly address: string
  stop(): Promise<void>
}

/** The publishing end, in the publisher's process. Every event is built and encoded separately. */
export interface Sender {
  /** Returns false if the sender is full; sending continues after `ready()`. */
  send(index: number, stamp: number): boolean
  ready(): Promise<void>
  /** Resolves when the server reports that the event is durable. */
  sendDurably(index: number): Promise<unknown>
  /** Resolves when the server has received everything sent so far. */
  flush(): Promise<unknown>
}

export interface Receiving {
  /** True if to decode the body of every event; otherwise events are only visited. */
  decode: boolean
  /** Called for received events as they arrive. */
  took(events: number): void
  /** Called with the `stamp` of each decoded event. */
  stamped?(stamp: number): void
}

/** The subscribing end: one connection. Resolves when it is subscribed. */
export type Receive = (address: string, receiving: Receiving) => Promise<void>
/** Reads all stored events, undecoded; resolves when `events` have arrived. */
export type Replay = (address: string, events: number) => Promise<void>

export interface Ends {
  sender(address: string, flat?: boolean): Promise<Sender>
  receive: Receive
  replay: Replay
}
