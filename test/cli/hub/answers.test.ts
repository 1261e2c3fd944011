import { expect, it } from 'vitest'
import { z } from 'zod'
import { answerShapes } from '../../../src/cli/hub/answer-shapes.js'
import { explainAnswers, faultIn, noteAnswer } from '../../../src/cli/hub/answers.js'
import { startTestHub } from '../../../src/hub/testing.js'

const shape = z.strictObject({
  state: z.enum(['up', 'down']),
  place: z.union([z.object({ kind: z.literal('file') }), z.object({ kind: z.literal('unix') })]),
  counts: z.array(z.int()),
})
const good = { state: 'up', place: { kind: 'file' }, counts: [1] }

it('an answer with a value that only a newer hub knows is no fault', () => {
  expect(faultIn(shape, good)).toBeUndefined()
  expect(faultIn(shape, { ...good, state: 'draining', added: true })).toBeUndefined()
  expect(faultIn(shape, { ...good, place: { kind: 'vsock' } })).toBeUndefined()
})

it.each([
  [{}, 'state: Invalid option'],
  [{ ...good, state: 5 }, 'state: Invalid option'],
  [{ ...good, place: 5 }, 'place: Invalid'],
  [{ ...good, counts: undefined }, 'counts: expected array, received undefined'],
  [{ ...good, counts: [1, 'x'] }, 'counts.1: expected number, received string'],
  [undefined, 'the answer: expected object, received undefined'],
])('the first fault in %j is named', (answer, reason) => {
  expect(faultIn(shape, answer)).toContain(reason)
})

it.each([new TypeError('x is undefined'), new RangeError('too long'), new SyntaxError('no number')])(
  'an answer of another shape is named as the reason of a %s',
  async (thrown) => {
    noteAnswer('hub.health', { state: 5 })
    expect(await explainAnswers(thrown)).toMatchObject({
      code: 'TCN_PROTOCOL_BODY',
      message: expect.stringContaining('an unexpected answer to hub.health: '),
      cause: thrown,
    })
  },
)

it('an answer of another shape is not the reason of what a command reports itself', async () => {
  noteAnswer('hub.health', { state: 5 })
  const thrown = new Error('the disk is full')
  expect(await explainAnswers(thrown)).toBe(thrown)
})

it('the shape of an answer is the one that the hub describes', async () => {
  const hub = await startTestHub()
  try {
    const described = [...hub.hub.methods.values()].map(({ name, result }) => [name, result] as const)
    expect(described.length).toBeGreaterThan(60)
    for (const [name, result] of described)
      expect(answerShapes[name as keyof typeof answerShapes] === result, name).toBe(true)
  } finally {
    await hub.close()
  }
})
