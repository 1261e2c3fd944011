// Runs on each supported Node.js: HTTP parsing and its limits.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { z } from 'zod'
import type { Runtime } from '../../../../src/event/runtime.js'
import { kubernetesSourcesConfig } from '../../../../src/sources/kubernetes/config.js'
import { eventOf } from '../../../../src/sources/kubernetes/event.js'
import { kubernetesSource } from '../../../../src/sources/kubernetes/index.js'
import { SourceRunner } from '../../../../src/sources/runner.js'
import { FakeHost } from '../../../helpers/fake-source-host.js'
import { realRuntime } from '../../../helpers/real-runtime.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

/** An API server as its documentation describes it: it keeps the last changes, each with a version. */
class ScriptedApi {
  readonly asked: URL[] = []
  readonly tokens = new Set<string | undefined>()
  readonly #changes: { version: number; line: string }[] = []
  readonly #watches = new Set<ServerResponse>()
  #version = 100
  /** Versions before it are forgotten. */
  #oldest = 0
  #server!: Server

  async listen(): Promise<void> {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      this.asked.push(url)
      this.tokens.add(request.headers.authorization)
      if (!url.searchParams.has('watch')) {
        const metadata = { resourceVersion: String(this.#version), continue: 'x' }
        response.end(JSON.stringify({ kind: 'EventList', apiVersion: 'v1', metadata, items: [{}] }))
        return
      }
      const from = Number(url.searchParams.get('resourceVersion'))
      if (from < this.#oldest) {
        response.statusCode = 410
        response.end('{"kind":"Status","code":410}')
        return
      }
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
      for (const { version, line } of this.#changes) if (version > from) response.write(line)
      this.#watches.add(response)
      response.on('close', () => this.#watches.delete(response))
    }).listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get watches(): number {
    return this.#watches.size
  }

  say(type: string, object: object = {}): void {
    const version = ++this.#version
    const metadata = { namespace: 'shop', uid: 'u1', resourceVersion: String(version) }
    const line = `${JSON.stringify({ type, object: { kind: 'Event', metadata, ...object } })}\n`
    this.#changes.push({ version, line })
    for (const watch of this.#watches) watch.write(line)
  }

  sayRaw(line: string): void {
    for (const watch of this.#watches) watch.write(`${line}\n`)
  }

  endWatches(): void {
    for (const watch of this.#watches) watch.end()
  }

  forget(): void {
    this.#oldest = this.#version + 1
    this.#version++
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** Pauses are short, but the time in which a source has to start is not. */
const runtime: Runtime = {
  ...realRuntime,
  after: (ms, run) => realRuntime.after(ms < 20_000 ? ms / 100 : ms, run),
}

const folder = temporaryFolder('kubernetes')
const tokenFile = join(folder, 'token')
writeFileSync(tokenFile, 'secret\n', { mode: 0o600 })

let api: ScriptedApi
let host: FakeHost
let runner: SourceRunner
beforeEach(async () => {
  api = new ScriptedApi()
  await api.listen()
  host = new FakeHost(runtime)
})
afterEach(async () => {
  await runner.stop()
  await api.close()
})

type Config = Partial<z.input<typeof kubernetesSourcesConfig>[number]>
async function start(config: Config = {}): Promise<void> {
  const [parsed] = kubernetesSourcesConfig.parse([{ name: 'prod', url: api.url, tokenFile, ...config }])
  runner = new SourceRunner(kubernetesSource(parsed), host)
  runner.start()
  // The server may still have the watch of the runner before.
  await expect.poll(() => runner.status().health?.details).toMatchObject({ watches: 1 })
}

const pod = (reason: string, more: object = {}) => ({
  ...{ reason, message: `${reason}!`, type: 'Warning', count: 1 },
  involvedObject: { kind: 'Pod', name: 'web-7f9c', namespace: 'shop', fieldPath: 'spec.containers{web}' },
  ...{ source: { component: 'kubelet', host: 'node1' }, lastTimestamp: '2026-11-26T10:00:00Z' },
  ...more,
})
const events = () => host.events.filter(({ tag }) => tag.startsWith('kubernetes/'))
const reasons = () => events().map(({ data }) => (data as { reason: string }).reason)
const gaps = () => host.data('hub/gap/kubernetes/prod').map(({ reason }) => reason)

it('an event of the cluster is one here, with object, node and severity', async () => {
  await start({ fieldSelector: 'type!=Normal' })
  api.say('ADDED', pod('BackOff'))
  await expect.poll(() => events().length).toBe(1)
  expect(events()[0]).toMatchObject({
    tag: 'kubernetes/prod/shop/Pod/BackOff',
    data: {
      ...{ reason: 'BackOff', message: 'BackOff!', type: 'Warning', severity: 'warning', count: 1 },
      ...{ namespace: 'shop', kind: 'Pod', object: 'web-7f9c', field: 'spec.containers{web}' },
      ...{ component: 'kubelet', node: 'node1', uid: 'u1', time: '2026-11-26T10:00:00.000000Z' },
    },
  })
  const [list, watch] = api.asked
  expect(list.pathname).toBe('/api/v1/events')
  expect(watch.searchParams.get('fieldSelector')).toBe('type!=Normal')
  expect(watch.searchParams.get('resourceVersion')).toBe('100')
  expect([...api.tokens]).toEqual(['Bearer secret'])
})

it('it is an event again when it is counted again, and none when it is forgotten', async () => {
  await start({ namespace: 'shop' })
  api.say('ADDED', pod('BackOff'))
  api.say('MODIFIED', pod('BackOff', { count: 2 }))
  api.say('DELETED', pod('BackOff'))
  api.say('ADDED', pod('Pulled', { type: 'Normal' }))
  await expect.poll(() => reasons()).toEqual(['BackOff', 'BackOff', 'Pulled'])
  expect(events()[1].data).toMatchObject({ count: 2 })
  expect(api.asked[1].pathname).toBe('/api/v1/namespaces/shop/events')
})

it('a watch that ends is followed by another, from the last event or mark', async () => {
  await start()
  api.say('ADDED', pod('One'))
  api.say('BOOKMARK')
  await expect.poll(() => reasons()).toEqual(['One'])
  await expect.poll(() => runner.status().health?.details).toMatchObject({ watches: 1 })
  api.endWatches()
  await expect.poll(() => runner.status().health?.details).toMatchObject({ watches: 2 })
  await expect.poll(() => api.watches).toBe(1)
  api.say('ADDED', pod('Two'))
  await expect.poll(() => reasons()).toEqual(['One', 'Two'])
  expect(api.asked.at(-1)?.searchParams.get('resourceVersion')).toBe('102')
})

it('after a restart it continues after the last event, and the first start begins with the present', async () => {
  api.say('ADDED', pod('Before'))
  await start()
  api.say('ADDED', pod('One'))
  await expect.poll(() => reasons()).toEqual(['One'])
  await runner.stop()
  api.say('ADDED', pod('Two'))
  await start()
  await expect.poll(() => reasons()).toEqual(['One', 'Two'])
  expect(gaps()).toEqual([])
})

it('what the server has forgotten is a gap', async () => {
  await start()
  api.say('ADDED', pod('One'))
  await expect.poll(() => reasons()).toEqual(['One'])
  await runner.stop()
  api.forget()
  await start()
  await expect.poll(gaps).toEqual(['the server has forgotten the events that were missed'])
  api.sayRaw('{"type":"ERROR","object":{"kind":"Status","code":410}}')
  api.endWatches()
  await expect.poll(() => gaps().length).toBe(2)
  await expect.poll(() => api.watches).toBe(1)
  api.say('ADDED', pod('Two'))
  await expect.poll(() => reasons()).toEqual(['One', 'Two'])
})

it('an error of the server takes the source down with its reason, and it continues after the last event', async () => {
  await start()
  api.say('ADDED', pod('One'))
  await expect.poll(() => reasons()).toEqual(['One'])
  api.sayRaw('{"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd is away"}}')
  await expect
    .poll(() => host.data('hub/source/kubernetes/prod').map(({ reason }) => reason))
    .toContain('the server ends the watch: etcd is away')
  api.say('ADDED', pod('Two'))
  await expect.poll(() => reasons()).toEqual(['One', 'Two'])
})

it('what cannot be read is a gap, and the watch goes on', async () => {
  await start()
  api.sayRaw('{"type":')
  api.say('ADDED', pod('One'))
  await expect.poll(() => reasons()).toEqual(['One'])
  await expect.poll(gaps).toEqual(['an event of the cluster cannot be read'])
})

it('events of the newer group are read too, and any object gives one', () => {
  const { path, data } = eventOf({
    metadata: { namespace: 'a', creationTimestamp: '2026-11-26T10:00:00Z' },
    ...{ reason: 'Killing', note: 'stop', regarding: { kind: 'Node', name: 'n1' } },
    ...{ series: { count: 3, lastObservedTime: '2026-11-26T11:00:00.000001Z' }, reportingController: 'x' },
  })
  expect(path).toBe('a/Node/Killing')
  expect(data).toMatchObject({
    message: 'stop',
    count: 3,
    component: 'x',
    time: '2026-11-26T11:00:00.000001Z',
  })
  for (const object of [undefined, null, 5, [], { metadata: 5, involvedObject: 'x' }])
    expect(eventOf(object).path).toBe('-/-/-')
})

it('a token goes only over TLS, or to this machine', () => {
  const check = (url: string) => kubernetesSourcesConfig.safeParse([{ name: 'a', url }]).success
  expect(
    ['https://k8s:6443', 'http://127.0.0.1:8001', 'http://k8s', 'http://127.evil.example'].map(check),
  ).toEqual([true, true, false, false])
})
