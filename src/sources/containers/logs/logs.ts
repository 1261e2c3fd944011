import { asFields, isCount } from '../../../event/json/object.js'
import { isOneOf } from '../../../event/one-of.js'
import { formatTime } from '../../../event/position.js'
import { scatteredPause } from '../../../event/retry-pause.js'
import type { Cancel } from '../../../event/runtime.js'
import { tagSegment } from '../../../event/tag.js'
import { globTest } from '../../../filter/glob-bits.js'
import type { HostContainer, HostContainerLine } from '../../../types/host/containers.js'
import type { SourceContext } from '../../source.js'
import { textData } from '../../text/text-parser.js'
import { TextStage } from '../../text/text-stage.js'
import type { ContainerLogsConfig } from '../config.js'
import { allContainers, containerState } from '../daemon.js'
import { ContainerFollower, type ContainerName } from './follower.js'
import type { ContainerRecord, LogPlaces } from './lines.js'
import type { ContainerStream } from './pieces.js'

/** Containers whose logs are read at a time, and whose places are kept. */
const MAX_FOLLOWED = 1_000
const STREAMS: readonly ContainerStream[] = ['stdout', 'stderr']
const MICROS = 1_000n
/** States in which a container may write, in lists of the daemon. */
const RUNNING = ['running', 'paused', 'restarting'] as const
const PAUSES = { first: 1_000, longest: 60_000 }
/** Attempts to read the rest of a log whose container has ended. */
const LAST_ATTEMPTS = 3

/** A log that could not be read to its end. */
interface UnreadLog {
  readonly name: string
  readonly fault: string
  /** Attempts since it was read last. */
  readonly failures: number
  /** Ends the pause before the next one. */
  readonly cancel: Cancel
}

interface ListedContainer extends ContainerName {
  readonly isRunning: boolean
}

/** Publishes what containers write, each from the line that was published last. */
export class ContainerLogs {
  readonly text: TextStage
  readonly #config: ContainerLogsConfig
  readonly #socket: string
  readonly #context: SourceContext
  readonly #moved: () => void
  readonly #isWanted: (name: string) => boolean
  /** ns since the epoch: containers without a place are read from then on. */
  readonly #from: bigint
  readonly #followers = new Map<string, ContainerFollower>()
  /** Every container that was followed has one, which is empty until it writes. */
  readonly #places = new Map<string, LogPlaces>()
  readonly #unread = new Map<string, UnreadLog>()
  /** Those that have started again before the end of their log was read. */
  readonly #again = new Set<string>()
  /** Those that were removed before the end of their log was read. */
  readonly #removed = new Set<string>()
  #isStopped = false

  constructor(
    { socket, config, from }: { socket: string; config: ContainerLogsConfig; from: bigint },
    context: SourceContext,
    moved: () => void,
  ) {
    this.#socket = socket
    this.#config = config
    this.#from = from
    this.#context = context
    this.#moved = moved
    this.text = new TextStage(config)
    const tests = config.names.map(globTest)
    this.#isWanted = (name) => tests.some((matches) => matches(name))
  }

