import type { Event } from '../event/event.js'
import type { Runtime } from '../event/runtime.js'
import type { CompileOptions } from '../filter/index.js'
import type { Bucket } from '../state/state-store.js'
import type { MadeEvent } from './rule.js'

/** The part of the hub that rules use. */
export interface RuleHost {
  readonly runtime: Runtime
  readonly types: CompileOptions
  /** Where their positions and what they remember are kept. */
  readonly bucket: Bucket
  readonly epoch: string
  /** Seq of the newest event. */
  readonly last: number
  /** True if it is for this hub to run them, among those that share the log. */
  readonly isPrimary: boolean
  /** Resolves with a time, µs, before which `last` covers all events; undefined if none is sure. Does not reject. */
  caughtUp(): Promise<number | undefined>
  cursorOf(event: Event): string
  /** Follows all events from a position on. */
  follow(from: string, receiver: RuleReceiver): Promise<RuleSubscription>
  /** Publishes an event that a rule has made, unless the stream has it already. False if the hub accepts none for now. */
  publish(event: MadeEvent, stream: string): boolean
  /** Publishes an event of the hub that rules take. False if the hub accepts none for now. */
  announce(event: { tag: string; data: unknown }): boolean
  /** Resolves when everything published before is as safe as this hub can make it. */
  settled(): Promise<void>
  /** Parks an event at which a rule has failed too often. */
  park(rule: string, seq: number, tries: number, reason: string): Promise<void>
  /** Publishes an event of the hub itself. */
  report(event: { tag: string; data: unknown }): void
}

/** Receives the events of the log. Its methods must not throw. */
export interface RuleReceiver {
  write(pieces: readonly Uint8Array[]): void
  /** Bytes that are not looked at yet. */
  readonly pending: number
  /** No event up to there is missing. */
  position(seq: number): void
  gap(reason: string, next: number): void
  /** Nothing comes any more; without an error, the hub stops. */
  end(error: Error | undefined): void
}

export interface RuleSubscription {
  /** Says that `pending` is lower. */
  drained(): void
  close(): void
}
