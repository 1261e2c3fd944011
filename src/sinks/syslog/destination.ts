import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { asError, messageOf } from '../../errors/thrown.js'
import type { Event } from '../../event/event.js'
import type { Runtime } from '../../event/runtime.js'
import { DeliveryFault } from '../delivery-fault.js'
import { areShort } from '../event-json.js'
import { deadline } from '../pauses.js'
import type { Destination, EventView, SinkWork } from '../sink.js'
import { tlsClient } from '../tls.js'
import type { SyslogSinkConfig } from './config.js'
import { syslogMessage } from './message.js'

/** Sends events to a receiver of syslog, over one connection that stays open. */
export class SyslogDestination implements Destination {
  readonly #config: SyslogSinkConfig
  readonly #view: EventView
  readonly #runtime: Runtime
  readonly #work: SinkWork
  #socket: Socket | undefined

  constructor(config: SyslogSinkConfig, view: EventView, runtime: Runtime, work: SinkWork) {
    this.#work = work
    this.#config = config
    this.#view = view
    this.#runtime = runtime
  }

  async deliver(events: readonly Event[], signal: AbortSignal): Promise<void> {
    const messages = await this.#work(this.#messages(events), areShort(events))
    const limit = deadline(this.#runtime, this.#config.timeout, signal)
    let socket: Socket | undefined
    try {
      socket = this.#socket ?? (await this.#connect(limit.signal))
      this.#socket = socket
      await written(socket, Buffer.concat(messages), limit.signal)
    } catch (thrown) {
      await this.close()
      if (thrown instanceof DeliveryFault) throw thrown
      const isEnd = socket !== undefined && !limit.signal.aborted
      throw new DeliveryFault(isEnd ? 'ended' : 'unavailable', messageOf(thrown))
    } finally {
      limit.end()
    }
  }

  *#messages(events: readonly Event[]): Generator<undefined, Buffer[]> {
    const messages: Buffer[] = []
    for (const event of events) {
      messages.push(yield* syslogMessage(event, this.#config, this.#view))
      yield
    }
    return messages
  }

  async close(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    // Data that was written is sent before the end.
    socket?.end()
    socket?.destroySoon()
  }

  async #connect(signal: AbortSignal): Promise<Socket> {
    const { address, secure, tls } = this.#config
    const socket = secure
      ? connectTls({ ...address, ...(await tlsClient(tls, address.host)) })
      : connectTcp(address)
    await settled(signal, socket, (done) => socket.once(secure ? 'secureConnect' : 'connect', done))
    socket.setKeepAlive(true, 10_000)
    // A receiver says nothing; that it has ended the connection must be noticed before the next message.
    socket.resume()
    const forget = () => {
      if (this.#socket === socket) this.#socket = undefined
      socket.destroy()
    }
    socket.on('end', forget)
    socket.on('error', forget)
    socket.on('close', forget)
    return socket
  }
}

/** Resolves when the kernel has taken all bytes. */
function written(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return settled(signal, socket, (done) => socket.write(bytes, (error) => error ?? done()))
}

/** Resolves when `begin` calls back; rejects when the socket fails or is closed, or the signal fires. */
function settled(signal: AbortSignal, socket: Socket, begin: (done: () => void) => unknown): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const failed = (error: Error) => {
      release()
      socket.destroy()
      reject(error)
    }
    const aborted = () => failed(asError(signal.reason))
    const closed = () => failed(new Error('the receiver has closed the connection'))
    const release = () => {
      signal.removeEventListener('abort', aborted)
      socket.off('error', failed)
      socket.off('close', closed)
    }
    signal.addEventListener('abort', aborted, { once: true })
    socket.on('error', failed)
    socket.on('close', closed)
    begin(() => {
      release()
      resolve()
    })
  })
}
