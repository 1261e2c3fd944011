import { alternate, type Bench } from '../harness/bench.js'
import { Flow } from '../harness/flow.js'
import { ratesNotes } from '../harness/notes.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { median } from '../harness/statistics.js'
import { startWebHub } from '../sides/web-hub.js'
import { startWsServer } from '../sides/ws-server.js'

export const webSocket: Benchmark[] = [10, 1000].map((subscribers) => ({
  rows: [
    {
      name: `ws-1-${subscribers}`,
      what: `WebSocket 1→${subscribers}, CloudEvents JSON, log on; peer a server that sends each with ws`,
      unit: 'deliveries/s',
      judge: 'ratio-at-least',
      must: 5,
      aim: 10,
    },
  ],
  run: async (bench) => ({ [`ws-1-${subscribers}`]: await measure(bench, subscribers) }),
}))

async function measure(bench: Bench, connections: number): Promise<Figures> {
  const options = { window: connections > 100 ? 256 : 2048, connections, decoding: connections > 100 ? 0 : 1 }
  const length = bench.quick ? 2 : 4
  const peer = await Flow.start(bench, await startWsServer(bench), options)
  const ours = await Flow.start(bench, await startWebHub(bench, 'tocsin-ws'), options)
  const [peerRates, ourRates] = await alternate(bench.rounds, [
    () => peer.closedLoop(0.5, length),
    () => ours.closedLoop(0.5, length),
  ])
  await Promise.all([peer.stop(), ours.stop()])
  return {
    value: median(ourRates.map((rate) => rate.deliveries)),
    peer: median(peerRates.map((rate) => rate.deliveries)),
    notes: ratesNotes('deliveries', ourRates, peerRates),
  }
}
