import type { ReloadReport } from '../bus/method-types.js'

/** What `tocsin serve` asks of the hub; values given here win over the configuration file. */
export interface ServeOptions {
  /** Configuration file; without it the usual places are searched, and none is needed. */
  config?: string
  /** Data folder. */
  data?: string
  /** Path of the unix socket. */
  socket?: string
  /** Where to listen for HTTP, as in `listen.http`. */
  http?: string
  /** Keeps events in memory only. */
  memory?: boolean
  /** Host sources on; default true. */
  sources?: boolean
}

export interface RunningHub {
  /** What listens where, such as { face: "native", address: "unix:/run/…/tocsin.sock" }. */
  readonly listeners: readonly { face: string; address: string }[]
  /** Path of the first unix socket. */
  readonly socket: string
  readonly data: string | undefined
  /** What whoever started it should know. */
  readonly notes: readonly string[]
  readonly config: string | undefined
  /** Names of the sources that were started. */
  readonly sources: readonly string[]
  /** Rejects when the hub cannot go on, resolves when it has stopped. */
  readonly finished: Promise<void>
  /** Reads the configuration again. Rejects, and changes nothing, when it is not sound. */
  reload(): Promise<ReloadReport>
  /** No new input, what was accepted is on disk, subscribers are told. */
  stop(): Promise<void>
}
