import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Client, connect } from '../../../src/client/index.js'
import type { HubStatus, LongTurns } from '../../../src/methods/contract/index.js'
import { HubProcess } from '../../e2e/hub-process.js'
import { SysadmClient } from '../../faces/sysadm/fixture.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { BOUND_MS, loaded, longTurns } from './long-turns.js'

const TOKEN = 'sender'
const PASSWORD = 'a good password'
/** With it, clients of SysAdm can log in. */
export const SYSADM = `
sysadm: { listen: '127.0.0.1:0' }
principals: { ann: { see: '*', sysadm: full } }
`
const SYSADM_LOGIN = { namespace: 'rpc', name: 'auth', id: 'in' }

/** Takes whatever is posted to it. */
async function receiver(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => request.resume().on('end', () => response.end()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() }
}

/** A hub in a process of its own, with a part of each kind that input from outside reaches. */
export class AttackedHub implements AsyncDisposable {
  readonly hub: HubProcess
  readonly client: Client
  readonly http: string
  readonly #close: () => void

  private constructor(hub: HubProcess, client: Client, status: HubStatus, close: () => void) {
    this.hub = hub
    this.client = client
    this.http = status.listeners.find(({ face }) => face === 'http')?.address ?? ''
    this.#close = close
  }

  /** `more`: sections of the configuration, besides those of every attacked hub. */
  static async start(more = ''): Promise<AttackedHub> {
    const folder = temporaryFolder('turns')
    const { url, close } = await receiver()
    const token = join(folder, 'token')
    writeFileSync(token, `${TOKEN}\n`, { mode: 0o600 })
    const hook = (name: string, preset: string) =>
      `    - { name: ${name}, preset: ${preset}, bearerFile: ${token}, maxBody: 8MiB, requests: { count: 1000 } }\n`
    const config = `
listen: { http: '127.0.0.1:0' }
jobs: { programs: [seq] }
sources:
  webhook:
${hook('plain', 'none')}${hook('alerts', 'alertmanager')}${hook('github', 'github')}  syslog: [{ name: junk, udp: '127.0.0.1:0', tcp: '127.0.0.1:0', maxMessage: 1MiB }]
sinks:
  file: { type: file, path: ${join(folder, 'events.json')}, filter: load/file/** }
  structured: { type: webhook, url: '${url}', filter: load/webhook/** }
  binary: { type: webhook, url: '${url}', mode: binary, filter: load/webhook/** }
  exec: { type: exec, command: [/bin/true], filter: load/exec/** }
  otlp: { type: otlp, url: '${url}', filter: load/otlp/** }
${more}`
    const hub = await HubProcess.start({ folder, config, sources: true })
    const client = await connect({ address: hub.socket })
    return new AttackedHub(hub, client, await loaded(client), close)
  }

  post(hook: string, body: string, headers: Record<string, string> = {}): Promise<number> {
    const all = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, ...headers }
    return fetch(`${this.http}/v1/hook/${hook}`, { method: 'POST', body, headers: all }).then(
      async (response) => {
        await response.arrayBuffer()
        return response.status
      },
    )
  }

  /** The port at which syslog is received. */
  async syslogPort(transport: 'udp' | 'tcp'): Promise<number> {
    const { sources } = await this.#status()
    const details = sources.find(({ name }) => name === 'syslog/junk')?.details
    const { listeners } = details as { listeners: string[] }
    return Number(
      listeners
        .find((each) => each.startsWith(transport))
        ?.split(':')
        .at(-1),
    )
  }

  /** Clients of SysAdm that are logged in. */
  async sysadm(count: number): Promise<SysadmClient[]> {
    await this.hub.tocsin(['token', 'password', 'ann'], { input: PASSWORD })
    const { listeners } = await this.#status()
    const { address = '' } = listeners.find(({ face }) => face === 'sysadm') ?? {}
    const login = JSON.stringify({ ...SYSADM_LOGIN, args: { username: 'ann', password: PASSWORD } })
    return Promise.all(
      Array.from({ length: count }, async () => {
        const client = await SysadmClient.open(address)
        expect(await client.ask(login)).toContain('"args":[')
        return client
      }),
    )
  }

  /** Resolves when the sink has delivered everything. */
  async delivered(sink: string, events: number): Promise<void> {
    for (;;) {
      const { sinks = [] } = await this.#status()
      const state = sinks.find(({ name }) => name === sink)
      if ((state?.delivered ?? 0) + (state?.parked ?? 0) >= events) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /**
   * The turns over the bound while the work is done. It is done once before, so that modules are loaded and compiled.
   */
  async turnsDuring(
    work: () => Promise<unknown>,
    prepare: () => Promise<unknown> = work,
  ): Promise<LongTurns> {
    await prepare()
    const before = await longTurns(this.client)
    await work()
    const count = (await longTurns(this.client)) - before
    const { loop } = await this.#status()
    return { ...(loop.turns as LongTurns), bound: BOUND_MS, count }
  }

  #status(): Promise<HubStatus> {
    return this.client.request('hub.status', {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close()
    await this.hub[Symbol.asyncDispose]()
    this.#close()
  }
}
