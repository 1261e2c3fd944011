import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { call } from '../../console/hub/api.js'
import { editEntry, putInCandidate } from '../../console/hub/candidate.js'
import { addEntry, isOther, readNamed, typesOf } from '../../console/pages/bus/entry/candidate-entry.js'
import { admin, http, startConfigured, stop } from '../hub/config/configured-hub.js'

const broker = (name: string) => ({ name, broker: '127.0.0.1:1883', topics: ['a/#'] })
const fire = (tag: string, more: object = {}) => ({ filter: 'work/', fire: { tag }, ...more })

let token: string

// No test commits anything: without the candidate, the hub is as at the start.
beforeAll(async () => {
  await startConfigured()
  const added = await admin.request<{ token: string }>('tokens.add', { name: 'page', rights: '*' })
  token = added.token
  const edits = [
    { key: 'rules', value: { first: fire('alert/first') } },
    { key: 'sources.mqtt', value: [broker('hall'), broker('yard')] },
  ]
  await admin.request('config.edit', { edits })
  await admin.request('config.commit')
})
afterAll(stop)

beforeEach(() => {
  const ask = fetch
  vi.stubGlobal('fetch', (path: string, init: RequestInit) =>
    ask(http + path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
  )
})
afterEach(async () => {
  await call('config.discard', {})
  vi.unstubAllGlobals()
})

const names = async () => {
  const { values } = await call('config.get', { key: 'sources.mqtt', candidate: true })
  return values.filter(({ key }) => key.endsWith('.name')).map(({ value }) => value)
}
const revision = async () => (await call('config.diff', {})).revision
const put = (key: string, value: unknown) => putInCandidate({ key, value })
const inCandidate = async (key: string) =>
  (await call('config.get', { key, candidate: true })).values.find((each) => each.key === key)?.value

it('a source is found by its name again after another one before it has gone', async () => {
  const read = await readNamed('sources', 'mqtt/yard')
  expect(read?.key).toBe('sources.mqtt[1]')
  await call('config.edit', { edits: [{ key: 'sources.mqtt[0]', delete: true }] })
  const now = await readNamed('sources', 'mqtt/yard')
  expect(now?.key).toBe('sources.mqtt[0]')
  expect(read && now && isOther(read, now)).toBe(true)
  expect(await readNamed('sources', 'mqtt/hall')).toBe(undefined)
})

it('a source is not mistaken for another one that has a part of its name', async () => {
  const receiver = (name: string, ...users: string[]) => ({
    name,
    users: users.map((each) => ({ name: each })),
  })
  const receivers = [receiver('hall', 'yard', 'roof'), receiver('yard', 'ann')]
  await call('config.edit', { edits: [{ key: 'sources.snmp', value: receivers }] })
  expect((await readNamed('sources', 'snmp/yard'))?.key).toBe('sources.snmp[1]')
  await addEntry('sources', 'snmp', 'roof', receiver('roof', 'ann'))
  expect((await readNamed('sources', 'snmp/roof'))?.key).toBe('sources.snmp[2]')
})

it('an entry that was removed is none', async () => {
  expect(await readNamed('rules', 'first')).toBeDefined()
  await call('config.edit', { edits: [{ key: 'rules.first', delete: true }] })
  expect(await readNamed('rules', 'first')).toBe(undefined)
})

it('an edit that the hub refuses leaves what the candidate has', async () => {
  await call('config.edit', { edits: [{ key: 'rules.second', value: fire('alert/second') }] })
  await expect(put('rules.second', { filter: 'work/', job: ['/bin/true'] })).rejects.toThrow()
  expect(await inCandidate('rules.second.fire.tag')).toBe('alert/second')
})

it('a value that is not valid gives its place back to the one that it replaced', async () => {
  await call('config.edit', {
    edits: [{ key: 'rules.second', value: fire('alert/second', { groups: 5 }) }],
  })
  const wrong = fire('alert/other', { groups: 'many' })
  await expect(put('rules.second', wrong)).rejects.toThrow('rules.second.groups')
  expect(await inCandidate('rules.second.fire.tag')).toBe('alert/second')
  expect(await inCandidate('rules.second.groups')).toBe(5)
  await expect(put('rules.third', wrong)).rejects.toThrow('rules.third.groups')
  expect(await readNamed('rules', 'third')).toBe(undefined)
})

it('what is not valid leaves no lock that was free before', async () => {
  await expect(put('rules.third', fire('alert/x', { groups: 'many' }))).rejects.toThrow()
  await expect(
    editEntry('rules.first', [{ key: 'rules.first.groups', value: 'many' }], await revision()),
  ).rejects.toThrow()
  expect(await call('config.diff', {})).toEqual({ changes: [], revision: await revision() })
})

it('a source is added after the last, by its name, which must be free', async () => {
  await addEntry('sources', 'mqtt', 'roof', broker('roof'))
  expect(await names()).toEqual(['hall', 'yard', 'roof'])
  await expect(addEntry('sources', 'mqtt', 'hall', broker('hall'))).rejects.toThrow('hall already')
  await expect(addEntry('sources', 'mqtt', '', {})).rejects.toThrow('name')
  await expect(addEntry('rules', '', 'first', fire('alert/x'))).rejects.toThrow('first already')
  const wrong = { ...broker('cellar'), broker: 5 }
  await expect(addEntry('sources', 'mqtt', 'cellar', wrong)).rejects.toThrow('sources.mqtt[3].broker')
  expect(await names()).toEqual(['hall', 'yard', 'roof'])
})

it('a new source is of a kind of which there may be several', async () => {
  const kinds = await typesOf('sources', new AbortController().signal)
  expect(kinds).toEqual(expect.arrayContaining(['mqtt', 'journal', 'netconf']))
  const single = ['sources', 'system', 'systemd', 'kernel', 'packages']
  expect(kinds.filter((kind) => single.includes(kind))).toEqual([])
})

it('a source takes the place of none that another edit put there meanwhile', async () => {
  const ask = fetch
  const isEdit = (path: string) => path.endsWith('/config.edit')
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    if (!isEdit(path)) return ask(path, init)
    vi.stubGlobal('fetch', ask)
    await call('config.edit', { edits: [{ key: 'sources.mqtt[]', value: broker('roof') }] })
    return ask(path, init)
  })
  await addEntry('sources', 'mqtt', 'cellar', broker('cellar'))
  expect(await names()).toEqual(['hall', 'yard', 'roof', 'cellar'])
})

it('neither an edit nor a new rule is made for a candidate that others have edited since', async () => {
  const read = await revision()
  await call('config.edit', { edits: [{ key: 'rules.second', value: fire('alert/second') }] })
  const stale = expect.objectContaining({ code: 'TCN_CONFIG_REVISION' })
  const edits = [{ key: 'rules.first.groups', value: 9 }]
  await expect(editEntry('rules.first', edits, read)).rejects.toEqual(stale)
  const mine = { key: 'rules.second', value: fire('alert/mine'), revision: read }
  await expect(putInCandidate(mine)).rejects.toEqual(stale)
  expect(await inCandidate('rules.second.fire.tag')).toBe('alert/second')
})
