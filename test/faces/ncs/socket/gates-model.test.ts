import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { GateOutcome } from '../../../../src/bus/api.js'
import type { TocsinError } from '../../../../src/errors/tocsin-error.js'
import { iterateFrames } from '../../../../src/event/index.js'
import { encode } from '../../../../src/event/msgpack/encoder.js'

import { NcsHost } from '../../../../src/faces/ncs/socket/host.js'
import { readNcsRequest } from '../../../../src/faces/ncs/socket/request.js'
import { NotificationSession } from '../../../../src/faces/ncs/socket/session.js'
import type { Peer } from '../../../../src/faces/shared/session-kind.js'
import type { RecordBodies } from '../../../../src/protocols/native/protocol.js'
import * as C from '../../../../src/protocols/ncs/constants/events.js'
import { eventOf } from '../../../../src/protocols/ncs/notifications/event.js'
import { kindOf } from '../../../../src/protocols/ncs/notifications/kinds.js'
import { TestBus, TestPublisher } from '../../../bus/fixture.js'
import { noStreams } from '../../../helpers/no-streams.js'
import { repeats } from '../../../helpers/repeats.js'
import { samples } from '../../../protocols/ncs/samples.js'

const DEADLINE = 120_000
const gated = [C.NOTIF_AUDIT, C.NOTIF_COMMIT_DIFF, C.NOTIF_HA_INFO, C.NCS_NOTIF_AUDIT_NETWORK]
/** The bits with which subscribers ask to be waited for. */
const syncs = [C.NOTIF_AUDIT_SYNC, 0, C.NOTIF_HA_INFO_SYNC, C.NCS_NOTIF_AUDIT_NETWORK_SYNC]

/** The connection of a notification socket in memory. */
class MemoryPeer implements Peer {
  readonly format = undefined
  readonly pending = 0
  /** Notifications that it was sent, and the seq of each. */
  readonly seqs: number[] = []
  fault: TocsinError | undefined
  isOpen = true
  session!: NotificationSession

  write(pieces: readonly unknown[]): void {
    for (const piece of pieces as Uint8Array[])
      for (const event of iterateFrames(piece)) this.seqs.push(event.seq)
  }
  fail(error: TocsinError): void {
    this.fault ??= error
    this.end()
  }
  end(): void {
    this.isOpen = false
    this.session.close()
  }
  answer(type: number, seq: number): void {
    if (!this.isOpen) return
    const body: RecordBodies['gateDone'] = { name: kindOf(type)!.gate!.name, seq }
    this.session.take({ name: 'gateDone', body })
  }
  admit(): void {}
  send(): void {}
  reply(): void {}
  pause(): void {}
  resume(): void {}
}

class Model {
  readonly hub: TestBus
  readonly ncs: NcsHost
  readonly publisher: TestPublisher
  readonly members: { peer: MemoryPeer; mask: number; diedAt?: number }[] = []
  /** What was published, with the members that have to answer it. */
  readonly open = new Map<number, { type: number; at: number; owing: Set<MemoryPeer> }>()
  #counter = 0

  constructor(hub: TestBus) {
    this.hub = hub
    const { bus, runtime } = hub
    const { authorize } = hub.access
    const parts = { bus, runtime, authorize, source: 'hub/test', warn() {}, probe: async () => {} }
    this.ncs = new NcsHost({ ...noStreams(runtime), ...parts })
    this.publisher = new TestPublisher(hub)
  }

  async join(mask: number): Promise<void> {
    const peer = new MemoryPeer()
    const request = readNcsRequest({ version: 1, features: ['ncs'], ncs: { mask } })!
    const caller = {
      principal: this.hub.access.principal('admin'),
      label: 'test',
      peer: { face: 'native', address: undefined, local: true },
      welcome: {} as RecordBodies['welcome'],
    }
    peer.session = new NotificationSession(this.ncs, peer, caller, request)
    peer.session.open()
    await this.hub.runtime.settle()
    this.members.push({ peer, mask })
  }

