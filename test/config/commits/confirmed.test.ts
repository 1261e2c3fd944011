import { beforeEach, describe, expect, it } from 'vitest'
import type { ConfigEvent } from '../../../src/config/commits/observer.js'
import { recover } from '../../../src/config/commits/recover.js'
import { ann, begin, bob, code, files, runtime, stage, start, store } from './each-stage.js'
import { AFTER, BEFORE, set } from './stage.js'

beforeEach(begin)

describe('a confirmed commit', () => {
  const commit = async () => {
    await store.edit(ann, [set('limits.a', 7)])
    await store.commit(ann, { confirmed: 600_000 })
  }

  it('is reverted when nobody confirms it in time', async () => {
    await commit()
    expect(stage.inForce.limits.a).toBe(7)
    await runtime.pass(600_000)
    await runtime.settle()
    expect([files.config, files.pending, stage.inForce.limits.a]).toEqual([BEFORE, undefined, 1])
    expect(store.history()).toMatchObject([{ number: 1, state: 'reverted' }])
    expect(stage.expired).toMatchObject([{ outcome: { applied: ['limits.a'] } }])
  })

  it('has its time from when those that read its changes have answered', async () => {
    await store.edit(ann, [set('limits.a', 7)])
    const end = store.observers.add({ announce: () => runtime.pass(400_000) })
    const { commit } = await store.commit(ann, { confirmed: 600_000 })
    end()
    expect(commit.until).toBe(runtime.now() + 600_000_000)
    await runtime.pass(599_000)
    expect(stage.inForce.limits.a).toBe(7)
    await runtime.pass(1000)
    await runtime.settle()
    expect(stage.inForce.limits.a).toBe(1)
  })

  it('stays when it is confirmed, and is reverted when it is aborted', async () => {
    await commit()
    await store.confirm(bob)
    await runtime.pass(600_000)
    expect(files.config).toBe(AFTER)
    await expect(store.confirm(bob)).rejects.toEqual(code('TCN_CONFIG_CONFIRMED'))
    await store.edit(ann, [set('limits.a', 8)])
    await store.commit(ann, { confirmed: 600_000 })
    await store.abort(bob)
    expect([files.config, stage.inForce.limits.a]).toEqual([AFTER, 7])
  })

  it('allows no other commit before it is final', async () => {
    await commit()
    await store.edit(bob, [set('limits.b', 7)])
    await expect(store.commit(bob)).rejects.toEqual(code('TCN_CONFIG_UNCONFIRMED'))
    await store.confirm(bob)
  })

  it('waits across a restart, and is reverted at one that comes too late', async () => {
    await commit()
    runtime.advance(100_000)
    store.close()
    expect(await start()).toBeUndefined()
    expect(stage.inForce.limits.a).toBe(7)
    store.close()
    runtime.advance(600_000)
    expect(await start()).toMatch(/commit 1 by ann: .* as before it \(it was not confirmed in time\)/)
    expect([files.config, stage.inForce.limits.a]).toEqual([BEFORE, 1])
  })

  it('is final when the file is edited and loaded meanwhile', async () => {
    await commit()
    files.config = 'limits: { a: 9 }\n'
    await store.reload()
    await runtime.pass(600_000)
    expect([files.config, stage.inForce.limits.a]).toEqual(['limits: { a: 9 }\n', 9])
    expect(store.history().map(({ state }) => state)).toEqual(['final', 'final'])
  })

  it('does not overwrite an edit of the file that was not loaded', async () => {
    await commit()
    files.config = 'limits: { a: 9 }\n'
    await runtime.pass(600_000)
    await runtime.settle()
    expect([files.config, stage.inForce.limits.a]).toEqual(['limits: { a: 9 }\n', 1])
  })
})

