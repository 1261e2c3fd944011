import { alternate } from '../harness/bench.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark } from '../harness/row.js'
import { compact, median, pairedRatio, spread } from '../harness/statistics.js'
import type { ReaderOptions, ReadRate } from '../roles/jetstream-reader.js'

const KINDS: ReaderOptions['kind'][] = ['engine', 'ordered', 'push']

/** Reads the same stream in three ways. */
export const jsReplay: Benchmark = {
  rows: [
    {
      name: 'js-replay',
      what: 'stored events read through the JetStream engine, undecoded; peer ordered consumer of the library',
      unit: 'events/s',
      judge: 'ratio-at-least',
      must: 0.8,
      aim: 1.5,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const events = bench.quick ? 81_920 : 819_200
    const server = await bench.nats(true)
    const filler = await bench.child('jetstream-reader', options('engine', server.address))
    await filler.call('fill', events)
    await filler.stop()
    const runs = await Promise.all(
      KINDS.map(async (kind) => {
        const reader = await bench.child('jetstream-reader', options(kind, server.address))
        return async () => {
          const before = cpuMicros(server.pid)
          const rate = await reader.call<ReadRate>('read', events)
          return { ...rate, server: (cpuMicros(server.pid) - before) / events }
        }
      }),
    )
    for (const run of runs) await run()
    const measured = await alternate(bench.turns, runs)
    const [engine, ...peers] = measured.map((rounds) => rounds.map((round) => round.events))
    const notes = measured.map((rounds, at) => {
      const rates = rounds.map((round) => round.events)
      const [cpu, used] = [rounds.map((round) => round.cpu), rounds.map((round) => round.server)].map(median)
      const ratio = pairedRatio(engine, rates).toFixed(2)
      return `${KINDS[at]}: ${spread(rates)}; µs an event: client ${compact(cpu)}, server ${compact(used)}; engine ${ratio} ×`
    })
    const ratio = pairedRatio(engine, peers[0])
    return { 'js-replay': { value: median(engine), peer: median(peers[0]), ratio, notes } }
  },
}

function options(kind: ReaderOptions['kind'], address: string): ReaderOptions {
  return { kind, address }
}
