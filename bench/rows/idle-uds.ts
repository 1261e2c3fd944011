import { pause } from '../harness/clock.js'
import { anonymousKilobytes } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { compact } from '../harness/statistics.js'

export const idleUds: Benchmark = {
  rows: [
    {
      name: 'idle-uds',
      what: 'anonymous memory of the hub for each idle subscriber on the unix socket',
      unit: 'KB',
      judge: 'value-at-most',
      must: 10,
      aim: 5,
    },
  ],
  async run(bench) {
    const connections = bench.quick ? 4000 : 8000
    const hub = await bench.hub()
    const idlers = await bench.child('idlers', { address: hub.address })
    // What the first connections make grow is not theirs alone: code, tables, pools, the young heap.
    await idlers.call('add', 500)
    await pause(1)
    const before = anonymousKilobytes(hub.pid)
    await idlers.call('add', connections)
    await pause(2)
    const after = anonymousKilobytes(hub.pid)
    return {
      'idle-uds': {
        value: (after - before) / connections,
        notes: [`${connections} connections: ${compact(before)} to ${compact(after)} KB`],
      },
    }
  },
}
