import type { SaltOpts } from './opts.js'
import type { SaltData } from './salt-event.js'

/** True selects everything, a list the named keys. */
export type Wanted = boolean | readonly unknown[] | undefined

/** The keys that `event.send` adds to the data of an event. */
export function eventContext(
  opts: SaltOpts,
  { env, grains, envOpts }: { env: Wanted; grains: Wanted; envOpts: boolean | undefined },
): SaltData {
  return {
    ...(env ? { environ: subset(process.env, env) } : {}),
    ...(grains ? { grains: subset(opts.grains ?? {}, grains) } : {}),
    ...(envOpts ? { saltenv: opts.saltenv ?? 'base', pillarenv: opts.pillarenv ?? null } : {}),
  }
}

export const NO_PILLAR = 'only a master can compile the pillar; put the values that you need into the data'

/** An event of a minion in the form that its master has. As in Salt, keys of `preload` take precedence. */
export function minionEvent(
  { id }: SaltOpts,
  { tag, data, preload }: { tag: string; data: unknown; preload: SaltData | true },
): SaltData {
  return { id, tag, data, cmd: '_minion_event', ...(preload === true ? {} : preload) }
}

/** Returns whether the minion has no master to forward events to. */
export function isMasterless({ local, file_client, master_type, use_master_when_local }: SaltOpts): boolean {
  if (use_master_when_local === true) return false
  return local === true || file_client === 'local' || master_type === 'disable'
}

function subset(map: object, wanted: true | readonly unknown[]): SaltData {
  const entries = Object.entries(map)
  return Object.fromEntries(wanted === true ? entries : entries.filter(([key]) => wanted.includes(key)))
}
