import type { Client } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { MethodName, ParamsOf, ResultOf } from '../../../methods/contract/index.js'
import type { HubOptions } from '../../help/options.js'
import type { Io } from '../../io.js'

/** Longer than a hub may wait for the programs that read a commit, ms. */
const PATIENCE = 2 * 3_600_000
/** The default of `--timeout`, in words. */
export const PATIENT = { usual: '2h' }
/** After this time an operator wonders why nothing happens, ms. */
const SLOW = 2000
const WAITS =
  'still waiting for the hub: it is busy, another commit runs, or a program reads the changes first (`tocsin who --format json` names those with the gate ncs/commit)'

/** Asks for a change, which programs and a busy machine may hold up. */
export async function askPatiently<Name extends MethodName>(
  io: Io,
  options: HubOptions,
  method: Name,
  params: ParamsOf<Name>,
): Promise<ResultOf<Name>> {
  const { withHub } = await import('../../hub/connect.js')
  return withHub(io, options, (client) => callPatiently(io, client, method, params, options))
}

/** Waits as long as the hub may take, so that a change need not be asked for twice. Says so after a while. */
export async function callPatiently<Name extends MethodName>(
  io: Io,
  client: Client,
  method: Name,
  params: ParamsOf<Name>,
  { timeout = PATIENCE }: HubOptions,
): Promise<ResultOf<Name>> {
  const { call } = await import('../../hub/connect.js')
  const slow = setTimeout(() => io.note(WAITS), SLOW)
  try {
    return await call(io, client, method, params, { timeout })
  } catch (error) {
    if (!TocsinError.is(error, 'TCN_CLIENT_TIMEOUT')) throw error
    throw new TocsinError('TCN_CLIENT_TIMEOUT', `${error.message}: the hub may still do it`)
  } finally {
    clearTimeout(slow)
  }
}
