import { beforeEach, describe, expect, it, vi } from 'vitest'
import { SourceRunner } from '../../src/sources/runner.js'
import type { Source, SourceContext, SourceDefinition } from '../../src/sources/source.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

class ScriptedSource implements Source {
  context!: SourceContext
  stopped = false
  startFails: Error | undefined
  start(context: SourceContext): Promise<void> {
    this.context = context
    return this.startFails ? Promise.reject(this.startFails) : Promise.resolve()
  }
  drain?(): Promise<void>
  stop(): Promise<void> {
    this.stopped = true
    return Promise.resolve()
  }
  health() {
    return { state: 'up' as const, details: { fine: true } }
  }
}

let runtime: FakeRuntime
let host: FakeHost
let made: ScriptedSource[]
let startFails: Error | undefined

beforeEach(() => {
  runtime = new FakeRuntime()
  host = new FakeHost(runtime)
  made = []
  startFails = undefined
})

function runner(options: Omit<Partial<SourceDefinition>, 'create'> = {}): SourceRunner {
  const create = () => {
    const source = new ScriptedSource()
    source.startFails = startFails
    made.push(source)
    return source
  }
  return new SourceRunner({ name: 'scripted', create, ...options }, host)
}

async function started(options: Parameters<typeof runner>[0] = {}): Promise<SourceRunner> {
  const running = runner(options)
  running.start()
  await runtime.settle()
  return running
}

const states = () => host.data('hub/source/scripted').map((data) => data.state)

describe('a running source', () => {
  it('is reported as up, with its name and the time since', async () => {
    const running = await started()
    expect(host.events).toEqual([
      {
        tag: 'hub/source/scripted',
        data: { source: 'scripted', state: 'up', reason: 'started', since: '2026-01-01T00:00:00.000000Z' },
      },
    ])
    expect(running.status()).toMatchObject({ state: 'up', health: { state: 'up', details: { fine: true } } })
  })

  it('publishes at the origin itself if the path is empty', async () => {
    await started()
    made[0].context.publish('', { load1: 1 })
    expect(host.events.at(-1)).toMatchObject({ tag: 'host/web1/scripted' })
  })

  it('publishes under the origin of the host', async () => {
    const running = await started()
    expect(made[0].context.publish('load', { load1: 1 })).toBe(true)
    expect(host.events.at(-1)).toMatchObject({
      tag: 'host/web1/scripted/load',
      source: 'host/web1/scripted',
      data: { load1: 1 },
    })
    expect(running.status()).toMatchObject({ events: 1, lastEvent: runtime.now() })
  })

  it('keeps a host name with strange characters in one segment', () => {
    host.hostname = 'a/b'
    expect(runner().origin).toBe('host/a%2Fb/scripted')
  })

  it('is reported as down when it is stopped, and publishes nothing afterwards', async () => {
    const running = await started()
    await running.stop()
    expect(made[0].stopped).toBe(true)
    expect(states()).toEqual(['up', 'down'])
    expect(made[0].context.publish('late', {})).toBe(false)
    expect(host.events).toHaveLength(2)
  })

  it('publishes what was handed over to it before it is stopped', async () => {
    const running = await started({ policy: { redact: [], volatile: [], collapse: 60_000 } })
    const [{ context }] = made
    const seen: unknown[] = []
    made[0].drain = async () => {
      seen.push(made[0].stopped, running.status().state)
      seen.push(context.publish('last', { n: 1 }), context.publish('last', { n: 1 }))
      context.lost(2, 'some are left')
    }
    await running.stop()
    expect(seen).toEqual([false, 'stopped', true, true])
    expect(made[0].stopped).toBe(true)
    expect(host.data('host/web1/scripted/last')).toMatchObject([{ n: 1 }, { n: 1, repeated: 1 }])
    expect(host.data('hub/gap/scripted')).toMatchObject([{ count: 2, reason: 'some are left' }])
    expect(states()).toEqual(['up', 'down'])
    expect(context.publish('late', {})).toBe(false)
  })

  it('is not drained when it has failed', async () => {
    await started()
    const drain = vi.fn(async () => {})
    made[0].drain = drain
    made[0].context.failed(new Error('broken'))
    expect(made[0].context.publish('late', {})).toBe(false)
    await runtime.settle()
    expect(made[0].stopped).toBe(true)
    expect(drain).not.toHaveBeenCalled()
  })

  it.each(['drain', 'stop'] as const)(
    'is stopped within a limited time even if its %s hangs',
    async (hanging) => {
      const running = await started()
      made[0][hanging] = () => new Promise(() => {})
      let done = false
      void running.stop().then(() => {
        done = true
      })
      await runtime.pass(10_000)
      expect(done).toBe(true)
      expect(made[0].stopped).toBe(hanging === 'drain')
      expect(made[0].context.publish('late', {})).toBe(false)
    },
  )

  it('does not come up when its start ends while it is drained', async () => {
    let finishStart = () => {}
    const pending = new ScriptedSource()
    pending.start = () => new Promise((done) => (finishStart = done))
    pending.drain = async () => finishStart()
    const running = new SourceRunner({ name: 'scripted', create: () => pending }, host)
    running.start()
    await running.stop()
    await runtime.pass(60_000)
    expect(running.status().state).toBe('stopped')
    expect(states()).toEqual(['down'])
  })

  it('can be stopped while its start is pending', async () => {
    let finishStart = () => {}
    const pending: Source = {
      start: () => new Promise((done) => (finishStart = done)),
      stop: async () => {},
      health: () => ({ state: 'up', details: {} }),
    }
    const running = new SourceRunner({ name: 'scripted', create: () => pending }, host)
    running.start()
    await running.stop()
    finishStart()
    await runtime.pass(60_000)
    expect(running.status().state).toBe('stopped')
    expect(states()).toEqual(['down'])
  })
})

