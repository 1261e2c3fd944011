import { appendFileSync, renameSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Messages of syslog, and lines of the file, in a second. */
const RATE = 200
const PAUSE_MS = 100
/** Each of these messages is from a program that the rule watches. */
const ALARM_EVERY = 10

export interface Sent {
  /** Numbers of the messages. */
  messages: number[]
  /** Those that the rule has to act on. */
  alarms: number[]
}

/** What the host of an edge hub does: it logs over syslog and to a file, which it replaces now and then. */
export class Traffic {
  readonly #folder: string
  #last = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** With a connection of its own. */
  async run(seconds: number): Promise<Sent> {
    const first = this.#last + 1
    const socket = await connected(join(this.#folder, 'syslog.sock'))
    for (let sent = 0; sent < seconds * RATE; ) {
      const due = Math.min(RATE * (PAUSE_MS / 1000), seconds * RATE - sent)
      for (let i = 0; i < due; i++) socket.write(messageOf(++this.#last))
      appendFileSync(this.#log, `line ${this.#last}: ${'x'.repeat(80)}\n`.repeat(due))
      sent += due
      await setTimeout(PAUSE_MS)
    }
    await new Promise<void>((done) => void socket.end(() => done()))
    const messages = Array.from({ length: this.#last - first + 1 }, (_, i) => first + i)
    return { messages, alarms: messages.filter(isAlarm) }
  }

  rotate(): void {
    renameSync(this.#log, `${this.#log}.1`)
  }

  get #log(): string {
    return join(this.#folder, 'app.log')
  }
}

function messageOf(number: number): string {
  const text = `<134>1 - web1 ${isAlarm(number) ? 'alarm' : 'app'} - - - number=${number} ${'y'.repeat(80)}`
  return `${Buffer.byteLength(text)} ${text}`
}

function isAlarm(number: number): boolean {
  return number % ALARM_EVERY === 0
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path)
    socket.once('connect', () => resolve(socket)).once('error', reject)
  })
}
