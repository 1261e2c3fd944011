import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { configJsonSchema } from '../../../src/config/json-schema.js'
import { parseConfig } from '../../../src/config/load.js'
import { parseKey } from '../../../src/config/store/key.js'
import type { ConfigEvent, ConfigObserver } from '../../../src/config/store/observer.js'
import { recover } from '../../../src/config/store/recover.js'
import { ANNOUNCE_MS, ConfigStore, IDLE_MS } from '../../../src/config/store/store.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { MemoryFiles, session } from './memory-files.js'

const schema = z.strictObject({
  data: z.string().optional(),
  limits: z
    .strictObject({ a: z.int().default(1), b: z.int().default(1) })
    .meta({ remote: true })
    .prefault({}),
  jobs: z
    .strictObject({ programs: z.array(z.string()).default([]), password: z.string().optional() })
    .prefault({}),
})
type Config = z.output<typeof schema>

const BEFORE = '# ours\nlimits: { a: 1 } # few\n'
const AFTER = '# ours\nlimits: { a: 7 } # few\n'

let runtime: FakeRuntime
let files: MemoryFiles
let store: ConfigStore<Config>
/** What the hub would do now. */
let inForce: Config
let refuses: string | undefined
let expired: { state: string; outcome: unknown }[]

const ann = session('ann')
const bob = session('bob')
const set = (key: string, value: unknown) => ({ path: parseKey(key), value })
const check = (text: string) => parseConfig(schema, text, 'tocsin.yaml')

/** Starts the store as the hub does. */
async function start(): Promise<string | undefined> {
  const recovery = await recover(files, runtime)
  inForce = check(files.config)
  store = new ConfigStore({
    runtime,
    files,
    schema: configJsonSchema(schema),
    running: files.config,
    check,
    async apply(config) {
      if (refuses !== undefined && config.limits.a === 7) throw new TocsinError('TCN_CONFIG_APPLY', refuses)
      inForce = config
      return { applied: ['limits.a'], restart: [] }
    },
    expired: ({ state }, outcome) => expired.push({ state, outcome }),
  })
  await store.adopt()
  return recovery?.text
}

beforeEach(async () => {
  runtime = new FakeRuntime()
  files = new MemoryFiles(BEFORE)
  refuses = undefined
  expired = []
  await start()
})

const code = (of: string) => expect.objectContaining({ code: of })

describe('a commit', () => {
  it('writes the file, applies it and is listed', async () => {
    store.edit(ann, [set('limits.a', 7)])
    expect(store.diff()).toEqual([{ key: 'limits.a', path: ['limits', 'a'], op: 'modify', old: 1, new: 7 }])
    const result = await store.commit(ann, { label: 'more', comment: 'they asked' })
    expect(result).toMatchObject({ applied: ['limits.a'], restart: [] })
    expect(files.config).toBe(AFTER)
    expect(inForce.limits.a).toBe(7)
    expect(store.history()).toMatchObject([
      { number: 1, user: 'ann', label: 'more', comment: 'they asked', state: 'final', keys: ['limits.a'] },
    ])
    expect(store.candidate).toBeUndefined()
  })

  it('that is invalid changes nothing, and the candidate stays', async () => {
    store.edit(ann, [set('limits.a', 'many')])
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_INVALID'))
    expect(files.config).toBe(BEFORE)
    expect(store.candidate?.text).toContain('many')
  })

  it('whose part fails halfway is undone', async () => {
    refuses = 'faces: the port is in use'
    store.edit(ann, [set('limits.a', 7)])
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_APPLY'))
    expect([files.config, files.pending, inForce.limits.a]).toEqual([BEFORE, undefined, 1])
    expect(store.history()).toEqual([])
  })

  it('of an outdated candidate, or over an edit that was not loaded, is refused', async () => {
    store.edit(ann, [set('limits.a', 7)])
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
    store.edit(ann, [set('data', '/elsewhere')])
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_EDIT'))
  })
})

