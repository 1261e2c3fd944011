import { TocsinError } from '../../../errors/tocsin-error.js'
import {
  eventContext,
  isMasterless,
  minionEvent,
  NO_PILLAR,
  type Wanted,
} from '../../../protocols/salt/client/event-context.js'
import { SaltEvent, type SaltOpts } from '../../../protocols/salt/client/index.js'
import { checkTag } from '../../../protocols/salt/codec/tags.js'
import { isMap, isTrue, namedArguments, saltArguments } from './arguments.js'
import { type SaltBusOptions, type SaltNode, saltOpts } from './opts.js'

export interface FireOptions extends SaltBusOptions {
  /** ms */
  timeout?: number
}

type Data = Record<string, unknown>

const TIMEOUT = 5000
const OF_THE_MASTER = 'with preload --sock-dir is the folder of the sockets of the master'
const NO_PRELOAD = 'preload is for an event of a minion: add --node minion'

/**
 * `event.send`: on the master's bus, like the runner; with the node minion like the minion's function, which asks its
 * daemon to send the event on.
 */
export async function sendEvent(tag: string, words: readonly string[], options: FireOptions): Promise<void> {
  tagOf(tag)
  const { args, kwargs } = saltArguments(words)
  if (args.length > 2) throw usage('there are at most a tag, data and preload, and name=value pairs')
  const {
    with_env,
    with_grains,
    with_pillar,
    with_env_opts,
    preload = args[1],
    data = args[0],
    ...rest
  } = kwargs
  if (isTrue(with_pillar)) throw usage(`with_pillar: ${NO_PILLAR}`)
  if (isTrue(preload) && options.node !== 'minion') throw usage(NO_PRELOAD)
  const opts = saltOpts(options)
  const event = {
    ...eventContext(opts, {
      env: wanted(with_env),
      grains: wanted(with_grains),
      envOpts: isTrue(with_env_opts),
    }),
    ...rest,
    ...dataOf(data ?? {}),
  }
  if (options.node !== 'minion') await put(options, opts, 'master', event, tag)
  else if (isMasterless(opts)) await put(options, opts, 'minion', event, tag)
  else await sendOn(options, opts, { __pub_fun: 'event.send', ...event }, tag, preload)
}

/** `event.fire`: on the bus of the node itself. */
export async function fireEvent(words: readonly string[], options: FireOptions): Promise<void> {
  const { data, tag } = namedArguments(words, ['data', 'tag'])
  await put(options, saltOpts(options), options.node ?? 'minion', dataOf(data), tagOf(tag))
}

/** `event.fire_master`: the minion's daemon sends the event on. */
export async function fireMaster(words: readonly string[], options: FireOptions): Promise<void> {
  const { data, tag, preload } = namedArguments(words, ['data', 'tag', 'preload'])
  const node = { ...options, node: 'minion' } as const
  const opts = saltOpts(node)
  if (opts.use_master_when_local !== true && (opts.local === true || opts.file_client === 'local'))
    throw usage('this minion has no master: file_client is local')
  await sendOn(node, opts, data, tagOf(tag), preload)
}

/**
 * With `preload`, puts the event on the master's bus in the form in which it would arrive there; else goes through the
 * minion.
 */
async function sendOn(
  options: FireOptions,
  opts: SaltOpts,
  data: unknown,
  tag: string,
  preload: unknown,
): Promise<void> {
  if (!isTrue(preload)) {
    return put(options, opts, 'minion', { data, tag, events: null, pretag: null }, 'fire_master')
  }
  const load = minionEvent(opts, { tag, data, preload: isMap(preload) ? preload : true })
  const { sockDir, configDir } = options
  try {
    await put(options, saltOpts({ node: 'master', sockDir, configDir }), 'master', load, tag)
  } catch (cause) {
    if (sockDir === undefined || !TocsinError.is(cause, 'TCN_SALT_CLOSED')) throw cause
    throw new TocsinError(cause.code, `${cause.message}; ${OF_THE_MASTER}`, { cause })
  }
}

async function put(
  { timeout = TIMEOUT }: FireOptions,
  opts: SaltOpts,
  node: SaltNode,
  data: Data,
  tag: string,
): Promise<void> {
  await using bus = new SaltEvent(node, { opts, listen: false })
  if (await bus.fireEvent(data, tag, timeout)) return
  throw bus.connectError ?? new TocsinError('TCN_SALT_CLOSED')
}

function dataOf(value: unknown): Data {
  if (isMap(value)) return value
  throw new TocsinError(
    'TCN_SALT_DATA',
    `the data is no map: ${String(value).slice(0, 80)}; write '{key: value}'`,
  )
}

function tagOf(value: unknown): string {
  const tag = String(value ?? '')
  checkTag(tag)
  return tag
}

function wanted(value: unknown): Wanted {
  return Array.isArray(value) && value.length > 0 ? value : isTrue(value)
}

function usage(message: string): TocsinError {
  return new TocsinError('TCN_USAGE', message)
}
