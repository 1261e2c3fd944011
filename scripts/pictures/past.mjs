import { readFileSync } from 'node:fs'
import { connect } from '../../dist/client/index.js'
import { parseConfig } from '../../dist/config/load.js'
import { hubConfig } from '../../dist/hub/config/index.js'
import { eventTypes } from '../../dist/hub/event-types.js'
import { Hub } from '../../dist/hub/hub.js'
import { nodeRuntime } from '../../dist/hub/node-runtime.js'

const STEP_MS = 5000

/** Steps in which the other hosts are heard too. */
const CROWDED_STEPS = 100
/** Events of the other hosts in such a step. */
const CROWD = 12

/** Fills the log as if the hub had run for some minutes. `crowd`: very many other hosts, of which little is heard. */
export async function writePast({ config, data, socket, fleet, crowd, minutes, rate, types }) {
  const end = Date.now() - 2000
  let clock = end - minutes * 60_000
  const runtime = { ...nodeRuntime(), now: () => clock * 1000 }
  const settings = parseConfig(hubConfig, readFileSync(config, 'utf8'), config)
  const { rules: _, sinks: __, salt: ___, ...rest } = settings
  const hub = await Hub.open({
    config: { ...rest, rules: {}, sinks: {}, salt: [] },
    runtime,
    data,
    sources: [],
    types: [...eventTypes, types],
  })
  await hub.listen()
  const client = await connect({ address: socket })
  await client.publishBatch([...crowd.descriptions()], { ack: 'accepted' })
  for (let step = 0; clock < end; step++, clock += STEP_MS) {
    const events = Array.from({ length: amount(step, rate) }, () => fleet.next())
    if (step < CROWDED_STEPS) for (let n = 0; n < CROWD; n++) events.push(crowd.next())
    await client.publishBatch(events, { ack: 'accepted' })
  }
  clock = end
  await client.close()
  await hub.stop()
}

/** Events of a step: more by day, so to speak, and a burst now and then. */
function amount(step, rate) {
  const wave = 1 + 0.45 * Math.sin(step / 23) + 0.2 * Math.sin(step / 5)
  const burst = step % 97 > 91 ? 2.2 : 1
  return Math.round((rate * STEP_MS * wave * burst) / 1000 / 1.6)
}
