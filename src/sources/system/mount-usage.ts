import { type Runtime, withTimeout } from '../../event/runtime.js'
import type { SystemProbe, Usage } from './probe.js'

const ANSWER_TIMEOUT_MS = 5_000
/** A query of a dead file system blocks one of Node's four threads until it is answered, perhaps indefinitely. */
const MAX_STUCK = 2

/** Queries the use of file systems, of which some may never answer. */
export class MountUsage {
  readonly #runtime: Runtime
  readonly #probe: SystemProbe
  readonly #stuck = new Set<string>()

  constructor(runtime: Runtime, probe: SystemProbe) {
    this.#runtime = runtime
    this.#probe = probe
  }

  /** Why no further file system is queried at present; undefined while they are. */
  get blocked(): string | undefined {
    if (this.#stuck.size < MAX_STUCK) return undefined
    return `${[...this.#stuck].join(' and ')} do not answer; no others are queried`
  }

  async of(mount: string): Promise<Usage> {
    if (this.#stuck.has(mount)) throw new Error(`${mount} does not answer`)
    this.#stuck.add(mount)
    const answer = this.#probe.usage(mount).finally(() => this.#stuck.delete(mount))
    return withTimeout(this.#runtime, ANSWER_TIMEOUT_MS, answer)
  }
}
