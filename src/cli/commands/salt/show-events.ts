import { TocsinError } from '../../../errors/tocsin-error.js'
import type { JsonOptions } from '../../../protocols/salt/codec/json-layout.js'
import { msgpackToPythonJson } from '../../../protocols/salt/codec/msgpack-to-python-json.js'
import { Deadline } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { escapeJson, escapeText } from '../../terminal/text.js'
import { isTrue, namedArguments } from './arguments.js'
import type { SaltNode } from './opts.js'
import { type ReadOptions, readSaltEvents, type SaltEventBytes } from './read-events.js'
import { TagExpression } from './tag-match.js'

export interface EventOptions extends ReadOptions {
  count?: number
  quiet?: boolean
  pretty?: boolean
  /** ms */
  duration?: number
}

/** Prints events like Salt's `state.event`. */
export async function showSaltEvents(io: Io, words: readonly string[], options: EventOptions): Promise<void> {
  const { tagmatch, count, quiet, pretty, ...where } = withArguments(words, options)
  const json: JsonOptions = pretty ? { sortKeys: true, indent: 4 } : {}
  const deadline = new Deadline(io.signal, options.duration)
  let left = count
  let seen = 0
  const show = async (event: SaltEventBytes): Promise<boolean> => {
    const line = lineOf(io, event, json)
    if (line === undefined) return false
    seen++
    if (!quiet) {
      io.out.write(line)
      await io.out.room()
    }
    // Like Salt, a count of 0 ends after the first event.
    if (left > 0) left--
    return left === 0 || io.out.closed
  }
  try {
    await readSaltEvents(io, where, new TagExpression(tagmatch), deadline.signal, show)
  } catch (error) {
    if (!deadline.passed) throw error
  } finally {
    deadline.clear()
  }
  io.signal.throwIfAborted()
  if (deadline.passed && seen === 0) throw new TocsinError('TCN_CLIENT_TIMEOUT', 'no event matched in time')
}

const names = ['tagmatch', 'count', 'quiet', 'sock_dir', 'pretty', 'node'] as const

function withArguments(words: readonly string[], options: EventOptions) {
  const given = namedArguments(words, names)
  const { node = options.node ?? 'master', sock_dir, count = options.count ?? -1 } = given
  if (node !== 'master' && node !== 'minion') throw wrong('node is master or minion')
  if (typeof count !== 'number' || !Number.isSafeInteger(count)) throw wrong('count is a whole number')
  return {
    ...options,
    tagmatch: given.tagmatch === undefined ? '*' : String(given.tagmatch),
    count,
    quiet: isTrue(given.quiet) || options.quiet === true,
    pretty: isTrue(given.pretty) || options.pretty === true,
    node: node as SaltNode,
    ...(isTrue(sock_dir) ? { sockDir: String(sock_dir) } : {}),
  }
}

function wrong(message: string): TocsinError {
  return new TocsinError('TCN_USAGE', message)
}

/** `<tag> TAB <JSON>`; undefined if the data is not valid. On a terminal, control characters are escaped. */
function lineOf(io: Io, { tag, data }: SaltEventBytes, options: JsonOptions): string | undefined {
  try {
    const json = msgpackToPythonJson(data, options)
    return io.out.isTerminal ? `${escapeText(tag)}\t${escapeJson(json)}\n` : `${tag}\t${json}\n`
  } catch (error) {
    if (!TocsinError.is(error)) throw error
    io.note(`the event ${tag} is left out: ${error.message} (${error.code})`)
    return undefined
  }
}
