import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import {
  constants,
  type Notification,
  notificationName,
  type Received,
  type SctpMessage,
  type SctpSocket,
} from '../../../../src/protocols/sctp/index.js'

type Note = Notification<'linux'>
type NoteOf<N extends Name> = Extract<Note, { sn_type: (typeof constants.linux)[N] }>
type Name = Extract<keyof typeof constants.linux, `SCTP_${string}`>

/** Reads a socket to its end, and returns the received items one by one on request. */
export class Recorder {
  readonly all: Received[] = []
  readonly done: Promise<void>
  #wake: () => void = () => {}
  #changed = this.#next()

  constructor(socket: SctpSocket) {
    this.done = this.#read(socket)
  }

  /** Resolves with the first matching notification that has not been returned yet. */
  async notification<N extends Name>(
    name: N,
    where: (notification: NoteOf<N>) => boolean = () => true,
  ): Promise<NoteOf<N>> {
    const type = constants.linux[name]
    const wanted = (received: Received) =>
      received.kind === 'notification' &&
      received.notification?.sn_type === type &&
      where(received.notification as NoteOf<N>)
    const found = await this.#take(name, wanted)
    assert(found.kind === 'notification')
    return found.notification as NoteOf<N>
  }

  async message(where: (message: SctpMessage) => boolean = () => true): Promise<SctpMessage> {
    const found = await this.#take('message', (each) => each.kind === 'message' && where(each))
    assert(found.kind === 'message')
    return found
  }

  /** Returns `SCTP_ASSOC_CHANGE` and so on for notifications, `message` for data. */
  names(): string[] {
    return this.all.map((each) =>
      each.kind === 'message'
        ? 'message'
        : (notificationName(each.notification!.sn_type, { platform: 'linux' }) ?? '?'),
    )
  }

  #taken = new Set<Received>()

  async #take(what: string, wanted: (received: Received) => boolean): Promise<Received> {
    const limit = Date.now() + 180_000
    for (;;) {
      const found = this.all.find((each) => !this.#taken.has(each) && wanted(each))
      if (found) {
        this.#taken.add(found)
        return found
      }
      const left = limit - Date.now()
      if (left <= 0) throw new Error(`no ${what} among ${inspect(this.all, { depth: 4 })}`)
      let timer: NodeJS.Timeout | undefined
      await Promise.race([this.#changed, new Promise((resolve) => (timer = setTimeout(resolve, left)))])
      clearTimeout(timer)
    }
  }

  async #read(socket: SctpSocket): Promise<void> {
    try {
      for await (const received of socket) {
        this.all.push(received)
        this.#signal()
      }
    } finally {
      this.#signal()
    }
  }

  #signal(): void {
    const wake = this.#wake
    this.#changed = this.#next()
    wake()
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
