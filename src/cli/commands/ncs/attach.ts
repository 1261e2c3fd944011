import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../../client/api.js'
import { Backoff } from '../../../client/transport/backoff.js'
import { formatAddress } from '../../../config/values/address.js'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { DEFAULT_LIMITS } from '../../../event/check.js'
import { formatTime } from '../../../event/position.js'
import { nodeRuntime } from '../../../hub/node-runtime.js'
import { LongWork } from '../../../incremental/long-work.js'
import { KnownKeys } from '../../../protocols/ncs/attached/known-keys.js'
import { ANSWER_WITHIN_MS, type AttachedLine } from '../../../protocols/ncs/attached/lines.js'
import { loggedIn, maskNames } from '../../../protocols/ncs/constants/mask.js'
import { namedNotification, publicationOf } from '../../../protocols/ncs/notifications/publication.js'
import { type NcsSourceConfig, ncsSourcesConfig, placeOf } from '../../../sources/ncs/config.js'
import { NcsHelper } from '../../../sources/ncs/helper.js'
import { endOfStream, NcsStream, type StreamOver } from '../../../sources/ncs/stream.js'
import { timeOfData } from '../../../sources/time-of-data.js'
import type { HubOptions } from '../../help/options.js'
import { withHub } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { ALL } from './mask-argument.js'
import type { Verbosity } from './option-values.js'

export interface AttachToNcsOptions extends HubOptions {
  name?: string
  module?: NcsSourceConfig['module']
  python?: string
  modules?: string[]
  path?: string
  port?: number
  accessFile?: string
  mask?: string
  verbosity?: Verbosity
  stream?: string[]
  /** RFC 3339 */
  start?: string
  source?: string
}

/** Publications of which the hub has not said everything yet. It lets 1000 events of one principal wait at gates. */
const MOST_UNDER_WAY = 100

/** Passes on what a running NSO or ConfD notifies its programs of, until it is interrupted. */
export async function attachToNcs(io: Io, options: AttachToNcsOptions): Promise<void> {
  const config = configOf(options)
  await withHub(io, options, (client) => new NcsAttachment(io, client, config, options.source).run())
}

/** Throws TCN_USAGE. */
function configOf(options: AttachToNcsOptions): NcsSourceConfig {
  const { name = 'nso', module, python, modules, path, port, accessFile, mask, verbosity, start } = options
  const streams = options.stream?.map((stream) => ({
    name: stream,
    ...(start !== undefined && { from: start }),
  }))
  const given = {
    name,
    module,
    python,
    modules,
    path,
    port,
    accessFile,
    mask: maskOf(mask),
    verbosity,
    streams,
  }
  const { data, error } = ncsSourcesConfig.safeParse([given])
  if (data !== undefined) return data[0]
  const [{ path: place, message }] = error.issues
  throw new TocsinError('TCN_USAGE', `${optionAt(place)} ${message}`)
}

/** The option with which the value at a place in the entry is given. */
function optionAt([, key, , part]: readonly PropertyKey[]): string {
  if (key === 'streams') return part === 'from' ? '--start' : '--stream'
  return key === 'accessFile' ? '--access-file' : `--${String(key)}`
}

function maskOf(text: string | undefined): string[] | undefined {
  if (text?.toUpperCase() === ALL) return maskNames(loggedIn(0xffff_ffff))
  return text?.split(',').map((word) => word.trim())
}

