import { expect, test } from 'vitest'
import type { GateOutcome } from '../../../src/bus/api.js'
import type { GateQuestion } from '../../../src/bus/other-guards.js'
import { GateAnswers } from '../../../src/cluster/gates/gate-answers.js'
import {
  decodeGateMessage,
  encodeGateMessage,
  type GateMessage,
} from '../../../src/cluster/gates/gate-message.js'
import type { GateHub, GateNet } from '../../../src/cluster/gates/gate-net.js'
import { GateQuestions } from '../../../src/cluster/gates/gate-questions.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const DEADLINE = 5000
const QUESTION: GateQuestion = { name: 'go', seq: 7, deadline: DEADLINE, labels: false, cause: undefined }

type Outcome = Pick<GateOutcome, 'answers' | 'missing'>

/** The hub `a`, which asks, and `b`, which has guards; what they send arrives when the test says so. */
class Two {
  readonly runtime = new FakeRuntime()
  readonly sent: { to: string; message: GateMessage }[] = []
  readonly heard: unknown[] = []
  readonly questions: GateQuestions
  readonly answers: GateAnswers
  readonly asked: number[] = []
  isInStep = true
  /** Ends the waiting of the guards. */
  answer: (outcome: Outcome) => void = () => undefined
  cancelled = 0

  constructor(maxPayload = 1024 * 1024) {
    this.questions = new GateQuestions(this.#net('a', ['b'], maxPayload), () => 'epoch')
    this.answers = new GateAnswers(this.#net('b', ['a'], maxPayload), {
      epoch: 'epoch',
      ask: ({ seq }, done) => {
        this.asked.push(seq)
        this.answer = done
        return () => void this.cancelled++
      },
    })
  }

  #net(self: string, others: string[], maxPayload: number): GateNet {
    const hub = (id: string): GateHub => ({ id, name: `hub-${id}`, gates: ['go'] })
    return {
      runtime: this.runtime,
      self,
      maxPayload,
      others: () => others.map(hub),
      inStep: () => (this.isInStep ? Promise.resolve() : new Promise(() => undefined)),
      send: (to, message) => {
        const bytes = encodeGateMessage(message)
        expect(bytes.length).toBeLessThan(maxPayload)
        this.sent.push({ to, message: decodeGateMessage(bytes)! })
      },
    }
  }

  ask() {
    return this.questions.ask(QUESTION, {
      answered: (subscriber, answer, hub) => this.heard.push([subscriber, answer, hub]),
      missed: ({ reason, hub }) => this.heard.push([reason, hub]),
      over: () => this.heard.push('over'),
    })
  }

  /** Hands over what was sent, and what that leads to. `isLost`: whether a message does not arrive. */
  async deliver(isLost: (message: GateMessage) => boolean = () => false): Promise<void> {
    await this.runtime.settle()
    while (this.sent.length > 0) {
      const { to, message } = this.sent.shift()!
      if (!isLost(message)) this.#take(to, message)
      await this.runtime.settle()
    }
  }

  #take(to: string, message: GateMessage): void {
    if (message.do === 'told') this.questions.take(message)
    else if (to === 'b' && message.do === 'ask') this.answers.take(message)
    else if (to === 'b' && message.do === 'over') this.answers.over(message)
  }
}

const YES: Outcome = { answers: [{ subscriber: 's', answer: { yes: true } }], missing: [] }
const HEARD = [['s', { yes: true }, 'hub-b'], 'over']

test('a question is asked once, and both hubs forget it when it is answered', async () => {
  const two = new Two()
  two.ask()
  await two.deliver()
  two.answer(YES)
  await two.deliver()
  expect([two.heard, two.asked, two.questions.size, two.answers.size]).toEqual([HEARD, [7], 0, 0])
  expect(two.runtime.pending).toBe(0)
})

test.each(['ask', 'told'] as const)('a lost message "%s" is made up for by asking again', async (kind) => {
  const two = new Two()
  let lost = 0
  const isLost = (message: GateMessage) => message.do === kind && lost++ === 0
  two.ask()
  await two.deliver(isLost)
  two.answer(YES)
  await two.deliver(isLost)
  await two.runtime.pass(1000)
  await two.deliver(isLost)
  two.answer(YES)
  await two.deliver(isLost)
  expect([two.heard, two.asked, two.answers.size]).toEqual([HEARD, [7], 0])
})

