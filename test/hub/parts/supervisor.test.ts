import { expect, it } from 'vitest'
import type { OwnEvent } from '../../../src/bus/api.js'
import { Supervisor } from '../../../src/hub/parts/supervisor.js'
import { Boundary } from '../../../src/parts/boundary.js'
import { reportCut } from '../../../src/transport/cuts.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const HOUR = 3600e3

class Supervised implements Disposable {
  readonly runtime = new FakeRuntime()
  readonly events: OwnEvent[] = []
  readonly supervisor = new Supervisor(this.runtime, (event) => this.events.push(event) > 0)

  constructor() {
    this.supervisor.start()
  }

  fault(kind: 'source' | 'job', name: string, thrown: unknown = new Error('broken')): void {
    new Boundary(kind, name, () => undefined).fail(thrown)
  }

  [Symbol.dispose](): void {
    this.supervisor.stop()
  }
}

it('what a part throws is counted, listed with its last reason, and published', () => {
  using hub = new Supervised()
  hub.fault('source', 'exec/beat')
  hub.runtime.advance(1000)
  hub.fault('source', 'exec/beat', 'another')
  const { faults } = hub.supervisor
  expect(faults).toEqual([
    {
      kind: 'source',
      part: 'exec/beat',
      count: 2,
      reason: expect.stringContaining('another'),
      last: hub.runtime.now(),
    },
  ])
  expect([...hub.supervisor.samples()]).toMatchObject([
    { value: 2, labels: { kind: 'source', part: 'exec/beat' } },
  ])
  expect(hub.events[0]).toMatchObject({ tag: 'hub/part/source/exec/beat' })
})

it('a part that has thrown nothing for a day is listed no longer, and stays counted', () => {
  using hub = new Supervised()
  hub.fault('source', 'old')
  hub.runtime.advance(23 * HOUR)
  hub.fault('source', 'new')
  expect(hub.supervisor.faults.map(({ part }) => part)).toEqual(['old', 'new'])
  hub.runtime.advance(2 * HOUR)
  expect(hub.supervisor.faults.map(({ part }) => part)).toEqual(['new'])
  expect([...hub.supervisor.samples()]).toHaveLength(2)
  hub.fault('source', 'old')
  expect(hub.supervisor.faults).toMatchObject([{ part: 'old', count: 2 }, { part: 'new' }])
})

it('very many parts are counted together, and a long reason is cut', () => {
  using hub = new Supervised()
  for (let job = 0; job < 300; job++) hub.fault('job', `job-${job}`, new Error('x'.repeat(2000)))
  const { faults } = hub.supervisor
  expect(faults).toHaveLength(257)
  expect(faults.at(-1)).toMatchObject({ part: 'other', count: 44 })
  for (const { reason } of faults) expect(reason.length).toBeLessThanOrEqual(501)
})

it('connections that are cut because of their peers are counted, by who speaks what', () => {
  using hub = new Supervised()
  const work = { face: 'netconf', what: 'ssh', principal: '192.0.2.7' }
  for (let n = 0; n < 2; n++) reportCut({ work, reason: 'too much' })
  expect([...hub.supervisor.samples()]).toEqual([
    { name: 'tocsin_connections_cut_total', value: 2, labels: { face: 'netconf', protocol: 'ssh' } },
  ])
})
