import { connect, type Socket } from 'node:net'

/** A peer that writes raw bytes and keeps everything it receives until the connection is closed. */
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

  /** Resolves when the system has accepted the bytes. */
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

/** Returns the head of a request as `admin` of the fixture, without the final empty line. */
export const head = (target: string, as = 'admin') =>
  `${target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${as}\r\n`
