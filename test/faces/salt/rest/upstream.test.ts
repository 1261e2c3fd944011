import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { PASSWORD, type RestFixture, startRest } from './fixture.js'

interface Asked {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

let server: Server
let url: string
let asked: Asked[]
let answer: (request: Asked, response: ServerResponse) => void
let rest: RestFixture | undefined

beforeEach(async () => {
  asked = []
  answer = ({ url: path }, response) => {
    response.setHeader('content-type', 'application/json')
    if (path === '/api/login') response.end('{"return": [{"token": "00ff"}]}')
    else response.writeHead(202).end('{"return": [{"jid": "1"}]}')
  }
  server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const one = { method, url: path, headers, body: (await request.toArray()).join('') }
    asked.push(one)
    answer(one, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`
})

afterEach(async () => {
  await rest?.close()
  rest = undefined
  server.closeAllConnections()
  server.close()
})

it('forwards requests that need a master, with only the token that the login has there', async () => {
  rest = await startRest({ upstream: { url } })
  const token = await rest.login()
  expect(JSON.parse(asked[0].body)).toEqual({ username: 'saltuser', password: PASSWORD, eauth: 'pam' })
  const response = await rest.ask('/minions?token=abc&x=1', {
    method: 'POST',
    headers: { 'x-auth-token': token, authorization: 'Bearer secret', 'content-type': 'application/json' },
    body: '[{"tgt": "*", "fun": "test.ping"}]',
  })
  expect([response.status, await response.text()]).toEqual([202, '{"return": [{"jid": "1"}]}'])
  const [, last] = asked
  expect(last).toMatchObject({ method: 'POST', url: '/api/minions?x=1' })
  expect(last.body).toBe('[{"tgt": "*", "fun": "test.ping"}]')
  expect(last.headers).toMatchObject({ 'x-auth-token': '00ff', 'content-type': 'application/json' })
  expect(JSON.stringify(last.headers)).not.toMatch(new RegExp(`secret|${token}`))
  await rest.ask('/run', { method: 'POST', body: 'client=local&username=a' })
  expect(asked[2]).toMatchObject({ url: '/api/run', body: 'client=local&username=a' })
  expect(asked[2].headers['x-auth-token']).toBeUndefined()
  expect((await rest.ask('/jobs')).status).toBe(401)
  expect(asked).toHaveLength(3)
})

it('reports the permissions that a login has upstream, and that it may see events here', async () => {
  answer = (_asked, response) => response.end('{"return": [{"token": "00ff", "perms": [".*", "@runner"]}]}')
  rest = await startRest({ upstream: { url } })
  const body = new URLSearchParams({ username: 'saltuser', password: PASSWORD, eauth: 'pam' })
  const login = await rest.ask('/login', { method: 'POST', body })
  const { return: logins } = (await login.json()) as { return: { perms: unknown }[] }
  expect(logins[0].perms).toEqual(['.*', '@runner', '@events'])
})

it('streams events to a login that is not valid upstream, and refuses its other requests', async () => {
  answer = (_request, response) => response.writeHead(401).end()
  rest = await startRest({ upstream: { url } })
  const token = await rest.login()
  expect((await rest.ask('/jobs', { headers: { 'x-auth-token': token } })).status).toBe(401)
  expect(asked).toHaveLength(1)
})

it('reports when the upstream salt-api is slow or closed', async () => {
  rest = await startRest({ upstream: { url, timeout: '1s' } })
  const headers = { 'x-auth-token': await rest.login() }
  answer = () => {}
  const slow = await rest.ask('/jobs', { headers })
  expect([slow.status, (await slow.json()) as object]).toEqual([
    504,
    { status: 504, return: expect.stringContaining('took too long') },
  ])
  server.closeAllConnections()
  server.close()
  const gone = await rest.ask('/jobs', { headers })
  expect(gone.status).toBe(502)
})

it('identifies users with a file or a shared secret, as the principals that they are mapped to', async () => {
  const folder = temporaryFolder('eauth')
  const sha = createHash('sha256').update('fred password').digest('hex')
  writeFileSync(join(folder, 'users'), `other:x\nfred:${sha}\n`)
  writeFileSync(join(folder, 'secret'), 'open sesame\n')
  rest = await startRest({
    eauth: {
      file: { filename: join(folder, 'users'), hashtype: 'sha256', users: { fred: 'saltuser' } },
      sharedsecret: { filename: join(folder, 'secret'), users: { '*': 'saltuser' } },
    },
  })
  expect(await rest.login('fred', 'file', 'fred password')).toMatch(/^[0-9a-f]{40}$/)
  expect(await rest.login('anybody', 'sharedsecret', 'open sesame')).toMatch(/^[0-9a-f]{40}$/)
  await expect(rest.login('fred', 'file', 'wrong')).rejects.toThrow('401')
  await expect(rest.login('other', 'file', 'x')).rejects.toThrow('401')
  await expect(rest.login('anybody', 'sharedsecret', '')).rejects.toThrow('401')
  await expect(rest.login('constructor', 'sharedsecret', 'open')).rejects.toThrow('401')
})
