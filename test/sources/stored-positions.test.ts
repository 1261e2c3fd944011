import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SourcePosition } from '../../src/sources/source-position.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { FakeHost } from '../helpers/fake-source-host.js'

const gap = fc.record({
  from: fc.string(),
  to: fc.string(),
  count: fc.option(fc.nat()),
  reason: fc.string({ unit: 'binary' }),
})

it('a position and the gaps beside it are after a restart what they were', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.array(gap, { maxLength: 4 }), async (position, gaps) => {
      const host = new FakeHost(new FakeRuntime())
      const before = new SourcePosition(host, 'one')
      await before.load()
      before.moved(() => position)
      await before.keep()
      await before.keepGaps(gaps)
      const kept = await new SourcePosition(host, 'one').load()
      expect(kept).toEqual({ position: JSON.parse(JSON.stringify(position)), gaps })
      expect(host.damaged.size).toBe(0)
    }),
  )
})

it('what is no record, or no position of its source, is reported, and counts as none', async () => {
  const read = (stored: unknown) => {
    if (typeof stored !== 'number') throw new Error('no number')
    return stored
  }
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.jsonValue(), fc.record({ position: fc.jsonValue(), gaps: fc.jsonValue() })),
      async (value) => {
        const host = new FakeHost(new FakeRuntime())
        host.store.set('one', Buffer.from(JSON.stringify(value)))
        const position = new SourcePosition(host, 'one')
        const kept = await position.load(read)
        const stored = (value as { position?: unknown } | null)?.position
        if (kept.position !== undefined) expect(kept.position).toBe(stored)
        else expect(host.damaged.has('one') || stored === undefined).toBe(true)
        expect(kept.gaps.every(({ reason }) => typeof reason === 'string')).toBe(true)
        position.moved(() => 7)
        await position.keep()
        expect(await new SourcePosition(host, 'one').load(read)).toEqual({ position: 7, gaps: kept.gaps })
      },
    ),
  )
})

/** A source whose last position could not be stored when its instance ended. */
const ended = async (host: FakeHost) => {
  const position = new SourcePosition(host, 'one')
  const live = { at: 1 }
  await position.load()
  position.moved(() => live)
  await position.keep()
  host.putFails = new Error('disk full')
  live.at = 2
  position.moved(() => live)
  await expect(position.keep()).rejects.toThrow('disk full')
  position.hold()
  live.at = 9
  return position
}

it('a position that could not be stored is where each next instance begins, until it is stored', async () => {
  const runtime = new FakeRuntime()
  const host = new FakeHost(runtime)
  const position = await ended(host)
  for (let n = 0; n < 3; n++) expect(await position.load()).toEqual({ position: { at: 2 }, gaps: [] })
  host.putFails = undefined
  await runtime.pass(3_000)
  expect(await new SourcePosition(host, 'one').load()).toEqual({ position: { at: 2 }, gaps: [] })
})

it('the same when the store fails only after the instance has ended', async () => {
  const host = new FakeHost(new FakeRuntime())
  const position = new SourcePosition(host, 'one')
  await position.load()
  host.putFails = new Error('disk full')
  position.moved(() => 3)
  const kept = position.keep()
  // It is read, and not yet stored.
  await Promise.resolve()
  position.hold()
  const next = position.load()
  await expect(kept).rejects.toThrow('disk full')
  expect(await next).toEqual({ position: 3, gaps: [] })
})

it('a source that cannot say where it is begins where it was stored last', async () => {
  const host = new FakeHost(new FakeRuntime())
  const position = new SourcePosition(host, 'one')
  await position.load()
  position.moved(() => 1)
  await position.keep()
  position.moved(() => {
    throw new Error('suspended')
  })
  await expect(position.keep()).rejects.toThrow('suspended')
  position.hold()
  expect(await position.load()).toEqual({ position: 1, gaps: [] })
})

it('a position that another hub has stored since counts instead, and so does the stored one after a stop', async () => {
  const host = new FakeHost(new FakeRuntime())
  const position = await ended(host)
  host.putFails = undefined
  const other = new SourcePosition(host, 'one')
  await other.load()
  other.moved(() => 7)
  await other.keep()
  expect(await position.load()).toEqual({ position: 7, gaps: [] })
  const stopped = await ended(new FakeHost(new FakeRuntime()))
  stopped.release()
  expect(await stopped.load()).toEqual({ position: { at: 1 }, gaps: [] })
})
