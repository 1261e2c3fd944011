const SLASH = 0x2f

/** Pieces of a pattern: text, or undefined for a segment that may be anything. */
export type TagPathStep = Uint8Array | undefined

/** The tags of a pattern whose type can be told without a look at other patterns. */
export class TagPath {
  readonly type: string
  readonly #steps: readonly TagPathStep[]

  constructor(type: string, steps: readonly TagPathStep[]) {
    this.type = type
    this.#steps = steps
  }

  /** Returns whether the tag in this range of UTF-8 bytes is one of them. */
  has(bytes: Uint8Array, start: number, end: number): boolean {
    const steps = this.#steps
    let at = start
    for (let nth = 0; nth < steps.length; nth++) {
      const text = steps[nth]
      if (text === undefined) {
        while (at < end && bytes[at] !== SLASH) at++
      } else {
        if (at + text.length > end) return false
        for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false
        at += text.length
      }
    }
    return at === end
  }
}
