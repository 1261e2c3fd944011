import { beforeEach, describe, expect, it } from 'vitest'
import { ANNOUNCE_MS, IDLE_MS } from '../../../src/config/commits/commits.js'
import type { ConfigEvent, ConfigObserver } from '../../../src/config/commits/observer.js'
import { ann, begin, bob, code, files, runtime, stage, start, store } from './each-stage.js'
import { session } from './memory-files.js'
import { AFTER, BEFORE, set } from './stage.js'

beforeEach(begin)

describe('a commit', () => {
  it('writes the file, applies it and is listed', async () => {
    await store.edit(ann, [set('limits.a', 7)])
    expect(await store.diff()).toMatchObject([
      { key: 'limits.a', path: ['limits', 'a'], op: 'modify', old: 1, new: 7 },
    ])
    const result = await store.commit(ann, { label: 'more', comment: 'they asked' })
    expect(result).toMatchObject({ applied: ['limits.a'], restart: [] })
    expect(files.config).toBe(AFTER)
    expect(stage.inForce.limits.a).toBe(7)
    expect(store.history()).toMatchObject([
      { number: 1, user: 'ann', label: 'more', comment: 'they asked', state: 'final', keys: ['limits.a'] },
    ])
    expect(store.candidate).toBeUndefined()
  })

  it('that is invalid changes nothing, and the candidate stays', async () => {
    await store.edit(ann, [set('limits.a', 'many')])
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_INVALID'))
    expect(files.config).toBe(BEFORE)
    expect(store.candidate?.text).toContain('many')
  })

  it('whose part fails halfway is undone', async () => {
    stage.refuses = 'faces: the port is in use'
    await store.edit(ann, [set('limits.a', 7)])
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_APPLY'))
    expect([files.config, files.pending, stage.inForce.limits.a]).toEqual([BEFORE, undefined, 1])
    expect(store.history()).toEqual([])
  })

  it('of an outdated candidate, or over an edit that was not loaded, is refused', async () => {
    await store.edit(ann, [set('limits.a', 7)])
    files.config = '# edited\nlimits: { b: 3 }\n'
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_CHANGED'))
    await store.reload()
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_CHANGED'))
    expect(files.config).toContain('# edited')
    expect(store.history()).toMatchObject([{ user: 'system', keys: ['limits.a', 'limits.b'] }])
  })

  it('without a candidate, without a change or of the data folder is refused', async () => {
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_UNCHANGED'))
    store.lock(ann)
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_UNCHANGED'))
    await store.edit(ann, [set('data', '/elsewhere')])
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_EDIT'))
  })
})

describe('from another machine', () => {
  const far = session('far', { local: false })

  it('only the keys can be changed that are marked for it, by whatever way', async () => {
    const refused = expect.objectContaining({ code: 'TCN_CONFIG_LOCAL', details: { key: 'jobs.programs' } })
    await expect(store.edit(far, [set('jobs.programs', ['sh'])])).rejects.toEqual(refused)
    expect(store.candidate).toBeUndefined()
    await expect(store.edit(far, 'limits: { a: 1 }\njobs: { programs: [sh] }\n')).rejects.toEqual(refused)
    await store.edit(far, [set('limits.a', 7)])
    await store.commit(far)
    await store.edit(ann, [set('jobs.programs', ['sh'])])
    await store.commit(ann, { confirmed: 60_000 })
    await expect(store.abort(far)).rejects.toEqual(refused)
    await store.confirm(far)
    await expect(store.rollback(far, 2)).rejects.toEqual(refused)
    expect(stage.inForce.jobs.programs).toEqual(['sh'])
  })
})

