import type { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import type { SeqRange } from '../log/event-log.js'
import type { OpenLogOptions } from '../log/log-engine.js'
import type { NatsConfig } from '../storage/nats/config.js'
import type { ClusterConfig } from './config.js'
import type { LeaseRecord } from './lease-bucket.js'
import type { MemberEvents } from './members.js'

export interface ClusterOptions extends Omit<OpenLogOptions, 'settings' | 'nats'> {
  runtime: Runtime
  nats: NatsConfig
  cluster: ClusterConfig
  /** Version of this hub, for the others. */
  version: string
  /** Name of this hub, unless the configuration gives it one. */
  hostname: string
  /** Events that may wait for a primary now, bytes. */
  maxBytes(): number
  /** Time after which publishers are told that their events could not be stored, ms. */
  deadlineMs?: number
}

export interface ClusterEvents extends MemberEvents {
  /** This hub leads a new term. */
  leads(term: number): void
  /** This hub does not lead any more. */
  leadsNoMore(term: number, reason: TocsinError | undefined): void
  /** Another hub is the primary, or none is. */
  primary(record: LeaseRecord | undefined): void
  /** The stream was deleted. The log is empty, and has another epoch. */
  replaced(): void
  /** In the places of events that were delivered, NATS has something else. */
  diverged(range: SeqRange): void
  /** Events were removed because of their age before this hub could deliver them. */
  expired(range: SeqRange): void
}

export const silent: ClusterEvents = {
  arrived: () => undefined,
  moved: () => undefined,
  died: () => undefined,
  leads: () => undefined,
  leadsNoMore: () => undefined,
  primary: () => undefined,
  replaced: () => undefined,
  diverged: () => undefined,
  expired: () => undefined,
}
