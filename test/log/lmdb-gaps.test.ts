import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { append, frameOf, frames, readAll } from './conformance/tools.js'
import { openLmdb } from './lmdb-folder.js'

const options = { segment: { bytes: 30_000 }, ringBytes: 16 * 1024, slabBytes: 8 * 1024 }
const prefixes = ['hub/gap/']
/** In which rounds a loss is reported. */
const reported = [3, 4, 17]

/** Fills about twenty segments, a few of them with reports. */
async function filled(folder: string) {
  const log = await openLmdb({ ...options, folder })
  for (let round = 0; round < 20; round++) {
    if (reported.includes(round)) await append(log, [frameOf(`hub/gap/source${round}`)])
    await append(log, frames(30, 1000))
    await log.durable(log.last)
  }
  return log
}

const tagsOf = (events: readonly { tag: string }[]) =>
  events.map(({ tag }) => tag).filter((tag) => tag.startsWith('hub/gap/'))
const expected = reported.map((round) => `hub/gap/source${round}`)

test('reports of losses are found without opening the segments that have none', async () => {
  const folder = temporaryFolder('log')
  await (await filled(folder)).close()
  const names = readdirSync(join(folder, 'segments')).sort()
  const log = await openLmdb({ ...options, folder })
  const damage: unknown[] = []
  const damaged = (range: unknown) => void damage.push(range)
  const before = await readAll(log, 1, { prefixes })
  const used = new Set(
    names.filter((name, at) =>
      before.some(
        ({ seq }) => seq >= Number(name) && seq < Number(names[at + 1] ?? Number.POSITIVE_INFINITY),
      ),
    ),
  )
  await log.close()
  const again = await openLmdb({ ...options, folder })
  const gone = names.slice(0, -1).filter((name) => !used.has(name))
  expect(gone.length).toBeGreaterThan(10)
  for (const name of gone) rmSync(join(folder, 'segments', name, 'data.mdb'))
  expect(tagsOf(await readAll(again, 1, { prefixes, damaged }))).toEqual(expected)
  expect(tagsOf(await readAll(again, again.last, { prefixes, damaged, backwards: true }))).toEqual(
    expected.toReversed(),
  )
  expect(damage).toEqual([])
  await again.close()
})

test('a read for reports and others misses none of them', async () => {
  const log = await filled(temporaryFolder('log'))
  expect(tagsOf(await readAll(log, 1, { prefixes }))).toEqual(expected)
  expect(tagsOf(await readAll(log, 1, { prefixes: ['hub/gap/', 'test/'] }))).toEqual(expected)
  expect((await readAll(log, 1, { prefixes: ['hub/gap/', 'test/'] })).length).toBe(603)
  await log.close()
})

test('a segment with many reports is read like any other', async () => {
  const log = await openLmdb({ ...options, segment: { bytes: 8 * 1024 * 1024 } })
  for (let nth = 0; nth < 300; nth++) {
    await append(log, [...frames(1, 17_000), frameOf(`hub/gap/${nth}`)])
    await log.durable(log.last)
  }
  expect(tagsOf(await readAll(log, 1, { prefixes })).length).toBe(300)
  await log.close()
})
