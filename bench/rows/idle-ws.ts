import type { Bench } from '../harness/bench.js'
import { pause } from '../harness/clock.js'
import { anonymousKilobytes } from '../harness/process-facts.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { compact } from '../harness/statistics.js'
import { startWebHub } from '../sides/web-hub.js'

/** One row each: the hub of one is not that of the other. */
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
  const connections = bench.quick ? 4000 : 8000
  const hub = await startWebHub(bench, 'tocsin-ws')
  const idlers = await bench.child('web-idlers', { address: hub.address, kind })
  // What the first connections make grow is not theirs alone: code, tables, pools, the young heap.
  await idlers.call('add', 500)
  await pause(1)
  const before = anonymousKilobytes(hub.pid)
  await idlers.call('add', connections)
  await pause(2)
  const after = anonymousKilobytes(hub.pid)
  return {
    value: (after - before) / connections,
    notes: [`${connections} connections: ${compact(before)} to ${compact(after)} KB`],
  }
}
