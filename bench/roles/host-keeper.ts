import { Access, ADMIN } from '../../src/access/index.js'
import { encode, encodeFrame, frameBytes, setFrameSeq, setFrameTime } from '../../src/event/index.js'
import { hostsConfig } from '../../src/hosts/config.js'
import { namesOf } from '../../src/hosts/host-name.js'
import { HostRecords } from '../../src/hosts/host-records.js'
import { HostTable } from '../../src/hosts/host-table.js'
import { Hosts } from '../../src/hosts/hosts.js'
import { hostMethods } from '../../src/hosts/methods.js'
import { kindsOf, SightReader } from '../../src/hosts/sight.js'
import { eventTypes } from '../../src/hub/event-types.js'
import { nodeRuntime } from '../../src/hub/node-runtime.js'
import { openMemoryLog } from '../../src/log/index.js'
import { openMemoryState } from '../../src/state/index.js'
import { hubTypes, TypeRegistry } from '../../src/types/index.js'
import { serveCalls } from '../harness/child.js'

/** Keeps hosts as a hub does, without one around them. */
const types = new TypeRegistry(hubTypes, ...eventTypes)
const kinds = kindsOf([...hubTypes, ...eventTypes.flat()])
const runtime = nodeRuntime()
const MiB = 2 ** 20

serveCalls({
  start() {},
  /** Returns the memory for this number of hosts, MiB, and the processor time that an event takes, µs. */
  async records({ hosts, events }: { hosts: number; events: number }) {
    const bytes = framesOf(hosts, events)
    const before = await heldBytes()
    const table = new HostTable()
    const records = recordsFor(table, hosts)
    take(records, bytes)
    const memory = ((await heldBytes()) - before) / MiB
    if (table.size !== hosts) throw new Error(`${table.size} hosts are known instead of ${hosts}`)
    const times: number[] = []
    for (let round = 1; round <= 5; round++) {
      renumber(bytes, round * events)
      const since = process.cpuUsage()
      take(records, bytes)
      times.push(process.cpuUsage(since).user / events)
    }
    return { memory, micros: Math.min(...times) }
  },
  /** Returns the time of a list of the worst hosts, ms. */
  async list({ hosts: count, listed }: { hosts: number; listed: number }) {
    const log = openMemoryLog({ runtime, maxBytes: 1024 * MiB })
    const bytes = framesOf(count, 4 * count)
    log.append({ bytes, count: 4 * count, firstSeq: 0, lastSeq: 0 }, () => undefined)
    const bucket = openMemoryState({ runtime }).bucket('hosts')
    const host = { runtime, log, types, kinds, bucket, own: [], isPrimary: true, isDeaf: false }
    const hosts = new Hosts({ ...host, report: () => true }, hostsConfig.parse({}))
    hosts.start()
    while (hosts.table.size < count || hosts.now === 0) await new Promise((done) => setTimeout(done, 50))
    const access = new Access({}, { typeOf: () => 'x' }, 'host/bench')
    const context = { hosts, runtime, types, bus: { log }, authorize: access.authorize }
    const [method] = hostMethods(context)
    const call = {
      principal: access.principal(ADMIN),
      signal: new AbortController().signal,
      part: async () => {},
    }
    const times: number[] = []
    for (let round = 0; round < 7; round++) {
      const since = performance.now()
      await method.run(call, method.params.parse({ limit: listed }))
      times.push(performance.now() - since)
    }
    await hosts.stop()
    return times.sort((a, b) => a - b)[3]
  },
})

function recordsFor(table: HostTable, hosts: number): HostRecords {
  const ignore = () => undefined
  const sight = new SightReader(types, kinds)
  const changes = { changed: ignore, heardAgain: ignore, removes: ignore }
  return new HostRecords({
    ...{ table, sight, epoch: 'bench', nameOf: namesOf({ aliases: {} }), most: hosts },
    ...changes,
  })
}

function take(records: HostRecords, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) records.take(bytes, at)
}

function renumber(bytes: Uint8Array, seq: number): void {
  let next = seq
  for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) setFrameSeq(bytes, at, ++next)
}

/** Bytes in use once nothing more is collected. The memory of buffers is given back some time after its collection. */
async function heldBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let unchanged = 0; unchanged < 3; ) {
    globalThis.gc?.()
    await new Promise((done) => setTimeout(done, 100))
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    const held = heapUsed + arrayBuffers
    unchanged = held < least - MiB / 4 ? 0 : unchanged + 1
    least = Math.min(least, held)
  }
  return least
}

/** Events of four kinds, from hosts in no order. */
function framesOf(hosts: number, events: number): Uint8Array {
  const frames = Array.from({ length: events }, (_, nth) => {
    const name = `web${String((nth * 7919) % hosts).padStart(5, '0')}.example.org`
    // Each host has events of all kinds, one kind after the other.
    const { tag, data } = eventOf(Math.floor(nth / hosts), name)
    const frame = encodeFrame({ tag, source: `host/${name}`, body: encode(data) })
    setFrameSeq(frame, 0, nth + 1)
    setFrameTime(frame, 0, runtime.now() + nth)
    return frame
  })
  return Buffer.concat(frames)
}

function eventOf(nth: number, name: string): { tag: string; data: unknown } {
  const severity = name.includes('7') ? 'err' : 'info'
  switch (nth % 4) {
    case 0:
      return { tag: `host/${name}/system/load`, data: { load1: 0.5, load5: 0.4, running: 1, tasks: 200 } }
    case 1:
      return {
        tag: `syslog/main/${name}/sshd`,
        data: { host: name, app: 'sshd', severity, message: 'Accepted' },
      }
    case 2:
      return {
        tag: `salt/job/2026/ret/${name}`,
        data: { id: name, fun: 'test.ping', retcode: 0, success: true },
      }
    default:
      return { tag: `host/${name}/app/x`, data: { message: 'hello', n: nth } }
  }
}
