import type { Socket } from 'node:net'
import { formatAddress } from '../../config/values/address.js'
import { messageOf } from '../../errors/thrown.js'
import { adopt } from '../../parts/accepted.js'
import { credentialsOf, fingerprintsOf } from '../../protocols/netconf/client/dial-device.js'
import type { NetconfTransport } from '../../protocols/netconf/client/transport.js'
import { DeviceFacts } from '../notifications/device-facts.js'
import type { ReadPosition, Source, SourceContext, SourceHealth } from '../source.js'
import type { NetconfSourceConfig } from './config.js'
import { NetconfSource } from './source.js'

const NOT_YET = 'the device has not called home yet'
const AGAIN = 'the device has called home again'

/** The time from a call of the device to the end of its session. */
interface Visit {
  readonly source: NetconfSource
  hasBegun: boolean
  isOver: boolean
  /** Returns the position. */
  read?(): unknown
}

/** Follows a device whenever it calls home. The position stays from one session to the next. */
export class CallHomeSource implements Source {
  readonly #config: NetconfSourceConfig
  readonly #facts: DeviceFacts
  #context!: SourceContext
  #forget: () => void = () => undefined
  #visit: Visit | undefined
  /** The reason why no session is open. */
  #reason = NOT_YET
  /** Undefined until a session has moved it. */
  #position: unknown
  #ended: Promise<void> = Promise.resolve()
  #calls = 0
  #isStopped = false
  /** Where the device has called from last. */
  #from: string | undefined

  constructor(config: NetconfSourceConfig, facts: DeviceFacts = new DeviceFacts()) {
    this.#config = config
    this.#facts = facts
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#forget = context.callHome.expect({
      name: this.#config.name,
      fingerprints: fingerprintsOf(this.#config),
      credentials: () => credentialsOf(this.#config),
      arrived: (transport, socket) => void this.#begin(transport, socket),
      failed: (error) => {
        this.#reason = messageOf(error)
      },
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#forget()
    this.#end(this.#visit, 'the source stops')
    await this.#ended
  }

  health(): SourceHealth {
    const more = { calls: this.#calls, from: this.#from }
    const { source, hasBegun = false } = this.#visit ?? {}
    const health = hasBegun ? source?.health() : undefined
    if (health !== undefined) return { ...health, details: { ...health.details, ...more } }
    const { stream } = this.#config
    return { state: 'degraded', reason: this.#reason, details: { device: 'calls home', stream, ...more } }
  }

  /** A call with the key of the device is from the device: the session before is one that it has lost. */
  async #begin(transport: NetconfTransport, socket: Socket): Promise<void> {
    if (this.#isStopped) return transport.destroy()
    adopt(socket)
    this.#end(this.#visit, AGAIN)
    const { remoteAddress: host = 'gone', remotePort: port = 0 } = socket
    this.#calls++
    this.#from = formatAddress({ host, port })
    const source = new NetconfSource(this.#config, async () => transport, this.#facts)
    const visit: Visit = { source, hasBegun: false, isOver: false }
    this.#visit = visit
    socket.once('close', () => this.#end(visit, 'the device has ended the connection'))
    await this.#ended
    if (visit.isOver) return transport.destroy()
    visit.hasBegun = true
    try {
      await source.start(this.#contextOf(visit))
    } catch (error) {
      this.#end(visit, messageOf(error))
      transport.destroy()
    }
  }

  #end(visit: Visit | undefined, reason: string): void {
    if (visit === undefined || visit.isOver) return
    if (visit.read !== undefined) this.#position = visit.read()
    visit.isOver = true
    this.#reason = reason
    if (this.#visit === visit) this.#visit = undefined
    const stop = () => visit.source.stop()
    this.#ended = this.#ended.then(stop).catch((error) => this.#context.failed(error))
  }

  #contextOf(visit: Visit): SourceContext {
    const context = this.#context
    return {
      ...context,
      attempt: (take, item) => !visit.isOver && context.attempt(take, item),
      failed: (error) => this.#end(visit, messageOf(error)),
      load: (read) => this.#load(read),
      moved: (read) => {
        if (visit.isOver) return
        visit.read = read
        context.moved(() => (visit.isOver ? this.#position : read()))
      },
    }
  }

  async #load<Position>(read?: ReadPosition<Position>): Promise<Position | undefined> {
    return this.#position === undefined || read === undefined
      ? this.#context.load(read)
      : read(this.#position)
  }
}
