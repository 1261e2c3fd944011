import type { z } from 'zod'
import type { Access } from '../access/index.js'
import type { BusApi, OwnEvent } from '../bus/api.js'
import type { ConfigClaims } from '../config/claims.js'
import type { ErrorArea } from '../errors/area.js'
import { addErrors } from '../errors/catalogue.js'
import type { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import type { MethodTable } from '../methods/method.js'
import type { StateStore } from '../state/index.js'
import type { EventType } from '../types/event-type.js'
import type { TypeRegistry } from '../types/index.js'
import type { MetricEntry, MetricSample } from '../types/metric.js'
import type { Budgets } from './shared/budget.js'
import type { TlsListen } from './shared/listener.js'

/**
 * The keys that a face adds to `tocsin.yaml`, each with its schema: `listen.<name>`, `limits.<name>`, or a key of its
 * own at the top. Every schema has a default. A key that two faces share has the same schema object in both.
 */
export type FaceKeys = Readonly<Record<string, z.ZodType>>

/** The values of these keys, under the same names. */
export type FaceConfig<Keys extends FaceKeys = FaceKeys> = {
  readonly [Key in keyof Keys]: z.output<Keys[Key]>
}

/**
 * A way for programs to reach the hub. `src/faces/index.ts` lists all of them. The definition is loaded with every
 * hub, so it imports nothing heavy: `open` imports what serves the protocol.
 */
export interface FaceDefinition<Keys extends FaceKeys = FaceKeys> {
  /** `native`, `http` …: in `tocsin status`, and as the label of its connections in the metrics. */
  readonly name: string
  readonly config: Keys
  /** Types of the events that it publishes. */
  readonly types?: readonly EventType[]
  /** Errors of its own; `FaceErrors` (errors/catalogue.ts) has their codes for TypeScript. */
  readonly errors?: ErrorArea
  /** What it measures, beside its connections; `samples` of the open face has the values. */
  readonly metrics?: Readonly<Record<string, MetricEntry>>
  /** What the configuration names that other parts of it must agree with. */
  claims?(config: FaceConfig<Keys>): ConfigClaims
  /** Largest event that it accepts; default: `limits.frame`. Every client is told the largest of any face. */
  maxFrame?(config: FaceConfig<Keys>): number
  /**
   * Resolves when it can be reached wherever the configuration says, and with undefined when that is nowhere. When it
   * rejects, it listens nowhere.
   */
  open(host: FaceHost, config: FaceConfig<Keys>): Promise<OpenFace | undefined>
}

/** Infers the keys of a definition, and adds its errors to the catalogue. */
export function defineFace<const Keys extends FaceKeys>(
  definition: FaceDefinition<Keys>,
): FaceDefinition<Keys> {
  if (definition.errors !== undefined) addErrors(definition.errors)
  return definition
}

/** A face that can be reached. */
export interface OpenFace {
  readonly listeners: readonly FaceListener[]
  /** The values of its metrics now. */
  samples?(): Iterable<MetricSample>
  /**
   * Takes over the values of its keys that are marked `reloadable` (`.meta()` on the schema). Called when one of them has
   * changed, with values that were checked. It must not reject.
   */
  reload?(config: FaceConfig): void | Promise<void>
  /** Accepts no new input. Requests that have begun are still answered. Called once, before the bus closes. */
  drain?(): void | Promise<void>
  /** Says goodbye to the clients that the bus has not told, and closes. Called once, after the bus has closed. */
  close(): Promise<void>
}

export interface FaceListener {
  /** Default: the name of the face. */
  readonly face?: string
  /** `unix:/run/tocsin/tocsin.sock`, `http://127.0.0.1:4580` … */
  readonly address: string
  /** Connections that are open. */
  readonly connections: number
}

/** A peer, as far as it is known. */
export interface FacePeer {
  readonly principal: string | undefined
  /** The address at which it came in. */
  readonly listener: string
}

/** What the hub gives a face. */
export interface FaceHost {
  readonly runtime: Runtime
  readonly bus: BusApi
  /** Publishes an event of the face itself; false when the hub accepts none, because it suspends or stops. */
  publish(event: OwnEvent): boolean
  /** Who peers are, and what they may do. */
  readonly access: Pick<Access, 'authorize' | 'identify' | 'principal' | 'find' | 'grant'>
  /** The management operations. */
  readonly methods: MethodTable
  readonly types: TypeRegistry
  readonly state: StateStore
  /** What the hub calls itself. */
  readonly hub: { readonly name: string; readonly version: string }
  /** Largest event that any face of this hub accepts. */
  readonly maxFrame: number
  /** What all faces together may use. */
  readonly budgets: Budgets
  /** The certificate of `listen.tls`. Throws TCN_TLS_FILES. */
  certificate(): TlsListen
  /** Reports a peer whose connection was closed because of what it sent. */
  refused(error: TocsinError, peer: FacePeer): void
  /** Tells whoever started the hub. */
  note(text: string): void
}
