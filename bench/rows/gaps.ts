import type { Benchmark } from '../harness/row.js'
import { median, spread } from '../harness/statistics.js'

interface Times {
  opening: number
  listing: number
}

export const gaps: Benchmark = {
  rows: [
    {
      name: 'gaps',
      what: 'the first list of what is missing, in a log of 4,000 segments that was just opened (quick: 400)',
      unit: 's',
      judge: 'value-at-most',
      must: 1,
      aim: 0.3,
    },
  ],
  async run(bench) {
    const segments = bench.quick ? 400 : 4000
    const lister = await bench.child('gap-lister', { folder: bench.folder(), segments })
    const times: Times[] = []
    for (let round = 0; round < bench.rounds; round++) times.push(await lister.call<Times>('list'))
    const listing = times.map((time) => time.listing)
    const opening = times.map((time) => time.opening)
    return { gaps: { value: median(listing), notes: [`${spread(listing)}; opening ${spread(opening)}`] } }
  },
}
