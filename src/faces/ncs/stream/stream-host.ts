import type { Principal } from '../../../bus/principal.js'
import type { NamedStreams } from '../../../bus/streams/named-streams.js'
import { encodedLength } from '../../../event/msgpack/encoder.js'
import type { TypeOfBytes } from '../../../filter/matcher.js'
import type { NcsNotification } from '../../../protocols/ncs/notifications/notification.js'
import type { TypePatterns } from '../../../types/index.js'
import { StreamHost, type StreamHostOptions } from '../../shared/streams/stream-host.js'
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

export interface NotificationStreamsOptions extends StreamParts, StreamHostOptions {
  /** The source of notifications. */
  readonly source: string
  /** Makes a notification that is not logged. */
  readonly frameOf: (notification: NcsNotification) => Uint8Array
}

/** The objects that all notification sockets with a stream share. */
export class NotificationStreams extends StreamHost {
  readonly streams: StreamParts['streams']
  readonly sessions: StreamParts['sessions']
  readonly findPrincipal: StreamParts['findPrincipal']
  readonly frameOf: NotificationStreamsOptions['frameOf']
  readonly frames: StreamFrames
  readonly #typePatterns: StreamParts['typePatterns']
  #types: { readonly all: readonly TypePatterns[]; readonly fit: boolean } | undefined

  constructor(options: NotificationStreamsOptions) {
    super(options)
    this.streams = options.streams
    this.sessions = options.sessions
    this.findPrincipal = options.findPrincipal
    this.frameOf = options.frameOf
    this.frames = new StreamFrames(options.source, this.typeOf)
    this.#typePatterns = options.typePatterns
  }

  /** All types, for readers; the same list until they change. Undefined if they are too many for a welcome. */
  get types(): readonly TypePatterns[] | undefined {
    const all = this.#typePatterns()
    if (this.#types?.all !== all) this.#types = { all, fit: encodedLength(all) <= MAX_TYPES_BYTES }
    return this.#types.fit ? all : undefined
  }
}