  /** Reads the logs of containers that run, and the rest of those that were read before and have ended meanwhile. */
  async start(kept: unknown): Promise<void> {
    await this.text.start(this.#context)
    const all = (await allContainers(this.#socket)).flatMap(namesOf)
    for (const [id, places] of Object.entries(asFields(kept)))
      if (all.some((each) => each.id === id)) this.#places.set(id, placesIn(places))
    for (const each of all) if (each.isRunning) this.#follow(each)
    for (const each of all) if (!each.isRunning && this.#places.has(each.id)) this.#follow(each)
  }

  noticed({ action, id, name, image }: HostContainer): void {
    if (action === 'start' || action === 'restart') this.#follow({ id, name, image })
    if (action !== 'destroy') return
    if (this.#followers.has(id)) this.#removed.add(id)
    else this.#forget(id)
  }

  stop(): void {
    this.#isStopped = true
    this.text.stop()
    for (const { cancel } of this.#unread.values()) cancel()
    for (const follower of this.#followers.values()) follower.stop()
  }

  get details(): object {
    const unread = [...this.#unread].filter(([id]) => this.#followers.get(id)?.isOpen !== true)
    const faults = Object.fromEntries(unread.map(([, { name, fault }]) => [name, fault]))
    return { followed: this.#followers.size, ...(unread.length > 0 && { unread: faults }) }
  }

  /** The places of all logs, to be kept. */
  kept(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.#places].map(([id, places]) => [id, Object.fromEntries(STREAMS.flatMap(entryIn(places)))]),
    )
  }

  #follow(container: ContainerName): void {
    const { id, name } = container
    if (this.#isStopped || !this.#isWanted(name)) return
    this.#unread.get(id)?.cancel()
    if (this.#followers.has(id)) {
      this.#again.add(id)
      return
    }
    if (this.#followers.size >= MAX_FOLLOWED) {
      this.#context.lost(undefined, `more than ${MAX_FOLLOWED} containers write`)
      return
    }
    const after = this.#places.get(id) ?? {}
    const times = STREAMS.flatMap((stream) => after[stream]?.time ?? [])
    const [since = this.#from] = times.sort((one, other) => (one < other ? -1 : 1))
    const follower: ContainerFollower = new ContainerFollower({
      ...{ socket: this.#socket, container, config: this.#config, runtime: this.#context.runtime },
      ...{ after, since },
      take: (record) => this.#take(container, record),
      over: (fault) => this.#over(follower, fault),
    })
    this.#followers.set(id, follower)
    this.#keep(id, after)
  }

  /** Makes room for the places of those that are followed: the others are removed before long, as a rule. */
  #keep(id: string, places: LogPlaces): void {
    this.#places.set(id, places)
    if (this.#places.size > MAX_FOLLOWED) {
      const oldest = [...this.#places.keys()].find((each) => !this.#followers.has(each))
      if (oldest !== undefined) this.#forget(oldest)
    }
    this.#moved()
  }

  #forget(id: string): void {
    this.#unread.get(id)?.cancel()
    this.#unread.delete(id)
    this.#removed.delete(id)
    if (this.#places.delete(id)) this.#moved()
  }

  #over({ container }: ContainerFollower, fault: string | undefined): void {
    const { id } = container
    this.#followers.delete(id)
    const isAgain = this.#again.delete(id)
    if (this.#isStopped) return
    if (this.#removed.has(id)) this.#forget(id)
    else if (fault !== undefined) this.#failed(container, fault)
    else this.#unread.delete(id)
    if (isAgain) this.#follow(container)
  }

  #failed(container: ContainerName, fault: string): void {
    const { id, name } = container
    const before = this.#unread.get(id)
    const failures = (before?.failures ?? 0) + 1
    const { runtime } = this.#context
    const pause = scatteredPause(failures, PAUSES, runtime)
    const cancel = runtime.after(pause, () => void this.#followAgain(container, failures))
    this.#unread.set(id, { name, fault, failures, cancel })
    if (before?.fault !== fault)
      this.#context.lost(undefined, `the log of the container ${name} is not read: ${fault}`)
  }

  async #followAgain(container: ContainerName, failures: number): Promise<void> {
    const { id } = container
    const isWorth = failures <= LAST_ATTEMPTS || (await this.#isRunning(id))
    if (isWorth && this.#unread.has(id) && !this.#followers.has(id)) this.#follow(container)
  }

  async #isRunning(id: string): Promise<boolean> {
    try {
      return (await containerState(this.#socket, id)).isRunning
    } catch {
      return false
    }
  }

  /** Returns false if the hub accepts no events at present. */
  #take(container: ContainerName, record: ContainerRecord): boolean {
    const isTaken = this.#context.attempt(
      () => this.#context.publish(`${tagSegment(container.name)}/line`, this.#dataOf(container, record)),
      () => ({ raw: record.bytes }),
    )
    if (!isTaken) return false
    const { id } = container
    this.#unread.delete(id)
    this.#keep(id, { ...this.#places.get(id), [record.stream]: record.end })
    return true
  }

  #dataOf({ id, name, image }: ContainerName, record: ContainerRecord): HostContainerLine {
    const { bytes, length, stream, time, continued } = record
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
    const micros = Number(time / MICROS)
    // For formats whose first line is another one.
    const isFirst = this.#places.get(id)?.[stream] === undefined
    const place = { stream: `${id} ${stream}`, isFirst }
    const read = this.text.parser?.read(text, micros, { place, time: micros })
    const named = { name, id, ...(image !== undefined && { image }), stream }
    const data: HostContainerLine = { ...named, time: formatTime(micros), ...textData(text, read) }
    if (length > bytes.length) data.cut = length
    if (continued) data.continued = true
    return this.text.transformed(data)
  }
}

/** A container in a list of the daemon. */
function namesOf(listed: unknown): ListedContainer[] {
  const { Id: id, Names: names, Image: image, State: state } = asFields(listed)
  const [name] = Array.isArray(names) ? names : []
  if (typeof id !== 'string' || typeof name !== 'string') return []
  const named = { id, name: name.replace(/^\//, ''), image: typeof image === 'string' ? image : undefined }
  return [{ ...named, isRunning: isOneOf(RUNNING, state) }]
}

/** Returns a function that makes the entry of a stream that is kept. */
function entryIn(
  places: LogPlaces,
): (stream: ContainerStream) => [stream: string, place: [time: string, count: number]][] {
  return (stream) => {
    const place = places[stream]
    return place === undefined ? [] : [[stream, [String(place.time), place.count]]]
  }
}

function placesIn(value: unknown): LogPlaces {
  const places: LogPlaces = {}
  for (const stream of STREAMS) {
    const entry = asFields(value)[stream]
    const [time, count] = Array.isArray(entry) ? entry : []
    if (typeof time === 'string' && /^\d{1,19}$/.test(time) && isCount(count))
      places[stream] = { time: BigInt(time), count }
  }
  return places
}
