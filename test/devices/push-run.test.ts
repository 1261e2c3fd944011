import { beforeEach, describe, expect, it } from 'vitest'
import type { PushItem } from '../../src/devices/item.js'
import { type OpenPush, PushRun } from '../../src/devices/push-run.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { clockByHand, type FakeRuntime } from '../helpers/fake-runtime.js'

let runtime: FakeRuntime
let stop: AbortController
let item: PushItem
let saved: Partial<PushItem>[]
/** The steps of the sessions with the device. */
let asked: string[]
/** What the device has. */
let has: { running: string; candidate: string }
/** What goes wrong at a step. */
let faults: Partial<Record<keyof OpenPush | 'open', () => void>>
/** The step that cannot be stored, since another hub has written the item. */
let conflictAt: string | undefined

beforeEach(() => {
  runtime = clockByHand()
  stop = new AbortController()
  saved = []
  asked = []
  has = { running: 'old', candidate: 'old' }
  faults = {}
  conflictAt = undefined
  item = {
    ...{ id: 1, device: 'r1', user: 'ops', usid: 1, change: '<a/>', confirm: 60 },
    ...{ state: 'waiting', since: runtime.now(), attempts: 1 },
  }
})

function session(): OpenPush {
  const step = (name: keyof OpenPush, done: () => void = () => {}) => {
    asked.push(name)
    faults[name]?.()
    done()
  }
  return {
    check: () => step('check'),
    lock: async () => step('lock'),
    digest: async (_change, datastore = 'running') => {
      step('digest')
      return has[datastore]
    },
    edit: async () => step('edit', () => (has.candidate = 'new')),
    validate: async () => step('validate'),
    commit: async () => step('commit', () => (has.running = has.candidate)),
    confirm: async () => step('confirm'),
    unlock: async () => step('unlock'),
    discard: async () => step('discard'),
    close: async () => step('close'),
  }
}

function run(): PushRun {
  return new PushRun(
    {
      ...{ runtime, signal: stop.signal },
      audit: async () => {},
      open: async () => {
        faults.open?.()
        return session()
      },
      save: async (changed) => {
        saved.push(changed)
        if (changed.step !== undefined && changed.step === conflictAt)
          throw new TocsinError('TCN_STATE_CONFLICT', 'another hub has written it')
        item = { ...item, ...changed, since: runtime.now() }
        return item
      },
    },
    item,
  )
}

const fault = (message: string) => () => {
  throw new TocsinError('TCN_NETCONF_CLOSED', message)
}

/** The device returns to what it had. */
const returns = () => {
  has.running = 'old'
}

/** The step `confirm` was interrupted by the end of the hub. */
function interrupted(step: 'commit' | 'confirm' = 'confirm'): void {
  item = { ...item, state: 'executing', step, before: 'old', after: 'new' }
}

describe('a change', () => {
  it('is made in its steps', async () => {
    await run().run()
    expect(item).toMatchObject({ state: 'completed', has: 'new' })
    expect(asked.filter((step) => step !== 'digest')).toEqual([
      ...['check', 'lock', 'edit', 'validate', 'commit', 'confirm', 'unlock', 'close'],
    ])
  })

  it('that the device has made in part is made once more', async () => {
    let commits = 0
    faults.digest = () => {
      if (commits === 1) has.running = 'a part'
    }
    faults.commit = () => commits++
    await run().run()
    expect(commits).toBe(2)
    expect(item).toMatchObject({ state: 'completed', has: 'new' })
  })

  it('that the device has not made after the second time has failed', async () => {
    faults.digest = returns
    await run().run()
    expect(asked.filter((step) => step === 'commit')).toHaveLength(2)
    expect(item).toMatchObject({
      ...{ state: 'failed', has: 'old' },
      reason: expect.stringContaining('has not made it'),
    })
  })

  it.each(['commit', 'confirm'] as const)(
    'that fails at the step %s says why, and never waits',
    async (step) => {
      faults[step] = fault('the line was cut')
      faults.close = returns
      await run().run()
      expect(item).toMatchObject({
        ...{ state: 'failed', has: 'old' },
        reason: expect.stringContaining('the line was cut'),
      })
      expect(saved.map(({ state }) => state)).not.toContain('waiting')
    },
  )

  it('whose confirmation the device has got without an answer is completed', async () => {
    faults.confirm = fault('the line was cut')
    const ended = run().run()
    await runtime.pass(66_000)
    await ended
    expect(item).toMatchObject({ state: 'completed', has: 'new' })
  })

  it.each(['validate', 'confirm'])(
    'that another hub has taken over is left to it, at the step %s',
    async (step) => {
      conflictAt = step
      await expect(run().run()).rejects.toMatchObject({ code: 'TCN_STATE_CONFLICT' })
      expect(saved.at(-1)).toMatchObject({ state: 'executing', step })
      expect(asked).not.toContain('confirm')
      expect(asked.at(-1)).toBe('close')
    },
  )

  it('is left as it is by a stop', async () => {
    faults.edit = () => {
      stop.abort(new Error('the hub stops'))
      fault('the session was closed')()
    }
    await expect(run().run()).rejects.toThrow('the hub stops')
    expect(item).toMatchObject({ state: 'executing', step: 'edit' })
  })
})

describe('after a crash', () => {
  it('a change that the device has not kept is sent again', async () => {
    interrupted()
    await run().recover()
    expect(item).toMatchObject({ state: 'waiting', has: 'old' })
  })

  it('the time counts at which the device was asked, not that of its answer', async () => {
    interrupted()
    has.running = 'new'
    let first = true
    faults.digest = () => {
      // The device returns while its answer is on the way.
      if (first) runtime.setClock(runtime.now() + 70_000_000)
      else returns()
      first = false
    }
    const ended = run().recover()
    await runtime.pass(2_000)
    await ended
    expect(item).toMatchObject({ state: 'waiting', has: 'old' })
  })

  it('a device that does not answer is asked until it does', async () => {
    interrupted()
    has.running = 'new'
    faults.open = fault('no route')
    const ended = run().recover()
    await runtime.pass(600_000)
    expect(saved).toEqual([])
    faults.open = undefined
    await runtime.pass(120_000)
    await ended
    expect(item).toMatchObject({ state: 'completed', has: 'new' })
  })

  it('a device that does not answer for an hour is given up', async () => {
    interrupted('commit')
    faults.open = fault('no route')
    const ended = run().recover()
    await runtime.pass(3_700_000)
    await ended
    expect(item).toMatchObject({ state: 'failed', has: 'unknown', reason: 'the device did not answer' })
  })

  it('a stop ends the questions to a device that does not answer', async () => {
    interrupted()
    faults.open = fault('no route')
    const ended = run().recover()
    await runtime.pass(10_000)
    stop.abort(new Error('the hub stops'))
    await expect(ended).rejects.toThrow('the hub stops')
    expect(runtime.pending).toBe(0)
    expect(saved).toEqual([])
  })
})