describe('a confirmed commit that extends another one', () => {
  const commit = async (value: number, confirmed = 600_000) => {
    await store.edit(ann, [set('limits.a', value)])
    await store.commit(ann, { confirmed })
  }
  const states = () => store.history().map(({ number, state }) => [number, state])

  it('lets both wait for its time, and is reverted with the first one', async () => {
    await commit(7)
    runtime.advance(500_000)
    await commit(8)
    await runtime.pass(500_000)
    expect(stage.inForce.limits.a).toBe(8)
    expect(store.unconfirmed).toMatchObject({ number: 2, extends: 1 })
    await runtime.pass(100_000)
    await runtime.settle()
    expect([files.config, files.running, files.pending, stage.inForce.limits.a]).toEqual([
      BEFORE,
      BEFORE,
      undefined,
      1,
    ])
    expect(states()).toEqual([
      [2, 'reverted'],
      [1, 'reverted'],
    ])
    expect(stage.expired).toHaveLength(1)
  })

  it('is confirmed with the first one, and each can be rolled back', async () => {
    await commit(7)
    await commit(8)
    expect(await store.confirm(bob)).toMatchObject({ number: 2, state: 'final' })
    await runtime.pass(600_000)
    expect([stage.inForce.limits.a, files.pending]).toEqual([8, undefined])
    expect(states().every(([, state]) => state === 'final')).toBe(true)
    await store.rollback(bob, 2)
    expect(stage.inForce.limits.a).toBe(7)
  })

  it('without a change only gives the first one more time', async () => {
    const told: ConfigEvent[] = []
    await commit(7)
    store.observers.add({ event: (event) => void told.push(event) })
    runtime.advance(500_000)
    store.lock(bob)
    const result = await store.commit(bob, { confirmed: 600_000 })
    expect(result).toMatchObject({ commit: { number: 1, state: 'unconfirmed' }, applied: [] })
    const confirmed = told.filter(({ type }) => type === 'confirmed-commit')
    expect(confirmed).toMatchObject([{ state: 'started', by: { user: 'bob' } }])
    expect(store.candidate).toBeUndefined()
    await runtime.pass(599_999)
    expect([stage.inForce.limits.a, store.history()]).toMatchObject([
      7,
      [{ number: 1, until: store.unconfirmed?.until }],
    ])
    await runtime.pass(1)
    await runtime.settle()
    expect(stage.inForce.limits.a).toBe(1)
  })

  it('that fails leaves the first one waiting', async () => {
    await commit(8)
    stage.refuses = 'no'
    await expect(commit(7)).rejects.toEqual(code('TCN_CONFIG_APPLY'))
    expect([store.unconfirmed?.number, stage.inForce.limits.a]).toEqual([1, 8])
    await runtime.pass(600_000)
    await runtime.settle()
    expect([files.config, stage.inForce.limits.a]).toEqual([BEFORE, 1])
  })

  it('waits with the first one across a restart', async () => {
    await commit(7)
    await commit(8)
    store.close()
    expect(await start()).toBeUndefined()
    expect(states().every(([, state]) => state === 'unconfirmed')).toBe(true)
    await store.abort(ann)
    expect([files.config, stage.inForce.limits.a]).toEqual([BEFORE, 1])
    expect(states().every(([, state]) => state === 'reverted')).toBe(true)
  })

  it('can follow any number of others', async () => {
    for (let n = 0; n < 105; n++) await commit(n + 10)
    await store.abort(ann)
    expect([files.config, stage.inForce.limits.a, files.commits.size]).toEqual([BEFORE, 1, 100])
    expect(states().every(([, state]) => state === 'reverted')).toBe(true)
  })
})

