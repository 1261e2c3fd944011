import { Highest } from '../harness/highest.js'
import { startPublisher } from '../harness/paced.js'
import { anonymousKilobytes } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { settledMegabytes } from '../harness/settled.js'
import { compact } from '../harness/statistics.js'
import type { ReplayerOptions } from '../roles/replayer.js'

const REPLAYS = 5

export const replayMemory: Benchmark = {
  rows: [
    {
      name: 'replay-memory',
      what: 'anonymous memory of the hub that has only served five replays of 2 million events (quick: 200,000)',
      unit: 'MB',
      judge: 'value-at-most',
      must: 110,
      aim: 90,
    },
  ],
  async run(bench) {
    const events = bench.quick ? 200_000 : 2_000_000
    const folder = bench.folder()
    const first = await bench.hub('', folder)
    const publisher = await startPublisher(bench, first)
    await publisher.call('fill', events)
    await publisher.stop()
    await first.stop()
    // A new one, which has no memory left from publishing.
    const hub = await bench.hub('', folder)
    const before = await settledMegabytes(hub.pid)
    const replayer = await bench.child('replayer', {
      side: hub.name,
      address: hub.address,
    } satisfies ReplayerOptions)
    const highest = new Highest(() => anonymousKilobytes(hub.pid) / 1024)
    for (let nth = 0; nth < REPLAYS; nth++) await replayer.call('replay', events)
    highest.stop()
    return {
      'replay-memory': {
        value: await settledMegabytes(hub.pid),
        notes: [`${compact(before)} MB before, at most ${compact(highest.value)} MB meanwhile`],
      },
    }
  },
}