  async publish(index: number): Promise<void> {
    const type = gated[index]
    const { tag, kind, data } = eventOf(samples.find((sample) => sample.type === type)!)
    const counter = ++this.#counter
    this.publisher.api.gate(kindOf(type)!.gate!.name, counter)
    const bit = type | syncs[index]
    const owing = this.members.filter(({ peer, mask }) => peer.isOpen && (mask & bit) === bit)
    this.open.set(counter, {
      type,
      at: this.hub.runtime.monotonic(),
      owing: new Set(owing.map(({ peer }) => peer)),
    })
    this.publisher.sendBytes(this.publisher.frame({ seq: counter, tag, kind, body: encode(data) }))
    await this.hub.runtime.settle()
    this.check()
  }

  /** Mostly an answer that is owed, sometimes one of somebody else. */
  async answer(member: number, which: number): Promise<void> {
    if (this.open.size === 0 || this.members.length === 0) return
    const [seq, gate] = [...this.open][which % this.open.size]
    const owing = [...gate.owing]
    const { peer } =
      which === 12 || owing.length === 0
        ? this.members[member % this.members.length]
        : { peer: owing[member % owing.length] }
    peer.answer(gate.type, seq)
    if (peer.isOpen) gate.owing.delete(peer)
    await this.hub.runtime.settle()
    this.check()
  }

  async leave(member: number): Promise<void> {
    const { peer } = this.members[member % this.members.length] ?? {}
    if (peer?.isOpen) peer.end()
    await this.hub.runtime.settle()
    this.check()
  }

  async pass(ms: number): Promise<void> {
    await this.hub.runtime.pass(ms)
    this.check()
  }

  /** A gate has ended exactly if nobody owes it an answer any more, or its deadline is over. */
  check(): void {
    const now = this.hub.runtime.monotonic()
    for (const [kind, outcome] of this.publisher.take()) {
      if (kind !== 'gateDone') continue
      const { counter, missing } = outcome as GateOutcome
      const gate = this.open.get(counter)
      expect(gate).toBeDefined()
      const stillOwing = [...gate!.owing].filter(({ isOpen }) => isOpen)
      if (stillOwing.length > 0) {
        expect(now - gate!.at).toBeGreaterThanOrEqual(DEADLINE)
        expect(missing.length).toBeGreaterThan(0)
      }
      this.open.delete(counter)
    }
    for (const { at, owing } of this.open.values()) {
      expect([...owing].some(({ isOpen }) => isOpen)).toBe(true)
      expect(now - at).toBeLessThan(DEADLINE)
    }
  }
}

const step = fc.oneof(
  fc.record({
    do: fc.constant('join' as const),
    mask: fc.array(fc.nat(3), { minLength: 1 }),
    sync: fc.boolean(),
  }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const), index: fc.nat(3) }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('answer' as const), member: fc.nat(9), seq: fc.nat(12) }),
  },
  fc.record({ do: fc.constant('leave' as const), member: fc.nat(9) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 70_000 }) }),
)

/** Two that are waited for, of whom one answers and one leaves. */
const oneOfEach: (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[] = [
  { do: 'join', mask: [0], sync: true },
  { do: 'join', mask: [0, 1], sync: true },
  { do: 'publish', index: 0 },
  { do: 'answer', member: 0, seq: 0 },
  { do: 'leave', member: 1 },
  { do: 'publish', index: 0 },
  { do: 'answer', member: 0, seq: 0 },
  { do: 'publish', index: 0 },
]

test('nobody waits for ever, nobody is released early, and who is late is closed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const model = new Model(await TestBus.open())
      for (const each of steps) {
        if (each.do === 'publish') await model.publish(each.index)
        else if (each.do === 'answer') await model.answer(each.member, each.seq)
        else if (each.do === 'leave') await model.leave(each.member)
        else if (each.do === 'pass') await model.pass(each.ms)
        else
          await model.join(
            each.mask.reduce((mask, i) => (mask | gated[i] | (each.sync ? syncs[i] : 0)) >>> 0, 0),
          )
      }
      const owing = new Set([...model.open.values()].flatMap((gate) => [...gate.owing]))
      await model.pass(DEADLINE + 2000)
      expect(model.open.size).toBe(0)
      for (const peer of owing) {
        expect(peer.isOpen).toBe(false)
      }
      await model.hub.bus.close()
    }),
    { numRuns: repeats(7, 600), examples: [[oneOfEach]] },
  )
})
