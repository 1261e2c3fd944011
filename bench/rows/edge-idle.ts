import { pause, seconds } from '../harness/clock.js'
import { anonymousKilobytes, cpuMicros } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { compact, median, spread } from '../harness/statistics.js'

const MAX_READY = 0.6
const MAX_SHARE = 0.3
/** Seconds until what served only the start is given back. */
const SETTLING = 30

export const edgeIdle: Benchmark = {
  rows: [
    {
      name: 'edge-idle',
      what: 'anonymous memory of an idle hub with the profile edge and its system source',
      unit: 'MB',
      judge: 'value-at-most',
      must: 35,
      aim: 30,
    },
  ],
  async run(bench) {
    const start = () => bench.sourceHub(JSON.stringify({ profile: 'edge' }))
    // The first start of a build keeps the code that it has compiled.
    await (await start()).stop()
    const starts: number[] = []
    for (let round = 0; round < bench.rounds; round++) {
      const spawned = seconds()
      const hub = await start()
      starts.push(seconds() - spawned)
      await hub.stop()
    }
    const { pid } = await start()
    await pause(SETTLING)
    const [cpu, from] = [cpuMicros(pid), seconds()]
    await pause(bench.quick ? 10 : 30)
    const share = (cpuMicros(pid) - cpu) / 1e4 / (seconds() - from)
    return {
      'edge-idle': {
        value: (anonymousKilobytes(pid) * 1024) / 1e6,
        also: [
          {
            ok: median(starts) <= MAX_READY,
            what: `ready in ${compact(median(starts))} s (at most ${MAX_READY})`,
          },
          { ok: share <= MAX_SHARE, what: `${compact(share)} % of a processor (at most ${MAX_SHARE})` },
        ],
        notes: [`ready: ${spread(starts)} s`],
      },
    }
  },
}
