import { once } from 'node:events'
import { appendFileSync, writeFileSync } from 'node:fs'
import { connect as dial, type Socket } from 'node:net'
import { join } from 'node:path'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const PAUSE_MS = 10
const AT_ONCE = 5

/** Does something again and again until it is stopped. */
class Repeated {
  #isStopped = false
  readonly #ended: Promise<void>

  constructor(act: () => Promise<void> | void) {
    this.#ended = this.#run(act)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#ended
  }

  async #run(act: () => Promise<void> | void): Promise<void> {
    while (!this.#isStopped) {
      await act()
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
}

/** A file to which numbered lines are appended. */
export class WrittenFile {
  readonly folder = temporaryFolder('once')
  readonly path = join(this.folder, 'app.log')
  written = 0
  #writing: Repeated | undefined

  constructor() {
    writeFileSync(this.path, '')
  }

  start(): void {
    this.#writing = new Repeated(() => {
      const lines = Array.from({ length: AT_ONCE }, () => `line ${++this.written}\n`)
      appendFileSync(this.path, lines.join(''))
    })
  }

  async stop(): Promise<void> {
    await this.#writing?.stop()
  }
}

/** Sends numbered messages of syslog over TCP to whichever of the ports takes them, over one connection at a time. */
export class SyslogSender {
  /** What was sent over each connection. */
  readonly sent: number[] = []
  #ports: readonly number[]
  #port = 0
  #socket: Socket | undefined
  #sending: Repeated | undefined
  #next = 0

  constructor(ports: readonly number[]) {
    this.#ports = ports
  }

  start(): void {
    this.#sending = new Repeated(() => this.#send())
  }

  /** Ends the last connection as a sender does that is done. */
  async stop(): Promise<void> {
    await this.#sending?.stop()
    const socket = this.#socket
    if (socket === undefined || socket.destroyed) return
    const closed = once(socket, 'close')
    socket.end()
    await closed
  }

  /** Leaves a receiver that does not answer for good: its kernel would take what it never reads. */
  leave(): void {
    this.#ports = this.#ports.filter((port) => port !== this.#port)
    this.#socket?.destroy()
  }

  async #send(): Promise<void> {
    const socket = this.#socket
    if (socket === undefined || socket.destroyed || !socket.writable) return this.#connect()
    const connection = this.sent.length
    const messages = Array.from(
      { length: AT_ONCE },
      () => `<13>1 - vm app - - - ${connection}/${++this.sent[connection - 1]}\n`,
    )
    if (socket.write(messages.join(''))) return
    await new Promise<void>((resolve) => {
      socket.once('drain', () => resolve())
      socket.once('close', () => resolve())
    })
  }

  async #connect(): Promise<void> {
    const port = this.#ports[this.#next++ % this.#ports.length]
    const socket = dial(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.resume()
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('close', () => resolve(false))
    })
    if (!isOpen) return
    this.#socket = socket
    this.#port = port
    this.sent.push(0)
  }
}
