import { asFields, isCount } from '../../../event/json/object.js'
import { formatTime } from '../../../event/position.js'
import { tagSegment } from '../../../event/tag.js'
import { globTest } from '../../../filter/glob-bits.js'
import type { HostContainer, HostContainerLine } from '../../../types/host/containers.js'
import type { SourceContext } from '../../source.js'
import { textData } from '../../text/text-parser.js'
import { TextStage } from '../../text/text-stage.js'
import type { ContainerLogsConfig } from '../config.js'
import { runningContainers } from '../daemon.js'
import { ContainerFollower, type ContainerName } from './follower.js'
import type { ContainerRecord, LogPlaces } from './lines.js'
import type { ContainerStream } from './pieces.js'

/** Containers whose logs are read at a time, and whose places are kept. */
const MAX_FOLLOWED = 1_000
const STREAMS: readonly ContainerStream[] = ['stdout', 'stderr']
const MICROS = 1_000n

/** Publishes what containers write, each from the line that was published last. */
export class ContainerLogs {
  readonly text: TextStage
  readonly #config: ContainerLogsConfig
  readonly #socket: string
  readonly #context: SourceContext
  readonly #moved: () => void
  readonly #isWanted: (name: string) => boolean
  readonly #followers = new Map<string, ContainerFollower>()
  readonly #places = new Map<string, LogPlaces>()
  /** Streams of which a line is published, for formats whose first line is another one. */
  readonly #begun = new Set<string>()
  readonly #faults = new Map<string, string>()
  /** Those that have started again before the end of their log was read. */
  readonly #again = new Set<string>()
  #isStopped = false

  constructor(socket: string, config: ContainerLogsConfig, context: SourceContext, moved: () => void) {
    this.#socket = socket
    this.#config = config
    this.#context = context
    this.#moved = moved
    this.text = new TextStage(config)
    const tests = config.names.map(globTest)
    this.#isWanted = (name) => tests.some((matches) => matches(name))
  }

  /** `began`: those that run already and were never read are read from then on, ns since the epoch. */
  async start(kept: unknown, began: bigint): Promise<void> {
    for (const [id, places] of Object.entries(asFields(kept))) this.#places.set(id, placesIn(places))
    await this.text.start(this.#context)
    for (const each of await runningContainers(this.#socket)) this.#follow(namesOf(each), began)
  }

  /** A container that starts is read from its beginning, unless it was read before. */
  noticed({ action, id, name, image }: HostContainer): void {
    if (action === 'start' || action === 'restart') this.#follow({ id, name, image }, 0n)
    if (action !== 'destroy') return
    this.#places.delete(id)
    this.#faults.delete(name)
    this.#moved()
  }

  stop(): void {
    this.#isStopped = true
    this.text.stop()
    for (const follower of this.#followers.values()) follower.stop()
  }

  get details(): object {
    const faults = this.#faults.size > 0 && { unread: Object.fromEntries(this.#faults) }
    return { followed: this.#followers.size, ...faults }
  }

  /** The places of all logs, to be kept. */
  kept(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.#places].map(([id, places]) => [id, Object.fromEntries(STREAMS.flatMap(entryIn(places)))]),
    )
  }

  #follow(container: ContainerName | undefined, since: bigint): void {
    if (container === undefined || this.#isStopped) return
    const { id, name } = container
    if (!this.#isWanted(name)) return
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
    const [first = since] = times.sort((one, other) => (one < other ? -1 : 1))
    this.#faults.delete(name)
    const follower: ContainerFollower = new ContainerFollower({
      ...{ socket: this.#socket, container, config: this.#config, runtime: this.#context.runtime, after },
      since: first,
      take: (record) => this.#take(container, record),
      over: (fault) => this.#over(follower, fault),
    })
    this.#followers.set(id, follower)
  }

  #over({ container }: ContainerFollower, fault: string | undefined): void {
    const { id, name } = container
    this.#followers.delete(id)
    const isAgain = this.#again.delete(id)
    if (this.#isStopped) return
    if (isAgain) this.#follow(container, 0n)
    if (fault === undefined) return
    this.#faults.set(name, fault)
    this.#context.lost(undefined, `the log of the container ${name} is not read: ${fault}`)
  }

  /** Returns false if the hub accepts no events at present. */
  #take(container: ContainerName, record: ContainerRecord): boolean {
    const isTaken = this.#context.attempt(
      () => this.#context.publish(`${tagSegment(container.name)}/line`, this.#dataOf(container, record)),
      () => ({ raw: record.bytes }),
    )
    if (!isTaken) return false
    const { id } = container
    this.#begun.add(`${id} ${record.stream}`)
    this.#places.set(id, { ...this.#places.get(id), [record.stream]: record.end })
    this.#moved()
    return true
  }

  #dataOf({ id, name, image }: ContainerName, record: ContainerRecord): HostContainerLine {
    const { bytes, length, stream, time, continued } = record
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
    const micros = Number(time / MICROS)
    const ownStream = `${id} ${stream}`
    const place = { stream: ownStream, isFirst: !this.#begun.has(ownStream) }
    const read = this.text.parser?.read(text, micros, { place, time: micros })
    const named = { name, id, ...(image !== undefined && { image }), stream }
    const data: HostContainerLine = { ...named, time: formatTime(micros), ...textData(text, read) }
    if (length > bytes.length) data.cut = length
    if (continued) data.continued = true
    return this.text.transformed(data)
  }
}

/** The name and id of a container in a list of the daemon. */
function namesOf(listed: unknown): ContainerName | undefined {
  const { Id: id, Names: names, Image: image } = asFields(listed)
  const [name] = Array.isArray(names) ? names : []
  if (typeof id !== 'string' || typeof name !== 'string') return undefined
  return { id, name: name.replace(/^\//, ''), image: typeof image === 'string' ? image : undefined }
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
