import { compareInTurn } from '../harness/compare.js'
import type { Benchmark } from '../harness/row.js'

export const cesql: Benchmark = {
  rows: [
    {
      name: 'cesql',
      what: "tag LIKE 'salt/job/%' AND data.retcode <> 0 on frames, against decoding every body and comparing in JavaScript",
      unit: 'events/s',
      judge: 'ratio-at-least',
      must: 3,
      aim: 10,
    },
  ],
  async run(bench) {
    const length = bench.quick ? 0.2 : 1
    const child = await bench.child('condition', {})
    const measure = (way: string) => () => child.call<number>('measure', way, length)
    await measure('undecoded')()
    await measure('decoded')()
    const figures = await compareInTurn(
      bench,
      { name: 'on frames', measure: measure('undecoded') },
      { name: 'decoded', measure: measure('decoded') },
    )
    return { cesql: figures }
  },
}
