import { randomBytes } from 'node:crypto'
import { expect, it, onTestFinished } from 'vitest'
import { encode } from '../../src/event/index.js'
import { DividedRecords } from '../../src/rules/divided-records.js'
import { type Bucket, openLmdbState, openMemoryState, type StateStore } from '../../src/state/index.js'
import { openJetStreamState } from '../../src/state/jetstream/jetstream-state.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime as runtime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { keysOf } from '../state/conformance/tools.js'

/** Opens the same store each time. */
type Open = () => Promise<StateStore>

async function memory(): Promise<Open> {
  const state = openMemoryState({ runtime })
  return async () => ({ ...state, close: async () => undefined })
}

async function lmdb(): Promise<Open> {
  const folder = temporaryFolder('records')
  return () => openLmdbState({ runtime, folder })
}

async function nats(): Promise<Open> {
  const server = await NatsServer.start()
  onTestFinished(() => server.stop())
  return async () => {
    const link = await NatsLink.open({ runtime, servers: server.address })
    return openJetStreamState({ runtime, link, prefix: 'test' })
  }
}

const engines: [name: string, stored: () => Promise<Open>][] = [
  ['in memory', memory],
  ['in LMDB', lmdb],
  ['in NATS', nats],
]

/** More than the largest value of a state store. */
const LONG = 4_143_177

async function withBucket<Result>(open: Open, use: (bucket: Bucket) => Promise<Result>): Promise<Result> {
  const state = await open()
  try {
    return await use(state.bucket('rules'))
  } finally {
    await state.close()
  }
}

const write = (open: Open, key: string, record: Uint8Array) =>
  withBucket(open, (bucket) => new DividedRecords(bucket, runtime).write(key, [record]))
const read = (open: Open, key: string) =>
  withBucket(open, (bucket) => new DividedRecords(bucket, runtime).read(key))
const keepOnly = (open: Open, ...keys: string[]) =>
  withBucket(open, (bucket) => new DividedRecords(bucket, runtime).keepOnly(new Set(keys)))
const keysIn = (open: Open) => withBucket(open, (bucket) => keysOf(bucket))

/** Equality of megabytes, which `toEqual` compares byte by byte. */
const isSame = (found: Uint8Array | undefined, record: Uint8Array) =>
  found !== undefined && Buffer.from(found).equals(record)

/** The bucket of a process that ends after a number of writes, where each is stored before the next. */
function endingAfter(bucket: Bucket, writes: number): Bucket {
  let left = writes
  const count = () => {
    if (left-- <= 0) throw new Error('killed')
  }
  const put = async (key: string, value: Uint8Array) => {
    count()
    return bucket.put(key, value)
  }
  return {
    damaged: bucket.damaged,
    reportDamage: (...given) => bucket.reportDamage(...given),
    get: (key) => bucket.get(key),
    put,
    putAll: async (entries) => {
      for (const [key, value] of entries) await put(key, value)
    },
    compareAndSet: async (...given) => {
      count()
      return bucket.compareAndSet(...given)
    },
    delete: (key) => bucket.delete(key),
    list: (...given) => bucket.list(...given),
    watch: (...given) => bucket.watch(...given),
  }
}

it('a record that begins as the name of pieces does is kept whole', async () => {
  const open = await memory()
  const record = Uint8Array.of(0xc1, 1, 2)
  await write(open, 'late', record)
  expect(isSame(await read(open, 'late'), record)).toBe(true)
})

it.each(engines)('a record of any length is kept %s, and its pieces go with it', async (_, stored) => {
  const open = await stored()
  const records = [LONG, 10, 256 * 1024, 256 * 1024 + 1, 2 * LONG, LONG].map((length) => randomBytes(length))
  for (const record of records) {
    await write(open, 'late', record)
    expect(isSame(await read(open, 'late'), record)).toBe(true)
  }
  await write(open, 'other', records[0])
  await keepOnly(open, 'late', 'other')
  // A long record has 16 pieces, and those that it had before are gone.
  expect(await keysIn(open)).toHaveLength(2 * 17)
  expect(isSame(await read(open, 'late'), records.at(-1)!)).toBe(true)
  expect(isSame(await read(open, 'other'), records[0])).toBe(true)
  await keepOnly(open, 'other')
  expect(await read(open, 'late')).toBeUndefined()
  expect(await keysIn(open)).toHaveLength(17)
})

