import type { AckLevel } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { HubOptions } from '../../help/options.js'
import { ask, type HubUse, withHub } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { parseJson, readText } from '../../terminal/input.js'
import { checkNotHubs } from './reserved-names.js'

export interface FireOptions extends HubOptions {
  ack?: AckLevel
  source?: string
  /** True if the data is text, which becomes the field `line`. */
  text?: boolean
  /** True if tags and sources of the hub itself are allowed. */
  asHub?: boolean
}

export async function fireEvent(
  io: Io,
  tag: string,
  data: string | undefined,
  options: FireOptions,
): Promise<void> {
  const value = data === undefined ? null : parseData(await dataText(io, data), data, options)
  checkNotHubs({ tag, data: value, source: options.source }, options.asHub)
  const { cursor } = await withHub(io, options, async (client) => {
    const waiting = new Waiting(io, options)
    try {
      const timeout = options.timeout ?? FIRE_MS
      return await client.publish(tag, value, { ...publishOptions(options), timeout, signal: io.signal })
    } catch (error) {
      throw await waiting.explained(error)
    } finally {
      waiting.over()
    }
  })
  if (cursor !== undefined) io.out.line(cursor)
}

/** Says on stderr what an event waits for, when it waits for long. */
class Waiting {
  readonly #io: Io
  readonly #options: HubOptions
  readonly #timer: NodeJS.Timeout
  #isOver = false

  constructor(io: Io, options: HubOptions) {
    this.#io = io
    this.#options = options
    this.#timer = setTimeout(() => void this.#say(), SAY_AFTER_MS)
  }

  /** A hub that says why it stores nothing has refused the event, as far as anybody can know. */
  async explained(error: unknown): Promise<unknown> {
    if (!TocsinError.is(error, 'TCN_CLIENT_UNSETTLED')) return error
    const fault = await this.#fault()
    return fault === undefined ? error : new TocsinError('TCN_BUS_SUSPENDED', `${error.message}; ${fault}`)
  }

  over(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  async #say(): Promise<void> {
    const fault = await this.#fault()
    if (!this.#isOver)
      this.#io.note(`the hub has not stored the event yet: ${fault ?? 'it does not say why'}`)
  }

  /** Asked on another connection: the hub may not read from this one. */
  async #fault(): Promise<string | undefined> {
    try {
      const options: HubUse = { ...this.#options, timeout: ASK_MS, silent: true }
      const { log, cluster } = await ask(this.#io, options, 'hub.status', {})
      if (cluster?.fault !== undefined) return cluster.fault
      if (cluster?.role === 'waiting') return 'no hub of the cluster is the primary'
      return log.fault && `${log.fault.message} (${log.fault.code})`
    } catch {
      return undefined
    }
  }
}

/** Time for the acknowledgement, ms. */
const FIRE_MS = 30_000
const SAY_AFTER_MS = 2000
const ASK_MS = 2000

export function publishOptions({ ack, source }: FireOptions): { ack: AckLevel; source?: string } {
  return { ack: ack ?? 'accepted', ...(source === undefined ? {} : { source }) }
}

/** The data as it is written: the argument, or what the file holds that it names. */
export async function dataText(io: Io, data: string): Promise<string> {
  return data.startsWith('@') ? await readText(io, data.slice(1)) : data
}

/** `given` is the argument, for messages. */
export function parseData(text: string, given: string, options: Pick<FireOptions, 'text'>): unknown {
  if (options.text) return { line: text.replace(/\r?\n$/, '') }
  if (given === '@-') return parseJson(text, 'stdin')
  if (given.startsWith('@')) return parseJson(text, given.slice(1))
  return parseJson(text, 'the data', 'text goes in double quotes, or with --text: \'"hello"\'')
}
