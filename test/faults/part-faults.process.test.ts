import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
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

const cases: [part: string, path: string, at: string, cause: Cause][] = [
  ['source exec/beat', 'dist/sources/exec/', 'timer', () => undefined],
  ['source exec/beat', 'dist/sources/exec/', 'rejection', () => undefined],
  ['source exec/beat', 'dist/sources/exec/', 'tick', () => undefined],
  ['source exec/beat', 'dist/sources/exec/', 'error event', () => undefined],
  ['source exec/beat', 'dist/sources/exec/', 'not an error', () => undefined],
  ['source syslog/in', 'dist/sources/syslog/', 'listener', toSyslog],
  ['source syslog/in', 'dist/sources/(syslog|text)/', 'rejection', toSyslog],
  ['sink hook', 'dist/sinks/http/', 'listener', publish],
  ['sink hook', 'dist/sinks/http/', 'rejection', publish],
  ['sink run', 'dist/sinks/exec/|dist/processes/', 'listener', publish],
  ['face native', 'dist/faces/native/', 'listener', ask],
  ['face native', 'dist/faces/native/', 'rejection', ask],
]

it.each(cases)(
  'the hub survives what %s throws (%s, %s), names it, and it begins again',
  async (part, path, at, cause) => {
    const folder = temporaryFolder('part-faults')
    const fault = join(folder, 'fault')
    const got: string[] = []
    // Its lines are read by what reads those of syslog too.
    const beats = part.startsWith('source exec') ? BEATS : '[]'
    await using receiver = await startReceiver((subject) => got.push(subject))
    const port = 20_000 + (process.pid % 20_000)
    await using hub = await HubProcess.start({
      program,
      folder,
      sources: true,
      config: `
sources:
  system: { enabled: false }
  exec: ${beats}
  syslog: [{ name: in, tcp: '127.0.0.1:${port}' }]
sinks:
  hook: { type: webhook, url: 'http://127.0.0.1:${receiver.port}/', filter: to/ }
  run: { type: exec, command: [/bin/sh, -c, 'cat >> ${join(folder, 'ran')}'], filter: to/ }
rules:
  seen: { filter: to/, fire: { tag: rule/seen } }
`,
      env: {
        NODE_OPTIONS: `--import ${join(import.meta.dirname, 'throw-in-parts.mjs')}`,
        FAULT_IN: path,
        FAULT_AT: at,
        FAULT_FILE: fault,
      },
    })
    const status = async () => {
      await using client = await connect({ address: hub.socket })
      return (await client.request('hub.status')) as HubStatus
    }
    await vi.waitFor(
      async () => expect((await status()).sinks).toMatchObject([{ state: 'up' }, { state: 'up' }]),
      10_000,
    )
    writeFileSync(fault, '')
    const faults = await vi.waitFor(
      async () => {
        await cause(hub, port)
        const found = (await status()).faults ?? []
        expect(found).not.toEqual([])
        return found
      },
      { timeout: 20_000, interval: 100 },
    )
    expect(faults).toHaveLength(1)
    expect(`${faults[0].kind} ${faults[0].part}`.startsWith(part)).toBe(true)
    expect(faults[0].reason).toContain('injected')
    // What no connection has thrown: nobody knows the state of its listener.
    if (part.startsWith('face') && at === 'rejection')
      await vi.waitFor(() => expect(hub.stderr).toContain('is closed and opened again'), 20_000)
    await fire(hub, 'to/after')
    await vi.waitFor(() => {
      expect(got).toContain('to/after')
      expect(readFileSync(join(folder, 'ran'), 'utf8')).toContain('to/after')
    }, 20_000)
    await vi.waitFor(async () => {
      const { sources, sinks, rules } = await status()
      for (const { state } of [...sources, ...sinks!, ...rules!]) expect(state).toBe('up')
    }, 20_000)
    await using client = await connect({ address: hub.socket })
    for await (const { data } of client.read('hub/part/', { from: 'start' }).events()) {
      expect(data).toMatchObject({ kind: part.split(' ')[0], reason: expect.stringContaining('injected') })
      break
    }
    expect((await hub.stop()).code).toBe(0)
  },
  60_000,
)

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
      got((JSON.parse(body) as { subject: string }).subject)
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
