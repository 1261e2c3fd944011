import { memoryEach } from '../harness/idle.js'
import type { Benchmark } from '../harness/row.js'
import type { JobReadersOptions } from '../roles/job-readers.js'
import { startSysadmHub } from '../sides/sysadm-hub.js'

const CLIENTS = 2000

export const sysadmIdle: Benchmark = {
  rows: [
    {
      name: 'sysadm-idle',
      what: `anonymous memory of the hub for ${CLIENTS.toLocaleString('en')} idle clients of SysAdm, logged in and subscribed`,
      unit: 'MB',
      judge: 'value-at-most',
      must: 80,
      aim: 60,
    },
  ],
  async run(bench) {
    const hub = await startSysadmHub(bench)
    const idlers = await bench.child('job-readers', { hub, kind: 'sysadm' } satisfies JobReadersOptions)
    const each = await memoryEach(hub.pid, idlers, bench.quick ? 1000 : CLIENTS)
    return { 'sysadm-idle': { ...each, value: (each.value * CLIENTS) / 1024 } }
  },
}
