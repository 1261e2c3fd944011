import { expect, test } from 'vitest'
import type { Authorize, Principal } from '../../../src/bus/principal.js'
import { Counting, OngoingQuestions } from '../../../src/methods/counts/ongoing.js'
import { QuestionQueue } from '../../../src/methods/counts/question-queue.js'
import type { Coverage } from '../../../src/methods/results/events.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

type Answer = Coverage & { question: number }

/** Counts until `finish` is called. */
class ByHand extends Counting<Answer> {
  signal: AbortSignal | undefined
  finish!: () => void
  readonly #number: number
  #isDone = false

  constructor(number: number) {
    super()
    this.#number = number
  }

  protected async prepare(): Promise<void> {}

  protected async count(signal: AbortSignal): Promise<void> {
    this.signal = signal
    await new Promise<void>((resolve, reject) => {
      this.finish = resolve
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
    this.#isDone = true
  }

  soFar(): Answer {
    return { question: this.#number, exact: this.#isDone }
  }
}

function setUp() {
  const runtime = new FakeRuntime()
  let rights = '*'
  const authorize = (() => ({ key: rights })) as unknown as Authorize
  const changeRights = () => {
    rights = 'load/'
  }
  const questions = new OngoingQuestions<Answer>({ runtime, authorize }, new QuestionQueue())
  const begun: ByHand[] = []
  const ask = async (
    patience: { wait?: number; more?: string | undefined },
    { name = 'one', key = 'key', signal = new AbortController().signal } = {},
  ) => {
    const call = { principal: { name } as Principal, signal }
    const { wait, more } = patience
    const asked = { ...(wait !== undefined && { wait }), ...(more !== undefined && { more }) }
    const answer = questions.ask(call, key, asked, () => {
      const counting = new ByHand(begun.length + 1)
      begun.push(counting)
      return counting
    })
    await runtime.settle()
    return { answer }
  }
  return { runtime, begun, ask, changeRights }
}

test('without a time to wait, the answer comes when everything is counted', async () => {
  const { begun, ask } = setUp()
  const { answer } = await ask({})
  begun[0]!.finish()
  expect(await answer).toEqual({ question: 1, exact: true })
})

test('a question that takes longer is answered so far, and continued with the more of that answer', async () => {
  const { runtime, begun, ask } = setUp()
  const first = await ask({ wait: 100 })
  runtime.advance(100)
  const { more, ...soFar } = await first.answer
  expect(soFar).toEqual({ question: 1, exact: false })
  const second = await ask({ wait: 100, more })
  begun[0]!.finish()
  expect(await second.answer).toEqual({ question: 1, exact: true })
  expect(begun.length).toBe(1)
})

test.each([
  ['another principal', { name: 'other' }],
  ['another question', { key: 'other' }],
])('the more of an answer means nothing to %s', async (_, other) => {
  const { runtime, begun, ask } = setUp()
  const first = await ask({ wait: 100 })
  runtime.advance(100)
  const { more } = await first.answer
  const { answer } = await ask({ wait: 100, more }, other)
  begun[1]!.finish()
  expect(await answer).toEqual({ question: 2, exact: true })
})

test('what nobody asks for any more ends after 10 s, and is then begun anew', async () => {
  const { runtime, begun, ask } = setUp()
  const first = await ask({ wait: 100 })
  runtime.advance(100)
  const { more } = await first.answer
  runtime.advance(9999)
  expect(begun[0]!.signal!.aborted).toBe(false)
  runtime.advance(1)
  expect(begun[0]!.signal!.aborted).toBe(true)
  const { answer } = await ask({ wait: 100, more })
  begun[1]!.finish()
  expect(await answer).toEqual({ question: 2, exact: true })
})

test('a question ends when its caller is gone, also while it continues another one', async () => {
  const { runtime, begun, ask } = setUp()
  const first = await ask({ wait: 100 })
  runtime.advance(100)
  const { more } = await first.answer
  const gone = new AbortController()
  const { answer } = await ask({ wait: 100, more }, { signal: gone.signal })
  gone.abort(new Error('gone'))
  await expect(answer).rejects.toMatchObject({ code: 'TCN_CLIENT_ABORTED' })
  expect(begun[0]!.signal!.aborted).toBe(true)
})

test('of too many answers that a principal leaves behind, the oldest goes', async () => {
  const { runtime, begun, ask } = setUp()
  const left: (string | undefined)[] = []
  for (let nth = 0; nth < 17; nth++) {
    const { answer } = await ask({ wait: 100 }, { key: `key ${nth}` })
    runtime.advance(100)
    left.push((await answer).more)
    begun.at(-1)!.finish()
    await runtime.settle()
  }
  const second = await ask({ wait: 100, more: left[1] }, { key: 'key 1' })
  expect(await second.answer).toEqual({ question: 2, exact: true })
  const first = await ask({ wait: 100, more: left[0] }, { key: 'key 0' })
  begun[17]!.finish()
  expect(await first.answer).toEqual({ question: 18, exact: true })
})

test('a question that continues begins again when the rights of its principal have changed', async () => {
  const { runtime, begun, ask, changeRights } = setUp()
  const first = await ask({ wait: 100 })
  runtime.advance(100)
  const { more } = await first.answer
  changeRights()
  const second = await ask({ wait: 100, more })
  expect(begun[0]!.signal!.aborted).toBe(true)
  begun[1]!.finish()
  expect(await second.answer).toEqual({ question: 2, exact: true })
})

test.each<[when: string, patience: { wait?: number }]>([
  ['before everything is counted', { wait: 100 }],
  ['when everything is counted', {}],
])('rights that change while somebody waits hold for the answer %s', async (_, patience) => {
  const { runtime, begun, ask, changeRights } = setUp()
  const { answer } = await ask(patience)
  changeRights()
  if (patience.wait === undefined) begun[0]!.finish()
  else runtime.advance(100)
  await runtime.settle()
  begun[1]!.finish()
  expect(await answer).toEqual({ question: 2, exact: true })
})
