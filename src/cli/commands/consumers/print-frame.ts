import { Event } from '../../../event/event.js'
import type { MethodName, ParamsOf, ResultOf } from '../../../methods/contract/index.js'
import type { FormatOptions, HubOptions } from '../../help/options.js'
import { call, withHub } from '../../hub/connect.js'
import { viewOf } from '../../hub/view.js'
import type { Io } from '../../io.js'
import { needsTypes, openFormat } from '../../output/open-format.js'

type Call = <Name extends MethodName>(method: Name, params: ParamsOf<Name>) => Promise<ResultOf<Name>>

/** Prints one event that the hub returns as a frame. */
export async function printFrame(
  io: Io,
  options: HubOptions & FormatOptions,
  get: (call: Call) => Promise<Uint8Array>,
): Promise<void> {
  await withHub(io, options, async (client) => {
    const format = await openFormat(options, await viewOf(io, client, needsTypes(options)), io.out.isTerminal)
    const frame = await get((method, params) => call(io, client, method, params, options))
    io.out.write(format.encode(new Event(frame)))
  })
}
