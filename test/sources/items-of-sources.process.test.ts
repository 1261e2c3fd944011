import { appendFileSync, chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { containersConfig, containersSource } from '../../src/sources/containers/index.js'
import { execSource, execSourcesConfig } from '../../src/sources/exec/index.js'
import { filesConfig, filesSource } from '../../src/sources/files/index.js'
import { journalSource, journalSourcesConfig } from '../../src/sources/journal/index.js'
import { kernelConfig, kernelSource } from '../../src/sources/kernel/index.js'
import { SourceRunner } from '../../src/sources/runner.js'
import type { SourceDefinition } from '../../src/sources/source.js'
import { syslogSource, syslogSourcesConfig } from '../../src/sources/syslog/index.js'
import { systemdConfig, systemdSource } from '../../src/sources/systemd/index.js'
import { webhookSource, webhookSourcesConfig } from '../../src/sources/webhook/index.js'
import { startHttpFixture } from '../faces/http/fixture.js'
import { FakeHost } from '../helpers/fake-source-host.js'
import { hurriedRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const BAD = 'the-bad-one'
const PATIENCE = { timeout: 30_000 }

/** Runs a source whose hub throws at one item. */
function running(definition: SourceDefinition, host = new FakeHost(hurriedRuntime)) {
  host.throwsAt = BAD
  const runner = new SourceRunner(definition, host)
  runner.start()
  const texts = () => host.events.map(({ data }) => JSON.stringify(data))
  return {
    host,
    runner,
    /** Resolves when something with the text was published. */
    has: (text: string) =>
      expect.poll(() => texts().some((each) => each.includes(text)), PATIENCE).toBe(true),
    count: (text: string) => texts().filter((each) => each.includes(text)).length,
    rawOf: () => host.parked.map(({ frame }) => Buffer.from(frame).toString('latin1')),
    [Symbol.asyncDispose]: () => runner.stop(),
  }
}

type Running = ReturnType<typeof running>

async function expectParked(source: Running): Promise<void> {
  await source.has('good before')
  await source.has('good after')
  await expect.poll(() => source.runner.status().state, PATIENCE).toBe('up')
  expect(source.count('good before')).toBe(1)
  expect(source.count('good after')).toBe(1)
  expect(source.runner.status()).toMatchObject({ parked: 1, lost: 1 })
  expect(source.rawOf()).toEqual([expect.stringContaining(BAD)])
}

async function expectDropped(source: Running): Promise<void> {
  await source.has('good after')
  expect(source.runner.status()).toMatchObject({ state: 'up', parked: 0, lost: 1, restarts: 0 })
}

it('a line of a file at which the source fails is parked', async () => {
  const path = join(temporaryFolder('items'), 'log')
  writeFileSync(path, `good before\n${BAD}\ngood after\n`)
  const [config] = filesConfig.parse([{ name: 't', lines: [path], from: 'start' }])
  await using source = running(filesSource(config))
  await expectParked(source)
  appendFileSync(path, 'and more\n')
  await source.has('and more')
})

it('an entry of the journal at which the source fails is parked', async () => {
  const program = join(temporaryFolder('items'), 'journalctl')
  // Prints its entries from the cursor on, and then waits as one that follows the journal.
  const entries = ['good before', BAD, 'good after'].map(
    (message, index) =>
      `[ "$from" -gt ${index} ] || echo '${JSON.stringify({ __CURSOR: `c${index}`, MESSAGE: message })}'`,
  )
  const script = [
    '#!/bin/sh',
    'from=0',
    'for word; do case "$word" in --cursor=c*) from=$' + '{word#--cursor=c};; esac; done',
  ]
  writeFileSync(program, [...script, ...entries, 'exec sleep 1000', ''].join('\n'))
  chmodSync(program, 0o755)
  const [config] = journalSourcesConfig.parse([{ name: 't', from: 'start' }])
  await using source = running(journalSource(config, program))
  await expectParked(source)
})

it('a message of the kernel at which the source fails is parked', async () => {
  const records = ['good before', BAD, 'good after'].map((text, n) => `6,${n},${n}000000,-;${text}\n`)
  const host = {
    open() {
      let next = 0
      return { read: () => records[next++] ?? ('end' as const), close: () => undefined }
    },
    boot: () => 'e7c9a0d3-23cf-45b3-8967-4f257a91b668',
    uptime: () => 100e6,
  }
  await using source = running(kernelSource(kernelConfig.parse({ from: 'start' }), host))
  await expectParked(source)
})

it('an event of a container at which the source fails is parked', async () => {
  const socket = join(temporaryFolder('items'), 'docker.sock')
  const start = BigInt(Date.now()) * 1_000_000n
  const lines = ['good before', BAD, 'good after'].map((name, index) => {
    const time = start + BigInt(index + 10) * 1_000_000_000n
    const actor = JSON.stringify({ ID: 'ede54ee1afda', Attributes: { image: name, name: `web${index}` } })
    const times = `"time":${time / 1_000_000_000n},"timeNano":${time}`
    return { time, text: `{"Type":"container","Action":"start","Actor":${actor},${times}}` }
  })
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://localhost')
    if (url.pathname === '/version') return void response.end('{"Version":"27.3.1","Components":[]}')
    const [seconds, nanos] = url.searchParams.get('since')!.split('.')
    const since = BigInt(seconds) * 1_000_000_000n + BigInt(nanos)
    for (const { time, text } of lines) if (time >= since) response.write(`${text}\n`)
  })
  await new Promise<void>((listening) => server.listen(socket, listening))
  try {
    await using source = running(containersSource(containersConfig.parse({ socket })))
    await expectParked(source)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

it('the change of a unit at which the source fails is parked', async () => {
  const unit = (name: string, description: string) =>
    [
      `Id=${name}`,
      `Description=${description}`,
      'ActiveState=failed',
      'SubState=failed',
      'InvocationID=a',
    ].join('\n')
  const all = [unit('a.service', 'good before'), unit('b.service', BAD), unit('c.service', 'good after')]
  const run = async () => ({ code: 0, output: `${all.join('\n\n')}\n`, message: '' })
  await using source = running(
    systemdSource(systemdConfig.parse({}), { run, boot: () => 'one', watch: () => () => {} }),
  )
  await expectParked(source)
})

it('a line of a program at which the source fails is left out', async () => {
  const command = ['/bin/sh', '-c', `echo ${BAD}; echo good after; exec sleep 1000`]
  const [config] = execSourcesConfig.parse([{ name: 't', command }])
  await using source = running(execSource(config))
  await expectDropped(source)
})

it('a message of syslog at which the source fails is left out, and its connection stays', async () => {
  const path = join(temporaryFolder('items'), 'log.sock')
  const [config] = syslogSourcesConfig.parse([{ name: 't', unix: path }])
  await using source = running(syslogSource(config))
  await expect.poll(() => source.runner.status().state).toBe('up')
  const socket = connect(path)
  socket.write(`<13>Oct 11 22:14:15 web1 app: ${BAD}\n<13>Oct 11 22:14:15 web1 app: good after\n`)
  await expectDropped(source)
  socket.destroy()
})

it('a request of a webhook at which the source fails is answered, and counted', async () => {
  const host = new FakeHost(hurriedRuntime)
  const http = await startHttpFixture({ server: { hooks: host.hooks } })
  try {
    const token = join(temporaryFolder('items'), 'token')
    writeFileSync(token, 'x'.repeat(32), { mode: 0o600 })
    const [config] = webhookSourcesConfig.parse([{ name: 't', bearerFile: token }])
    await using source = running(webhookSource(config), host)
    await expect.poll(() => source.runner.status().state).toBe('up')
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${'x'.repeat(32)}` }
    const post = (text: string) =>
      fetch(`${http.url}/v1/hook/t`, { method: 'POST', headers, body: JSON.stringify({ text }) })
    expect((await post(BAD)).status).toBe(500)
    expect((await post('good after')).status).toBe(200)
    await expectDropped(source)
  } finally {
    await http.close()
  }
})
