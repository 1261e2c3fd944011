import type { BusApi } from '../../../bus/api.js'
import type { Authorize } from '../../../bus/principal.js'
import type { TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'
import type { TypeOfBytes } from '../../../filter/matcher.js'
import { LongWork } from '../../../incremental/long-work.js'
import type { FacePeer } from '../face-peer.js'
import { XPathEngine } from '../xpath/engine.js'
import { type TypeOfFrame, typeOfFrame } from './event-type.js'

export interface StreamHostOptions {
  readonly bus: BusApi
  readonly runtime: Runtime
  readonly authorize: Authorize
  readonly typeOfBytes: TypeOfBytes
  /** The program of the XPath thread; default: the one of this package. */
  readonly thread?: URL
  /** Reports a problem with a request of a peer that is served all the same. */
  readonly warn: (peer: FacePeer, error: TocsinError) => void
}

/** The objects that all subscribers to the streams of a face share. */
export class StreamHost implements AsyncDisposable {
  readonly bus: BusApi
  readonly runtime: Runtime
  readonly authorize: Authorize
  readonly typeOf: TypeOfFrame
  readonly warn: StreamHostOptions['warn']
  /** Tests events with XPath. */
  readonly work: LongWork
  readonly #thread: URL | undefined
  #engine: XPathEngine | undefined

  constructor({ bus, runtime, authorize, typeOfBytes, thread, warn }: StreamHostOptions) {
    this.bus = bus
    this.runtime = runtime
    this.authorize = authorize
    this.warn = warn
    this.#thread = thread
    this.typeOf = typeOfFrame(typeOfBytes)
    this.work = new LongWork(runtime, { isSmall: true, what: 'XPath' })
  }

  get engine(): XPathEngine {
    this.#engine ??= new XPathEngine(this.runtime, this.#thread)
    return this.#engine
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.[Symbol.asyncDispose]()
  }
}
