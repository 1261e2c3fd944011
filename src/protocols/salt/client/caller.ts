import { dirname, join } from 'node:path'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { isObject } from '../../../event/json/object.js'
import { checkTag } from '../codec/tags.js'
import { masterConfig, minionConfig } from './config.js'
import { eventContext, isMasterless, minionEvent, NO_PILLAR } from './event-context.js'
import { MasterEvent, MinionEvent } from './nodes.js'
import { DEFAULT_MASTER_OPTS, DEFAULT_MINION_OPTS, type SaltOpts } from './opts.js'
import { type SaltData, SaltEvent } from './salt-event.js'

/** Keyword arguments of the functions, with Salt's names. */
export interface CallerArguments {
  /** Adds the environment of this process as `environ`; a list names the variables. */
  with_env?: boolean | readonly string[]
  /** Adds the `grains` of the minion's configuration; only Salt itself can determine other grains. */
  with_grains?: boolean | readonly string[]
  /** Adds `saltenv` and `pillarenv`. */
  with_env_opts?: boolean
  /**
   * Keys to add to `id`, `tag`, `data` and `cmd` of the event on the master. Salt sends this event without the minion
   * daemon; here it is fired directly on the bus of the master, which must be on this host.
   */
  preload?: SaltData | boolean
  /** Seconds to wait for the bus. Default 60. */
  timeout?: number
  /** Further keys of the data. Keys of the data itself take precedence. */
  kwargs?: SaltData
}

const DEFAULT_TIMEOUT_S = 60

/** Calls the functions that fire events, as a custom script on a minion does. */
export class Caller {
  readonly opts: SaltOpts
  readonly #master: string | Partial<SaltOpts>

  /**
   * `opts` is the minion's configuration file (default `/etc/salt/minion`) or its options. `master` is the same for the
   * master; it is used only with `preload`, and its default is the file `master` in the same folder.
   */
  constructor(
    opts: string | Partial<SaltOpts> = DEFAULT_MINION_OPTS.conf_file,
    master: string | Partial<SaltOpts> = beside(opts),
  ) {
    this.opts = minionConfig(opts)
    this.#master = master
  }

  /**
   * Resolves to true when the event is sent to the bus, and to false if no bus answers. Rejects with
   * TCN_SALT_FUNCTION for an unsupported function or argument, and with the errors of `SaltEvent.fireEvent`.
   *
   * @example
   * await new Caller().cmd('event.send', 'deploy/web1/done', { version: '2.4.1' })
   */
  cmd(fun: 'event.send', tag: string, data?: SaltData, args?: CallerArguments): Promise<boolean>
  cmd(fun: 'event.fire', data: SaltData, tag: string, args?: CallerArguments): Promise<boolean>
  cmd(fun: 'event.fire_master', data: unknown, tag: string, args?: CallerArguments): Promise<boolean>
  async cmd(fun: string, first: unknown, second?: unknown, args: CallerArguments = {}): Promise<boolean> {
    checkArguments(fun, args)
    const { timeout = DEFAULT_TIMEOUT_S } = args
    if (fun === 'event.send') return this.#send(first as string, second, args)
    if (fun === 'event.fire') return this.#fire(first as SaltData, second as string, timeout)
    return this.#fireMaster(first, second as string, args)
  }

  #send(tag: string, data: unknown, args: CallerArguments): Promise<boolean> {
    const {
      timeout = DEFAULT_TIMEOUT_S,
      with_env: env,
      with_grains: grains,
      with_env_opts: envOpts,
      kwargs,
    } = args
    const context = eventContext(this.opts, { env, grains, envOpts })
    const event = { ...context, ...kwargs, __pub_fun: 'event.send', ...mapOrNothing(data) }
    return isMasterless(this.opts) ? this.#fire(event, tag, timeout) : this.#fireMaster(event, tag, args)
  }

  async #fire(data: SaltData, tag: string, timeout: number): Promise<boolean> {
    const node = typeof this.opts.__role === 'string' ? this.opts.__role : 'minion'
    await using event = new SaltEvent(node, { opts: this.opts, listen: false })
    return await event.fireEvent(data, tag, timeout * 1000)
  }

  /** The minion forwards the event to its master. */
  async #fireMaster(
    data: unknown,
    tag: string,
    { preload, timeout = DEFAULT_TIMEOUT_S }: CallerArguments,
  ): Promise<boolean> {
    checkTag(tag)
    const { local, file_client, use_master_when_local } = this.opts
    if ((local === true || file_client === 'local') && use_master_when_local !== true) return false
    if (isGiven(preload)) {
      const load = minionEvent(this.opts, { tag, data, preload })
      const opts = masterConfig(this.#master)
      await using event = new MasterEvent(opts.sock_dir, { opts, listen: false })
      return await event.fireEvent(load, tag, timeout * 1000)
    }
    await using event = new MinionEvent(this.opts, { listen: false })
    return await event.fireEvent({ data, tag, events: null, pretag: null }, 'fire_master', timeout * 1000)
  }
}

const functions = ['event.send', 'event.fire', 'event.fire_master']
const argumentNames = ['with_env', 'with_grains', 'with_env_opts', 'preload', 'timeout', 'kwargs']

function checkArguments(fun: string, args: CallerArguments): void {
  if (!functions.includes(fun)) throw new TocsinError('TCN_SALT_FUNCTION', `'${fun}' requires Salt itself`)
  for (const [name, value] of Object.entries(args)) {
    if (argumentNames.includes(name) || (name === 'with_pillar' && !value)) continue
    const hint = name === 'with_pillar' ? NO_PILLAR : 'put data into kwargs'
    throw new TocsinError('TCN_SALT_FUNCTION', `${fun} has no argument '${name}' here: ${hint}`)
  }
}

/** Tests the value as Python's `if` does. */
function isGiven(preload: SaltData | boolean | undefined): preload is SaltData | true {
  return typeof preload === 'object' && preload !== null ? Object.keys(preload).length > 0 : preload === true
}

function beside(opts: string | Partial<SaltOpts>): string {
  return typeof opts === 'string' ? join(dirname(opts), 'master') : DEFAULT_MASTER_OPTS.conf_file
}

/** Salt ignores data other than a map. */
function mapOrNothing(data: unknown): SaltData {
  return isObject(data) ? data : {}
}