describe('a failing source', () => {
  it('is stopped, reported as down with the reason, and as up when it runs again', async () => {
    const running = await started()
    made[0].context.failed(new Error('no more files'))
    await runtime.settle()
    expect(made[0].stopped).toBe(true)
    expect(running.status()).toMatchObject({ state: 'down', reason: 'no more files' })
    await runtime.pass(1_000)
    expect(made).toHaveLength(2)
    expect(host.data('hub/source/scripted').map(({ state, reason }) => [state, reason])).toEqual([
      ['up', 'started'],
      ['down', 'no more files'],
      ['back', 'restarted'],
    ])
    expect(running.status().restarts).toBe(1)
  })

  it('is restarted after pauses that grow from one second to one minute', async () => {
    startFails = new Error('not yet')
    await started()
    const pauses: number[] = []
    for (let attempt = 0; attempt < 9; attempt++) {
      const before = runtime.monotonic()
      const count = made.length
      while (made.length === count) await runtime.pass(runtime.next ?? 1)
      pauses.push(runtime.monotonic() - before)
    }
    const expected = [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000)
    pauses.forEach((pause, i) => {
      expect(pause).toBeGreaterThan(expected[i] * 0.75)
      expect(pause).toBeLessThanOrEqual(expected[i])
    })
    expect(new Set(pauses.slice(-3)).size).toBeGreaterThan(1)
  })

  it('is not reported as down repeatedly for the same reason', async () => {
    startFails = new Error('not yet')
    await started()
    await runtime.pass(120_000)
    expect(states()).toEqual(['down'])
    startFails = new Error('another reason')
    await runtime.pass(120_000)
    expect(states()).toEqual(['down', 'down'])
  })

  it('begins with a short pause again after it has run for a minute', async () => {
    startFails = new Error('not yet')
    await started()
    await runtime.pass(100_000)
    startFails = undefined
    await runtime.pass(60_000)
    await runtime.pass(60_000)
    const count = made.length
    made[count - 1].context.failed(new Error('again'))
    await runtime.pass(1_000)
    expect(made).toHaveLength(count + 1)
  })

  it('counts as failed when its start takes longer than 30 seconds', async () => {
    const running = runner()
    const hanging = {
      start: () => new Promise<void>(() => {}),
      stop: async () => {},
      health: () => ({ state: 'up' as const, details: {} }),
    }
    const stuck = new SourceRunner({ name: 'scripted', create: () => hanging }, host)
    stuck.start()
    await runtime.pass(30_000)
    expect(stuck.status()).toMatchObject({ state: 'down', reason: 'not done within 30 s' })
    await stuck.stop()
    expect(running.status().state).toBe('stopped')
  })

  it('fails only once, and ignores failures of an earlier run', async () => {
    await started()
    made[0].context.failed(new Error('first'))
    made[0].context.failed(new Error('second'))
    await runtime.pass(1_000)
    made[0].context.failed(new Error('too late'))
    await runtime.settle()
    expect(states()).toEqual(['up', 'down', 'back'])
  })

  it('is not restarted after a stop', async () => {
    const running = await started()
    made[0].context.failed(new Error('broken'))
    await running.stop()
    await runtime.pass(120_000)
    expect(made).toHaveLength(1)
    expect(states()).toEqual(['up', 'down'])
  })
})