describe('from another machine', () => {
  const far = session('far', { local: false })

  it('only the keys can be changed that are marked for it, by whatever way', async () => {
    const refused = expect.objectContaining({ code: 'TCN_CONFIG_LOCAL', details: { key: 'jobs.programs' } })
    expect(() => store.edit(far, [set('jobs.programs', ['sh'])])).toThrow(refused)
    expect(store.candidate).toBeUndefined()
    expect(() => store.edit(far, 'limits: { a: 1 }\njobs: { programs: [sh] }\n')).toThrow(refused)
    store.edit(far, [set('limits.a', 7)])
    await store.commit(far)
    store.edit(ann, [set('jobs.programs', ['sh'])])
    await store.commit(ann, { confirmed: 60_000 })
    await expect(store.abort(far)).rejects.toEqual(refused)
    await store.confirm(far)
    await expect(store.rollback(far, 2)).rejects.toEqual(refused)
    expect(inForce.jobs.programs).toEqual(['sh'])
  })
})

describe('the lock', () => {
  it('belongs to the session that edits first, until it discards, commits or ends', () => {
    const ending = new AbortController()
    store.edit(session('ann', { ended: ending.signal }), [set('limits.a', 7)])
    expect(() => store.edit(bob, [set('limits.b', 7)])).toThrow(code('TCN_CONFIG_LOCKED'))
    expect(() => store.discard(bob)).toThrow(code('TCN_CONFIG_LOCKED'))
    ending.abort()
    store.edit(bob, [set('limits.b', 7)])
    expect(store.diff()).toMatchObject([{ key: 'limits.b' }])
    store.discard(bob)
    store.edit(ann, [set('limits.a', 7)])
  })

  it('can be taken by force, which drops what the other had edited', async () => {
    store.edit(ann, [set('limits.a', 7)])
    store.edit(bob, [set('limits.b', 7)], true)
    expect(store.diff()).toMatchObject([{ key: 'limits.b' }])
    await expect(store.commit(ann)).rejects.toEqual(code('TCN_CONFIG_LOCKED'))
  })

  it('is released when it is not used for too long', () => {
    store.edit(ann, [set('limits.a', 7)])
    runtime.advance(IDLE_MS - 1)
    store.edit(ann, [set('limits.b', 7)])
    runtime.advance(IDLE_MS - 1)
    expect(store.candidate).toBeDefined()
    runtime.advance(1)
    expect(store.candidate).toBeUndefined()
  })
})

describe('a confirmed commit', () => {
  const commit = async () => {
    store.edit(ann, [set('limits.a', 7)])
    await store.commit(ann, { confirmed: 600_000 })
  }

  it('is reverted when nobody confirms it in time', async () => {
    await commit()
    expect(inForce.limits.a).toBe(7)
    await runtime.pass(600_000)
    await runtime.settle()
    expect([files.config, files.pending, inForce.limits.a]).toEqual([BEFORE, undefined, 1])
    expect(store.history()).toMatchObject([{ number: 1, state: 'reverted' }])
    expect(expired).toMatchObject([{ outcome: { applied: ['limits.a'] } }])
  })

  it('stays when it is confirmed, and is reverted when it is aborted', async () => {
    await commit()
    await store.confirm(bob)
    await runtime.pass(600_000)
    expect(files.config).toBe(AFTER)
    await expect(store.confirm(bob)).rejects.toEqual(code('TCN_CONFIG_CONFIRMED'))
    store.edit(ann, [set('limits.a', 8)])
    await store.commit(ann, { confirmed: 600_000 })
    await store.abort(bob)
    expect([files.config, inForce.limits.a]).toEqual([AFTER, 7])
  })

  it('allows no other commit before it is final', async () => {
    await commit()
    store.edit(bob, [set('limits.b', 7)])
    await expect(store.commit(bob)).rejects.toEqual(code('TCN_CONFIG_UNCONFIRMED'))
    await store.confirm(bob)
  })

  it('waits across a restart, and is reverted at one that comes too late', async () => {
    await commit()
    runtime.advance(100_000)
    store.close()
    expect(await start()).toBeUndefined()
    expect(inForce.limits.a).toBe(7)
    store.close()
    runtime.advance(600_000)
    expect(await start()).toMatch(/commit 1 by ann: .* as before it \(it was not confirmed in time\)/)
    expect([files.config, inForce.limits.a]).toEqual([BEFORE, 1])
  })

  it('is final when the file is edited and loaded meanwhile', async () => {
    await commit()
    files.config = 'limits: { a: 9 }\n'
    await store.reload()
    await runtime.pass(600_000)
    expect([files.config, inForce.limits.a]).toEqual(['limits: { a: 9 }\n', 9])
    expect(store.history().map(({ state }) => state)).toEqual(['final', 'final'])
  })

  it('does not overwrite an edit of the file that was not loaded', async () => {
    await commit()
    files.config = 'limits: { a: 9 }\n'
    await runtime.pass(600_000)
    await runtime.settle()
    expect([files.config, inForce.limits.a]).toEqual(['limits: { a: 9 }\n', 1])
  })
})