/** The notifications of one NSO, over the connections that it takes. */
class NcsAttachment {
  readonly #io: Io
  readonly #client: Client
  readonly #config: NcsSourceConfig
  readonly #source: string | undefined
  readonly #runtime = nodeRuntime()
  readonly #longWork = new LongWork(this.#runtime)
  readonly #streams: ReadonlyMap<string, NcsStream>
  readonly #known = new KnownKeys((name) =>
    this.#io.note(`left out of notifications: ${name}, which this version does not know`),
  )
  readonly #underWay = new Set<Promise<boolean>>()
  /** Resolves when all events of streams that the hub has taken are recorded, in their order. */
  #recorded = Promise.resolve()
  readonly #backoff = new Backoff()
  #isConnected = false
  #begun = 0
  /** When the last connection was lost, µs. */
  #lost: number | undefined

  constructor(io: Io, client: Client, config: NcsSourceConfig, source: string | undefined) {
    this.#io = io
    this.#client = client
    this.#config = config
    this.#source = source
    this.#streams = new Map(config.streams.map((each) => [each.name, new NcsStream(each, this.#runtime)]))
  }

  /** Rejects if the first attempt fails. */
  async run(): Promise<void> {
    const { signal } = this.#io
    while (!signal.aborted) {
      try {
        await this.#attach()
      } catch (error) {
        if (signal.aborted) break
        if (!this.#isConnected && this.#lost === undefined) throw error
        this.#io.note(`${messageOf(error)}; trying again`)
      }
      const lasted = this.#isConnected ? this.#runtime.monotonic() - this.#begun : 0
      if (this.#isConnected) this.#lost = this.#runtime.now()
      this.#isConnected = false
      // NSO would send again what is under way to the hub.
      await this.#recorded
      await sleep(this.#backoff.next(lasted), undefined, { signal }).catch(() => undefined)
    }
    await Promise.allSettled(this.#underWay)
    signal.throwIfAborted()
  }

  async #attach(): Promise<void> {
    const { signal } = this.#io
    const starts = new Map([...this.#streams].map(([name, { start }]) => [name, start]))
    const helper = new NcsHelper({
      config: this.#config,
      runtime: this.#runtime,
      longWork: this.#longWork,
      starts,
    })
    const stop = () => void helper.stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      const lines = helper.lines()
      const { unknown, at } = await helper.connected(lines)
      this.#begin(unknown, at)
      for await (const line of lines) await this.#take(helper, line)
    } finally {
      signal.removeEventListener('abort', stop)
      await helper.stop()
    }
  }

  #begin(unknown: readonly string[], at: number): void {
    const place = placeOf(this.#config)
    const names = [...this.#streams.values()].filter((stream) => stream.begin(at)).map(({ name }) => name)
    this.#begun = this.#runtime.monotonic()
    this.#isConnected = true
    this.#io.note(`attached to NSO at ${'path' in place ? place.path : formatAddress(place)}`)
    if (unknown.length > 0) this.#io.note(`this version of the module has no ${unknown.join(', ')}`)
    if (this.#lost !== undefined) this.#io.note(`notifications since ${formatTime(this.#lost)} are missing`)
    if (names.length > 0) this.#io.note(`events may be missing of the streams ${names.join(', ')}`)
  }

  async #take(helper: NcsHelper, line: AttachedLine): Promise<void> {
    if ('notification' in line) await this.#publishNotification(helper, line.notification, line.answer)
    else if ('xml' in line) await this.#publishEvent(line.stream, line.xml)
    else if ('over' in line) await this.#endReplay(line)
    else if ('unreadable' in line) this.#io.note(`left out: ${line.unreadable}`)
  }

  async #publishNotification(
    helper: NcsHelper,
    given: Record<string, unknown>,
    answer: number | undefined,
  ): Promise<void> {
    const publish = async () => {
      const { tag, kind, data, gate, attributes } = publicationOf(namedNotification(this.#known.of(given)))
      const isAwaited = answer !== undefined && gate !== undefined
      const awaited = isAwaited ? { gate, attributes, deadline: ANSWER_WITHIN_MS } : {}
      await this.#client.publish(tag, data, {
        kind,
        source: this.#source,
        signal: this.#io.signal,
        ...awaited,
      })
    }
    void this.#started(publish).then(() => {
      if (answer !== undefined) helper.answer(answer)
    })
    await this.#hasRoom()
  }

  async #publishEvent(name: string, xml: string): Promise<void> {
    const stream = this.#streams.get(name)
    if (stream === undefined) return
    try {
      const event = await stream.read(xml, { longWork: this.#longWork, largestFrame: DEFAULT_LIMITS.frame })
      if (event === undefined) return
      const { path, data } = event
      const options = { source: this.#source, attributes: timeOfData(data), signal: this.#io.signal }
      const published = this.#started(async () => {
        await this.#client.publish(`ncs-stream/${this.#config.name}/${path}`, data, options)
      })
      this.#recorded = this.#recorded.then(async () => {
        if (await published) stream.record(event)
      })
      await this.#hasRoom()
    } catch (error) {
      this.#io.note(`left out: ${messageOf(error)}`)
    }
  }

  async #endReplay(line: StreamOver): Promise<void> {
    const { stream: name, over, at } = line
    await this.#recorded
    const stream = this.#streams.get(name)
    if (over === 'replay') {
      if (stream?.endReplay(at)) this.#io.note(`NSO has not kept all events of the stream ${name}`)
      return
    }
    if (over === 'failed') stream?.refuse()
    throw endOfStream(line)
  }

  /** Begins a publication. Resolves with false, and says why, if the hub does not take it. */
  #started(publish: () => Promise<void>): Promise<boolean> {
    const ended: Promise<boolean> = publish()
      .then(
        () => true,
        (error) => {
          this.#io.note(`left out: ${messageOf(error)}`)
          return false
        },
      )
      .finally(() => this.#underWay.delete(ended))
    this.#underWay.add(ended)
    return ended
  }

  /** Waits while too many publications are under way. */
  async #hasRoom(): Promise<void> {
    if (this.#underWay.size >= MOST_UNDER_WAY) await Promise.race(this.#underWay)
  }
}