describe('silence', () => {
  it('is reported once when no event arrived within the declared time, and so is its end', async () => {
    const running = await started({ silentAfter: 5_000 })
    await runtime.pass(4_000)
    made[0].context.publish('load', {})
    await runtime.pass(4_999)
    expect(states()).toEqual(['up'])
    await runtime.pass(1)
    expect(states()).toEqual(['up', 'silent'])
    expect(running.status()).toMatchObject({ state: 'silent', reason: 'no event for 5 s' })
    await runtime.pass(60_000)
    expect(states()).toEqual(['up', 'silent'])
    made[0].context.publish('load', {})
    expect(states()).toEqual(['up', 'silent', 'back'])
    await runtime.pass(5_000)
    expect(states()).toEqual(['up', 'silent', 'back', 'silent'])
  })

  it('is not reported for a source that declares no such time', async () => {
    await started()
    await runtime.pass(3_600_000)
    expect(states()).toEqual(['up'])
  })
})

describe('a loss', () => {
  it('becomes one gap event per second and reason', async () => {
    const running = await started()
    made[0].context.lost(2, 'buffer full')
    await runtime.pass(500)
    made[0].context.lost(3, 'buffer full')
    made[0].context.lost(1, 'unreadable')
    await runtime.pass(500)
    expect(host.data('hub/gap/scripted')).toEqual([
      {
        source: 'scripted',
        from: '2026-01-01T00:00:00.000000Z',
        to: '2026-01-01T00:00:00.500000Z',
        count: 5,
        reason: 'buffer full',
      },
      {
        source: 'scripted',
        from: '2026-01-01T00:00:00.500000Z',
        to: '2026-01-01T00:00:00.500000Z',
        count: 1,
        reason: 'unreadable',
      },
    ])
    expect(running.status().lost).toBe(6)
  })

  it('has the count null if its size is unknown', async () => {
    await started()
    made[0].context.lost(2, 'rotated away')
    made[0].context.lost(undefined, 'rotated away')
    await runtime.pass(1_000)
    expect(host.data('hub/gap/scripted')).toMatchObject([{ count: null, reason: 'rotated away' }])
  })

  it('is reported as soon as the hub accepts events again', async () => {
    await started()
    host.full = true
    made[0].context.lost(1, 'hub is full')
    await runtime.pass(30_000)
    made[0].context.lost(4, 'hub is full')
    expect(host.data('hub/gap/scripted')).toEqual([])
    host.full = false
    await runtime.pass(1_000)
    expect(host.data('hub/gap/scripted')).toMatchObject([{ count: 5, reason: 'hub is full' }])
  })

  it('is reported after the next start if it could not be reported before the stop', async () => {
    const running = await started()
    host.full = true
    made[0].context.lost(7, 'hub is full')
    await running.stop()
    host.full = false
    const next = await started()
    await made[1].context.load()
    expect(host.data('hub/gap/scripted')).toMatchObject([{ count: 7, reason: 'hub is full' }])
    await next.stop()
    await started()
    await made[2].context.load()
    expect(host.data('hub/gap/scripted')).toHaveLength(1)
  })

  it('is limited in the number of reasons', async () => {
    await started()
    for (let i = 0; i < 1_000; i++) made[0].context.lost(1, `reason ${i}`)
    await runtime.pass(1_000)
    const gaps = host.data('hub/gap/scripted')
    expect(gaps.length).toBeLessThanOrEqual(17)
    expect(gaps.reduce((sum, gap) => sum + Number(gap.count), 0)).toBe(1_000)
  })

  it('does not affect states: a change of state waits until the hub accepts it', async () => {
    const running = await started()
    host.full = true
    made[0].context.failed(new Error('broken'))
    await runtime.pass(1_000)
    host.full = false
    await runtime.pass(1_000)
    expect(states()).toEqual(['up', 'down', 'back'])
    await running.stop()
  })
})
