import type { Bench } from '../harness/bench.js'
import { compareInTurn } from '../harness/compare.js'
import type { Benchmark } from '../harness/row.js'

export const sctpParse: Benchmark = {
  rows: [
    {
      name: 'sctp-parse',
      what: '20-byte SCTP notifications a second of processor time, from a buffer of 65,536, objects kept, against Buffer.readUInt16LE and readUInt32LE',
      unit: 'notifications/s',
      judge: 'ratio-at-least',
      must: 5,
      aim: 8,
    },
  ],
  async run(bench) {
    const figures = await compareInTurn(
      bench,
      { name: 'reader', measure: await prepare(bench, false) },
      { name: 'Buffer', measure: await prepare(bench, true) },
    )
    return { 'sctp-parse': figures }
  },
}

/**
 * With the default young generation, the collector copies kept objects for longer than either side reads, and no
 * reader could be five times as fast as another.
 */
const YOUNG_GENERATION = ['--min-semi-space-size=64', '--max-semi-space-size=64']

/** Uses a separate process for each, so that neither is compiled for the other's work. */
async function prepare(bench: Bench, plain: boolean): Promise<() => Promise<number>> {
  const parser = await bench.child('sctp-parser', { plain }, YOUNG_GENERATION)
  const duration = bench.quick ? 0.3 : 1
  await parser.call('run', duration)
  return () => parser.call<number>('run', duration)
}
