import type { Source, SourceContext, SourceHealth } from './source.js'

/** A source whose code is loaded when it starts, since few hubs need it. */
export class LaterSource implements Source {
  readonly #load: () => Promise<Source>
  #source: Source | undefined
  #isStopped = false

  constructor(load: () => Promise<Source>) {
    this.#load = load
  }

  async start(context: SourceContext): Promise<void> {
    const source = await this.#load()
    if (this.#isStopped) return
    this.#source = source
    await source.start(context)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#source?.stop()
  }

  health(): SourceHealth {
    return this.#source?.health() ?? { state: 'up', details: {} }
  }
}