describe('a crash', () => {
  const steps = async (work: () => Promise<unknown>, failAfter: number): Promise<boolean> => {
    files.failAfter = files.writes + failAfter
    const failed = await work().then(
      () => false,
      () => true,
    )
    store.close()
    files.failAfter = Number.POSITIVE_INFINITY
    return failed
  }

  it.each(Array.from({ length: 12 }, (_, n) => n))(
    'after %i writes of a commit leaves all of it, or nothing',
    async (n) => {
      await store.edit(ann, [set('limits.a', 7)])
      const failed = await steps(() => store.commit(ann), n)
      const note = await start()
      expect(files.config).toBe(failed ? BEFORE : AFTER)
      expect(files.running).toBe(files.config)
      expect(files.pending).toBeUndefined()
      expect(store.history()).toHaveLength(failed ? 0 : 1)
      if (note !== undefined) expect(note).toMatch(/as before it \(it was interrupted\)/)
      await store.edit(ann, [set('limits.a', 8)])
      await store.commit(ann)
    },
  )

  it.each(Array.from({ length: 8 }, (_, n) => n))(
    'after %i writes of reverting a confirmed commit still reverts it, in time or at the next start',
    async (n) => {
      await store.edit(ann, [set('limits.a', 7)])
      await store.commit(ann, { confirmed: 60_000 })
      await steps(() => store.abort(ann), n)
      runtime.advance(60_000)
      await start()
      expect([files.config, files.running, files.pending]).toEqual([BEFORE, BEFORE, undefined])
      expect(store.history()).toMatchObject([{ state: 'reverted' }])
    },
  )

  it.each(Array.from({ length: 12 }, (_, n) => n))(
    'after %i writes of a commit that extends another one leaves both waiting, or the other one',
    async (n) => {
      await store.edit(ann, [set('limits.a', 7)])
      await store.commit(ann, { confirmed: 60_000 })
      await store.edit(ann, [set('limits.a', 8)])
      const failed = await steps(() => store.commit(ann, { confirmed: 600_000 }), n)
      await start()
      expect([stage.inForce.limits.a, files.running]).toEqual([failed ? 7 : 8, files.config])
      expect(store.history().map(({ state }) => state)).toEqual(Array(failed ? 1 : 2).fill('unconfirmed'))
      await runtime.pass(failed ? 60_000 : 600_000)
      await runtime.settle()
      expect([files.config, files.running, files.pending, stage.inForce.limits.a]).toEqual([
        BEFORE,
        BEFORE,
        undefined,
        1,
      ])
      expect(store.history().every(({ state }) => state === 'reverted')).toBe(true)
    },
  )

  it.each(Array.from({ length: 6 }, (_, n) => n))(
    'after %i writes of reverting two commits still reverts both, in time or at the next start',
    async (n) => {
      for (const value of [7, 8]) {
        await store.edit(ann, [set('limits.a', value)])
        await store.commit(ann, { confirmed: 60_000 })
      }
      await steps(() => store.abort(ann), n)
      runtime.advance(60_000)
      await start()
      expect([files.config, files.running, files.pending]).toEqual([BEFORE, BEFORE, undefined])
      expect(store.history()).toMatchObject([{ state: 'reverted' }, { state: 'reverted' }])
    },
  )

  it('in a commit that extends one whose time is over reverts both', async () => {
    await store.edit(ann, [set('limits.a', 7)])
    await store.commit(ann, { confirmed: 60_000 })
    await store.edit(ann, [set('limits.a', 8)])
    await steps(() => store.commit(ann, { confirmed: 600_000 }), 2)
    runtime.advance(60_000)
    expect(await start()).toMatch(
      /commit 2 by ann: .*interrupted\); commit 1 by ann: .*not confirmed in time/,
    )
    expect([files.config, stage.inForce.limits.a, files.pending]).toEqual([BEFORE, 1, undefined])
  })

  it('during a recovery has no effect', async () => {
    await store.edit(ann, [set('limits.a', 7)])
    await store.commit(ann, { confirmed: 60_000 })
    store.close()
    runtime.advance(60_000)
    for (const n of [0, 1, 2]) {
      files.failAfter = files.writes + n
      await expect(recover(files, runtime)).rejects.toThrow()
    }
    files.failAfter = Number.POSITIVE_INFINITY
    await start()
    expect([files.config, files.pending]).toEqual([BEFORE, undefined])
  })
})
