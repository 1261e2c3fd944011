import { DEFAULT_MASTER_OPTS, type SaltOpts } from './opts.js'
import { SaltEvent, type SaltEventOptions } from './salt-event.js'

/** The bus of the master. */
export class MasterEvent extends SaltEvent {
  constructor(sockDir?: string, options: Omit<SaltEventOptions, 'sockDir'> = {}) {
    super('master', { ...options, sockDir })
  }
}

/** The bus of the minion that the options name; see `minionConfig`. */
export class MinionEvent extends SaltEvent {
  constructor(opts: Partial<SaltOpts>, options: Omit<SaltEventOptions, 'opts' | 'sockDir'> = {}) {
    super('minion', { ...options, opts })
  }
}

/**
 * The bus of `master`, or of the minion that the options name. Resolves when it is connected, so that nothing is
 * missed from then on; where nobody answers (see `cpub`), the calls try again.
 */
export async function getEvent(node: string, options: SaltEventOptions = {}): Promise<SaltEvent> {
  const event =
    node === 'master' ? new MasterEvent(sockDirOf(options), options) : new SaltEvent(node, options)
  if (options.listen !== false) await event.connectPub()
  return event
}

/** The bus of the master that the options name. */
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
