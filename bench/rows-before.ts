import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Bench } from './harness/bench.js'
import { compareInTurn } from './harness/compare.js'
import { compareDeliveries } from './harness/compare-flows.js'
import { Flow, type FlowOptions } from './harness/flow.js'
import type { Benchmark, Figures } from './harness/row.js'
import { compareDurable } from './rows/durable-ack.js'
import { compareLatencies } from './rows/latency.js'
import { replaying } from './rows/replay.js'
import { startSaltHub } from './sides/salt-hub.js'
import type { RunningSide } from './sides/side.js'
import { startTcpHub } from './sides/tcp-hub.js'
import { startWebHub } from './sides/web-hub.js'

/** A change may not cost more. */
const LEAST = 0.97

type Compare = (now: Bench, before: Bench) => Promise<Figures>

/** The rows of the event path, with the hub that is built in another checkout as the peer. Both have the clients of this one. */
export function rowsBefore(checkout: string): Benchmark[] {
  const program = resolve(join(checkout, 'dist/bundle/main.js'))
  if (!existsSync(program)) {
    console.error(`No hub is built in ${checkout}. Run 'npm run build' there.`)
    process.exit(2)
  }
  const row = (name: string, unit: string, compare: Compare): Benchmark => ({
    rows: [{ name, what: 'against the hub before', unit, judge: 'ratio-at-least', must: LEAST, aim: 1 }],
    run: async (bench) => ({ [name]: await compare(bench, bench.of(program)) }),
  })
  return [
    row('uds-1-1', 'events/s', flowing(hub, { window: 8192, connections: 1, decoding: 1 })),
    row('uds-1-10', 'deliveries/s', flowing(hub, { window: 2048, connections: 10, decoding: 1 })),
    row('tcp-1-10', 'deliveries/s', flowing(startTcpHub, { window: 2048, connections: 10, decoding: 1 })),
    row('ws-1-10', 'deliveries/s', flowing(webHub, { window: 2048, connections: 10, decoding: 1 })),
    row('salt-1-1', 'events/s', flowing(startSaltHub, { window: 8192, connections: 1, decoding: 0 })),
    row('durable-ack', 'events/s', async (now, before) =>
      compareDurable(now, await before.hub(), await now.hub()),
    ),
    row('replay', 'events/s', compareReplays),
    latencyRow(program),
  ]
}

const hub = (bench: Bench): Promise<RunningSide> => bench.hub()
const webHub = (bench: Bench): Promise<RunningSide> => startWebHub(bench, 'tocsin-ws')

function flowing(start: (bench: Bench) => Promise<RunningSide>, options: FlowOptions): Compare {
  return async (now, before) => {
    const peer = await Flow.start(before, await start(before), options)
    const ours = await Flow.start(now, await start(now), options)
    return compareDeliveries(now, peer, ours)
  }
}

async function compareReplays(now: Bench, before: Bench): Promise<Figures> {
  const peer = await replaying(before, await before.hub())
  const ours = await replaying(now, await now.hub())
  return compareInTurn(now, { name: 'now', measure: ours }, { name: 'before', measure: peer })
}

function latencyRow(program: string): Benchmark {
  const row = {
    what: 'against the hub before',
    unit: 'µs',
    judge: 'ratio-at-most' as const,
    must: 1 / LEAST,
    aim: 1,
  }
  return {
    rows: [{ ...row, name: 'latency-p50' }],
    async run(bench) {
      const options = { window: 8192, connections: 1, decoding: 1 }
      const peer = await Flow.start(bench, await bench.of(program).hub(), options)
      return compareLatencies(bench, peer, await Flow.start(bench, await bench.hub(), options))
    },
  }
}
