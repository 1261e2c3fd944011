import { setTimeout as sleep } from 'node:timers/promises'
import { Backoff } from '../../../client/transport/backoff.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { NotificationSocket } from '../../../protocols/ncs/client/notification-socket.js'
import {
  NOTIF_STREAM_EVENT,
  STREAM_NOTIFICATION_COMPLETE,
  STREAM_REPLAY_FAILED,
} from '../../../protocols/ncs/constants/events.js'
import { MODIFIERS, maskNames } from '../../../protocols/ncs/constants/mask.js'
import type { NcsNotification } from '../../../protocols/ncs/notifications/notification.js'
import type { NcsModule } from '../../../protocols/ncs/notifications/read.js'
import type { HubOptions } from '../../help/options.js'
import { Deadline } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { plural } from '../../terminal/figures.js'
import { Answers } from './answers.js'
import { NotificationLines, notificationObject } from './notification-lines.js'
import { isUnreachable, SocketOpener } from './open-socket.js'
import type { AnswerMode } from './option-values.js'
import { noteIfSilent } from './silent-hub.js'
import { type NotificationOptions, type NotificationRequest, requestOf } from './watch-request.js'

export interface WatchOptions extends NotificationOptions, HubOptions {
  answer?: AnswerMode
  module?: NcsModule
  format?: 'line' | 'long' | 'json' | 'yaml'
  json?: boolean
  count?: number
  /** ms */
  duration?: number
}

/** Names are shown up to this number. */
const FEW = 6

/** Prints notifications until it is interrupted, or what ends it has happened. */
export async function watchNotifications(io: Io, options: WatchOptions): Promise<void> {
  const request = requestOf(options)
  const opener = await SocketOpener.for(io, options)
  const deadline = new Deadline(io.signal, options.duration)
  const watch = new Watch(io, options, request, deadline.signal)
  try {
    await watch.run(opener)
  } catch (error) {
    if (!deadline.passed) throw error
  } finally {
    deadline.clear()
    watch.close()
  }
  if (deadline.passed && watch.seen === 0)
    throw new TocsinError('TCN_CLIENT_TIMEOUT', 'there was no notification in time')
}

/** Follows notifications over the connections that it takes. */
class Watch {
  seen = 0
  readonly #io: Io
  readonly #options: WatchOptions
  readonly #signal: AbortSignal
  readonly #answers: Answers
  readonly #show: (notification: NcsNotification) => Promise<void>
  readonly #backoff = new Backoff()
  #connected = Date.now()
  #request: NotificationRequest

  constructor(io: Io, options: WatchOptions, request: NotificationRequest, signal: AbortSignal) {
    this.#request = request
    this.#io = io
    this.#options = options
    this.#signal = signal
    this.#answers = new Answers(io, options.answer ?? { how: 'auto' })
    this.#show = printer(io, options)
  }

  close(): void {
    this.#answers.close()
  }

  async run(opener: SocketOpener): Promise<void> {
    const { module = 'ncs' } = this.#options
    const first = await opener.open(this.#request, module, this.#signal)
    this.#noteWaiting()
    void noteIfSilent(this.#io, this.#options)
    for (let socket = first; !(await this.#follow(socket)); ) socket = await this.#reopen(opener, module)
  }

  /** Resolves with true when there is nothing more to wait for, and with false when the connection has ended. */
  async #follow(socket: NotificationSocket): Promise<boolean> {
    const abort = () => socket.close()
    this.#signal.addEventListener('abort', abort, { once: true })
    try {
      for await (const notification of socket) if (await this.#take(socket, notification)) return true
    } catch (error) {
      if (!isUnreachable(error)) throw error
    } finally {
      this.#signal.removeEventListener('abort', abort)
      this.#answers.forget()
    }
    return this.#signal.aborted
  }

  async #take(socket: NotificationSocket, notification: NcsNotification): Promise<boolean> {
    await this.#show(notification)
    this.#answers.shown(socket, notification)
    this.#continueFrom(notification)
    this.seen++
    const { count = Number.POSITIVE_INFINITY } = this.#options
    return this.seen >= count || this.#io.out.closed || this.#isLast(notification)
  }

  /** A stream with an end is all that was asked for. Throws if its replay failed. */
  #isLast(notification: NcsNotification): boolean {
    if (notification.type !== NOTIF_STREAM_EVENT || this.#request.mask !== NOTIF_STREAM_EVENT) return false
    const { type, replay_error: reason } = notification.stream
    if (type === STREAM_REPLAY_FAILED)
      throw new TocsinError('TCN_NCS_STREAM', `the replay failed: ${reason ?? 'no reason was given'}`)
    return type === STREAM_NOTIFICATION_COMPLETE
  }

  /** After a lost connection, a replay goes on after the last event that came. */
  #continueFrom(notification: NcsNotification): void {
    if (notification.type !== NOTIF_STREAM_EVENT || this.#options.start === undefined) return
    const { event_time: start } = notification.stream
    if (start !== undefined) this.#request = requestOf({ ...this.#options, start })
  }

  async #reopen(opener: SocketOpener, module: NcsModule): Promise<NotificationSocket> {
    const lost = Date.now()
    let lasted = lost - this.#connected
    this.#io.note('the connection has ended; trying again')
    for (;;) {
      await sleep(this.#backoff.next(lasted), undefined, { signal: this.#signal }).catch(() =>
        this.#signal.throwIfAborted(),
      )
      lasted = 0
      try {
        const socket = await opener.open(this.#request, module, this.#signal)
        this.#connected = Date.now()
        const seconds = Math.ceil((Date.now() - lost) / 1000) + 1
        this.#io.note(`connected again; tocsin read ncs/ --from -${seconds}s shows what came in between`)
        return socket
      } catch (error) {
        if (!isUnreachable(error)) throw error
      }
    }
  }

  #noteWaiting(): void {
    if (this.#io.err.isTTY !== true) return
    const names = maskNames(this.#request.mask & ~MODIFIERS)
    const what = names.length > FEW ? plural(names.length, 'type') : names.join(', ')
    this.#io.note(`waiting for notifications: ${what}`)
  }
}

function printer(
  io: Io,
  { format = 'line', json }: WatchOptions,
): (notification: NcsNotification) => Promise<void> {
  const lines = new NotificationLines(io.colors, () => io.out.columns)
  const shape = json ? 'json' : format
  return async (notification) => {
    const at = Date.now() * 1000
    await report(io, shape, [notificationObject(notification, at)], () =>
      shape === 'long' ? lines.block(notification, at) : lines.line(notification, at),
    )
  }
}
