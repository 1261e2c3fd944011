import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { call } from '../../console/hub/api.js'
import { editEntry, putInCandidate } from '../../console/hub/candidate.js'
import { admin, http, startConfigured, stop } from '../hub/config/configured-hub.js'

const fire = (tag: string, more: object = {}) => ({ filter: 'work/', fire: { tag }, ...more })

beforeEach(async () => {
  await startConfigured()
  const { token } = await admin.request<{ token: string }>('tokens.add', { name: 'page', rights: '*' })
  const ask = fetch
  vi.stubGlobal('fetch', (path: string, init: RequestInit) =>
    ask(http + path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
  )
  await call('config.edit', {
    edits: [{ key: 'rules', value: { first: fire('alert/first') } }],
  })
  await call('config.commit', {})
})

afterEach(async () => {
  vi.unstubAllGlobals()
  await stop()
})

const inCandidate = async (key: string) =>
  (await call('config.get', { key, candidate: true })).values.find((each) => each.key === key)?.value

it('an edit that the hub refuses leaves what the candidate has', async () => {
  await call('config.edit', { edits: [{ key: 'rules.second', value: fire('alert/second') }] })
  await expect(putInCandidate('rules.second', { filter: 'work/', job: ['/bin/true'] })).rejects.toThrow()
  expect(await inCandidate('rules.second.fire.tag')).toBe('alert/second')
})

it('a value that is not valid gives its place back to the one that it replaced', async () => {
  await call('config.edit', {
    edits: [{ key: 'rules.second', value: fire('alert/second', { groups: 5 }) }],
  })
  const wrong = fire('alert/other', { groups: 'many' })
  await expect(putInCandidate('rules.second', wrong)).rejects.toThrow('rules.second.groups')
  expect(await inCandidate('rules.second.fire.tag')).toBe('alert/second')
  expect(await inCandidate('rules.second.groups')).toBe(5)
  await expect(putInCandidate('rules.third', wrong)).rejects.toThrow('rules.third.groups')
  expect(await inCandidate('rules.third.fire.tag')).toBe(undefined)
})

it('what is not valid leaves no lock that was free before', async () => {
  await expect(putInCandidate('rules.third', fire('alert/x', { groups: 'many' }))).rejects.toThrow()
  await expect(editEntry('rules.first', [{ key: 'rules.first.groups', value: 'many' }])).rejects.toThrow()
  expect(await call('config.diff', {})).toEqual({ changes: [] })
})
