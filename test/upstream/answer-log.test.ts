import { expect, it } from 'vitest'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { type AnsweredQuestion, AnswerLog } from '../../src/upstream/answer-log.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'

const asked = (question: string) => ({ question, by: 'ops', method: 'events.read', params: {} })
const page = (bytes: number) => Promise.resolve({ frames: new Uint8Array(bytes) })

function opened() {
  const runtime = new FakeRuntime()
  const told: AnsweredQuestion[] = []
  return { runtime, told, log: new AnswerLog(runtime, (answered) => told.push(answered)) }
}

it('a question of many requests is told once, some seconds after the last of them', async () => {
  const { runtime, told, log } = opened()
  for (let n = 0; n < 3; n++) await log.watch(asked('q'), page(100))
  await log.watch(asked('q'), Promise.reject(new TocsinError('TCN_ACCESS_DENIED'))).catch(() => undefined)
  expect(told).toEqual([])
  runtime.advance(5_000)
  const sum = { question: 'q', principal: 'ops', method: 'events.read', requests: 4, bytes: 300 }
  expect(told).toEqual([{ ...sum, result: 'TCN_ACCESS_DENIED' }])
})

it('very many questions do not fill the log: what is beyond a hundred is told together', async () => {
  const { runtime, told, log } = opened()
  for (let n = 0; n < 150; n++) await log.watch(asked(`q${n}`), page(1))
  runtime.advance(5_000)
  expect(told).toHaveLength(100)
  log.close()
  expect(told).toHaveLength(101)
  expect(told.at(-1)).toMatchObject({ question: '', requests: 50, bytes: 50 })
})

it('nothing is left after it was closed during a request', async () => {
  const { runtime, told, log } = opened()
  let answer = (_result: unknown) => {}
  const watched = log.watch(asked('q'), new Promise((resolve) => (answer = resolve)))
  log.close()
  answer({})
  await watched
  runtime.advance(60_000)
  expect(told).toHaveLength(1)
})
