import { createInterface, type Interface } from 'node:readline'
import type { NotificationSocket } from '../../../protocols/ncs/client/notification-socket.js'
import type { NcsNotification } from '../../../protocols/ncs/notifications/notification.js'
import type { Io } from '../../io.js'
import { plural } from '../../terminal/figures.js'
import { nameOf } from './notification-lines.js'
import type { AnswerMode } from './option-values.js'

interface Waiting {
  readonly socket: NotificationSocket
  readonly notification: NcsNotification
}

/** Answers notifications that were shown. */
export class Answers {
  readonly #io: Io
  readonly #mode: AnswerMode
  readonly #waiting: Waiting[] = []
  readonly #timers = new Set<NodeJS.Timeout>()
  #lines: Interface | undefined
  #hasEnded = false

  constructor(io: Io, mode: AnswerMode) {
    this.#io = io
    this.#mode = mode
  }

  shown(socket: NotificationSocket, notification: NcsNotification): void {
    if (!socket.owes(notification)) return
    if (this.#mode.how === 'auto') socket.acknowledge(notification)
    else if (this.#mode.how === 'delay') this.#later({ socket, notification }, this.#mode.ms)
    else this.#ask({ socket, notification })
  }

  /** Those of a connection that was lost need no answer any more. */
  forget(): void {
    this.#waiting.length = 0
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  close(): void {
    this.forget()
    this.#lines?.close()
  }

  #later(waiting: Waiting, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#answer(waiting)
    }, ms)
    this.#timers.add(timer)
  }

  #ask(waiting: Waiting): void {
    this.#waiting.push(waiting)
    this.#lines ??= this.#listen()
    this.#prompt()
  }

  #listen(): Interface {
    const lines = createInterface({ input: this.#io.stdin })
    lines.on('line', () => {
      const oldest = this.#waiting.shift()
      if (oldest !== undefined) this.#answer(oldest)
      if (this.#waiting.length > 0) this.#prompt()
    })
    lines.on('close', () => {
      this.#hasEnded = true
      this.#prompt()
    })
    return lines
  }

  #prompt(): void {
    const [oldest] = this.#waiting
    if (oldest === undefined) return
    const all = plural(this.#waiting.length, 'notification')
    if (this.#hasEnded) this.#io.note(`${all} without an answer: standard input has ended`)
    else this.#io.note(`Enter answers ${nameOf(oldest.notification)} (${all} waiting)`)
  }

  #answer({ socket, notification }: Waiting): void {
    try {
      if (socket.acknowledge(notification)) this.#io.note(`${nameOf(notification)} answered`)
    } catch {
      // The connection has ended meanwhile, which is reported where it is read.
    }
  }
}
