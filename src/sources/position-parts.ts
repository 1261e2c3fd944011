import { messageOf } from '../errors/thrown.js'
import { isObject } from '../event/json/object.js'
import type { ReadPosition, SourceContext } from './source.js'

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
    return new PositionParts(context, (await context.load(asParts)) ?? {})
  }

  kept(part: string): unknown {
    return this.#kept[part]
  }

  /** A part that is none counts as absent, and what came since then as lost. */
  async load<Position>(part: string, read?: ReadPosition<Position>): Promise<Position | undefined> {
    const kept = this.#kept[part]
    try {
      return kept === undefined || read === undefined ? (kept as Position) : read(kept)
    } catch (thrown) {
      const why = messageOf(thrown)
      this.#context.lost(undefined, `the position in ${part} cannot be read: ${why}`)
      return undefined
    }
  }

  moved(part: string, read: () => unknown): void {
    this.#reads.set(part, read)
    this.#context.moved(() => ({
      ...this.#kept,
      ...Object.fromEntries([...this.#reads].map(([name, now]) => [name, now()])),
    }))
  }
}

function asParts(stored: unknown): Record<string, unknown> {
  if (!isObject(stored)) throw new Error('the position has no parts')
  return { ...stored }
}
