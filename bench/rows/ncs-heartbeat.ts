import { NOTIF_HEARTBEAT } from '../../src/protocols/ncs/constants/events.js'
import { pause } from '../harness/clock.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { compact, quantile } from '../harness/statistics.js'

const SUBSCRIBERS = 1000
const INTERVAL = 1000
const MAX_SHARE = 0.05

export const ncsHeartbeat: Benchmark = {
  rows: [
    {
      name: 'ncs-heartbeat',
      what: `the latest heartbeat of ${SUBSCRIBERS.toLocaleString('en')} subscribers that get one each second, after its time`,
      unit: 'ms',
      judge: 'value-at-most',
      must: 100,
      aim: 20,
    },
  ],
  async run(bench) {
    const hub = await bench.hub()
    const readers = await bench.child('ncs-readers', { address: hub.address })
    await readers.call('beat', SUBSCRIBERS, NOTIF_HEARTBEAT, INTERVAL)
    await pause(3)
    const seconds = bench.quick ? 5 : 60
    await readers.call('beats')
    const before = cpuMicros(hub.pid)
    await pause(seconds)
    const share = (cpuMicros(hub.pid) - before) / 1e6 / seconds
    const late = await readers.call<number[]>('beats')
    const wanted = SUBSCRIBERS * seconds
    return {
      'ncs-heartbeat': {
        value: Math.max(...late),
        also: [
          { ok: share <= MAX_SHARE, what: `the hub uses at most ${MAX_SHARE * 100} % of a processor` },
          { ok: late.length >= wanted - SUBSCRIBERS, what: 'no beat is missing' },
        ],
        notes: [
          `${(share * 100).toFixed(1)} % of a processor, ${late.length} beats`,
          `half of them ${compact(quantile(late, 0.5))} ms late, 99 of 100 ${compact(quantile(late, 0.99))} ms`,
        ],
      },
    }
  },
}
