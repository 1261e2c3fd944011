import type { Access, Sessions } from '../access/index.js'
import type { BusApi, OwnEvent } from '../bus/api.js'
import type { NamedStreams } from '../bus/streams/named-streams.js'
import type { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import type { Jobs } from '../jobs/index.js'
import type { Edges } from '../methods/edges.js'
import type { CallOutcome, MethodTable } from '../methods/method.js'
import type { PartMethods } from '../observers/part-methods.js'
import type { Reporting } from '../observers/reporting.js'
import { defined, type PartConfig, type PartDefinition, type PartKeys } from '../parts/definition.js'
import type { CallHome } from '../protocols/transport/call-home.js'
import type { Hooks } from '../protocols/webhook/hooks.js'
import type { StateStore } from '../state/index.js'
import type { TypeRegistry } from '../types/index.js'
import type { MetricSample } from '../types/metric.js'
import type { Budgets } from './shared/budget.js'
import type { FacePeer } from './shared/face-peer.js'
import type { CertificateFiles, TlsListen } from './shared/listener.js'
import type { SessionKindOf } from './shared/session-kind.js'

export type { FacePeer }

/**
 * A way for programs to reach the hub. `src/faces/index.ts` lists all of them. The definition is loaded with every
 * hub, so it must import nothing heavy: `open` imports the code that serves the protocol.
 */
export interface FaceDefinition<Keys extends PartKeys = PartKeys> extends PartDefinition<PartConfig<Keys>> {
  /** `native`, `http` …, shown in `tocsin status` and used as the label of the face's connections in the metrics. */
  readonly name: string
  readonly config: Keys
  readonly methods?: PartMethods
  /** Largest event that the face accepts; default: `limits.frame`. Clients receive the largest value of any face. */
  maxFrame?(config: PartConfig<Keys>): number
  /**
   * Returns the parts of the face that open and close on their own, so that a change of one leaves the others alone.
   * Default: the face is one part.
   */
  parts?(config: PartConfig<Keys>): readonly FacePart<Keys>[]
  /** Loads the kind of session that the face adds to the native protocol, at all addresses of any face. */
  readonly sessionKind?: LoadSessionKind
  /**
   * Opens a part. Resolves when it can be reached at all configured addresses, or with undefined if there are none. If
   * it rejects, it listens nowhere.
   */
  open(host: FaceHost, config: PartConfig<Keys>): Promise<OpenFace<Keys> | undefined>
}

/** Loads what makes the sessions of a kind for a part of a face. */
export type LoadSessionKind = () => Promise<(host: FaceHost) => SessionKindOf>

/** A part of a face, such as one of several listeners. */
export interface FacePart<Keys extends PartKeys = PartKeys> {
  /** The name of the part in every configuration, unique in the face. */
  readonly name: string
  /** The configuration of the face with nothing but this part. */
  readonly config: PartConfig<Keys>
  /** The hub goes on without it if it cannot listen. Returns the note for the operator. */
  optional?(error: TocsinError): string
}

/** Infers the keys of a definition, and adds its errors to the catalogue. */
export function defineFace<const Keys extends PartKeys>(
  definition: FaceDefinition<Keys>,
): FaceDefinition<Keys> {
  return defined(definition)
}

/** A face, or a part of one, that can be reached. */
export interface OpenFace<Keys extends PartKeys = PartKeys> {
  readonly listeners: readonly FaceListener[]
  /** Notes for the operator who starts the hub. */
  readonly notes?: readonly string[]
  /** Returns a link with which the user who has started the hub logs in to its console, once and on this machine. */
  loginLink?(): string | undefined
  /** The current values of the face's metrics. */
  samples?(): Iterable<MetricSample>
  /**
   * Takes over a changed configuration while connections stay. Returns false, and changes nothing, if that is not
   * possible; the part is replaced then. It must not reject.
   */
  change?(config: PartConfig<Keys>): boolean
  /** Frees its addresses at once, and keeps its connections. */
  unbind(): void
  /** Listens at the same addresses again. Does nothing while it listens. */
  bind(): Promise<void>
  /**
   * Says goodbye to all clients and closes, while the hub goes on. Called after `unbind`; requests that have begun are
   * still answered. Default: `drain` and `close`.
   */
  leave?(reason: string): Promise<void>
  /** Accepts no new input. Requests that have begun are still answered. Called once, before the bus closes. */
  drain?(): void | Promise<void>
  /** Says goodbye to the clients that the bus has not notified, and closes. Called once, after the bus has closed. */
  close(): Promise<void>
}

export interface FaceListener {
  /** Name under which the listener is shown; default: the name of the face. */
  readonly face?: string
  /** The address, such as `unix:/run/tocsin/tocsin.sock` or `http://127.0.0.1:4580`. */
  readonly address: string
  /** Number of open connections. */
  readonly connections: number
}

export type FaceAccess = Pick<
  Access,
  | 'authorize'
  | 'identify'
  | 'hasSshKey'
  | 'browserLogins'
  | 'principal'
  | 'find'
  | 'resume'
  | 'onRemoved'
  | 'grant'
  | 'loginRefused'
  | 'level'
>

/** The parts of a hub, beside the bus, that faces make available to their clients. */
export interface ServedParts {
  readonly jobs: Pick<Jobs, 'isOn'>
  /** The hubs that forward their events to this one. */
  readonly edges: Edges
  /** The streams that the configuration names. */
  readonly streams: Pick<NamedStreams, 'find'>
  /** The webhooks that sources have opened. */
  readonly hooks: Hooks
  /** The network devices that sources expect to call home. */
  readonly callHome: CallHome
  /** The kinds of sessions that faces add to the native protocol. */
  readonly sessionKinds: readonly LoadSessionKind[]
}

/** The places where a face reports what its peers do. */
export interface FaceReports {
  /** Reports a peer whose connection was closed because of what it sent. */
  refused(error: TocsinError, peer: FacePeer): void
  /** Reports a management call that has ended. The answer waits for the promise, if there is one. */
  called?(outcome: CallOutcome): Promise<void> | undefined
  /** The reports about requests and work while somebody subscribes to them. */
  readonly work: Reporting
}

/** The part of the hub that a face can use. */
export interface FaceHost {
  readonly runtime: Runtime
  readonly bus: BusApi
  /** Publishes an event of the face itself. Returns false if the hub accepts none because it is suspended or stops. */
  publish(event: OwnEvent): boolean
  /** Identities and rights of peers. */
  readonly access: FaceAccess
  /** The management operations. */
  readonly methods: MethodTable
  readonly types: TypeRegistry
  readonly state: StateStore
  /** Numbers the sessions of all faces, and tells of them. */
  readonly sessions: Sessions
  /** The hub as its clients know it. */
  readonly hub: { readonly name: string; readonly version: string }
  readonly parts: ServedParts
  /** Limits that all faces share. */
  readonly budgets: Budgets
  /** Largest event that any face of this hub accepts. */
  readonly maxFrame: number
  /** Returns the certificate in these files, or that of `listen.tls`. Throws TCN_TLS_FILES. */
  certificate(own?: CertificateFiles): TlsListen
  readonly reports: FaceReports
}
