import { setTimeout } from 'node:timers/promises'
import type { Random } from '../../fuzz/mutations.js'
import { Netconfd } from '../../protocols/netconf/netconfd.js'

/** A notification that the device has sent for certain, at a time between two, ms since the epoch. */
export interface Sent {
  readonly kind: 'netconf-session-start' | 'netconf-session-end'
  readonly session: number
  readonly after: number
  before: number
}

const MAX_PAUSE_MS = 300
/** The end of a session may be reported after the begin of a later one. */
const LATE_MS = 2000

/** A genuine device, with sessions one after the other. It reports the begin and the end of each. */
export class BusyDevice implements AsyncDisposable {
  readonly name: string
  readonly device: Netconfd
  readonly sent: Sent[] = []
  readonly #random: Random
  /** The end of a session is certain when a later one was answered by the same process. */
  #closed: Sent | undefined
  #sessions: Promise<void> | undefined
  #isOver = false
  #isDown = false

  private constructor(name: string, device: Netconfd, random: Random) {
    this.name = name
    this.device = device
    this.#random = random
  }

  /** `kept`: notifications that its log has room for. */
  static async start(name: string, kept: number, random: Random): Promise<BusyDevice> {
    return new BusyDevice(name, await Netconfd.start([`--eventlog-size=${kept}`]), random)
  }

  begin(): void {
    this.#sessions = this.#openSessions()
  }

  get source(): object {
    const { port, user, keyFile, hostKey } = this.device
    return { name: this.name, host: '127.0.0.1', port, user, keyFile, hostKey }
  }

  async kill(pauseMs: number): Promise<void> {
    this.#isDown = true
    this.#closed = undefined
    await this.device.kill()
    for (const each of this.sent) each.before = Math.min(each.before, Date.now())
    // It tells its logs apart by the second in which they began.
    const second = Math.floor(Date.now() / 1000)
    await setTimeout(pauseMs)
    while (Math.floor(Date.now() / 1000) <= second) await setTimeout(20)
    await this.device.run()
    this.#isDown = false
  }

  async suspend(pauseMs: number): Promise<void> {
    this.device.suspend()
    await setTimeout(pauseMs)
    this.device.resume()
  }

  async cut(): Promise<void> {
    this.device.cut(this.#random)
  }

  /** Opens and closes sessions as fast as it can. */
  async burst(sessions: number): Promise<void> {
    for (let nth = 0; nth < sessions; nth++) await this.#session()
  }

  /** Ends what it does at random, and resolves with the begin of a last session, which was answered. */
  async settle(): Promise<Sent> {
    this.#isOver = true
    await this.#sessions
    for (;;) {
      const before = this.sent.length
      await this.#session()
      const last = this.sent.findLast(({ kind }) => kind === 'netconf-session-start')
      if (this.sent.length > before && last !== undefined) return last
      await this.#reviveIfDead()
      await setTimeout(100)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    this.device.resume()
    await this.#sessions
    await this.device[Symbol.asyncDispose]()
  }

  async #openSessions(): Promise<void> {
    while (!this.#isOver) {
      await setTimeout(this.#random(MAX_PAUSE_MS))
      if (!this.#isDown) await this.#session()
      await this.#reviveIfDead()
    }
  }

  /** With a small log, netconfd itself crashes at times. */
  async #reviveIfDead(): Promise<void> {
    if (!this.#isDown && this.device.hasEnded) await this.kill(0)
  }

  /** What is not answered is not certain. */
  async #session(): Promise<void> {
    const opened = Date.now()
    try {
      const open = await this.device.session()
      const session = open.hello.sessionId!
      const closing = Date.now()
      await open.close()
      const answered = Date.now()
      const ended = this.#closed
      this.#closed = { kind: 'netconf-session-end', session, after: closing, before: answered }
      this.sent.push({ kind: 'netconf-session-start', session, after: opened, before: answered })
      if (ended !== undefined) this.sent.push({ ...ended, before: answered + LATE_MS })
    } catch {
      this.#closed = undefined
    }
  }
}
