import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'

/** A client of a WebSocket over TLS that costs little, so that the server is measured. */
export class TlsWebSocket {
  readonly socket: TLSSocket
  #carry: Buffer = Buffer.alloc(0)
  #waiting: { resolve: (text: string) => void; reject: (error: Error) => void }[] = []
  /** Called with each message that nobody waits for. */
  onText: (text: string) => void = () => {}

  private constructor(socket: TLSSocket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the connection is closed'))
    })
  }

  /** `from` is an address of this machine. */
  static async open(port: number, path: string, headers = '', from?: string): Promise<TlsWebSocket> {
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false, localAddress: from }
    const socket = connect(options)
    await once(socket, 'secureConnect')
    socket.setNoDelay()
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n${headers}\r\n`,
    )
    let head = Buffer.alloc(0)
    for (let end = -1; end < 0; end = head.indexOf('\r\n\r\n')) {
      const [chunk] = (await once(socket, 'data')) as [Buffer]
      head = Buffer.concat([head, chunk])
    }
    const end = head.indexOf('\r\n\r\n') + 4
    if (!head.toString('latin1', 0, end).includes(' 101 ')) throw new Error(head.toString())
    const opened = new TlsWebSocket(socket)
    if (head.length > end) opened.#read(head.subarray(end))
    return opened
  }

  /** The mask is zero, so the payload is sent as it is. */
  send(text: string): void {
    const payload = Buffer.from(text)
    const header = Buffer.alloc(payload.length < 126 ? 6 : 8)
    header[0] = 0x81
    header[1] = 0x80 | Math.min(payload.length, 126)
    if (payload.length >= 126) header.writeUInt16BE(payload.length, 2)
    this.socket.write(Buffer.concat([header, payload]))
  }

  /** Resolves with the next message. */
  next(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  #read(chunk: Buffer): void {
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk])
    let at = 0
    for (;;) {
      const header = headerOf(bytes, at)
      if (bytes.length - at < header) break
      const end = at + header + payloadOf(bytes, at)
      if (bytes.length < end) break
      if ((bytes[at] & 0xf) === 1) this.#took(bytes.toString('utf8', at + header, end))
      at = end
    }
    this.#carry = bytes.subarray(at)
  }

  #took(text: string): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.onText(text)
    else waiting.resolve(text)
  }
}

function headerOf(bytes: Buffer, at: number): number {
  if (bytes.length - at < 2) return 2
  const length = bytes[at + 1] & 0x7f
  return length < 126 ? 2 : length === 126 ? 4 : 10
}

function payloadOf(bytes: Buffer, at: number): number {
  const length = bytes[at + 1] & 0x7f
  if (length < 126) return length
  return length === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6)
}
