import { createServer, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { z } from 'zod'
import { parseDaemonEvent } from '../../../src/sources/containers/daemon-event.js'
import { containersConfig, containersSource } from '../../../src/sources/containers/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const ID = 'ede54ee1afda366ab42f824e8a5ffd195155d853ceaec74a927f249ea270c743'
const NOW = BigInt(Date.now()) * 1_000_000n

/** A line as Docker 27 writes it, `after` ns from the start of the test. */
function line(action: string, attributes: object = {}, after = 0, type = 'container'): string {
  const time = NOW + BigInt(after)
  const actor = JSON.stringify({ ID, Attributes: { image: 'alpine', name: 'web', ...attributes } })
  return `{"status":"${action}","id":"${ID}","from":"alpine","Type":"${type}","Action":"${action}","Actor":${actor},"scope":"local","time":${time / 1_000_000_000n},"timeNano":${time}}`
}

/** A daemon that plays back recorded events, as Docker does: those since a time first, then what comes. */
class RecordedDaemon {
  readonly folder = temporaryFolder('containers')
  readonly socket = join(this.folder, 'docker.sock')
  readonly asked: URL[] = []
  readonly #lines: string[] = []
  readonly #streams = new Set<ServerResponse>()
  #server: Server | undefined

  async open(): Promise<void> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      this.asked.push(url)
      if (url.pathname === '/version') {
        response.end(
          '{"Platform":{"Name":"Docker Engine"},"Components":[{"Name":"Engine"}],"Version":"27.3.1"}',
        )
        return
      }
      response.writeHead(200, { 'content-type': 'application/json' })
      response.flushHeaders()
      const since = nanosOf(url.searchParams.get('since') as string)
      for (const each of this.#lines)
        if (BigInt(/"timeNano":(\d+)/.exec(each)?.[1] as string) >= since) response.write(`${each}\n`)
      this.#streams.add(response)
    })
    await new Promise<void>((listening) => server.listen(this.socket, listening))
    this.#server = server
  }

  say(...lines: string[]): void {
    this.#lines.push(...lines)
    for (const stream of this.#streams) for (const each of lines) stream.write(`${each}\n`)
  }

  async close(): Promise<void> {
    this.#streams.clear()
    this.#server?.closeAllConnections()
    await new Promise((closed) => this.#server?.close(closed) ?? closed(undefined))
    this.#server = undefined
  }
}

function nanosOf(since: string): bigint {
  const [seconds, nanos] = since.split('.')
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos)
}

let daemon: RecordedDaemon
let host: FakeHost
let runner: SourceRunner
beforeEach(async () => {
  daemon = new RecordedDaemon()
  host = new FakeHost(realRuntime)
  await daemon.open()
})
afterEach(async () => {
  await runner?.stop()
  await daemon.close()
})

async function start(config: z.input<typeof containersConfig> = {}, state = 'up'): Promise<void> {
  runner = new SourceRunner(
    containersSource(containersConfig.parse({ socket: daemon.socket, ...config })),
    host,
  )
  runner.start()
  await until(() => runner.status().state === state)
}

const events = () =>
  host.events
    .filter(({ tag }) => tag.startsWith('host/web1/containers/'))
    .map(({ tag, data }) => ({ tag: tag.slice('host/web1/containers/'.length), data: data as object }))
const tags = () => events().map(({ tag }) => tag)
const until = (condition: () => boolean) => expect.poll(condition).toBe(true)
const SECOND = 1_000_000_000

it('what happens to containers is published with image, name, exit code and severity', async () => {
  await start()
  await until(() => daemon.asked.some(({ pathname }) => pathname === '/events'))
  const compose = { 'com.docker.compose.project': 'shop' }
  daemon.say(
    line('start', compose, SECOND),
    line('exec_create: /bin/check', {}, 2 * SECOND),
    line('health_status: unhealthy', {}, 3 * SECOND),
    line('oom', {}, 4 * SECOND),
    line('die', { exitCode: '137', execDuration: '60' }, 5 * SECOND),
    line('connect', { name: 'bridge' }, 6 * SECOND, 'network'),
    line('destroy', {}, 7 * SECOND),
  )
  await until(() => events().length === 5)
  const common = { name: 'web', id: ID, image: 'alpine', time: expect.any(String) }
  expect(events()).toEqual([
    { tag: 'web/start', data: { ...common, action: 'start', severity: 'info', labels: compose } },
    { tag: 'web/health', data: { ...common, action: 'health', health: 'unhealthy', severity: 'err' } },
    { tag: 'web/oom', data: { ...common, action: 'oom', severity: 'err' } },
    {
      tag: 'web/die',
      data: { ...common, action: 'die', code: 137, severity: 'warning', labels: { execDuration: '60' } },
    },
    { tag: 'web/destroy', data: { ...common, action: 'destroy', severity: 'info' } },
  ])
  expect(runner.status().health?.details).toMatchObject({ daemon: 'Docker 27.3.1', unreadable: 0 })
})

it('a restart continues after the last event, and what happened in between is published once', async () => {
  await start()
  daemon.say(line('start', {}, SECOND))
  await until(() => events().length === 1)
  await runner.stop()
  daemon.say(line('die', { exitCode: '0' }, 2 * SECOND), line('start', {}, 3 * SECOND))
  await start()
  await until(() => events().length === 3)
  daemon.say(line('stop', {}, 4 * SECOND))
  await until(() => events().length === 4)
  expect(tags()).toEqual(['web/start', 'web/die', 'web/start', 'web/stop'])
})

it('is down while the daemon is away, says what to do, and is back when it runs again', async () => {
  await start()
  daemon.say(line('start', {}, SECOND))
  await until(() => events().length === 1)
  await daemon.close()
  await until(() => runner.status().reason?.includes('there is no such socket') === true)
  await daemon.open()
  daemon.say(line('die', { exitCode: '1' }, 2 * SECOND))
  await until(() => events().length === 2)
  expect(tags()).toEqual(['web/start', 'web/die'])
})

it('only chosen actions are published, and a line that is no event is reported', async () => {
  await start({ actions: ['oom'] })
  daemon.say(line('start', {}, SECOND), 'nonsense', line('oom', {}, 2 * SECOND))
  await until(() => events().length === 1)
  expect(tags()).toEqual(['web/oom'])
  expect(runner.status().lost).toBe(1)
})

it('events that wait while the hub accepts none are published afterwards', async () => {
  await start()
  let refused = 0
  const publish = host.publish.bind(host)
  host.publish = (event) => {
    const isTaken = publish(event)
    if (!isTaken) refused++
    return isTaken
  }
  host.full = true
  daemon.say(...Array.from({ length: 20 }, (_, i) => line('start', { name: `c${i}` }, SECOND + i)))
  await until(() => refused > 0)
  host.full = false
  await until(() => events().length === 20)
  expect(tags()).toEqual(Array.from({ length: 20 }, (_, i) => `c${i}/start`))
})

it('events of Podman are read under the same names', () => {
  const read = parseDaemonEvent(
    `{"status":"died","id":"${ID}","from":"docker.io/library/alpine:latest","Type":"container","Action":"died","Actor":{"ID":"${ID}","Attributes":{"containerExitCode":"1","image":"docker.io/library/alpine:latest","name":"job"}},"scope":"local","time":1763693666,"timeNano":1763693666123456789}`,
  )
  expect(read).toMatchObject({
    time: 1763693666123456789n,
    container: {
      action: 'die',
      code: 1,
      name: 'job',
      time: '2025-11-21T02:54:26.123456Z',
      severity: 'warning',
    },
  })
})
