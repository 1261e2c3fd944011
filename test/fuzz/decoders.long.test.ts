import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Decoders } from './decoders.js'
import { attempt, corpusOf, fuzzTargets, vectorFile } from './target.js'
import './targets/index.js'
import { repeats } from '../helpers/repeats.js'

const seconds = repeats(1, 1800)
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))

describe.each(fuzzTargets().map((target) => ({ name: target.name, target })))('$name', ({ target }) => {
  it('takes every input of its corpus', async () => {
    const corpus = corpusOf(target)
    expect(corpus.length).toBeGreaterThan(0)
    for (const bytes of corpus) await attempt(target, { bytes, seed: 1 })
  })

  it(`takes inputs that are changed at random (FUZZ_SEED=${seed})`, {
    timeout: seconds * 1000 + 60_000,
  }, async () => {
    const decoders = new Decoders([target], { seconds, seed, report: () => undefined })
    await decoders.all()
    expect(decoders.findings).toEqual([])
    expect(decoders.counts[target.name]).toBeGreaterThan(0)
  })
})

it('every folder of the corpus belongs to a target', () => {
  const names = new Set(fuzzTargets().map(({ name }) => name))
  expect(readdirSync(vectorFile('fuzz')).filter((name) => !names.has(name))).toEqual([])
})
