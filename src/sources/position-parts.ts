import type { SourceContext } from './source.js'

/** Lets the parts of a source keep a position each, in the one position that the source has. */
export class PositionParts {
  readonly #context: SourceContext
  readonly #kept: Record<string, unknown>
  readonly #reads = new Map<string, () => unknown>()

  private constructor(context: SourceContext, kept: Record<string, unknown>) {
    this.#context = context
    this.#kept = kept
  }

  static async load(context: SourceContext): Promise<PositionParts> {
    const kept = await context.load()
    return new PositionParts(context, typeof kept === 'object' && kept !== null ? { ...kept } : {})
  }

  kept(part: string): unknown {
    return this.#kept[part]
  }

  moved(part: string, read: () => unknown): void {
    this.#reads.set(part, read)
    this.#context.moved(() => ({
      ...this.#kept,
      ...Object.fromEntries([...this.#reads].map(([name, now]) => [name, now()])),
    }))
  }
}
