import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connect } from '../../src/client/index.js'
import type { HubStatus } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** The program in separate files, so that what throws can be chosen by its path. */
const program = join(import.meta.dirname, '../../dist/cli/main.js')

const BEATS = "[{ name: beat, command: [sh, -c, 'while :; do echo beat; sleep 0.1; done'] }]"

/** Something that runs in the part again and again, or that the test causes. */
type Cause = (hub: HubProcess, port: number) => unknown

const toSyslog: Cause = (_, port) => {
  const socket = connectTcp(port, '127.0.0.1', () => socket.end('<13>Oct 11 22:14:15 web1 app: hello\n'))
  socket.on('error', () => undefined)
}
const publish: Cause = (hub) => fire(hub, 'to/sinks')
const ask: Cause = () => undefined

/** Parts of one hub, each of which throws once. */
interface Thrown {
  at: string
  parts: [part: string, path: string, cause: Cause][]
}

const beat: Thrown['parts'] = [['source exec/beat', 'dist/sources/exec/', () => undefined]]
const hubs: Thrown[] = [
  { at: 'timer', parts: beat },
  { at: 'rejection', parts: beat },
  { at: 'tick', parts: beat },
  { at: 'error event', parts: beat },
  { at: 'not an error', parts: beat },
  {
    at: 'listener',
    parts: [
      ['source syslog/in', 'dist/sources/syslog/', toSyslog],
      ['sink hook', 'dist/sinks/http/', publish],
      ['sink run', 'dist/sinks/exec/|dist/processes/', publish],
      ['face native', 'dist/faces/native/', ask],
    ],
  },
  {
    at: 'rejection',
    parts: [
      ['source syslog/in', 'dist/sources/(syslog|text)/', toSyslog],
      ['sink hook', 'dist/sinks/http/', publish],
      ['face native', 'dist/faces/native/', ask],
    ],
  },
]

describe.each(hubs)('a hub in which parts throw ($at)', ({ at, parts }) => {
  const folder = temporaryFolder('part-faults')
  const ran = join(folder, 'ran')
  const got: string[] = []
  const port = 20_000 + (process.pid % 20_000)
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  let hub: HubProcess

  beforeAll(async () => {
    receiver = await startReceiver((subject) => got.push(subject))
    hub = await HubProcess.start({
      program,
      folder,
      sources: true,
      config: `
sources:
  system: { enabled: false }
  exec: ${parts === beat ? BEATS : '[]'}
  syslog: [{ name: in, tcp: '127.0.0.1:${port}' }]
sinks:
  hook: { type: webhook, url: 'http://127.0.0.1:${receiver.port}/', filter: to/ }
  run: { type: exec, command: [/bin/sh, -c, 'cat >> ${ran}'], filter: to/ }
rules:
  seen: { filter: to/, fire: { tag: rule/seen } }
`,
      env: {
        NODE_OPTIONS: `--import ${join(import.meta.dirname, 'throw-in-parts.mjs')}`,
        FAULT_IN: parts.map(([, path]) => path).join('|'),
        FAULT_AT: at,
        FAULT_FILE: join(folder, 'fault'),
      },
    })
  })
  afterAll(async () => {
    await hub?.[Symbol.asyncDispose]()
    await receiver?.[Symbol.asyncDispose]()
  })

  const status = async () => {
    await using client = await connect({ address: hub.socket })
    return (await client.request('hub.status')) as HubStatus
  }

  it.each(parts)('survives what %s throws, names it, and it begins again', async (part, path, cause) => {
    await vi.waitFor(
      async () => expect((await status()).sinks).toMatchObject([{ state: 'up' }, { state: 'up' }]),
      10_000,
    )
    const before = (await status()).faults ?? []
    // The hub looks all the time, and must find all of it.
    writeFileSync(join(folder, 'next'), path)
    renameSync(join(folder, 'next'), join(folder, 'fault'))
    const faults = await vi.waitFor(
      async () => {
        await cause(hub, port)
        const all = (await status()).faults ?? []
        const found = all.filter((each) => !before.some(({ part }) => part === each.part))
        expect(found).not.toEqual([])
        return found
      },
      { timeout: 20_000, interval: 100 },
    )
    expect(faults).toHaveLength(1)
    expect(faults[0].count).toBe(1)
    expect(`${faults[0].kind} ${faults[0].part}`.startsWith(part)).toBe(true)
    expect(faults[0].reason).toContain('injected')
    // What no connection has thrown: nobody knows the state of its listener.
    if (part.startsWith('face') && at === 'rejection')
      await vi.waitFor(() => expect(hub.stderr).toContain('is closed and opened again'), 20_000)
    const after = `to/after/${parts.findIndex(([each]) => each === part)}`
    await fire(hub, after)
    await vi.waitFor(() => {
      expect(got).toContain(after)
      expect(readFileSync(ran, 'utf8')).toContain(after)
    }, 20_000)
    await vi.waitFor(
      async () => {
        const { sources, sinks, rules } = await status()
        for (const { state } of [...sources, ...sinks!, ...rules!]) expect(state).toBe('up')
      },
      { timeout: 20_000, interval: 100 },
    )
    const told = []
    await using client = await connect({ address: hub.socket })
    for await (const { data } of client.read('hub/part/', { from: 'start' }).events()) told.push(data)
    expect(told[before.length]).toMatchObject({
      kind: part.split(' ')[0],
      reason: expect.stringContaining('injected'),
    })
    // Nothing else has failed meanwhile.
    expect((await status()).faults).toEqual([...before, ...faults])
  })

  it('can be stopped', async () => {
    expect((await hub.stop()).code).toBe(0)
  })
})

async function fire(hub: HubProcess, tag: string): Promise<void> {
  await using client = await connect({ address: hub.socket })
  await client.publish(tag, {})
}

async function startReceiver(got: (subject: string) => void) {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      // A sink that throws may end a request before it has sent any of it.
      if (body !== '') got((JSON.parse(body) as { subject: string }).subject)
      response.end()
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as { port: number }
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
