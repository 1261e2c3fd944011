import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, connect } from '../../../src/client/index.js'
import { type RunningHub, serve } from '../../../src/hub/serve.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

/** The file of the hub. */
export const TEXT = `# this hub
limits:
  requests: 64 # at once
log: { retention: { age: 7d } } # a week
principals: { ops: { admin: true } }
`

export let folder: string
export let file: string
export let hub: RunningHub
/** The owner on this machine. */
export let admin: Client
export let http: string
/** Of the principal that calls over HTTP. */
let token: string

/** Starts a hub with a file, and makes a token of its owner. */
export async function startConfigured(): Promise<void> {
  folder = temporaryFolder('config')
  file = join(folder, 'tocsin.yaml')
  writeFileSync(file, TEXT)
  await start()
  await actAs('*', 'owner')
}

export async function start(): Promise<void> {
  hub = await serve({
    config: file,
    data: join(folder, 'data'),
    sources: false,
    change(config) {
      config.listen.unix[0].path = join(folder, 'tocsin.sock')
      config.listen.unix.push({ path: join(folder, 'ops.sock'), principal: 'ops' })
      if (config.listen.http !== 'off') config.listen.http.address = { host: '127.0.0.1', port: 0 }
    },
  })
  http = hub.listeners.find(({ face }) => face === 'http')!.address
  admin = await connect({ address: join(folder, 'tocsin.sock') })
}

export async function stop(): Promise<void> {
  await admin.close()
  await hub.stop()
}

/** Calls over HTTP have these rights from now on. Returns a function that takes that back. */
export async function actAs(rights: unknown, name = 'other'): Promise<() => void> {
  const before = token
  token = (await admin.request<{ token: string }>('tokens.add', { name, rights })).token
  return () => {
    token = before
  }
}

/** Calls a method over HTTP. */
export async function far(name: string, params: object = {}): Promise<{ status: number; body: never }> {
  const answer = await fetch(`${http}/v1/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(params),
  })
  return { status: answer.status, body: (await answer.json()) as never }
}

export const written = () => readFileSync(file, 'utf8')
export const set = (key: string, value: unknown) => ({ edits: [{ key, value }] })
