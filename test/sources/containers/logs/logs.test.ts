import { createServer, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Runtime } from '../../../../src/event/runtime.js'
import { containersConfig, containersSource } from '../../../../src/sources/containers/index.js'
import { nanosOf } from '../../../../src/sources/containers/logs/pieces.js'
import { SourceRunner } from '../../../../src/sources/runner.js'
import type { HostContainerLine } from '../../../../src/types/host/containers.js'
import { FakeHost } from '../../../helpers/fake-source-host.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

interface Written {
  readonly time: bigint
  readonly frame: Buffer
}

interface Scripted {
  isRunning: boolean
  /** The API answers for its log with this status. */
  status: number
  readonly written: Written[]
  readonly readers: Set<ServerResponse>
}

/** A daemon that cuts logs off, which a genuine one does when it is told to by nothing that a test has. */
class ScriptedDaemon {
  readonly socket = join(temporaryFolder('container-logs'), 'docker.sock')
  readonly containers = new Map<string, Scripted>()
  /** Requests for logs, by the names of the containers. */
  readonly read: string[] = []
  readonly #events = new Set<ServerResponse>()
  #kept: string[] = []
  #server: Server | undefined

  async open(): Promise<void> {
    const server = createServer((request, response) => this.#answer(request.url ?? '/', response))
    await new Promise<void>((listening) => server.listen(this.socket, listening))
    this.#server = server
  }

  run(name: string): void {
    const known = this.containers.get(name)
    if (known === undefined)
      this.containers.set(name, { isRunning: true, status: 200, written: [], readers: new Set() })
    else known.isRunning = true
    this.#say(name, 'start')
  }

  end(name: string): void {
    const container = this.#of(name)
    container.isRunning = false
    for (const reader of container.readers) reader.end()
    this.#say(name, 'die')
  }

  remove(name: string): void {
    this.containers.delete(name)
    this.#say(name, 'destroy')
  }

  /** Without a line feed, it is a part of a line. */
  write(name: string, text: string, at = BigInt(Date.now()) * 1_000_000n): void {
    const container = this.#of(name)
    const seconds = new Date(Number(at / 1_000_000n)).toISOString().slice(0, 19)
    const content = Buffer.from(`${seconds}.${String(at % 1_000_000_000n).padStart(9, '0')}Z ${text}`)
    const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0])
    head.writeUInt32BE(content.length, 4)
    const frame = Buffer.concat([head, content])
    container.written.push({ time: at, frame })
    for (const reader of container.readers) reader.write(frame)
  }

  cut(name: string): void {
    for (const reader of this.#of(name).readers) reader.destroy()
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((closed) => this.#server?.close(closed) ?? closed(undefined))
  }

  #of(name: string): Scripted {
    const container = this.containers.get(name)
    if (container === undefined) throw new Error(`there is no container ${name}`)
    return container
  }

  #say(name: string, action: string): void {
    const time = BigInt(Date.now()) * 1_000_000n
    const actor = JSON.stringify({ ID: name, Attributes: { name, image: 'alpine' } })
    const line = `{"Type":"container","Action":"${action}","Actor":${actor},"timeNano":${time}}\n`
    this.#kept.push(line)
    for (const each of this.#events) each.write(line)
  }

  #answer(path: string, response: ServerResponse): void {
    const url = new URL(path, 'http://localhost')
    const [, first, id = '', last] = url.pathname.split('/')
    const since = () => nanosIn(url.searchParams.get('since') ?? '')
    if (first === 'version') response.end('{"Version":"27.3.1"}')
    else if (first === 'events') this.#stream(this.#events, response, this.#eventsSince(since()))
    else if (id === 'json') response.end(JSON.stringify([...this.containers].map(listed)))
    else if (last === 'json') this.#inspect(id, response)
    else this.#log(id, since(), response)
  }

  #inspect(id: string, response: ServerResponse): void {
    const container = this.containers.get(id)
    response.statusCode = container === undefined ? 404 : 200
    response.end(JSON.stringify({ Config: { Tty: false }, State: { Running: container?.isRunning } }))
  }

  #log(id: string, since: bigint, response: ServerResponse): void {
    this.read.push(id)
    const container = this.containers.get(id)
    response.statusCode = container?.status ?? 404
    if (container === undefined || response.statusCode !== 200) return void response.end()
    const frames = container.written.filter(({ time }) => time >= since).map(({ frame }) => frame)
    this.#stream(container.readers, response, frames)
    if (!container.isRunning) response.end()
  }

  #eventsSince(since: bigint): string[] {
    return this.#kept.filter((line) => BigInt(/"timeNano":(\d+)/.exec(line)?.[1] ?? 0) >= since)
  }

  #stream(streams: Set<ServerResponse>, response: ServerResponse, before: readonly (string | Buffer)[]) {
    response.flushHeaders()
    for (const each of before) response.write(each)
    streams.add(response)
    response.on('close', () => streams.delete(response))
  }
}

