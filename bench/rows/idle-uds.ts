import { memoryEach } from '../harness/idle.js'
import type { Benchmark } from '../harness/row.js'
import type { IdlersOptions } from '../roles/idlers.js'

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
    const hub = await bench.hub()
    const idlers = await bench.child('idlers', { address: hub.address } satisfies IdlersOptions)
    return { 'idle-uds': await memoryEach(hub.pid, idlers, bench.quick ? 4000 : 8000) }
  },
}
