import { lifePreserverTag, SYSADM_TAGS } from '../../protocols/sysadm/codec/classes.js'
import type { SysadmLifePreserver } from '../../protocols/sysadm/types/index.js'
import type { FileLine } from '../files/follower.js'
import { LineSource } from '../files/line-source.js'
import { PositionParts } from '../position-parts.js'
import type { RunProgram } from '../run-program.js'
import {
  faultReason,
  type Source,
  type SourceContext,
  type SourceHealth,
  type StreamCounter,
} from '../source.js'
import { type FollowEvents, followZfsEvents } from '../zfs/events.js'
import type { Snapshot } from '../zfs/snapshots.js'
import type { LifePreserverConfig } from './config.js'
import { dateStamp } from './date-stamp.js'
import { progressEvent, readLogLine, receivedEvent, snapshotEvent } from './log-line.js'
import { NewSnapshots } from './new-snapshots.js'
import { Replications } from './replications.js'

/** A snapshot that the log has announced is not reported a second time if ZFS has it within this time. */
const ANNOUNCED_MS = 5 * 60_000
const MAX_ANNOUNCED = 4096

/** The parts of the host that the source uses. */
export interface SnapshotHost {
  run?: RunProgram
  follow: FollowEvents
}

export const thisHost: SnapshotHost = { follow: followZfsEvents }

/** Publishes what the log of Life Preserver, the replications that run, and ZFS itself tell about snapshots. */
export class LifePreserverSource implements Source {
  readonly #config: LifePreserverConfig
  readonly #host: SnapshotHost
  readonly #lines: LineSource
  /** When the log announced a snapshot, by dataset in lower case: ms of the monotonic clock. */
  readonly #announced = new Map<string, number>()
  #context!: SourceContext
  #replications: Replications | undefined
  #snapshots: NewSnapshots | undefined
  #stopped = false

  constructor(config: LifePreserverConfig, host: SnapshotHost) {
    this.#config = config
    this.#host = host
    this.#lines = new LineSource(
      {
        lines: [config.log],
        ignore: [],
        from: config.from,
        maxLine: 64 * 1024,
        // Half a line tells nothing.
        partialAfter: 3_600_000,
        maxFiles: 16,
        followLinks: false,
      },
      (_, line, counter) => this.#publishLine(line, counter),
    )
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    const parts = await PositionParts.load(context)
    if (this.#stopped) return
    this.#replications = this.#makeReplications(parts)
    this.#replications.resume(parts.kept('replications'))
    this.#snapshots = this.#makeSnapshots(parts)
    this.#snapshots?.start(parts.kept('snapshots'))
    await this.#lines.start({
      ...context,
      load: (read) => parts.load('log', read),
      moved: (read) => parts.moved('log', read),
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([this.#lines.stop(), this.#replications?.stop(), this.#snapshots?.stop()])
  }

  health(): SourceHealth {
    const lines = this.#lines.health()
    const faults = [
      ...(this.#replications?.faults ?? []).map((fault) => ['replication', fault] as const),
      ...(this.#snapshots?.fault ? [['snapshots', this.#snapshots.fault] as const] : []),
    ]
    const missing = this.#snapshots?.unavailable
    const isLogMissing = lines.details.files === 0
    const unavailable = {
      ...(missing && { snapshots: missing }),
      ...(isLogMissing && { log: `${this.#config.log} does not exist yet` }),
    }
    const details = {
      ...lines.details,
      ...(faults.length > 0 && { producers: faults.map(([what, why]) => `${what}: ${why}`) }),
      ...(Object.keys(unavailable).length > 0 && { unavailable }),
    }
    const reason = lines.reason ?? faultReason(faults)
    return { state: reason === undefined ? 'up' : 'degraded', reason, details }
  }

  #publishLine({ line, continued }: FileLine, counter: StreamCounter): boolean {
    const entry = continued ? undefined : readLogLine(line)
    if (!entry) return true
    if (!this.#publish(entry.event, counter)) return false
    const { kind, dataset, sendLog } = entry
    if (kind === 'started' && sendLog) this.#replications?.started(dataset, sendLog)
    else if (kind === 'snapshot') this.#announce(dataset)
    else if (kind !== 'started') this.#replications?.ended(dataset)
    return true
  }

  #announce(dataset: string): void {
    if (this.#announced.size >= MAX_ANNOUNCED) this.#announced.clear()
    this.#announced.set(dataset, this.#context.runtime.monotonic())
  }

  #publish(event: SysadmLifePreserver, counter?: StreamCounter): boolean {
    const path = lifePreserverTag(event.class).slice(SYSADM_TAGS.length)
    return this.#context.publish(path, event, counter)
  }

  #makeReplications(parts: PositionParts): Replications {
    const replications: Replications = new Replications({
      runtime: this.#context.runtime,
      every: this.#config.progress,
      // Progress that the hub does not accept is followed by newer progress.
      publish: (message) => void this.#publish(progressEvent(message)),
      moved: () => parts.moved('replications', () => replications.position()),
    })
    return replications
  }

  #makeSnapshots(parts: PositionParts): NewSnapshots | undefined {
    const every = this.#config.snapshots
    if (every === undefined) return undefined
    const snapshots: NewSnapshots = new NewSnapshots({
      runtime: this.#context.runtime,
      every,
      run: this.#host.run,
      follow: this.#host.follow,
      publish: (snapshot, isReceived) => this.#publishSnapshot(snapshot, isReceived),
      moved: () => parts.moved('snapshots', () => snapshots.position()),
    })
    return snapshots
  }

  #publishSnapshot({ dataset, name, created }: Snapshot, isReceived: boolean): boolean {
    const stamp = dateStamp(created)
    const path = `${dataset}@${name}`
    if (isReceived) return this.#publish(receivedEvent(stamp, path))
    return this.#wasAnnounced(dataset.toLowerCase()) || this.#publish(snapshotEvent(stamp, path))
  }

  /** The log announces a snapshot before it is made. */
  #wasAnnounced(dataset: string): boolean {
    const at = this.#announced.get(dataset)
    this.#announced.delete(dataset)
    return (
      at !== undefined &&
      this.#context.runtime.monotonic() - at < ANNOUNCED_MS + (this.#config.snapshots ?? 0)
    )
  }
}
