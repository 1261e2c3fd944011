import type { SubscribeRequest } from '../api.js'
import type { StreamsConfig } from './config.js'

/** A selection of the events of the log that has a name. */
export interface NamedStream {
  readonly name: string
  readonly description?: string
  readonly filter?: SubscribeRequest['filters']
  /** True if its past may be read. */
  readonly replay: boolean
}

/**
 * The stream that every server of notifications has (RFC 5277), and that programs ask for by default. A configured one of
 * this name takes its place.
 */
const NETCONF: NamedStream = { name: 'NETCONF', description: 'Every event.', replay: true }

/** The named streams of a hub, which may change while it runs. Who has subscribed keeps what it has. */
export class NamedStreams {
  #byName: ReadonlyMap<string, NamedStream>

  constructor(config: StreamsConfig) {
    this.#byName = byName(config)
  }

  replace(config: StreamsConfig): void {
    this.#byName = byName(config)
  }

  find(name: string): NamedStream | undefined {
    return this.#byName.get(name)
  }

  list(): NamedStream[] {
    return [...this.#byName.values()]
  }
}

function byName(config: StreamsConfig): ReadonlyMap<string, NamedStream> {
  return new Map([NETCONF, ...config].map((stream) => [stream.name, stream]))
}
