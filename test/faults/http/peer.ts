import { connect, type Socket } from 'node:net'

/** A peer that writes bytes by hand, and keeps what comes until the connection is closed. */
export class HttpPeer {
  readonly socket: Socket
  readonly closed: Promise<string>
  received = ''

  constructor(port: number, bytes = '') {
    this.socket = connect(port, '127.0.0.1')
    this.closed = new Promise((resolve) => {
      this.socket.on('data', (chunk) => {
        this.received += chunk
      })
      this.socket.on('error', () => {})
      this.socket.on('close', () => resolve(this.received))
    })
    if (bytes !== '') this.socket.write(bytes)
  }

  /** Resolves when the system has taken it. */
  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()))
  }

  writeChunk(text: string): Promise<void> {
    return this.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
  }
}

export const statuses = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))

export const codeIn = (text: string) => /"code":"(\w+)"/.exec(text)?.[1]

/** The head of a request as `admin` of the fixture, without its end. */
export const head = (target: string, as = 'admin') =>
  `${target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${as}\r\n`
