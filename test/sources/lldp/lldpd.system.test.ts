import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lldpConfig } from '../../../src/sources/lldp/config.js'
import { lldpSource } from '../../../src/sources/lldp/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { clockByHand } from '../../helpers/fake-runtime.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'

/** Two genuine lldpd at the ends of a cable, in a network of their own. */

let folder: string
let network: ChildProcess
let host: FakeHost
let runner: SourceRunner

const socket = (name: string) => join(folder, `${name}.sock`)
const say = (line: string) => network.stdin?.write(`${line}\n`)
const lldpd = (name: string, more = '') =>
  say(`${requireTool('lldpd')} -d -u ${socket(name)} -I ${name} ${more} >/dev/null 2>&1 & ${name}=$!`)
const configure = (name: string, what: string) =>
  say(`${requireTool('lldpcli')} -u ${socket(name)} configure ${what} >/dev/null`)

beforeEach(async () => {
  folder = temporaryFolder('lldp')
  // lldpcli has the rights of the user of lldpd.
  chmodSync(folder, 0o755)
  const words = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'bash']
  network = spawn(requireTool('unshare'), words, { stdio: ['pipe', 'ignore', 'inherit'] })
  const ip = requireTool('ip')
  say(`${ip} link add here type veth peer name there; ${ip} link set here up; ${ip} link set there up`)
  lldpd('here')
  await expect.poll(() => existsSync(socket('here')), { timeout: 30_000 }).toBe(true)
  host = new FakeHost(realRuntime)
  await start()
})
afterEach(async () => {
  await runner.stop()
  network.kill('SIGKILL')
})

async function start(): Promise<void> {
  runner = new SourceRunner(lldpSource(lldpConfig.parse({ enabled: true, socket: socket('here') })), host)
  runner.start()
  const state = () => [runner.status().state, runner.status().reason]
  await expect.poll(state, { timeout: 30_000 }).toEqual(['up', undefined])
}

const events = () => host.events.filter(({ tag }) => tag.includes('/lldp/'))
const descriptions = () => events().map(({ data }) => (data as { description?: string }).description)
const tags = () => events().map(({ tag }) => tag.replace('host/web1/lldp/', ''))

/** `hold`: for how many seconds it promises to be there. */
async function plugIn(hold = 4): Promise<void> {
  lldpd('there', "-S 'a switch'")
  await expect.poll(() => existsSync(socket('there')), { timeout: 30_000 }).toBe(true)
  configure('there', `lldp tx-hold ${hold}`)
  configure('there', 'lldp tx-interval 1')
  await expect.poll(tags, { timeout: 30_000 }).toContain('here/added')
}

it('a neighbour that comes, changes and goes is an event each time', async () => {
  await plugIn()
  configure('there', "system description 'another switch'")
  await expect.poll(descriptions, { timeout: 30_000 }).toContain('another switch')
  say('kill $there')
  await expect.poll(tags, { timeout: 30_000 }).toContain('here/deleted')
  expect(events()[0].data).toMatchObject({
    change: 'added',
    interface: 'here',
    via: 'LLDP',
    chassis: expect.stringMatching(/^[0-9a-f:]{17}$/),
    name: expect.any(String),
    capabilities: expect.any(Array),
    port: expect.any(String),
  })
  expect(tags().filter((tag) => tag !== 'here/updated')).toEqual(['here/added', 'here/deleted'])
  expect(runner.status().health?.details).toEqual({ neighbours: 0 })
})

it('one that has gone while the hub was away is found at its start, and one that stayed is no news', {
  timeout: 120_000,
}, async () => {
  await plugIn()
  await runner.stop()
  await start()
  await runner.stop()
  say('kill $there')
  await expect.poll(() => existsSync(socket('there')), { timeout: 30_000 }).toBe(false)
  await start()
  await expect.poll(tags, { timeout: 30_000 }).toContain('here/deleted')
  expect(tags().filter((tag) => tag !== 'here/updated')).toEqual(['here/added', 'here/deleted'])
})

it('a neighbour that stays is no news when lldpd is restarted, which has forgotten it', {
  timeout: 120_000,
}, async () => {
  await plugIn(100)
  say('kill $here')
  await expect.poll(() => runner.status().state, { timeout: 30_000 }).toBe('down')
  // The neighbour is not heard before the source has asked for the first time.
  say(`${requireTool('ip')} link set there down`)
  lldpd('here')
  await expect.poll(() => runner.status().state, { timeout: 60_000 }).toBe('up')
  say(`${requireTool('ip')} link set there up`)
  configure('there', "system description 'another switch'")
  await expect.poll(descriptions, { timeout: 60_000 }).toContain('another switch')
  expect(tags().filter((tag) => tag !== 'here/updated')).toEqual(['here/added'])
})

it('while a neighbour is missing, lldpd is asked as soon as it says that something has changed', {
  timeout: 120_000,
}, async () => {
  await plugIn(59)
  await runner.stop()
  for (const name of ['there', 'here']) {
    say(`kill $${name}`)
    await expect.poll(() => existsSync(socket(name)), { timeout: 30_000 }).toBe(false)
  }
  lldpd('here')
  await expect.poll(() => existsSync(socket('here')), { timeout: 30_000 }).toBe(true)
  const clock = clockByHand()
  const { store } = host
  host = Object.assign(new FakeHost(clock), { store })
  await start()
  await clock.pass(200)
  lldpd('there', "-S 'another switch'")
  await expect
    .poll(
      () => {
        clock.advance(100)
        return descriptions()
      },
      { timeout: 30_000, interval: 100 },
    )
    .toContain('another switch')
  expect(clock.monotonic()).toBeLessThan(50_000)
})

it('without lldpd the source is down, with its reason, and begins again', async () => {
  say('kill $here')
  await expect.poll(() => runner.status().state, { timeout: 30_000 }).toBe('down')
  await expect.poll(() => runner.status().reason, { timeout: 30_000 }).toMatch(/connect|socket|lldpcli/)
  lldpd('here')
  await expect.poll(() => runner.status().state, { timeout: 60_000 }).toBe('up')
})