test('an answer after the end is answered with the end, so that its hub does not keep it', async () => {
  const two = new Two()
  const asking = two.ask()
  await two.deliver()
  asking.close()
  await two.deliver(({ do: kind }) => kind === 'over')
  expect(two.answers.size).toBe(1)
  two.answer(YES)
  await two.deliver()
  expect([two.heard, two.answers.size, two.cancelled]).toEqual([[], 0, 1])
})

test('a hub that does not answer is named soon after the deadline, and one that is gone at once', async () => {
  const late = new Two()
  const asking = late.ask()
  await late.deliver()
  await late.runtime.pass(DEADLINE)
  asking.expire()
  await late.runtime.pass(500)
  expect(late.heard).toEqual([['timeout', 'hub-b'], 'over'])
  const gone = new Two()
  gone.ask()
  await gone.deliver()
  gone.questions.died({ id: 'b', name: 'hub-b', gates: ['go'] }, 'stopped')
  expect(gone.heard).toEqual([['left', 'hub-b'], 'over'])
})

test('hubs that are not known before the deadline are named together', async () => {
  const two = new Two()
  two.isInStep = false
  const asking = two.ask()
  await two.runtime.pass(DEADLINE)
  asking.expire()
  await two.runtime.pass(500)
  expect(two.heard).toEqual([['timeout', 'other hubs'], 'over'])
  await two.runtime.pass(10_000)
  expect([two.heard.length, two.questions.size, two.runtime.pending]).toEqual([2, 0, 0])
})

test('a hub that has gone without a word is named at its gates as long as clients may believe in it', async () => {
  const two = new Two()
  two.questions.died({ id: 'c', name: 'hub-c', gates: ['go'] }, 'silent')
  two.ask()
  await two.deliver()
  expect(two.heard).toEqual([['left', 'hub-c']])
  await two.runtime.pass(200_001)
  two.heard.length = 0
  two.ask()
  await two.deliver()
  expect(two.heard).toEqual([])
})

test('a hub that was killed is not named when its name is in use again', async () => {
  const two = new Two()
  two.questions.died({ id: 'before', name: 'hub-b', gates: ['go'] }, 'silent')
  two.ask()
  await two.deliver()
  two.answer({ answers: [{ subscriber: 's', answer: 1 }], missing: [] })
  await two.deliver()
  expect(two.heard).toEqual([['s', 1, 'hub-b'], 'over'])
})

test('answers of many guards come in several messages, in whatever order, and each once', async () => {
  const two = new Two(64 * 1024)
  two.ask()
  await two.deliver()
  const answers = Array.from({ length: 100 }, (_, at) => ({ subscriber: `s${at}`, answer: 'x'.repeat(2000) }))
  two.answer({ answers, missing: [{ subscriber: 'late', reason: 'timeout' }] })
  const told = two.sent.splice(0)
  expect(told.length).toBeGreaterThan(3)
  two.sent.push(...told.reverse(), ...told)
  await two.deliver()
  expect(two.heard.length).toBe(102)
  expect(new Set(two.heard.map((row) => JSON.stringify(row))).size).toBe(102)
  expect(two.heard.slice(-2)).toEqual([['timeout', 'hub-b'], 'over'])
})

test('answers that nobody fetches are dropped some time after the deadline', async () => {
  const two = new Two()
  two.ask()
  await two.deliver()
  two.answer(YES)
  two.sent.length = 0
  two.questions.close()
  two.sent.length = 0
  await two.runtime.pass(DEADLINE + 10_000)
  expect([two.answers.size, two.runtime.pending]).toEqual([0, 0])
})

test('a hub that was silent before the asking one began is named too, unless its name is in use again', async () => {
  const two = new Two()
  two.questions.wasSilent({ id: 'c', name: 'hub-c', gates: ['go'] }, 30_000)
  two.questions.wasSilent({ id: 'd', name: 'hub-d', gates: ['other'] }, 30_000)
  two.questions.wasSilent({ id: 'e', name: 'hub-b', gates: ['go'] }, 30_000)
  two.ask().close()
  await two.deliver()
  expect([two.heard, two.questions.gone('go').map(({ name }) => name)]).toEqual([[], ['hub-c']])
  two.ask()
  await two.deliver()
  two.answer(YES)
  await two.deliver()
  expect(two.heard).toEqual([['left', 'hub-c'], ...HEARD])
  await two.runtime.pass(171_000)
  expect(two.questions.gone('go')).toEqual([])
})
