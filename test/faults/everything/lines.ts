import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import type { Event } from '../../../src/client/index.js'
import { difference, type Part, type Scene, type StoredEvents } from './part.js'

const EVERY_MS = 20

/** The numbers from 1 to this one. */
function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1)
}

/** A program that writes numbered lines to its log file, and has it rotated, whether a hub runs or not. */
export class FileLines implements Part {
  readonly #scene: Scene
  readonly #file: string
  #last = 0
  #rotations = 0
  #timer: NodeJS.Timeout | undefined

  constructor(scene: Scene) {
    this.#scene = scene
    this.#file = join(scene.folder, 'app.log')
    writeFileSync(this.#file, '')
  }

  get config() {
    return {
      sources: { files: [{ name: 'app', lines: [this.#file], from: 'start', partialAfter: '1h' }] },
    }
  }

  async begin(): Promise<void> {
    this.#timer ??= setInterval(() => this.#write(), EVERY_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
  }

  check(log: StoredEvents): string[] {
    const found = log.of(`host/${hostname()}/files/app/line`).map(({ data }) => {
      return Number((data as { line: string }).line.split(' ')[1])
    })
    return difference('lines of the file', found, upTo(this.#last))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
  }

  #write(): void {
    const { random } = this.#scene
    const count = 1 + random(5)
    const lines = Array.from({ length: count }, () => `line ${++this.#last} ${'x'.repeat(random(200))}\n`)
    appendFileSync(this.#file, lines.join(''))
    if (random(40) > 0) return
    renameSync(this.#file, `${this.#file}.${++this.#rotations}`)
    writeFileSync(this.#file, '')
  }
}

/**
 * Hosts that send syslog over TCP, one connection for each hub. Syslog has no acknowledgements: of a connection that was
 * cut the log has the beginning, without holes and without repetitions.
 */
export class SyslogLines implements Part {
  readonly config: Part['config']
  readonly #port: number
  readonly #sent: number[] = []
  #socket: Socket | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(port: number) {
    this.#port = port
    this.config = { sources: { syslog: [{ name: 'net', tcp: `127.0.0.1:${port}`, zone: 'UTC' }] } }
  }

  async begin(): Promise<void> {
    const socket = createConnection(this.#port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    const connection = this.#sent.push(0)
    this.#socket = socket
    this.#timer = setInterval(() => {
      const line = () => `<13>1 - vm app - - - ${connection}/${++this.#sent[connection - 1]}\n`
      socket.write(Array.from({ length: 5 }, line).join(''))
    }, EVERY_MS)
  }

  async killed(): Promise<void> {
    clearInterval(this.#timer)
    this.#socket?.destroy()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#socket?.end()
  }

  check(log: StoredEvents): string[] {
    const found = new Map<number, number[]>()
    for (const { data } of log.of('syslog/net/')) {
      const [connection, number] = (data as { message: string }).message.split('/').map(Number)
      found.set(connection, [...(found.get(connection) ?? []), number])
    }
    const holes = this.#sent.flatMap((_, at) => {
      const numbers = found.get(at + 1) ?? []
      return difference(`syslog ${at + 1}`, numbers, upTo(numbers.length))
    })
    const last = found.get(this.#sent.length) ?? []
    return [...holes, ...difference('the last connection of syslog', last, upTo(this.#sent.at(-1) ?? 0))]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killed()
  }
}

/** A genuine journal that grows all the time. */
export class JournalLines implements Part {
  readonly config: Part['config']
  readonly #folder: string
  readonly #writer: ChildProcessByStdio<Writable, null, null>
  #last = 0
  #timer: NodeJS.Timeout | undefined

  constructor({ folder }: Scene) {
    this.#folder = join(folder, 'journal')
    mkdirSync(this.#folder)
    const file = join(this.#folder, 'system.journal')
    this.#writer = spawn('/lib/systemd/systemd-journal-remote', ['-o', file, '-'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.config = {
      sources: { journal: [{ name: 'entries', directory: this.#folder, from: 'start' }] },
    }
  }

  async begin(): Promise<void> {
    this.#timer ??= setInterval(() => {
      for (let i = 0; i < 2; i++) this.#writer.stdin.write(entry(++this.#last))
    }, EVERY_MS)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
  }

  check(log: StoredEvents): string[] {
    const found = log.of('host/').filter(({ tag }) => tag.includes('/journal/entries/'))
    const numbers = found.map(({ data }: Event) => Number((data as { message: string }).message))
    return difference('entries of the journal', numbers, upTo(this.#last))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    this.#writer.kill('SIGKILL')
  }
}

const BOOT = '0123456789abcdef0123456789abcdef'
const BEGINNING = 1_763_693_666_000_000

function entry(number: number): string {
  const places = [
    `__REALTIME_TIMESTAMP=${BEGINNING + number * 1000}`,
    `__MONOTONIC_TIMESTAMP=${number * 1000}`,
    `_BOOT_ID=${BOOT}`,
  ]
  return [...places, '_HOSTNAME=vm', 'SYSLOG_IDENTIFIER=app', `MESSAGE=${number}`, '', ''].join('\n')
}
