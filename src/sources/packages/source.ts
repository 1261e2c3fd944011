import { formatTime } from '../../event/position.js'
import { tagSegment } from '../../event/tag.js'
import type { Zone } from '../../event/zone.js'
import type { HostPackage } from '../../types/host/packages.js'
import type { FileLine } from '../files/follower.js'
import { LineSource } from '../files/line-source.js'
import type { Source, SourceContext, SourceHealth, StreamCounter } from '../source.js'
import { zoneOf } from '../text/config.js'
import { parseTime } from '../text/time.js'
import { type AptCommand, commandAt } from './apt-history.js'
import type { PackagesConfig } from './config.js'
import { type DpkgLine, parseDpkgLine } from './dpkg-line.js'

const MAX_LINE = 4096
/** Half a line cannot be interpreted, so the source waits this long for the rest. */
const PARTIAL_MS = 3_600_000

/** Publishes what dpkg writes into its log about packages, with the command of apt that caused it. */
export class PackagesSource implements Source {
  readonly #config: PackagesConfig
  readonly #zone: Zone
  readonly #lines: LineSource
  #context!: SourceContext
  /** The run that the log reported last; undefined if that is not known yet. */
  #command: { cause: AptCommand | undefined } | undefined

  constructor(config: PackagesConfig) {
    this.#config = config
    this.#zone = zoneOf(config.zone)
    this.#lines = new LineSource(
      {
        lines: [config.log],
        ignore: [],
        from: config.from,
        maxLine: MAX_LINE,
        partialAfter: PARTIAL_MS,
        maxFiles: 16,
        followLinks: false,
      },
      (_, line, counter) => this.#take(line, counter),
    )
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    await this.#lines.start(context)
  }

  stop(): Promise<void> {
    return this.#lines.stop()
  }

  health(): SourceHealth {
    const { state, reason, details } = this.#lines.health()
    if (details.files !== 0) return { state, reason, details }
    const missing = `${this.#config.log} does not exist, or the hub may not read its folder`
    return { state: 'degraded', reason: reason ?? missing, details }
  }

  /** Returns false if the hub accepts no events at present. */
  #take({ line, continued }: FileLine, counter: StreamCounter): boolean {
    const read = continued ? undefined : parseDpkgLine(line)
    if (read === undefined) return true
    if (read.action === 'startup') {
      this.#command = undefined
      return true
    }
    return !this.#config.actions.includes(read.action) || this.#publish(read, counter)
  }

  #publish({ time, ...rest }: Exclude<DpkgLine, { action: 'startup' }>, counter: StreamCounter): boolean {
    const now = this.#context.runtime.now()
    const micros = parseTime(time, now, this.#zone)
    const data: HostPackage = { ...rest, severity: 'info', ...this.#causeAt(micros, now) }
    if (micros !== undefined) data.time = formatTime(micros)
    return this.#context.publish(`${tagSegment(rest.package)}/${rest.action}`, data, counter)
  }

  /** The history is read once for each run of dpkg. */
  #causeAt(micros: number | undefined, now: number): AptCommand | undefined {
    if (micros === undefined) return undefined
    this.#command ??= { cause: commandAt(this.#config.history, micros, now, this.#zone) }
    return this.#command.cause
  }
}
