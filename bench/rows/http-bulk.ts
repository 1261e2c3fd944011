import { compareInTurn } from '../harness/compare.js'
import type { Benchmark } from '../harness/row.js'
import type { WebAddress } from '../sides/web-address.js'
import { startWebHub } from '../sides/web-hub.js'

export const httpBulk: Benchmark = {
  rows: [
    {
      name: 'http-bulk',
      what: 'NDJSON published over HTTP, log on; peer a bare server that only parses the lines',
      unit: 'events/s',
      judge: 'ratio-at-least',
      must: 0.5,
      aim: 0.7,
    },
  ],
  async run(bench) {
    const bare = await bench.child('line-parser', {})
    const hub = await startWebHub(bench, 'tocsin-ws')
    const { port, token } = JSON.parse(hub.address) as WebAddress
    const peer = await bench.child('line-sender', { port: await bare.call<number>('port'), token: '' })
    const ours = await bench.child('line-sender', { port, token })
    const length = bench.quick ? 0.5 : 4
    // Each at full speed alone, until its code is compiled.
    for (const side of [peer, ours]) await side.call('measure', 1.5)
    const figures = await compareInTurn(
      bench,
      { name: 'ours', measure: () => ours.call('measure', length) },
      { name: 'peer', measure: () => peer.call('measure', length) },
    )
    return { 'http-bulk': figures }
  },
}
