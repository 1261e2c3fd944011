import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** A broker of MQTT 3.1.1 that never acknowledges a message with the word, as one whose plugin hangs at it. */
export class SilentBroker implements AsyncDisposable {
  readonly #word: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(word: string) {
    this.#word = word
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async start(word: string): Promise<SilentBroker> {
    const broker = new SilentBroker(word)
    await new Promise<void>((done) => void broker.#server.listen(0, '127.0.0.1', done))
    return broker
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((done) => void this.#server.close(() => done()))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    let bytes = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (piece) => {
      bytes = Buffer.concat([bytes, piece])
      for (let packet = packetIn(bytes); packet !== undefined; packet = packetIn(bytes)) {
        bytes = bytes.subarray(packet.length)
        const answer = this.#answerTo(packet.type, packet.body)
        if (answer !== undefined) socket.write(Buffer.from(answer))
      }
    })
  }

  #answerTo(type: number, body: Buffer): number[] | undefined {
    if (type === 1) return [0x20, 2, 0, 0]
    if (type === 12) return [0xd0, 0]
    if (type !== 3 || body.includes(this.#word)) return undefined
    const id = 2 + body.readUInt16BE(0)
    return [0x40, 2, body[id], body[id + 1]]
  }
}

/** The first packet, if all of it has come: its length has seven bits in each byte. */
function packetIn(bytes: Buffer): { type: number; body: Buffer; length: number } | undefined {
  let size = 0
  for (let at = 1; at < bytes.length; at++) {
    size += (bytes[at] & 0x7f) << (7 * (at - 1))
    if (bytes[at] >= 0x80) continue
    const length = at + 1 + size
    return length > bytes.length
      ? undefined
      : { type: bytes[0] >> 4, body: bytes.subarray(at + 1, length), length }
  }
  return undefined
}