describe('an administrator that does not own the hub', () => {
  const ops = session('ops', { owner: false })

  it('changes only the keys that are marked for others, by whatever way', async () => {
    const refused = expect.objectContaining({ code: 'TCN_CONFIG_OWNER', details: { key: 'jobs.programs' } })
    await expect(store.edit(ops, [set('jobs.programs', ['sh'])])).rejects.toEqual(refused)
    expect(store.candidate).toBeUndefined()
    await store.edit(ops, [set('limits.a', 7)])
    await store.commit(ops)
    await store.edit(ann, [set('jobs.programs', ['sh'])])
    await store.commit(ann)
    await expect(store.rollback(ops, 2)).rejects.toEqual(refused)
    expect(stage.inForce).toMatchObject({ limits: { a: 7 }, jobs: { programs: ['sh'] } })
  })

  it('cannot keep what the owner has only tried, but what everybody may change', async () => {
    await store.edit(ann, [set('jobs.programs', ['sh'])])
    await store.commit(ann, { confirmed: 60_000 })
    const refused = expect.objectContaining({ code: 'TCN_CONFIG_OWNER', details: { key: 'jobs.programs' } })
    await expect(store.confirm(ops)).rejects.toEqual(refused)
    await expect(store.commit(ops, { confirmed: 600_000 })).rejects.toEqual(refused)
    await store.edit(ops, [set('limits.a', 7)])
    await expect(store.commit(ops, { confirmed: 600_000 })).rejects.toEqual(refused)
    await runtime.pass(60_000)
    await runtime.settle()
    expect(stage.inForce.jobs.programs).toEqual([])
    store.discard(ops)
    await store.edit(ops, [set('limits.a', 7)])
    await store.commit(ops, { confirmed: 60_000 })
    await store.confirm(ops)
    expect(stage.inForce.limits.a).toBe(7)
  })
})

describe('the lock', () => {
  it('belongs to the session that edits first, until it discards, commits or ends', async () => {
    const ending = new AbortController()
    await store.edit(session('ann', { ended: ending.signal }), [set('limits.a', 7)])
    await expect(store.edit(bob, [set('limits.b', 7)])).rejects.toEqual(code('TCN_CONFIG_LOCKED'))
    expect(() => store.discard(bob)).toThrow(code('TCN_CONFIG_LOCKED'))
    ending.abort()
    await store.edit(bob, [set('limits.b', 7)])
    expect(await store.diff()).toMatchObject([{ key: 'limits.b' }])
    store.discard(bob)
    await store.edit(ann, [set('limits.a', 7)])
  })

  it('can be taken by force, which drops what the other had edited', async () => {
    await store.edit(ann, [set('limits.a', 7)])
    await store.edit(bob, [set('limits.b', 7)], { force: true })
    expect(await store.diff()).toMatchObject([{ key: 'limits.b' }])
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_LOCKED'))
  })

  it('is edited only if it is the one that was read, when an edit asks for that', async () => {
    const stale = code('TCN_CONFIG_REVISION')
    const read = store.revision(true)
    await store.edit(ann, [set('limits.a', 7)], { ifRevision: read })
    expect(store.revision()).toBe(read)
    await expect(store.edit(ann, [set('limits.b', 7)], { ifRevision: read })).rejects.toEqual(stale)
    await store.edit(ann, [set('limits.b', 7)], { ifRevision: store.revision(true) })
    expect(await store.diff()).toMatchObject([{ key: 'limits.a' }, { key: 'limits.b' }])
    // Nobody loses a candidate to an edit that is refused.
    const other = store.revision(true)
    await expect(store.edit(bob, [set('limits.b', 8)], { force: true, ifRevision: other })).rejects.toEqual(
      stale,
    )
    expect(store.candidate?.owner.key).toBe(ann.key)
    await store.edit(bob, [set('limits.b', 8)], { force: true, ifRevision: read })
    store.discard(bob)
    await expect(store.edit(ann, [set('limits.a', 1)], { ifRevision: other })).rejects.toEqual(stale)
    expect(store.candidate).toBeUndefined()
  })

  it('is edited once by two who have read the same at the same time', async () => {
    const ifRevision = store.revision(true)
    const edits = [1, 2, 3].map((n) => store.edit(ann, [set('limits.a', n + 6)], { ifRevision }))
    const ended = await Promise.allSettled(edits)
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(await store.diff()).toMatchObject([{ key: 'limits.a', new: 7 }])
  })

  it('is released when it is not used for too long', async () => {
    await store.edit(ann, [set('limits.a', 7)])
    runtime.advance(IDLE_MS - 1)
    await store.edit(ann, [set('limits.b', 7)])
    runtime.advance(IDLE_MS - 1)
    expect(store.candidate).toBeDefined()
    runtime.advance(1)
    expect(store.candidate).toBeUndefined()
  })
})

