import { memoryEach } from '../harness/idle.js'
import type { Benchmark } from '../harness/row.js'
import type { SaltIdlersOptions } from '../roles/salt-idlers.js'
import { startSaltHub } from '../sides/salt-hub.js'

export const saltIdle: Benchmark = {
  rows: [
    {
      name: 'salt-idle',
      what: 'anonymous memory of the hub for each idle subscriber on a Salt socket',
      unit: 'KB',
      judge: 'value-at-most',
      must: 16,
      aim: 6,
    },
  ],
  async run(bench) {
    const hub = await startSaltHub(bench)
    const idlers = await bench.child('salt-idlers', { sockDir: hub.address } satisfies SaltIdlersOptions)
    return { 'salt-idle': await memoryEach(hub.pid, idlers, bench.quick ? 4000 : 8000) }
  },
}
