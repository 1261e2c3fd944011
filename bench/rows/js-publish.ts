import { alternate, type Bench } from '../harness/bench.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { compact, median, pairedRatio, spread } from '../harness/statistics.js'
import type { AppenderKind, AppendRate, StreamAppenderOptions } from '../roles/stream-appender.js'
import type { RunningSide } from '../sides/side.js'

const KINDS: AppenderKind[] = ['engine', 'bare', 'expecting', 'library']
/** A small window, and that of a cluster unless it is configured. */
const WINDOWS = [256, 1024]

interface Measured extends AppendRate {
  /** Processor time of nats-server per event, µs. */
  server: number
}

/** Appends the same events in the engine's way and in two others. */
export const jsPublish: Benchmark = {
  rows: [
    {
      name: 'js-publish',
      what: 'appended through the JetStream engine, acknowledged, window 256; peer a bare client with one inbox',
      unit: 'events/s',
      judge: 'ratio-at-least',
      must: 0.7,
      aim: 1,
    },
    {
      name: 'js-publish-library',
      what: "the same; peer `publish` of NATS's library",
      unit: 'events/s',
      judge: 'ratio-at-least',
      must: 2,
      aim: 4,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const server = await bench.nats(true)
    const [small, large] = [await inTurn(bench, server, WINDOWS[0]), await inTurn(bench, server, WINDOWS[1])]
    const notes = [...notesOf(WINDOWS[0], small), ...notesOf(WINDOWS[1], large)]
    return {
      'js-publish': { ...compared(small[0], small[1]), notes },
      'js-publish-library': compared(small[0], small[3]),
    }
  },
}

/** Measures every way in turn, each over connections that only live in its own turns. */
async function inTurn(bench: Bench, server: RunningSide, window: number): Promise<Measured[][]> {
  const runs = await Promise.all(
    KINDS.map(async (kind) => {
      const options: StreamAppenderOptions = { kind, address: server.address, window }
      const appender = await bench.child('stream-appender', options)
      return async (): Promise<Measured> => {
        await appender.call('open')
        const before = cpuMicros(server.pid)
        const [warmUp, length] = bench.quick ? [0.3, 0.7] : [1, 3]
        const rate = await appender.call<AppendRate>('measure', warmUp, length)
        const used = cpuMicros(server.pid) - before
        await appender.call('close')
        return { ...rate, server: used / (rate.events * (warmUp + length)) }
      }
    }),
  )
  return alternate(bench.turns, runs)
}

function compared(ours: Measured[], peers: Measured[]): Figures {
  const [our, peer] = [ours, peers].map((rounds) => rounds.map(({ events }) => events))
  return { value: median(our), peer: median(peer), ratio: pairedRatio(our, peer) }
}

function notesOf(window: number, measured: Measured[][]): string[] {
  return measured.map((rounds, at) => {
    const figure = (of: (each: Measured) => number) => compact(median(rounds.map(of)))
    const rates = rounds.map(({ events }) => events)
    const cpu = `µs an event: client ${figure(({ cpu }) => cpu)}, server ${figure(({ server }) => server)}`
    const engine = measured[0].map(({ events }) => events)
    return `window ${window}, ${KINDS[at]}: ${spread(rates)}; ${cpu}; engine ${pairedRatio(engine, rates).toFixed(2)} ×`
  })
}
