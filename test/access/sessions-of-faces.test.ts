import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { SessionInfo } from '../../src/access/sessions.js'
import { SysadmClient } from '../faces/sysadm/fixture.js'
import { eventually } from '../faults/eventually.js'
import { MatrixHub } from './matrix-hub.js'

/** Connections and logins of each face are sessions that begin and end; single requests are not. */

let hub: MatrixHub
const story: [string, SessionInfo][] = []

beforeAll(async () => {
  hub = await MatrixHub.start()
  hub.test.hub.observers.sessions.observe({
    began: (session) => void story.push(['began', session]),
    ended: (session) => void story.push(['ended', session]),
  })
})
afterAll(() => hub?.close())

const ws = () => hub.test.http.replace('http', 'ws')

const ways: Record<string, [context: string, open: () => Promise<() => unknown>]> = {
  'a unix socket': [
    'native',
    async () => {
      const client = await hub.come('unix', 'eye')
      return () => client.close()
    },
  ],
  TCP: [
    'native',
    async () => {
      const client = await hub.come('tcp', 'eye')
      return () => client.close()
    },
  ],
  'a WebSocket': [
    'websocket',
    async () => {
      const client = await hub.come('websocket', 'eye')
      return () => client.close()
    },
  ],
  'a WebSocket with CloudEvents': [
    'websocket',
    async () => {
      const socket = new WebSocket(`${ws()}/v1/ws`, ['cloudevents.json'], { headers: hub.bearer('eye') })
      await new Promise((opened) => socket.once('open', opened))
      return () => socket.close()
    },
  ],
  'server-sent events': [
    'http',
    async () => {
      const abort = new AbortController()
      await hub.ask('eye', '/v1/stream', { signal: abort.signal })
      return () => abort.abort()
    },
  ],
  'a login to salt-api': [
    'salt-api',
    async () => {
      const { url, token } = await hub.saltApi('eye')
      return () => fetch(`${url}/logout`, { method: 'POST', headers: { 'x-auth-token': token } })
    },
  ],
  'a login to SysAdm': [
    'sysadm',
    async () => {
      const { url, username, password } = await hub.sysadm('eye')
      const client = await SysadmClient.open(url)
      await client.rpc('auth', { username, password })
      return () => client.send(JSON.stringify({ namespace: 'rpc', name: 'auth_clear', id: 'c' }))
    },
  ],
}

it.each(Object.keys(ways))('%s is one session', async (way) => {
  const [context, open] = ways[way]
  await eventually(() => story.filter(([what]) => what === 'began').length === story.length / 2)
  story.length = 0
  const close = await open()
  expect(story).toMatchObject([['began', { context, user: expect.stringMatching(/^eye/) }]])
  await close()
  await eventually(() => story.length === 2)
  const [[, began], [what, ended]] = story
  expect([what, ended]).toEqual(['ended', began])
})

it('a request over HTTP is none', async () => {
  story.length = 0
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
  expect((await hub.ask('probe', '/v1/hub.status', init)).status).toBe(200)
  expect(story).toEqual([])
})
