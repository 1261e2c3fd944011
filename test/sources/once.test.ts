import { beforeEach, expect, it } from 'vitest'
import { SourceRunner } from '../../src/sources/runner.js'
import type { Source, SourceContext } from '../../src/sources/source.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

let runtime: FakeRuntime
let own: FakeHost
let shared: FakeHost
let isPrimary: boolean
let running: SourceContext[]

beforeEach(() => {
  runtime = new FakeRuntime()
  own = new FakeHost(runtime)
  shared = new FakeHost(runtime)
  isPrimary = false
  running = []
  own.once = {
    host: shared,
    log: 'BUS',
    primary: 'hub2',
    get isPrimary() {
      return isPrimary
    },
  }
})

function create(): Source {
  let context: SourceContext
  return {
    async start(given) {
      context = given
      running.push(context)
    },
    async stop() {
      running.splice(running.indexOf(context), 1)
    },
    health: () => ({ state: 'up', details: {} }),
  }
}

function started(once = true): SourceRunner {
  const runner = new SourceRunner({ name: 'scripted', create, once }, own)
  runner.start()
  return runner
}

async function primary(is: boolean): Promise<void> {
  isPrimary = is
  for (let second = 0; second < 3; second++) {
    runtime.advance(1_000)
    await runtime.settle()
  }
}

it('a source that runs once stands by until its hub is the primary, and again when another one is', async () => {
  const runner = started()
  await primary(false)
  expect(runner.status()).toMatchObject({ state: 'standby', reason: 'it runs at the primary hub hub2' })
  expect(running).toHaveLength(0)
  await primary(true)
  expect(runner.status().state).toBe('up')
  expect(running).toHaveLength(1)
  await primary(false)
  expect(runner.status().state).toBe('standby')
  expect(running).toHaveLength(0)
  await primary(true)
  expect(runner.status().state).toBe('up')
  await runner.stop()
  expect(running).toHaveLength(0)
})

it('it does not begin at once, so that the hub before it can store its position', async () => {
  isPrimary = true
  const runner = started()
  await runtime.settle()
  expect(runner.status().state).toBe('standby')
  runtime.advance(1_000)
  await runtime.settle()
  expect(runner.status().state).toBe('up')
})

it('it publishes nothing from the moment in which its hub is not the primary any more', async () => {
  started()
  await primary(true)
  const [context] = running
  expect(context.publish('load', 1)).toBe(true)
  isPrimary = false
  expect(context.publish('load', 2)).toBe(false)
  expect(context.publishFrames(new Uint8Array(0), 0)).toBe(false)
  expect(shared.data('host/web1/scripted/load')).toEqual([1])
})

it('its position is that of all hubs, and a source of each hub keeps its own', async () => {
  started()
  started(false)
  await primary(true)
  for (const [at, context] of running.entries()) context.moved(() => ({ at }))
  for (const context of running) await context.keep()
  expect(running).toHaveLength(2)
  expect(shared.puts).toBe(1)
  expect(own.puts).toBe(1)
})

it('a source that stops while it stands by reports nothing', async () => {
  const runner = started()
  await primary(false)
  await runner.stop()
  expect(runner.status().state).toBe('stopped')
  await primary(true)
  expect(running).toHaveLength(0)
  expect([...own.events, ...shared.events]).toEqual([])
})