describe('rollback', () => {
  it('undoes a commit and all later ones, and is a commit itself', async () => {
    for (const n of [7, 8, 9]) {
      await store.edit(ann, [set('limits.a', n)])
      await store.commit(ann)
    }
    expect(await store.rollbackDiff(2)).toMatchObject([{ key: 'limits.a', old: 9, new: 7 }])
    await store.rollback(bob, 2)
    expect([files.config, stage.inForce.limits.a]).toEqual([AFTER, 7])
    await store.rollback(bob, 4)
    expect(stage.inForce.limits.a).toBe(9)
    await expect(store.rollback(bob, 44)).rejects.toEqual(code('TCN_CONFIG_NO_COMMIT'))
  })

  it('is possible for a bounded number of commits', async () => {
    for (let n = 0; n < 105; n++) {
      await store.edit(ann, [set('limits.b', n + 2)])
      await store.commit(ann)
    }
    expect(files.commits.size).toBe(100)
    expect(store.history().at(-1)).toMatchObject({ number: 6 })
    await expect(store.rollback(ann, 5)).rejects.toEqual(code('TCN_CONFIG_NO_COMMIT'))
  })

  it('knows edits of the file that were made while the hub did not run', async () => {
    files.config = AFTER
    await start()
    expect(store.history()).toMatchObject([{ user: 'system', keys: ['limits.a'] }])
    await store.rollback(ann, 1)
    expect(files.config).toBe(BEFORE)
    files.config = AFTER
    files.failAfter = files.writes
    await expect(start()).rejects.toThrow('no space left')
    expect(store.running).toBe(AFTER)
  })
})

describe('observers', () => {
  let told: string[]
  const observe = (observer: ConfigObserver) => store.observers.add(observer)
  const line = (event: ConfigEvent): string => {
    const { type, by } = event
    if (type === 'phase') return `${event.phase} ${event.state}`
    if (type === 'failed') return `failed ${event.phase} ${event.error.code}`
    return `${type}${'state' in event ? ` ${event.state}` : ''} ${by.user}`
  }

  beforeEach(() => {
    told = []
    observe({ event: (event) => void told.push(line(event)) })
    observe({
      event: () => {
        throw new Error('a faulty observer')
      },
    })
  })

  it('are told of the transaction, the lock, each phase and the commit', async () => {
    await store.edit(ann, [set('limits.a', 7)])
    await store.commit(ann, { confirmed: 60_000 })
    await store.confirm(bob)
    const phases = ['validate', 'prepare', 'write', 'apply', 'announce', 'finish']
    expect(told).toEqual([
      'transaction start ann',
      'lock locked ann',
      ...phases.flatMap((phase) => [`${phase} start`, `${phase} stop`]),
      'commit ann',
      'confirmed-commit started ann',
      'lock unlocked ann',
      'transaction stop ann',
      'confirmed-commit confirmed bob',
    ])
  })

  it('are told which phase failed', async () => {
    stage.refuses = 'no'
    await store.edit(ann, [set('limits.a', 7)])
    await store.commit(ann).catch(() => undefined)
    expect(told).toContain('failed apply TCN_CONFIG_APPLY')
    expect(told).toContain('undo stop')
  })

  it('can hold up a commit with its changes, without secrets, until a deadline', async () => {
    const changes: unknown[] = []
    let release = () => {}
    observe({
      announce: (announced) => {
        changes.push(...announced.changes)
        return new Promise<void>((resolve) => {
          release = resolve
        })
      },
    })
    await store.edit(ann, [set('limits.a', 7), set('jobs.password', 'hidden')])
    let done = false
    const first = store.commit(ann).then(() => {
      done = true
    })
    await runtime.settle()
    expect([done, stage.inForce.limits.a]).toEqual([false, 7])
    expect(changes).toMatchObject([{ path: '/limits/a' }, { path: '/jobs/password', op: 'set', new: '***' }])
    release()
    await first
    await store.edit(ann, [set('limits.a', 8)])
    const second = store.commit(ann)
    await runtime.pass(ANNOUNCE_MS)
    await second
  })

  it('do not lose what is edited while they hold a commit up', async () => {
    let release = () => {}
    observe({
      announce: () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
    })
    await store.edit(ann, [set('limits.a', 7)])
    const first = store.commit(ann)
    await runtime.settle()
    await store.edit(ann, [set('limits.b', 7)])
    release()
    await first
    expect(stage.inForce.limits).toEqual({ a: 7, b: 1 })
    expect(await store.diff()).toMatchObject([{ key: 'limits.b', new: 7 }])
    const second = store.commit(ann)
    await runtime.settle()
    release()
    await second
    expect(stage.inForce.limits).toEqual({ a: 7, b: 7 })
    expect(store.candidate).toBeUndefined()
  })
})