describe('a confirmed commit that extends another one', () => {
  const commit = async (value: number, confirmed = 600_000) => {
    store.edit(ann, [set('limits.a', value)])
    await store.commit(ann, { confirmed })
  }
  const states = () => store.history().map(({ number, state }) => [number, state])

  it('lets both wait for its time, and is reverted with the first one', async () => {
    await commit(7)
    runtime.advance(500_000)
    await commit(8)
    await runtime.pass(500_000)
    expect(inForce.limits.a).toBe(8)
    expect(store.unconfirmed).toMatchObject({ number: 2, extends: 1 })
    await runtime.pass(100_000)
    await runtime.settle()
    expect([files.config, files.running, files.pending, inForce.limits.a]).toEqual([
      BEFORE,
      BEFORE,
      undefined,
      1,
    ])
    expect(states()).toEqual([
      [2, 'reverted'],
      [1, 'reverted'],
    ])
    expect(expired).toHaveLength(1)
  })

  it('is confirmed with the first one, and each can be rolled back', async () => {
    await commit(7)
    await commit(8)
    expect(await store.confirm(bob)).toMatchObject({ number: 2, state: 'final' })
    await runtime.pass(600_000)
    expect([inForce.limits.a, files.pending]).toEqual([8, undefined])
    expect(states().every(([, state]) => state === 'final')).toBe(true)
    await store.rollback(bob, 2)
    expect(inForce.limits.a).toBe(7)
  })

  it('without a change only gives the first one more time', async () => {
    const told: ConfigEvent[] = []
    await commit(7)
    store.observers.add({ event: (event) => void told.push(event) })
    runtime.advance(500_000)
    const result = await store.commit(bob, { confirmed: 600_000 })
    expect(result).toMatchObject({ commit: { number: 1, state: 'unconfirmed' }, applied: [] })
    expect(told).toMatchObject([{ type: 'confirmed-commit', state: 'started', by: { user: 'bob' } }])
    await runtime.pass(599_999)
    expect([inForce.limits.a, store.history()]).toMatchObject([
      7,
      [{ number: 1, until: store.unconfirmed?.until }],
    ])
    await runtime.pass(1)
    await runtime.settle()
    expect(inForce.limits.a).toBe(1)
  })

  it('that fails leaves the first one waiting', async () => {
    await commit(8)
    refuses = 'no'
    await expect(commit(7)).rejects.toEqual(code('TCN_CONFIG_APPLY'))
    expect([store.unconfirmed?.number, inForce.limits.a]).toEqual([1, 8])
    await runtime.pass(600_000)
    await runtime.settle()
    expect([files.config, inForce.limits.a]).toEqual([BEFORE, 1])
  })

  it('waits with the first one across a restart', async () => {
    await commit(7)
    await commit(8)
    store.close()
    expect(await start()).toBeUndefined()
    expect(states().every(([, state]) => state === 'unconfirmed')).toBe(true)
    await store.abort(ann)
    expect([files.config, inForce.limits.a]).toEqual([BEFORE, 1])
    expect(states().every(([, state]) => state === 'reverted')).toBe(true)
  })

  it('can follow any number of others', async () => {
    for (let n = 0; n < 105; n++) await commit(n + 10)
    await store.abort(ann)
    expect([files.config, inForce.limits.a, files.commits.size]).toEqual([BEFORE, 1, 100])
    expect(states().every(([, state]) => state === 'reverted')).toBe(true)
  })
})

