import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds, principalWith, YES } from '../../scripts/docs/rights.js'
import { type Client, connect } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import type { MadeTokenInfo } from '../../src/methods/contract/index.js'
import { SysadmClient } from '../faces/sysadm/fixture.js'

/**
 * Every method, called by a principal with each right alone, over each way to call methods, compared with the table in
 * docs/reference/rights.md. The parameters are none that a method takes, so a call that is allowed changes nothing.
 */

const page = readFileSync(new URL('../../docs/reference/rights.md', import.meta.url), 'utf8')
const names = Object.keys(kinds)

/** For each method of the page, the principals that may call it. */
const table = new Map(
  page
    .split('\n')
    .filter((line) => /^\| `[a-zA-Z]+\.[a-zA-Z]+`/.test(line))
    .map((line) => {
      const [name, , ...cells] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
      return [name.replace(/^`(.*?)`.*$/, '$1'), names.filter((_, at) => cells[at] === YES)] as const
    }),
)

const PASSWORD = 'correct horse'

let test: TestHub
let owner: Client
const tokens = new Map<string, string>()
const clients = new Map<string, Client>()

beforeAll(async () => {
  test = await startTestHub({
    http: true,
    config: {
      principals: Object.fromEntries(
        Object.entries(kinds).map(([kind, grant]) => [principalWith(kind), grant]),
      ),
      listen: { tcp: '127.0.0.1:0' },
      sysadm: { listen: '127.0.0.1:0' },
      jobs: { programs: ['true'] },
    },
  })
  owner = await test.connect()
  for (const kind of names) {
    const { token } = await owner.request<MadeTokenInfo>('tokens.add', { name: principalWith(kind) })
    tokens.set(kind, token)
    for (const [face, address] of Object.entries(addresses())) {
      clients.set(`${face} ${kind}`, await connect({ address, token, reconnect: false }))
    }
  }
})

afterAll(async () => {
  for (const client of clients.values()) await client.close()
  await owner?.close()
  await test?.close()
})

function addresses(): Record<string, string> {
  const tcp = test.hub.listeners.find(({ address }) => address.startsWith('tcp:'))
  return { unix: test.address, tcp: tcp?.address ?? '', websocket: test.http }
}

/** All parameters of the method, each with a value that it refuses. */
function wrongParams(method: string): Record<string, unknown> {
  const { shape = {} } = test.hub.methods.get(method)!.params as { shape?: object }
  return Object.fromEntries(Object.keys(shape).map((name) => [name, [[[]]]]))
}

/** Calls a method in each way; returns the codes of the answers. */
async function codesOf(kind: string, method: string): Promise<Record<string, string>> {
  const codes: Record<string, string> = {}
  for (const face of Object.keys(addresses())) {
    const answer = clients.get(`${face} ${kind}`)!.request<unknown>(method, wrongParams(method))
    codes[face] = await answer.then(
      () => 'ok',
      ({ code }) => code,
    )
  }
  const response = await fetch(`${test.http}/v1/${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens.get(kind)}`, 'content-type': 'application/json' },
    body: JSON.stringify(wrongParams(method)),
  })
  codes.http = ((await response.json()) as { code?: string }).code ?? 'ok'
  return codes
}

describe('the table of rights', () => {
  it('has every method of the hub', () => {
    expect([...table.keys()].sort()).toEqual([...test.hub.methods.keys()].sort())
  })

  it('gives a principal without rights nothing, and the owner everything', () => {
    for (const allowed of table.values()) {
      expect(allowed).not.toContain('nothing')
      expect(allowed).toContain("'*'")
    }
  })

  it.each([...table])('says who may call %s over each face', async (method, allowed) => {
    const refusedTo: Record<string, string[]> = {}
    for (const kind of names) {
      for (const [face, code] of Object.entries(await codesOf(kind, method))) {
        refusedTo[face] ??= []
        if (code === 'TCN_ACCESS_DENIED') refusedTo[face].push(kind)
        else expect(code).not.toMatch(/^TCN_(PROTOCOL|ACCESS_TOKEN|HTTP_(?!BODY))/)
      }
    }
    const expected = names.filter((kind) => !allowed.includes(kind))
    expect(refusedTo).toEqual({ unix: expected, tcp: expected, websocket: expected, http: expected })
  })
})

describe('requests of SysAdm', () => {
  const requests = {
    'jobs.run': '{"namespace":"rpc","name":"dispatcher","id":"1","args":{"action":"run","mine":"true"}}',
    'jobs.kill': '{"namespace":"rpc","name":"dispatcher","id":"1","args":{"action":"kill","job_id":"none"}}',
  }

  describe.each(Object.entries(requests))('that call %s', (method, request) => {
    it.each(names)('are answered as the table says to a full client with %s alone', async (kind) => {
      const { access, listeners } = test.hub
      const username = `${principalWith(kind)}-of-sysadm`
      const rights = kinds[kind as keyof typeof kinds]
      access.grant(username, rights === '*' ? '*' : { ...rights, sysadm: 'full' })
      if (!access.passwords.has(username)) await access.passwords.set(username, PASSWORD)
      const client = await SysadmClient.open(listeners.find(({ face }) => face === 'sysadm')!.address)
      const args = JSON.stringify({ username, password: PASSWORD })
      await client.ask(`{"namespace":"rpc","name":"auth","id":"in","args":${args}}`)
      const answer = await client.ask(request)
      client.close()
      if (table.get(method)!.includes(kind)) expect(answer).not.toContain('TCN_ACCESS_DENIED')
      else expect(answer).toContain('TCN_ACCESS_DENIED')
    })
  })
})
