const EVERY_MILLIS = 20

/** Watches a value, and keeps the highest it has seen. */
export class Highest {
  readonly #read: () => number
  readonly #timer: NodeJS.Timeout
  #value: number

  constructor(read: () => number) {
    this.#read = read
    this.#value = read()
    this.#timer = setInterval(() => this.#look(), EVERY_MILLIS)
  }

  get value(): number {
    this.#look()
    return this.#value
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    this.#value = Math.max(this.#value, this.#read())
  }
}
