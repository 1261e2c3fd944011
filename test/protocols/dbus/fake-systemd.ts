import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

type Field = [code: number, type: string, value: string | number]

const MANAGER = 'org.freedesktop.systemd1.Manager'
const UNITS = '/org/freedesktop/systemd1'

/** Writes a message of D-Bus as the specification has it. */
export function busMessage(type: number, fields: readonly Field[], body: Body = new Body()): Buffer {
  const written = new Body()
  for (const [code, kind, value] of fields) {
    written.align(8)
    written.raw(Buffer.from([code, kind.length, ...Buffer.from(`${kind}\0`)]))
    if (typeof value === 'number') written.number(value)
    else if (kind === 'g') written.raw(Buffer.from([value.length, ...Buffer.from(`${value}\0`)]))
    else written.text(value)
  }
  const head = Buffer.from([0x6c, type, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
  head.writeUInt32LE(body.bytes.length, 4)
  head.writeUInt32LE(written.bytes.length, 12)
  written.align(8)
  return Buffer.concat([head, written.bytes, body.bytes])
}

/** Values one after the other. */
export class Body {
  bytes = Buffer.alloc(0)

  align(size: number): this {
    return this.raw(Buffer.alloc(-this.bytes.length & (size - 1)))
  }

  number(value: number): this {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return this.align(4).raw(bytes)
  }

  text(value: string): this {
    return this.number(Buffer.byteLength(value)).raw(Buffer.from(`${value}\0`))
  }

  raw(bytes: Buffer): this {
    this.bytes = Buffer.concat([this.bytes, bytes])
    return this
  }
}

/** Has the name of systemd on a real bus, answers `Subscribe`, and sends its signals. */
export class FakeSystemd {
  readonly #socket: Socket
  #heard = ''
  /** How it answers. */
  refuses = false
  subscribers = 0

  constructor(path: string) {
    this.#socket = connect(path)
    this.#socket.on('data', (chunk) => this.#hear(chunk))
  }

  /** Resolves when it has its name. */
  async start(): Promise<void> {
    const user = Buffer.from(String(process.getuid?.())).toString('hex')
    this.#socket.write(`\0AUTH EXTERNAL ${user}\r\nBEGIN\r\n`)
    this.#call('Hello', [])
    this.#call('RequestName', [[8, 'g', 'su']], new Body().text('org.freedesktop.systemd1').number(0))
    while (!this.#heard.includes('org.freedesktop.systemd1\0')) await once(this.#socket, 'data')
  }

  jobRemoved(unit: string): void {
    const body = new Body().number(7).text(`${UNITS}/job/7`).text(unit).text('done')
    this.#signal(UNITS, MANAGER, 'JobRemoved', [[8, 'g', 'uoss']], body)
  }

  unitNew(unit: string): void {
    const body = new Body().text(unit).text(`${UNITS}/unit/x`)
    this.#signal(UNITS, MANAGER, 'UnitNew', [[8, 'g', 'so']], body)
  }

  propertiesChanged(label: string): void {
    this.#signal(`${UNITS}/unit/${label}`, 'org.freedesktop.DBus.Properties', 'PropertiesChanged')
  }

  close(): void {
    this.#socket.destroy()
  }

  #hear(chunk: Buffer): void {
    this.#heard += chunk.toString('latin1')
    const at = this.#heard.indexOf('\0Subscribe\0')
    const sender = /:1\.\d+/.exec(this.#heard.slice(at))?.[0]
    if (at < 0 || sender === undefined) return
    this.#heard = ''
    this.subscribers++
    // The serial of the fourth call: before it come the name of the connection and two rules.
    const fields: Field[] = [
      [5, 'u', 4],
      [6, 's', sender],
    ]
    if (this.refuses) fields.push([4, 's', 'org.freedesktop.DBus.Error.AccessDenied'])
    this.#socket.write(busMessage(this.refuses ? 3 : 2, fields))
  }

  #call(member: string, more: Field[], body?: Body): void {
    const bus = 'org.freedesktop.DBus'
    const fields: Field[] = [
      [1, 'o', '/org/freedesktop/DBus'],
      [2, 's', bus],
      [3, 's', member],
      [6, 's', bus],
    ]
    this.#socket.write(busMessage(1, [...fields, ...more], body))
  }

  #signal(path: string, name: string, member: string, more: Field[] = [], body?: Body): void {
    const fields: Field[] = [
      [1, 'o', path],
      [2, 's', name],
      [3, 's', member],
    ]
    this.#socket.write(busMessage(4, [...fields, ...more], body))
  }
}
