import { expect, it } from 'vitest'
import type { Bench } from '../../bench/harness/bench.js'
import { compareInTurn } from '../../bench/harness/compare.js'

it('compares rounds that follow each other, so that what slows both down does not count', async () => {
  const slowdowns = [1, 8, 2, 4, 16]
  let rounds = 0
  const at = (rate: number) => async () => rate / slowdowns[(rounds++ >> 1) % slowdowns.length]
  const bench = { turns: slowdowns.length } as Bench
  const figures = await compareInTurn(
    bench,
    { name: 'ours', measure: at(300) },
    { name: 'peer', measure: at(100) },
  )
  expect(figures).toMatchObject({ ratio: 3, notes: ['ours: 18.8 to 300', 'peer: 6.25 to 100'] })
})
