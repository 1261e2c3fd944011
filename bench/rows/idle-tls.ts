import { memoryEach } from '../harness/idle.js'
import type { Benchmark } from '../harness/row.js'
import type { IdlersOptions } from '../roles/idlers.js'
import { startTlsHub } from '../sides/tls-hub.js'

export const idleTls: Benchmark = {
  rows: [
    {
      name: 'idle-tls',
      what: 'anonymous memory of the hub for each idle subscriber over TLS',
      unit: 'KB',
      judge: 'value-at-most',
      must: 80,
      aim: 60,
    },
  ],
  async run(bench) {
    const { pid, address } = await startTlsHub(bench)
    const idlers = await bench.child('idlers', { address } satisfies IdlersOptions)
    return { 'idle-tls': await memoryEach(pid, idlers, bench.quick ? 1000 : 4000) }
  },
}
