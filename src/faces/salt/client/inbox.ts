/** Bodies of events that nobody has taken yet, oldest first. */
export class Inbox {
  readonly #bodies: Uint8Array[] = []
  #first = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  add(body: Uint8Array): void {
    this.#bodies.push(body)
    this.#bytes += body.length + OVERHEAD
  }

  take(): Uint8Array | undefined {
    if (this.#first === this.#bodies.length) return undefined
    const body = this.#bodies[this.#first]
    this.#bodies[this.#first++] = NONE
    this.#bytes -= body.length + OVERHEAD
    if (this.#first === this.#bodies.length || this.#first >= COMPACT) {
      this.#bodies.splice(0, this.#first)
      this.#first = 0
    }
    return body
  }
}

/** What an event takes beside its bytes, so that many tiny ones are bounded too. */
const OVERHEAD = 128
/** Taken out of the list so many at a time, since each time the rest moves. */
const COMPACT = 1024
const NONE = new Uint8Array(0)
