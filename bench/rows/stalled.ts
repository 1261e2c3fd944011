import type { Bench } from '../harness/bench.js'
import type { Child } from '../harness/child.js'
import { pause, seconds, until } from '../harness/clock.js'
import { Highest } from '../harness/highest.js'
import { countsOf, rateEach, startPublisher, startSubscribers } from '../harness/paced.js'
import { anonymousKilobytes } from '../harness/process-facts.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { compact, median } from '../harness/statistics.js'
import type { PublisherCounts } from '../roles/publisher.js'
import { startSaltHub } from '../sides/salt-hub.js'
import type { RunningSide } from '../sides/side.js'

const RATE = 100_000
const OTHERS = 9
const MAX_GROWTH_MB = 20
/** Seconds after which a rate means something. */
const SHORTEST = 1

export const stalled = stalledRow('stalled', 'one of 10', (bench) => bench.hub())
export const saltStalled = stalledRow('salt-stalled', 'one of 10 on Salt sockets', startSaltHub)

function stalledRow(name: string, who: string, startHub: (bench: Bench) => Promise<RunningSide>): Benchmark {
  const what = `${who} stopped at ${RATE.toLocaleString('en')}/s: rate of the others, as a share of it`
  return {
    rows: [{ name, what, unit: 'share', judge: 'value-at-least', must: 0.95, aim: 0.99 }],
    run: async (bench) => ({ [name]: await measureStalled(bench, await startHub(bench)) }),
  }
}

async function measureStalled(bench: Bench, hub: RunningSide): Promise<Figures> {
  const publisher = await startPublisher(bench, hub)
  const others = await startSubscribers(bench, hub, OTHERS, 1)
  const victim = await startSubscribers(bench, hub, 1, 0)
  const stage = { hub, publisher, others, victim }
  await publisher.call('pace', RATE, false)
  // Until it has happened once, the heap of the hub grows whether somebody stops or not.
  await stall(bench, stage)
  const rounds: Round[] = []
  for (let i = 0; i < bench.rounds; i++) rounds.push(await stall(bench, stage))
  const { sent } = await publisher.call<PublisherCounts>('halt')
  const complete = await until(
    'the stopped one has everything',
    async () => (await countsOf(victim)).total >= sent,
  )
  const growth = Math.max(...rounds.map((round) => round.growthMb))
  const meanwhile = median(rounds.map((round) => round.catchingUp))
  return {
    value: median(rounds.map((round) => round.stopped)),
    also: [
      {
        ok: growth <= MAX_GROWTH_MB,
        what: `the hub grows ${compact(growth)} MB (at most ${MAX_GROWTH_MB})`,
      },
      {
        ok: meanwhile >= 0.9,
        what: `the others while it catches up: ${compact(meanwhile)} (at least 0.9)`,
      },
      { ok: complete, what: 'the stopped one gets every event' },
    ],
    notes: [`caught up after ${rounds.map((round) => compact(round.seconds)).join(', ')} s`],
  }
}

interface Round {
  /** Rates of the other subscribers as a share of the rate: while one is stopped, and while it catches up. */
  stopped: number
  catchingUp: number
  growthMb: number
  /** Seconds until it had caught up. */
  seconds: number
}

interface Stage {
  hub: RunningSide
  publisher: Child
  others: Child
  victim: Child
}

async function stall(bench: Bench, { hub, publisher, others, victim }: Stage): Promise<Round> {
  const length = bench.quick ? 2 : 6
  // Compares the highest values of equally long times, since memory rises and falls with every collection.
  const before = await highestDuring(hub, () => pause(length + SHORTEST))
  const highest = new Highest(() => anonymousKilobytes(hub.pid))
  try {
    victim.signal('SIGSTOP')
    const stopped = await shareDuring(others, () => pause(length))
    victim.signal('SIGCONT')
    const started = seconds()
    let caughtUp = 0
    const catchingUp = await shareDuring(others, async () => {
      await until('the stopped one catches up', () => isCurrent(publisher, victim), 60, 20)
      caughtUp = seconds() - started
      if (caughtUp < SHORTEST) await pause(SHORTEST - caughtUp)
    })
    return { stopped, catchingUp, growthMb: (highest.value - before) / 1024, seconds: caughtUp }
  } finally {
    highest.stop()
  }
}

async function highestDuring(hub: RunningSide, work: () => Promise<void>): Promise<number> {
  const highest = new Highest(() => anonymousKilobytes(hub.pid))
  await work()
  highest.stop()
  return highest.value
}

async function shareDuring(others: Child, work: () => Promise<void>): Promise<number> {
  const before = await countsOf(others)
  await work()
  return rateEach(before, await countsOf(others), OTHERS) / RATE
}

/** Returns whether it is behind by less than the events in flight at this rate. */
async function isCurrent(publisher: Child, victim: Child): Promise<boolean> {
  const { total } = await countsOf(victim)
  const { sent } = await publisher.call<PublisherCounts>('counts')
  return sent - total < RATE / 20
}
