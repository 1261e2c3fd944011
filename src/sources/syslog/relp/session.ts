import type { Socket } from 'node:net'
import { withoutEnd } from '../message-end.js'
import type { Arrived } from '../messages.js'
import { type RelpFault, type RelpFrame, relpFrame } from './framer.js'

const OFFERS = '200 OK\nrelp_version=0\nrelp_software=tocsin\ncommands=syslog'
const TAKEN = '200 OK'
const UNKNOWN = '500 this command is not known'
const NOT_OPEN = '500 the session is not open'
/** A sender that does not read its answers is disconnected when this many bytes of them wait. */
const MAX_UNREAD = 256 * 1024

export interface RelpSessionOptions {
  readonly socket: Socket
  readonly maxMessage: number
  /** Returns false if the hub accepts no events at present. */
  publish(message: Arrived): boolean
  /** Resolves when everything published before is safe. */
  settled(): Promise<void>
  /** Called once if the sender does not speak RELP. */
  refused(): void
}

/** A session of RELP: a message is answered when its event is on disk, and the sender keeps it until then. */
export class RelpSession {
  readonly #options: RelpSessionOptions
  #isOpen = false
  /** The transactions whose messages are published and not answered. */
  #taken: number[] = []
  /** Answers leave in the order of the messages. */
  #answers: Promise<void> = Promise.resolve()

  constructor(options: RelpSessionOptions) {
    this.#options = options
  }

  /** Returns false if the hub accepts no events at present. */
  take(frame: RelpFrame | RelpFault): boolean {
    if (frame === 'fault') {
      this.#options.refused()
      this.#options.socket.destroy()
      return true
    }
    const { transaction, command, bytes, length } = frame
    if (command === 'syslog' && this.#isOpen) {
      if (this.#options.publish(withoutEnd({ bytes, length }, this.#options.maxMessage))) {
        this.#taken.push(transaction)
        return true
      }
      // While this one waits, those before it are answered.
      this.acknowledge()
      return false
    }
    this.#do(command, transaction)
    return true
  }

  /** Answers all messages that were taken, when they are safe. */
  acknowledge(): void {
    if (this.#taken.length === 0) return
    const taken = this.#taken
    this.#taken = []
    const isSafe = this.#options.settled()
    this.#later(isSafe, () => taken.map((transaction) => relpFrame(transaction, 'rsp', TAKEN)).join(''))
  }

  #do(command: string, transaction: number): void {
    this.acknowledge()
    const answer = (data?: string) => this.#later(undefined, () => relpFrame(transaction, 'rsp', data))
    if (command === 'open') {
      this.#isOpen = true
      answer(OFFERS)
    } else if (command === 'close') {
      this.#isOpen = false
      answer()
      this.#later(undefined, () => relpFrame(0, 'serverclose'))
      this.#answers = this.#answers.then(() => void this.#options.socket.end())
    } else answer(command === 'syslog' ? NOT_OPEN : UNKNOWN)
  }

  /** A message that is not safe is not answered: its sender sends it again to the next session. */
  #later(isSafe: Promise<void> | undefined, answer: () => string): void {
    const { socket } = this.#options
    const send = () => {
      if (socket.destroyed) return
      socket.write(answer())
      if (socket.writableLength > MAX_UNREAD) socket.destroy()
    }
    this.#answers = Promise.all([this.#answers, isSafe]).then(send, () => void socket.destroy())
  }
}