it.each(engines)('a record that is not written to its end %s leaves the one before', async (_, stored) => {
  const open = await stored()
  const before = randomBytes(LONG)
  const after = randomBytes(LONG)
  // With the same sides, as in one process.
  const sides = { random: () => Buffer.alloc(6, 1) }
  await withBucket(open, async (bucket) => {
    const records = new DividedRecords(bucket, sides)
    for (const record of [after, after, before]) await records.write('late', [record])
    for (const writes of [0, 1, 7, 16]) {
      const ending = new DividedRecords(endingAfter(bucket, writes), sides)
      await expect(ending.write('late', [after])).rejects.toThrow('killed')
      expect(isSame(await records.read('late'), before)).toBe(true)
    }
    await new DividedRecords(endingAfter(bucket, 17), sides).write('late', [after])
  })
  expect(isSame(await read(open, 'late'), after)).toBe(true)
})

it('a record that another hub writes while it is read is read again', async () => {
  const open = await memory()
  const [before, after] = [randomBytes(LONG), randomBytes(LONG)]
  await withBucket(open, async (bucket) => {
    const other = new DividedRecords(bucket, runtime)
    await other.write('late', [before])
    let gets = 0
    const interrupted: Bucket = {
      ...endingAfter(bucket, 0),
      get: async (key) => {
        // Both sides of the other hub have changed then.
        if (++gets === 5) for (const record of [after, after]) await other.write('late', [record])
        return bucket.get(key)
      },
    }
    expect(isSame(await new DividedRecords(interrupted, runtime).read('late'), after)).toBe(true)
  })
})

it.each([
  ['short', 10],
  ['long', LONG],
])('a %s record that another hub has written meanwhile is not overwritten', async (_, length) => {
  const open = await memory()
  const [before, after, late] = [randomBytes(length), randomBytes(length), randomBytes(length)]
  await withBucket(open, async (bucket) => {
    const [one, other] = [new DividedRecords(bucket, runtime), new DividedRecords(bucket, runtime)]
    await one.write('late', [before])
    await other.read('late')
    await other.write('late', [after])
    await expect(one.write('late', [late])).rejects.toMatchObject({ code: 'TCN_STATE_CONFLICT' })
    expect(isSame(await one.read('late'), after)).toBe(true)
    await one.write('late', [late])
    expect(isSame(await other.read('late'), late)).toBe(true)
  })
})

it('a record in parts of any length is read as one', async () => {
  const open = await memory()
  for (const lengths of [
    [3, 5, 0],
    [200_000, 0, 60_000, 500_000, 7],
    [LONG, 1],
  ]) {
    const parts = lengths.map((length) => randomBytes(length))
    await withBucket(open, (bucket) => new DividedRecords(bucket, runtime).write('late', parts))
    expect(isSame(await read(open, 'late'), Buffer.concat(parts))).toBe(true)
  }
})

it('a long record is written in several parts, between which others write', async () => {
  const open = await memory()
  await withBucket(open, async (bucket) => {
    const written: number[] = []
    const counting: Bucket = {
      ...endingAfter(bucket, 100),
      putAll: async (entries) => {
        written.push(entries.reduce((sum, [, value]) => sum + value.length, 0))
        return bucket.putAll(entries)
      },
    }
    await new DividedRecords(counting, runtime).write('late', [randomBytes(LONG)])
    expect(Math.max(...written)).toBeLessThanOrEqual(1024 * 1024)
    expect(written.reduce((sum, bytes) => sum + bytes, 0)).toBe(LONG)
  })
})

it('a record that was stored before long ones were divided is read', async () => {
  const open = await memory()
  const record = Buffer.from(encode('x'.repeat(900_000)))
  await withBucket(open, (bucket) => bucket.put('late', record))
  expect(isSame(await read(open, 'late'), record)).toBe(true)
  await keepOnly(open, 'late')
  expect(isSame(await read(open, 'late'), record)).toBe(true)
})

it('a record with a piece that is missing counts as absent, and is reported as damaged', async () => {
  const open = await memory()
  await withBucket(open, async (bucket) => {
    const records = new DividedRecords(bucket, runtime)
    await records.write('late', [randomBytes(LONG)])
    await bucket.delete((await keysOf(bucket, '@piece/'))[3])
    expect(await records.read('late')).toBeUndefined()
    expect([...bucket.damaged]).toEqual([['late', 'pieces of it are missing or damaged']])
    await records.write('late', [Buffer.from('short')])
    expect(isSame(await records.read('late'), Buffer.from('short'))).toBe(true)
    expect(bucket.damaged.size).toBe(0)
  })
})
