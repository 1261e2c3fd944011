import type { Bench } from '../harness/bench.js'
import { compareInTurn } from '../harness/compare.js'
import type { Benchmark } from '../harness/row.js'
import type { PublisherOptions } from '../roles/publisher.js'
import type { ReplayerOptions } from '../roles/replayer.js'
import type { RunningSide } from '../sides/side.js'

/** Events until the code of server and client is compiled. */
const WARM_UP = 2_000_000

/**
 * Seconds of a turn. The faster side replays its log several times: a turn of 50 ms would be at the mercy of one
 * collection of garbage, or of what else the machine does.
 */
const TURN = { quick: 0.6, full: 3 }

export const replay: Benchmark = {
  rows: [
    {
      name: 'replay',
      what: 'stored events over the unix socket, undecoded; peer JetStream ordered consumer',
      unit: 'events/s',
      judge: 'ratio-at-least',
      must: 10,
      aim: 15,
    },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const peer = await replaying(bench, await bench.nats(true))
    const ours = await replaying(bench, await bench.hub())
    const figures = await compareInTurn(
      bench,
      { name: 'tocsin', measure: ours },
      { name: 'peer', measure: peer },
    )
    return { replay: figures }
  },
}

/** Fills the log of a server. Returns a function that replays it for a turn and returns the rate. */
export async function replaying(bench: Bench, side: RunningSide): Promise<() => Promise<number>> {
  const events = bench.quick ? 200_000 : 2_000_000
  const ends = { side: side.name, address: side.address }
  const publisher = await bench.child('publisher', {
    ...ends,
    progress: bench.socketPath(),
    window: 8192,
  } satisfies PublisherOptions)
  await publisher.call('fill', events)
  await publisher.stop()
  const replayer = await bench.child('replayer', ends satisfies ReplayerOptions)
  for (let warm = 0; warm < WARM_UP; warm += events) await replayer.call('replay', events)
  return () => replayer.call<number>('replay', events, bench.quick ? TURN.quick : TURN.full)
}