describe('rollback', () => {
  it('undoes a commit and all later ones, and is a commit itself', async () => {
    for (const n of [7, 8, 9]) {
      store.edit(ann, [set('limits.a', n)])
      await store.commit(ann)
    }
    expect(store.rollbackDiff(2)).toMatchObject([{ key: 'limits.a', old: 9, new: 7 }])
    await store.rollback(bob, 2)
    expect([files.config, inForce.limits.a]).toEqual([AFTER, 7])
    await store.rollback(bob, 4)
    expect(inForce.limits.a).toBe(9)
    await expect(store.rollback(bob, 44)).rejects.toEqual(code('TCN_CONFIG_NO_COMMIT'))
  })

  it('is possible for a bounded number of commits', async () => {
    for (let n = 0; n < 105; n++) {
      store.edit(ann, [set('limits.b', n + 2)])
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
      store.edit(ann, [set('limits.a', 7)])
      const failed = await steps(() => store.commit(ann), n)
      const note = await start()
      expect(files.config).toBe(failed ? BEFORE : AFTER)
      expect(files.running).toBe(files.config)
      expect(files.pending).toBeUndefined()
      expect(store.history()).toHaveLength(failed ? 0 : 1)
      if (note !== undefined) expect(note).toMatch(/as before it \(it was interrupted\)/)
      store.edit(ann, [set('limits.a', 8)])
      await store.commit(ann)
    },
  )

  it.each(Array.from({ length: 8 }, (_, n) => n))(
    'after %i writes of reverting a confirmed commit still reverts it, in time or at the next start',
    async (n) => {
      store.edit(ann, [set('limits.a', 7)])
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
      store.edit(ann, [set('limits.a', 7)])
      await store.commit(ann, { confirmed: 60_000 })
      store.edit(ann, [set('limits.a', 8)])
      const failed = await steps(() => store.commit(ann, { confirmed: 600_000 }), n)
      await start()
      expect([inForce.limits.a, files.running]).toEqual([failed ? 7 : 8, files.config])
      expect(store.history().map(({ state }) => state)).toEqual(Array(failed ? 1 : 2).fill('unconfirmed'))
      await runtime.pass(failed ? 60_000 : 600_000)
      await runtime.settle()
      expect([files.config, files.running, files.pending, inForce.limits.a]).toEqual([
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
        store.edit(ann, [set('limits.a', value)])
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
    store.edit(ann, [set('limits.a', 7)])
    await store.commit(ann, { confirmed: 60_000 })
    store.edit(ann, [set('limits.a', 8)])
    await steps(() => store.commit(ann, { confirmed: 600_000 }), 2)
    runtime.advance(60_000)
    expect(await start()).toMatch(
      /commit 2 by ann: .*interrupted\); commit 1 by ann: .*not confirmed in time/,
    )
    expect([files.config, inForce.limits.a, files.pending]).toEqual([BEFORE, 1, undefined])
  })

  it('during a recovery has no effect', async () => {
    store.edit(ann, [set('limits.a', 7)])
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
    store.edit(ann, [set('limits.a', 7)])
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
    refuses = 'no'
    store.edit(ann, [set('limits.a', 7)])
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
    store.edit(ann, [set('limits.a', 7), set('jobs.password', 'hidden')])
    let done = false
    const first = store.commit(ann).then(() => {
      done = true
    })
    await runtime.settle()
    expect([done, inForce.limits.a]).toEqual([false, 7])
    expect(changes).toMatchObject([{ key: 'limits.a' }, { key: 'jobs.password', op: 'create', new: '***' }])
    release()
    await first
    store.edit(ann, [set('limits.a', 8)])
    const second = store.commit(ann)
    await runtime.pass(ANNOUNCE_MS)
    await second
  })
})
