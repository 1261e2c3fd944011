import { connect } from '../../src/client/index.js'
import type { Bench } from '../harness/bench.js'
import type { Child } from '../harness/child.js'
import { pause, seconds } from '../harness/clock.js'
import { compareInTurn } from '../harness/compare.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { median, spread } from '../harness/statistics.js'
import type { PublisherOptions } from '../roles/publisher.js'
import type { StreamReaderOptions } from '../roles/stream-reader.js'
import type { RunningSide } from '../sides/side.js'

const CONFIG = 'streams:\n  - { name: jobs, filter: salt/job/* }\n'
const SIMPLE = '/*[retcode = 0]'
const ENGINE = '//retcode[. = 0]/../success'
/** The longest that another client may wait for an answer meanwhile, ms. */
const MAX_DELAY = 50

export const ncsStream: Benchmark = {
  rows: [
    {
      name: 'ncs-stream',
      what: 'replay of a named stream; peer: the same events replayed over the native protocol',
      unit: 'events/s',
      judge: 'ratio-at-least',
      must: 0.7,
      aim: 0.9,
    },
    {
      name: 'ncs-stream-simple',
      what: 'the same with an XPath of child steps, which every event passes',
      unit: 'events/s',
      judge: 'value-at-least',
      must: 100_000,
      aim: 300_000,
    },
    {
      name: 'ncs-stream-engine',
      what: `the same with an XPath that needs the engine, while others wait at most ${MAX_DELAY} ms`,
      unit: 'events/s',
      judge: 'value-at-least',
      must: 5000,
      aim: 20_000,
    },
  ],
  async run(bench) {
    const events = bench.quick ? 200_000 : 1_000_000
    const hub = await bench.hub(CONFIG)
    await fill(bench, hub, events)
    const reader = await bench.child('stream-reader', {
      address: hub.address,
    } satisfies StreamReaderOptions)
    for (let warm = 0; warm < 1_000_000; warm += events) {
      await reader.call('native', events)
      await reader.call('stream', events)
    }
    const plain = await compareInTurn(
      bench,
      { name: 'stream', measure: () => reader.call<number>('stream', events) },
      { name: 'native', measure: () => reader.call<number>('native', events) },
    )
    return {
      'ncs-stream': plain,
      'ncs-stream-simple': await rateOf(bench, reader, events, SIMPLE),
      'ncs-stream-engine': await engineRate(bench, hub, reader, events / 20),
    }
  },
}

async function fill(bench: Bench, { name, address }: RunningSide, events: number): Promise<void> {
  const publisher = await bench.child('publisher', {
    side: name,
    address,
    progress: bench.socketPath(),
    window: 8192,
  } satisfies PublisherOptions)
  await publisher.call('fill', events)
  await publisher.stop()
}

async function rateOf(bench: Bench, reader: Child, events: number, xpath: string): Promise<Figures> {
  const rates: number[] = []
  for (let round = 0; round < bench.rounds; round++) rates.push(await reader.call('stream', events, xpath))
  return { value: median(rates), notes: [spread(rates)] }
}

/** Asks the hub something all the while. */
async function engineRate(bench: Bench, hub: RunningSide, reader: Child, events: number): Promise<Figures> {
  const client = await connect({ address: hub.address })
  const delays: number[] = []
  let isDone = false
  const asking = (async () => {
    // The first answer has schemas that are made for it, with or without the engine.
    await client.request('types.list')
    while (!isDone) {
      const began = seconds()
      await client.request('types.list')
      delays.push((seconds() - began) * 1000)
      await pause(0.01)
    }
  })()
  const figures = await rateOf(bench, reader, events, ENGINE)
  isDone = true
  await asking
  await client.close()
  const worst = Math.max(...delays)
  const what = `the longest answer to another client took ${worst.toFixed(1)} ms, the median one ${median(delays).toFixed(1)} ms`
  return { ...figures, also: [{ ok: worst <= MAX_DELAY, what }] }
}
