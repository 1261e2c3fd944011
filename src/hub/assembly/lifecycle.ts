import type { MetricSample } from '../../types/metric.js'

/** Something that the hub runs. It may be stopped without having been started. */
export interface Shelf {
  /** Whoever starts the hub waits for the result; other shelves do not. */
  start?(): unknown
  /** `reason` is for the clients of the hub. */
  stop?(reason: string): unknown
  samples?(): Iterable<MetricSample>
}

/** Starts shelves in their order, and stops them in the reverse order. Those of one stage stop together. */
export class Lifecycle {
  readonly #stages: readonly (readonly Shelf[])[]
  #starting: Promise<unknown> | undefined
  #stopping: Promise<void> | undefined

  constructor(stages: readonly (readonly Shelf[])[]) {
    this.#stages = stages
  }

  /** Resolves when all have begun. */
  start(): Promise<unknown> {
    this.#starting ??= Promise.all(this.#stages.flat().map((shelf) => shelf.start?.()))
    return this.#starting
  }

  stop(reason: string): Promise<void> {
    this.#stopping ??= this.#stop(reason)
    return this.#stopping
  }

  *samples(): Iterable<MetricSample> {
    for (const shelf of this.#stages.flat()) yield* shelf.samples?.() ?? []
  }

  async #stop(reason: string): Promise<void> {
    for (const stage of this.#stages.toReversed())
      await Promise.all(stage.toReversed().map((shelf) => shelf.stop?.(reason)))
  }
}
