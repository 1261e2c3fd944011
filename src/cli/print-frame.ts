import type { MethodName, ParamsOf, ResultOf } from '../bus/method-types.js'
import { Event } from '../event/event.js'
import { call, withHub } from './hub.js'
import type { Io } from './io.js'
import type { FormatOptions, HubOptions } from './options.js'
import { needsTypes, openFormat } from './output/open-format.js'
import { viewOf } from './view.js'

type Call = <Name extends MethodName>(method: Name, params: ParamsOf<Name>) => Promise<ResultOf<Name>>

/** Shows one event that the hub gives as a frame. */
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
