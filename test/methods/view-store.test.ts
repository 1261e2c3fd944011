import { beforeEach, expect, it } from 'vitest'
import { encode } from '../../src/event/index.js'
import { ViewStore } from '../../src/methods/view-store.js'
import { type Bucket, openMemoryState } from '../../src/state/index.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { keysOf } from '../state/conformance/tools.js'

const DAY = 24 * 3_600_000

let runtime: FakeRuntime
let bucket: Bucket
let principals: Set<string>
/** Two hubs that share the store. */
let one: ViewStore
let other: ViewStore

beforeEach(() => {
  runtime = new FakeRuntime()
  bucket = openMemoryState({ runtime }).bucket('views')
  principals = new Set(['ann', 'bob'])
  const open = () => new ViewStore(bucket, runtime, (name) => principals.has(name))
  one = open()
  other = open()
})

const view = (name: string, owner = 'ann') => ({ name, owner, shared: true, query: 'filter=a/' })
const namesFor = async (store: ViewStore, owner: string) =>
  (await store.list(owner)).map((each) => `${each.owner}: ${each.name}`)

it('a view that is kept on one hub is listed, renamed and deleted on another', async () => {
  await one.save(view('mine'), false)
  expect(await namesFor(other, 'bob')).toEqual(['ann: mine'])
  await other.rename('ann', 'mine', 'ours')
  expect(await namesFor(one, 'ann')).toEqual(['ann: ours'])
  await one.delete('ann', 'ours')
  expect(await namesFor(other, 'ann')).toEqual([])
})

it('of two hubs that keep a view of the same name at once, one is told so', async () => {
  const saved = await Promise.allSettled([one.save(view('x'), false), other.save(view('x'), false)])
  expect(saved.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(saved.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'TCN_VIEW_CONFLICT' },
  })
  await one.save(view('y'), false)
  const renamed = [one.rename('ann', 'x', 'z'), other.rename('ann', 'y', 'z')]
  const outcomes = (await Promise.allSettled(renamed)).map(({ status }) => status)
  expect(outcomes.sort()).toEqual(['fulfilled', 'rejected'])
  expect(await one.list('ann')).toHaveLength(2)
})

it('the views of a principal that is removed are not listed, and are there again if it comes back', async () => {
  await one.save(view('mine'), false)
  principals.delete('ann')
  expect(await namesFor(one, 'bob')).toEqual([])
  await runtime.pass(29 * DAY)
  principals.add('ann')
  expect(await namesFor(other, 'bob')).toEqual(['ann: mine'])
  principals.delete('ann')
  expect(await namesFor(one, 'bob')).toEqual([])
  await runtime.pass(29 * DAY)
  expect(await namesFor(one, 'bob')).toEqual([])
  expect(await keysOf(bucket)).toHaveLength(1)
})

it('the views of a principal that stays away are deleted after 30 days', async () => {
  await one.save(view('mine'), false)
  await one.save(view('kept', 'bob'), false)
  principals.delete('ann')
  await one.list('bob')
  await runtime.pass(31 * DAY)
  await other.list('bob')
  expect(await keysOf(bucket)).toEqual(['bob/kept'])
})

it('views without an owner take no room from others', async () => {
  const full = openMemoryState({ runtime: realRuntime }).bucket('views')
  const store = new ViewStore(full, realRuntime, (name) => principals.has(name))
  for (let nth = 0; nth < 2000; nth++) {
    const [owner, name] = [`p${nth % 20}`, `v${nth}`]
    principals.add(owner)
    await full.put(`${owner}/${name}`, encode({ ...view(name, owner), changed: 0 }))
  }
  await expect(store.save(view('more'), false)).rejects.toMatchObject({ code: 'TCN_VIEW_TOO_MANY' })
  principals.delete('p0')
  await store.save(view('more'), false)
  expect(await keysOf(full, 'p0/')).toHaveLength(99)
  expect(await keysOf(full)).toHaveLength(2000)
})
