/** Text of which the beginning and the end are kept, each up to half of the limit in characters. */
export class BoundedText {
  readonly #half: number
  #head = ''
  #tail = ''
  #length = 0

  constructor(limit: number) {
    this.#half = Math.floor(limit / 2)
  }

  /** Characters that were added. */
  get length(): number {
    return this.#length
  }

  get text(): string {
    const tail = this.#lastHalf()
    const dropped = this.#length - this.#head.length - tail.length
    return dropped === 0 ? this.#head + tail : `${this.#head}\n[${dropped} characters left out]\n${tail}`
  }

  append(text: string): void {
    this.#length += text.length
    const fits = this.#tail === '' ? cutBefore(text, this.#half - this.#head.length) : 0
    this.#head += text.slice(0, fits)
    this.#tail += text.slice(fits)
    // Not with each call, which would copy half of the limit for every line.
    if (this.#tail.length > 2 * this.#half) this.#tail = this.#lastHalf()
  }

  #lastHalf(): string {
    const { length } = this.#tail
    if (length <= this.#half) return this.#tail
    const start = length - this.#half
    return this.#tail.slice(isLowSurrogate(this.#tail, start) ? start + 1 : start)
  }
}

/** The largest end up to `end` that does not divide a character. */
function cutBefore(text: string, end: number): number {
  if (end >= text.length) return text.length
  return isLowSurrogate(text, end) ? end - 1 : end
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff
}
