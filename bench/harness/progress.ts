import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * The side channel of the closed loop: subscriber processes report to the publisher how many events their slowest
 * connection has received. The publisher stays within a window of the slowest of all.
 */
export class ProgressListener {
  #slowest = 0
  readonly #progress = new Map<Socket, number>()
  readonly #server: Server
  #advanced: () => void = () => {}

  constructor(path: string) {
    this.#server = createServer((socket) => this.#accept(socket))
    this.#server.listen(path)
  }

  get slowest(): number {
    return this.#slowest
  }

  onAdvance(listener: () => void): void {
    this.#advanced = listener
  }

  #accept(socket: Socket): void {
    this.#progress.set(socket, 0)
    let carry: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      carry = carry.length === 0 ? chunk : Buffer.concat([carry, chunk])
      const whole = carry.length - (carry.length % 8)
      if (whole === 0) return
      this.#progress.set(socket, carry.readDoubleLE(whole - 8))
      carry = carry.subarray(whole)
      this.#slowest = Math.min(...this.#progress.values())
      this.#advanced()
    })
    socket.on('error', () => {})
    socket.on('close', () => this.#progress.delete(socket))
  }
}

/** The subscriber's end of the side channel. */
export class ProgressReporter {
  readonly #socket: Socket | undefined
  readonly #step: number
  readonly #counts: Float64Array
  #reported = 0

  /**
   * @param step events between reports; below the window, so that the loop never waits for a report that is not sent
   */
  constructor(path: string | undefined, connections: number, step: number) {
    this.#socket = path === undefined ? undefined : connect(path)
    this.#socket?.on('error', () => {})
    this.#step = step
    this.#counts = new Float64Array(connections)
  }

  /** Counts `events` more for connection `index`. */
  add(index: number, events: number): void {
    this.#counts[index] += events
    if (this.#counts[index] - this.#reported < this.#step) return
    const slowest = this.slowest
    if (slowest - this.#reported < this.#step) return
    this.#reported = slowest
    const report = Buffer.allocUnsafe(8)
    report.writeDoubleLE(slowest)
    this.#socket?.write(report)
  }

  get slowest(): number {
    let slowest = this.#counts[0]
    for (const count of this.#counts) if (count < slowest) slowest = count
    return slowest
  }

  get total(): number {
    let total = 0
    for (const count of this.#counts) total += count
    return total
  }
}
