import { beforeEach, expect, it } from 'vitest'
import { SourceRunner } from '../../src/sources/runner.js'
import type { SourceContext } from '../../src/sources/source.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

let runtime: FakeRuntime
let host: FakeHost
let made: { context: SourceContext }[]

beforeEach(() => {
  runtime = new FakeRuntime()
  host = new FakeHost(runtime)
  made = []
})

async function started(): Promise<SourceRunner> {
  const create = () => ({
    start: async (context: SourceContext) => void made.push({ context }),
    stop: async () => {},
    health: () => ({ state: 'up' as const, details: { fine: true } }),
  })
  const running = new SourceRunner({ name: 'scripted', create }, host)
  running.start()
  await runtime.settle()
  return running
}

it('the position is undefined at the first start, and the stored value at the next', async () => {
  const running = await started()
  expect(await made[0].context.load()).toBeUndefined()
  made[0].context.moved(() => ({ offset: 12 }))
  await running.stop()
  await started()
  expect(await made[1].context.load()).toEqual({ offset: 12 })
})

it('a source is up when the place where it begins is stored, so that a hub that is killed then goes on from there', async () => {
  let store = () => {}
  host.settled = () =>
    new Promise<void>((done) => {
      store = done
    })
  const create = () => ({
    start: async (context: SourceContext) => context.moved(() => ({ begins: 'here' })),
    stop: async () => {},
    health: () => ({ state: 'up' as const, details: {} }),
  })
  const running = new SourceRunner({ name: 'scripted', create }, host)
  running.start()
  await runtime.settle()
  expect(running.status().state).toBe('starting')
  store()
  await runtime.settle()
  expect(running.status().state).toBe('up')
  expect(JSON.parse(new TextDecoder().decode(host.store.get('scripted'))).position).toEqual({
    begins: 'here',
  })
})

it('a source comes up although the place where it begins cannot be stored for seconds', async () => {
  host.settled = () => new Promise<void>(() => {})
  const create = () => ({
    start: async (context: SourceContext) => context.moved(() => 1),
    stop: async () => {},
    health: () => ({ state: 'up' as const, details: {} }),
  })
  const running = new SourceRunner({ name: 'scripted', create }, host)
  running.start()
  await runtime.pass(3_000)
  expect(running.status().state).toBe('up')
})

it('the position is written at most once a second, with its value at that time', async () => {
  await started()
  let offset = 0
  for (let i = 0; i < 100; i++) {
    offset++
    made[0].context.moved(() => offset)
    await runtime.pass(50)
  }
  expect(host.puts).toBe(5)
  await runtime.pass(1_000)
  expect(await made[0].context.load()).toBe(100)
})

it('the position is written only after everything published before it is safe', async () => {
  await started()
  let settle = () => {}
  host.settled = () =>
    new Promise<void>((done) => {
      settle = done
    })
  made[0].context.moved(() => 1)
  await runtime.pass(5_000)
  expect(host.puts).toBe(0)
  settle()
  await runtime.settle()
  expect(host.puts).toBe(1)
})

it('the position is written again after the store fails, which the health reports', async () => {
  const running = await started()
  host.putFails = new Error('disk full')
  made[0].context.moved(() => 1)
  await runtime.pass(1_500)
  expect(running.status().health).toEqual({
    state: 'degraded',
    reason: 'its position cannot be kept: disk full',
    details: { fine: true, position: 'disk full' },
  })
  host.putFails = undefined
  await runtime.pass(1_000)
  expect(running.status().health?.state).toBe('up')
  expect(await made[0].context.load()).toBe(1)
})

it('the position is rejected when it is too large', async () => {
  await started()
  made[0].context.moved(() => 'x'.repeat(600_000))
  await expect(made[0].context.keep()).rejects.toThrow('are allowed')
})

it('the position that cannot be read counts as missing', async () => {
  host.store.set('scripted', new TextEncoder().encode('{"position": 1'))
  await started()
  expect(await made[0].context.load()).toBeUndefined()
})

it('the position survives a failure of the source', async () => {
  await started()
  made[0].context.moved(() => 5)
  made[0].context.failed(new Error('broken'))
  await runtime.pass(1_000)
  expect(await made[1].context.load()).toBe(5)
})
