/**
 * Identifies an event in a stream that can be read again, such as a file. After a crash, a source reads from the
 * position stored last, and the hub drops events whose counter it has already received.
 */
export interface StreamCounter {
  /** A name that is never used for another stream. */
  stream: string
  /** Rises within the stream. */
  counter: number
}

/** Gives streams names that no other source uses. */
export class StreamNames {
  readonly #source: string
  #given = ''
  #full: string

  constructor(source: string) {
    this.#source = source
    this.#full = this.#nameOf('')
  }

  /** Events that come after each other are mostly of one stream. */
  of({ stream, counter }: StreamCounter): StreamCounter {
    if (stream !== this.#given) {
      this.#given = stream
      this.#full = this.#nameOf(stream)
    }
    return { stream: this.#full, counter }
  }

  /** Names of principals contain no colon, so that no publisher can use the same stream. */
  #nameOf(stream: string): string {
    return `source:${this.#source}/${stream}`
  }
}
