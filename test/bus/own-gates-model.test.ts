import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TestBus, type TestSink } from './fixture.js'

const DEADLINE = 120_000
const programs = ['one', 'two', undefined]

interface Wait {
  readonly at: number
  readonly owing: Set<TestSink>
  isOver: boolean
  isLate: boolean
}

/** Calls of several programs that wait at the gates of the hub, and subscribers that answer, leave or are late. */
class Model {
  readonly hub: TestBus
  readonly members: { sink: TestSink; program: string | undefined; isOpen: boolean }[] = []
  readonly waits: Wait[] = []
  #seq = 0

  constructor(hub: TestBus) {
    this.hub = hub
  }

  async join(program: string | undefined): Promise<void> {
    const sink = await this.hub.subscribe({ label: 'm', gates: ['audit'], peer: { program } })
    this.members.push({ sink, program, isOpen: true })
  }

  async publish(program: string | undefined): Promise<void> {
    const asked = this.members.filter(
      (member) => member.isOpen && (program === undefined || member.program !== program),
    )
    const owing = new Set(asked.map(({ sink }) => sink))
    const wait: Wait = { at: this.#now, owing, isOver: false, isLate: false }
    this.waits.push(wait)
    this.#seq++
    const cause = { principal: this.hub.access.principal('admin'), program }
    void this.hub.bus.gates.publish({ tag: 'audit/1', data: {} }, 'audit', cause).then(({ missing }) => {
      wait.isOver = true
      wait.isLate = missing.some(({ reason }) => reason === 'timeout')
    })
    await this.hub.runtime.settle()
  }

  async answer(member: number, which: number): Promise<void> {
    const found = this.members[member % Math.max(1, this.members.length)]
    if (!found?.isOpen || this.#seq === 0) return
    const seq = 1 + (which % this.#seq)
    try {
      found.sink.api.gateDone('audit', seq, null)
    } catch {
      // It was answered before, is over, or was never asked of this subscriber.
    }
    this.waits[seq - 1].owing.delete(found.sink)
    await this.hub.runtime.settle()
  }

  async leave(member: number): Promise<void> {
    const found = this.members[member % Math.max(1, this.members.length)]
    if (!found?.isOpen) return
    found.isOpen = false
    found.sink.api.close()
    for (const { owing } of this.waits) owing.delete(found.sink)
    await this.hub.runtime.settle()
  }

  /** Somebody waits exactly as long as an answer is owed and the deadline is not over. */
  check(): void {
    for (const { at, owing, isOver, isLate } of this.waits) {
      const isDue = this.#now - at >= DEADLINE
      if (isDue || owing.size === 0) expect(isOver).toBe(true)
      else expect(isOver).toBe(false)
      if (isLate) expect(isDue).toBe(true)
    }
  }

  get #now(): number {
    return this.hub.runtime.monotonic()
  }
}

const program = fc.constantFrom(...programs)
const step = fc.oneof(
  fc.record({ do: fc.constant('join' as const), program }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const), program }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('answer' as const), member: fc.nat(9), seq: fc.nat(20) }),
  },
  fc.record({ do: fc.constant('leave' as const), member: fc.nat(9) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 70_000 }) }),
)

test('no call waits for ever, is released early, or waits for its own program', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const model = new Model(await TestBus.open())
      for (const each of steps) {
        if (each.do === 'join') await model.join(each.program)
        else if (each.do === 'publish') await model.publish(each.program)
        else if (each.do === 'answer') await model.answer(each.member, each.seq)
        else if (each.do === 'leave') await model.leave(each.member)
        else await model.hub.runtime.pass(each.ms)
        model.check()
      }
      await model.hub.runtime.pass(DEADLINE)
      model.check()
      expect(model.waits.every(({ isOver }) => isOver)).toBe(true)
      await model.hub.bus.close()
    }),
    { numRuns: 60 },
  )
})
