import { expect, test } from 'vitest'
import { QuestionQueue } from '../../../src/methods/counts/question-queue.js'

/** Asks questions whose answers the test gives. */
class Room {
  readonly queue = new QuestionQueue(2, 8)
  /** Keys of the questions being answered, in the order in which they began. */
  readonly begun: string[] = []
  readonly #finish = new Map<string, (answer: string) => void>()

  ask(name: string, key: string, signal = new AbortController().signal): Promise<string> {
    const principal = { name, source: '' }
    return this.queue.ask({ principal, signal }, key, (aborted) => {
      this.begun.push(key)
      return new Promise((resolve, reject) => {
        this.#finish.set(key, resolve)
        aborted.addEventListener('abort', () => reject(new Error(`${key} was aborted`)))
      })
    })
  }

  async answer(key: string): Promise<void> {
    this.#finish.get(key)!(`answer to ${key}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('of one principal, two questions are answered at a time, and the others wait in order', async () => {
  const room = new Room()
  const answers = ['a', 'b', 'c', 'd'].map((key) => room.ask('one', key))
  expect(room.begun).toEqual(['a', 'b'])
  await room.answer('b')
  expect(room.begun).toEqual(['a', 'b', 'c'])
  await room.answer('a')
  for (const key of ['c', 'd']) await room.answer(key)
  expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd'].map((key) => `answer to ${key}`))
})

test('the same question asked many times while it waits is answered once, after the one in progress', async () => {
  const room = new Room()
  const first = room.ask('one', 'long')
  const busy = room.ask('one', 'other')
  const same = Array.from({ length: 15 }, () => room.ask('one', 'long'))
  await room.answer('long')
  expect(room.begun).toEqual(['long', 'other', 'long'])
  for (const key of ['other', 'long']) await room.answer(key)
  expect(new Set(await Promise.all([first, busy, ...same]))).toEqual(
    new Set(['answer to other', 'answer to long']),
  )
})

test('principals never share an answer, and take turns when too many questions wait', async () => {
  const room = new Room()
  for (let nth = 0; nth < 9; nth++) void room.ask('many', `many ${nth}`)
  for (let nth = 0; nth < 4; nth++)
    for (const key of ['x', 'y', 'z']) void room.ask(`some ${nth}`, `${nth} ${key}`)
  expect(room.begun.length).toBe(8)
  await room.answer('many 0')
  await room.answer('many 1')
  // The others came later, but it is their turn.
  expect(room.begun.slice(8).filter((key) => key.startsWith('many'))).toEqual(['many 2'])
})

test('a question that nobody waits for any more is aborted, or not begun at all', async () => {
  const room = new Room()
  const [left, stays] = [new AbortController(), new AbortController()]
  const all = [
    room.ask('one', 'a', left.signal),
    room.ask('one', 'b', stays.signal),
    room.ask('one', 'c', left.signal),
    room.ask('one', 'c', stays.signal),
    room.ask('one', 'd', left.signal),
    room.ask('one', 'e', stays.signal),
  ].map((answer) => answer.catch((error) => error.code))
  left.abort()
  await new Promise((resolve) => setImmediate(resolve))
  expect(room.begun).toEqual(['a', 'b', 'c'])
  for (const key of ['b', 'c', 'e']) await room.answer(key)
  expect(room.begun).toEqual(['a', 'b', 'c', 'e'])
  const gone = 'TCN_CLIENT_ABORTED'
  expect(await Promise.all(all)).toEqual([gone, 'answer to b', gone, 'answer to c', gone, 'answer to e'])
})
