import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { AttackedHub } from './attacked-hub.js'

const ANSWER = /HTTP\/1.1 /g

/** Connections on which requests are sent at the same time. */
export class Crowd {
  readonly #sockets: Socket[] = []
  #answers = 0
  #wake = () => {}

  static async of(hub: AttackedHub, count: number): Promise<Crowd> {
    const crowd = new Crowd()
    const { port, hostname } = new URL(hub.http)
    for (let nth = 0; nth < count; nth++) {
      const socket = connect(Number(port), hostname)
      await once(socket, 'connect')
      socket.on('data', (chunk) => crowd.#received(chunk.toString('latin1')))
      crowd.#sockets.push(socket)
    }
    return crowd
  }

  /** Sends the same request on each, and resolves when all are answered. */
  async ask(request: string): Promise<void> {
    const wanted = this.#answers + this.#sockets.length
    for (const socket of this.#sockets) socket.write(request)
    while (this.#answers < wanted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #received(text: string): void {
    this.#answers += text.match(ANSWER)?.length ?? 0
    this.#wake()
  }
}
