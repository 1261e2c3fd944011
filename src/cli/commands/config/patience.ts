import type { MethodName, ParamsOf, ResultOf } from '../../../methods/contract/index.js'
import type { HubOptions } from '../../help/options.js'
import type { Io } from '../../io.js'

/** Longer than a hub may wait for the programs that read a commit, ms. */
const PATIENCE = 2 * 3_600_000
/** After this time an operator wonders why nothing happens, ms. */
const SLOW = 2000
const WAITS =
  'still waiting for the hub: it is busy, another commit runs, or a program reads the changes first (`tocsin who --format json` names those with the gate ncs/commit)'

/** Asks for a commit, which programs may hold up. Says so after a while. */
export async function askPatiently<Name extends MethodName>(
  io: Io,
  options: HubOptions,
  method: Name,
  params: ParamsOf<Name>,
): Promise<ResultOf<Name>> {
  const { call, withHub } = await import('../../hub/connect.js')
  const { timeout = PATIENCE } = options
  const slow = setTimeout(() => io.note(WAITS), SLOW)
  return withHub(io, options, (client) => call(io, client, method, params, { timeout })).finally(() =>
    clearTimeout(slow),
  )
}
