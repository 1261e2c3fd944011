import type { Bench } from '../harness/bench.js'
import { memoryEach } from '../harness/idle.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { startWebHub } from '../sides/web-hub.js'

/** One row each, with separate hubs. */
export const idleWeb: Benchmark[] = [
  { kind: 'ws' as const, what: 'WebSocket', must: 12, aim: 9 },
  { kind: 'sse' as const, what: 'server-sent events', must: 16, aim: 11 },
].map(({ kind, what, must, aim }) => ({
  rows: [
    {
      name: `idle-${kind}`,
      what: `anonymous memory of the hub for each idle subscriber by ${what}`,
      unit: 'KB',
      judge: 'value-at-most',
      must,
      aim,
    },
  ],
  run: async (bench) => ({ [`idle-${kind}`]: await measure(bench, kind) }),
}))

async function measure(bench: Bench, kind: 'ws' | 'sse'): Promise<Figures> {
  const hub = await startWebHub(bench, 'tocsin-ws')
  const idlers = await bench.child('web-idlers', { address: hub.address, kind })
  return memoryEach(hub.pid, idlers, bench.quick ? 4000 : 8000)
}
