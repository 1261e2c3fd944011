import type { BusApi } from '../../../bus/api.js'
import type { Authorize, Principal } from '../../../bus/principal.js'
import type { NamedStreams } from '../../../bus/streams/named-streams.js'
import type { TocsinError } from '../../../errors/tocsin-error.js'
import { encode } from '../../../event/msgpack/encoder.js'
import type { Runtime } from '../../../event/runtime.js'
import type { TypeOfBytes } from '../../../filter/matcher.js'
import { LongWork } from '../../../incremental/long-work.js'
import type { NcsNotification } from '../../../protocols/ncs/notifications/notification.js'
import type { TypePatterns } from '../../../types/index.js'
import type { FacePeer } from '../../shared/face-peer.js'
import { XPathEngine } from '../xpath/engine.js'
import { type TypeOfFrame, typeOfFrame } from './event-type.js'
import { StreamFrames } from './stream-frames.js'

/** Bytes of types that a welcome has room for. */
const MAX_TYPES_BYTES = 48 * 1024

/** The parts of the hub that streams need. */
export interface StreamParts {
  readonly streams: Pick<NamedStreams, 'find'>
  /** Finds the user of a session. */
  readonly sessions: { find(usid: number): { readonly user: string } | undefined }
  readonly findPrincipal: (name: string) => Principal | undefined
  readonly typeOfBytes: TypeOfBytes
  /** Returns the same list until the types change. */
  readonly typePatterns: () => readonly TypePatterns[]
  /** The program of the XPath thread; default: the one of this package. */
  readonly thread?: URL
}

export interface StreamHostOptions extends StreamParts {
  readonly bus: BusApi
  readonly runtime: Runtime
  readonly authorize: Authorize
  /** The source of notifications. */
  readonly source: string
  /** Makes a notification that is not logged. */
  readonly frameOf: (notification: NcsNotification) => Uint8Array
  /** Reports a problem with a request of a peer that is served all the same. */
  readonly warn: (peer: FacePeer, error: TocsinError) => void
}

/** The objects that all subscribers to streams share. */
export class StreamHost implements AsyncDisposable {
  readonly bus: BusApi
  readonly runtime: Runtime
  readonly authorize: Authorize
  readonly streams: StreamParts['streams']
  readonly sessions: StreamParts['sessions']
  readonly findPrincipal: StreamParts['findPrincipal']
  readonly typeOf: TypeOfFrame
  readonly frameOf: StreamHostOptions['frameOf']
  readonly warn: StreamHostOptions['warn']
  readonly frames: StreamFrames
  /** Tests events with XPath. */
  readonly work: LongWork
  readonly #typePatterns: StreamParts['typePatterns']
  readonly #thread: URL | undefined
  #types: { readonly all: readonly TypePatterns[]; readonly fit: boolean } | undefined
  #engine: XPathEngine | undefined

  constructor(options: StreamHostOptions) {
    this.bus = options.bus
    this.runtime = options.runtime
    this.authorize = options.authorize
    this.streams = options.streams
    this.sessions = options.sessions
    this.findPrincipal = options.findPrincipal
    this.#typePatterns = options.typePatterns
    this.#thread = options.thread
    this.frameOf = options.frameOf
    this.warn = options.warn
    this.typeOf = typeOfFrame(options.typeOfBytes)
    this.frames = new StreamFrames(options.source, this.typeOf)
    this.work = new LongWork(options.runtime, { isSmall: true, what: 'XPath' })
  }

  /** All types, for readers; the same list until they change. Undefined if they are too many for a welcome. */
  get types(): readonly TypePatterns[] | undefined {
    const all = this.#typePatterns()
    if (this.#types?.all !== all) this.#types = { all, fit: encode(all).length <= MAX_TYPES_BYTES }
    return this.#types.fit ? all : undefined
  }

  get engine(): XPathEngine {
    this.#engine ??= new XPathEngine(this.runtime, this.#thread)
    return this.#engine
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.[Symbol.asyncDispose]()
  }
}
