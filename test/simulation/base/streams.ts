import { Duplex } from 'node:stream'
import type { Dial, Transport, TransportEvents } from '../../../src/client/transport/transport.js'
import { dialError } from '../../../src/client/transport/transport-socket.js'
import { Channel, type Network } from './network.js'
import type { Process, World } from './world.js'

const DIAL_MS = 10_000

interface Listening {
  process: Process
  accept(stream: Duplex): void
}

/** Streams of bytes between processes, by addresses. */
export class Addresses {
  readonly #world: World
  readonly #network: Network
  readonly #listening = new Map<string, Listening>()

  constructor(world: World, network: Network) {
    this.#world = world
    this.#network = network
  }

  listen(address: string, process: Process, accept: (stream: Duplex) => void): void {
    this.#listening.set(address, { process, accept })
    process.endings.add(() => this.unbind(address, process))
  }

  unbind(address: string, process: Process): void {
    if (this.#listening.get(address)?.process === process) this.#listening.delete(address)
  }

  /** `host`: of the address, whether anybody listens there or not. */
  dial(from: Process, host: string, address: string): Dial {
    return (events, signal) =>
      new Promise((resolve, reject) => {
        const fail = (why: string) => {
          done()
          reject(dialError({ kind: 'tcp', host, port: 1 }, new Error(why)))
        }
        const abort = () => fail('the attempt was aborted')
        const cancel = from.runtime.after(DIAL_MS, () => fail('no answer before the timeout'))
        let isDone = false
        const done = () => {
          isDone = true
          cancel()
          signal?.removeEventListener('abort', abort)
        }
        signal?.addEventListener('abort', abort)
        const knock = this.#channel(from, { ...from, name: host, isDead: false }, () => {
          const found = this.#listening.get(address)
          const to = found?.process ?? from
          this.#channel({ ...to, name: host }, from, (answer: Listening | undefined) => {
            if (isDone) return
            if (answer === undefined || answer.process.isDead) fail('ECONNREFUSED')
            else {
              done()
              resolve(this.#connect(from, answer, events))
            }
          }).send(found)
        })
        knock.send(undefined)
      })
  }

  #channel<Message>(from: Process, to: Process, deliver: (message: Message) => void): Channel<Message> {
    return new Channel<Message>(this.#network, from, to, () => this.#world.time, deliver)
  }

  #connect(from: Process, { process: to, accept }: Listening, events: TransportEvents): Transport {
    let isOver = false
    const over = (error?: Error) => {
      if (isOver) return
      isOver = true
      from.endings.delete(die)
      to.endings.delete(fail)
      events.closed(error)
    }
    const down = this.#channel(to, from, (chunk: Uint8Array | undefined) => {
      if (isOver) return
      if (chunk === undefined) over()
      else events.received(chunk)
    })
    const far = new Far((chunk) => down.send(chunk))
    const up = this.#channel(from, to, (chunk: Uint8Array | undefined) => {
      if (chunk === undefined) far.destroy()
      else far.push(chunk)
    })
    const end = () => down.send(undefined)
    const fail = () => {
      down.forget()
      end()
    }
    const die = () => up.send(undefined)
    to.endings.add(fail)
    from.endings.add(die)
    far.once('close', end)
    this.#channel(from, to, () => accept(far)).send(undefined)
    let held: Uint8Array[] | undefined
    const { received } = events
    events.received = (chunk) => {
      if (held === undefined) received.call(events, chunk)
      else held.push(chunk)
    }
    return {
      pending: 0,
      write: (pieces) => up.send(Buffer.concat(pieces)),
      pause: () => {
        held ??= []
      },
      resume: () => {
        const waiting = held ?? []
        held = undefined
        for (const chunk of waiting) received.call(events, chunk)
      },
      end: () => {
        die()
        from.runtime.after(0, () => over())
      },
    }
  }
}

/** The end of a connection at the process that listens. */
class Far extends Duplex {
  readonly #send: (chunk: Uint8Array) => void

  constructor(send: (chunk: Uint8Array) => void) {
    super({ allowHalfOpen: false })
    this.#send = send
  }

  override _read(): void {
    // What arrives is pushed at once.
  }

  override _write(chunk: Uint8Array, _: string, done: () => void): void {
    this.#send(Buffer.from(chunk))
    done()
  }
}
