import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { AttackedHub } from './attacked-hub.js'
import { holdsNobodyUp } from './expect-short-turns.js'

/** Long answers hold nobody up, however many are asked for at the same time. */

const TYPES = 20
const FIELDS = 200

/** A folder of types with long schemas. */
function typeFolder(): string {
  const folder = join(temporaryFolder('types'), 'types')
  mkdirSync(folder)
  const field = { type: 'string', description: 'What a part of the event says.' }
  const properties = Object.fromEntries(Array.from({ length: FIELDS }, (_, nth) => [`field${nth}`, field]))
  for (let nth = 0; nth < TYPES; nth++) {
    const type = { type: `my.type${nth}`, tags: [`my/${nth}`], schema: { type: 'object', properties } }
    writeFileSync(join(folder, `${nth}.json`), JSON.stringify(type))
  }
  return folder
}

let hub: AttackedHub
let headers: Record<string, string>
beforeAll(async () => {
  hub = await AttackedHub.start(`types: { folder: ${typeFolder()} }\n`)
  const asked = { name: 'reader', rights: { see: '*' } }
  const { token } = await hub.client.request<{ token: string }>('tokens.add', asked)
  headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
})
afterAll(() => hub[Symbol.asyncDispose]())

const atOnce = (count: number, ask: () => Promise<unknown>) => Promise.all(Array.from({ length: count }, ask))

async function fetched(path: string, init: RequestInit): Promise<void> {
  const response = await fetch(`${hub.http}${path}`, { ...init, headers })
  expect(await response.json()).toMatchObject({ types: expect.any(Array) })
}

it('all types with their schemas, asked for by a method', () =>
  holdsNobodyUp(hub, () => atOnce(16, () => hub.client.request('types.list', {}))))

it('all types with their schemas, asked for by a method over HTTP', () =>
  holdsNobodyUp(hub, () => atOnce(8, () => fetched('/v1/types.list', { method: 'POST', body: '{}' }))))

it('all types with their schemas, read over HTTP', () =>
  holdsNobodyUp(hub, () => atOnce(8, () => fetched('/v1/types', {}))))