function listed([name, { isRunning }]: [string, Scripted]): object {
  return { Id: name, Names: [`/${name}`], Image: 'alpine', State: isRunning ? 'running' : 'exited' }
}

function nanosIn(since: string): bigint {
  const [seconds, nanos] = since.split('.')
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos)
}

/** Pauses are short, but the time in which a source has to start is not. */
const runtime: Runtime = {
  ...realRuntime,
  after: (ms, run) => realRuntime.after(ms < 20_000 ? ms / 100 : ms, run),
}

let daemon: ScriptedDaemon
let host: FakeHost
let runner: SourceRunner | undefined
beforeEach(async () => {
  daemon = new ScriptedDaemon()
  host = new FakeHost(runtime)
  await daemon.open()
})
afterEach(async () => {
  await runner?.stop()
  await daemon.close()
})

async function start(): Promise<void> {
  const config = containersConfig.parse({ socket: daemon.socket, logs: {} })
  runner = new SourceRunner(containersSource(config), host)
  runner.start()
  await expect.poll(() => runner?.status().state).toBe('up')
}

const lines = () =>
  host.events.flatMap(({ tag, data }) =>
    tag.endsWith('/line') ? [`${tag.split('/')[3]}: ${(data as HostContainerLine).line}`] : [],
  )
const gaps = () => host.data('hub/gap/containers').map(({ reason }) => reason)
const details = () => runner?.status().health?.details.logs
const position = () => new TextDecoder().decode(host.store.get('containers') ?? new Uint8Array())
const old = nanosOf('2020-01-01T00:00:00Z')

it('a container that was started while the hub was away is read from its first line', async () => {
  await start()
  await expect.poll(() => position()).toContain('logsFrom')
  await runner?.stop()
  daemon.run('web')
  daemon.write('web', 'first\n')
  await start()
  daemon.write('web', 'second\n')
  await expect.poll(lines).toEqual(['web: first', 'web: second'])
})

it('what a container wrote before the restart is read if it had written nothing yet, also if it has ended', async () => {
  daemon.run('quiet')
  daemon.run('brief')
  await start()
  await expect.poll(() => daemon.read.length).toBe(2)
  await expect.poll(() => position()).toContain('quiet')
  await runner?.stop()
  daemon.write('quiet', 'awake\n')
  daemon.write('brief', 'last words\n')
  daemon.end('brief')
  await start()
  await expect.poll(() => lines().sort()).toEqual(['brief: last words', 'quiet: awake'])
})

it('an old container that is started again publishes nothing from before logs were wanted', async () => {
  daemon.run('web')
  daemon.write('web', 'history\n', old)
  daemon.end('web')
  await start()
  await expect.poll(() => position()).toContain('logsFrom')
  daemon.run('web')
  daemon.write('web', 'now\n')
  await expect.poll(lines).toEqual(['web: now'])
})

it('a log that is cut off is reported and read on, with the line that was cut as one', async () => {
  daemon.run('web')
  await start()
  daemon.write('web', 'one\n')
  await expect.poll(lines).toEqual(['web: one'])
  daemon.write('web', 'half')
  daemon.cut('web')
  await expect.poll(() => daemon.read.length).toBe(2)
  daemon.write('web', ' a line\n')
  await expect.poll(lines).toEqual(['web: one', 'web: half a line'])
  expect(gaps()).toEqual(['the log of the container web is not read: the daemon has cut it off'])
  expect(details()).toEqual({ followed: 1 })
})

it('a log that cannot be read is tried again while its container runs, and reported once', async () => {
  daemon.run('web')
  const web = daemon.containers.get('web')
  if (web !== undefined) web.status = 501
  await start()
  await expect.poll(() => daemon.read.length).toBeGreaterThan(4)
  expect(details()).toMatchObject({ unread: { web: expect.stringContaining('with 501') } })
  expect(gaps().length).toBe(1)
  daemon.write('web', 'at last\n')
  if (web !== undefined) web.status = 200
  await expect.poll(lines).toEqual(['web: at last'])
})

it('a container that is removed is forgotten, during a run and at the next start', async () => {
  for (const name of ['gone', 'away']) {
    daemon.run(name)
    daemon.write(name, 'one\n', old)
  }
  await start()
  for (const name of ['gone', 'away']) daemon.write(name, 'two\n')
  await expect.poll(() => lines().sort()).toEqual(['away: two', 'gone: two'])
  const gone = daemon.containers.get('gone')
  daemon.remove('gone')
  // Its log ends after the event.
  await expect.poll(() => host.data('host/web1/containers/gone/destroy').length).toBe(1)
  for (const reader of gone?.readers ?? []) reader.end()
  await expect.poll(() => position()).not.toContain('gone')
  await runner?.stop()
  expect(position()).toContain('away')
  daemon.containers.delete('away')
  await start()
  daemon.run('new')
  await expect.poll(() => position()).toContain('new')
  expect(position()).not.toContain('away')
})
