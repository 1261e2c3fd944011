import type { OwnEvent } from '../../bus/api.js'
import { toTocsinError } from '../../errors/tocsin-error.js'
import type { TraceContext } from '../../event/trace-context.js'
import type { HubReloadReport, ReloadReport } from '../../methods/contract/index.js'
import type { Progress } from '../../methods/progress.js'
import type { PreparedTypes, TypePackages } from '../types/type-packages.js'

/** Longest list of names that an event repeats. */
const MAX_NAMES = 100
const MAX_MESSAGE = 2000

export interface HubReloadOptions {
  readonly packages: Pick<TypePackages, 'prepare'>
  /** Checks the configuration, and resolves with the folder of event types that it names. Rejects with TCN_CONFIG_*. */
  check(): Promise<{ folder?: string }>
  /** Loads the configuration, all of it or nothing. */
  configuration(): Promise<ReloadReport>
  report(event: OwnEvent): unknown
  readonly progress: Pick<Progress, 'run'>
}

/** Loads event types and configuration again, in phases that it reports. If one fails, nothing has changed. */
export class HubReload {
  readonly #options: HubReloadOptions
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: HubReloadOptions) {
    this.#options = options
  }

  /** Reloads, one call after the other. */
  run(trace?: TraceContext): Promise<HubReloadReport> {
    const done = this.#running.then(() => this.#run(trace))
    this.#running = done.catch(() => undefined)
    return done
  }

  async #run(parent: TraceContext | undefined): Promise<HubReloadReport> {
    const { packages, check, configuration, progress } = this.#options
    const phase = (name: string) => ({ name, subsystem: 'reload', parent })
    let swapped: PreparedTypes | undefined
    this.#tell('init-started')
    try {
      const prepared = await progress.run(phase('check'), async () =>
        packages.prepare((await check()).folder),
      )
      this.#tell('init-succeeded')
      prepared.swap()
      swapped = prepared
      this.#tell('performed')
      const report = await progress.run(phase('configuration'), configuration)
      this.#tell('committed', shortened(prepared.changes))
      return { ...report, types: prepared.changes }
    } catch (thrown) {
      swapped?.undo()
      const { code, message } = toTocsinError(thrown, 'TCN_INTERNAL')
      this.#tell('aborted', { error: { code, message: message.slice(0, MAX_MESSAGE) } })
      throw thrown
    }
  }

  #tell(phase: string, more: object = {}): void {
    this.#options.report({ tag: 'hub/reload', data: { phase, ...more } })
  }
}

function shortened(changes: PreparedTypes['changes']): object {
  return Object.fromEntries(Object.entries(changes).map(([kind, names]) => [kind, names.slice(0, MAX_NAMES)]))
}
