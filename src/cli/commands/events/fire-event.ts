import type { AckLevel } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { HubOptions } from '../../help/options.js'
import { Deadline, withHub } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { parseJson, readText } from '../../terminal/input.js'
import { checkNotHubs } from './reserved-names.js'

export interface FireOptions extends HubOptions {
  ack?: AckLevel
  source?: string
  /** Whether the data is text, which becomes the field `line`. */
  text?: boolean
  /** Whether tags and sources of the hub itself are allowed. */
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
    const deadline = new Deadline(io.signal, options.timeout ?? 30_000)
    try {
      return await client.publish(tag, value, { ...publishOptions(options), signal: deadline.signal })
    } catch (error) {
      throw deadline.passed
        ? new TocsinError('TCN_CLIENT_TIMEOUT', 'the hub did not acknowledge the event in time')
        : error
    } finally {
      deadline.clear()
    }
  })
  if (cursor !== undefined) io.out.line(cursor)
}

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
