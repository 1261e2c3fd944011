import { DEFAULT_MASTER_OPTS, type SaltOpts } from './opts.js'
import { SaltEvent, type SaltEventOptions } from './salt-event.js'

/**
 * The event bus of the master.
 *
 * @example
 * await using event = new MasterEvent('/var/run/salt/master')
 * const job = await event.getEvent({ tag: 'salt/job/', full: true, wait: 30 })
 * console.log(job?.tag, job?.data)
 */
export class MasterEvent extends SaltEvent {
  constructor(sockDir?: string, options: Omit<SaltEventOptions, 'sockDir'> = {}) {
    super('master', { ...options, sockDir })
  }
}

/**
 * The event bus of the minion with these options; see `minionConfig`.
 *
 * @example
 * await using event = new MinionEvent(minionConfig())
 * await event.fireMaster({ version: '2.4.1' }, 'deploy/web1/done') // true
 */
export class MinionEvent extends SaltEvent {
  constructor(opts: Partial<SaltOpts>, options: Omit<SaltEventOptions, 'opts' | 'sockDir'> = {}) {
    super('minion', { ...options, opts })
  }
}

/**
 * The event bus of `master`, or of the minion with these options. Resolves when it is connected, so that no event is
 * missed from then on. If no bus answers, it resolves as well (`cpub` is false then), and later calls try again.
 *
 * @example
 * await using event = await getEvent('master')
 * for await (const { tag, data } of event.iterEvents({ tag: 'salt/job/', full: true })) console.log(tag, data)
 */
export async function getEvent(node: string, options: SaltEventOptions = {}): Promise<SaltEvent> {
  const event =
    node === 'master' ? new MasterEvent(sockDirOf(options), options) : new SaltEvent(node, options)
  if (options.listen !== false) await event.connectPub()
  return event
}

/**
 * The event bus of the master with these options.
 *
 * @example
 * await using event = await getMasterEvent(masterConfig('/srv/salt/master'))
 * for await (const { tag } of event.iterEvents({ full: true })) console.log(tag)
 */
export function getMasterEvent(
  opts: Partial<SaltOpts>,
  sockDir?: string,
  options: Omit<SaltEventOptions, 'opts' | 'sockDir'> = {},
): Promise<SaltEvent> {
  return getEvent('master', { ...options, opts, sockDir })
}

function sockDirOf({ sockDir, opts }: SaltEventOptions): string {
  return sockDir ?? opts?.sock_dir ?? DEFAULT_MASTER_OPTS.sock_dir
}
