import { compareInTurn } from '../harness/compare.js'
import { compareDeliveries } from '../harness/compare-flows.js'
import { Flow, type FlowOptions } from '../harness/flow.js'
import type { Benchmark } from '../harness/row.js'
import { quantile } from '../harness/statistics.js'
import { startRawHub, startSaltHub } from '../sides/salt-hub.js'

const RATE = 1000
/** Seconds until the code is compiled. */
const WARM_UP = 8

const aims = { unit: 'events/s', judge: 'ratio-at-least', must: 0.7, aim: 0.9 } as const

/** Measures the throughput of the sockets of a Salt bus against the native protocol with the same bytes. */
function flowRow(name: string, what: string, options: FlowOptions): Benchmark {
  return {
    rows: [{ name, what, ...aims }],
    async run(bench) {
      const peer = await Flow.start(bench, await startRawHub(bench), options)
      const ours = await Flow.start(bench, await startSaltHub(bench), options)
      return { [name]: await compareDeliveries(bench, peer, ours) }
    },
  }
}

const latency: Benchmark = {
  rows: [
    {
      name: 'salt-p50',
      what: '1→1 at 1,000/s on Salt sockets, median; peer the native protocol',
      unit: 'µs',
      judge: 'ratio-at-most',
      must: 1.2,
      aim: 1.05,
    },
  ],
  async run(bench) {
    const options = { window: 8192, connections: 1, decoding: 1 }
    const peer = await Flow.start(bench, await startRawHub(bench), options)
    const ours = await Flow.start(bench, await startSaltHub(bench), options)
    await Promise.all([peer, ours].map((flow) => flow.latencies(RATE, 0, bench.quick ? 2 : WARM_UP)))
    const length = bench.quick ? 0.5 : 1.5
    const p50 = (flow: Flow) => async () => quantile(await flow.latencies(RATE, 0.4, length), 0.5)
    const figures = await compareInTurn(
      bench,
      { name: 'salt', measure: p50(ours) },
      { name: 'native', measure: p50(peer) },
    )
    return { 'salt-p50': figures }
  },
}

export const salt: Benchmark[] = [
  flowRow('salt-1-1', 'Salt sockets 1→1, raw frames, log on; peer the native protocol', {
    window: 8192,
    connections: 1,
    decoding: 0,
  }),
  flowRow('salt-1-10', 'Salt sockets 1→10, raw frames, log on; peer the native protocol', {
    window: 2048,
    connections: 10,
    decoding: 0,
  }),
  latency,
]
