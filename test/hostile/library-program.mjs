// A program that makes every call of the client for TypeScript against one hub, in a separate process:
// node library-program.mjs ADDRESS
// It ends by itself, and writes the outcome of each call, and what it needed, as a line of JSON.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { connect, readByEventTime, TocsinError } from '../../dist/library/client.js'

const [address] = process.argv.slice(2)
const LIMIT_MS = 1000
/** As many attempts to connect again show that the pauses grow. */
const RETRIES = 7

const strays = []
process.on('unhandledRejection', (reason) => strays.push(String(reason?.stack ?? reason)))
process.on('uncaughtException', (error) => strays.push(String(error.stack)))

const anonymousKib = () => Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1])
const sockets = () => readdirSync('/proc/self/fd').filter(isSocket).length

function isSocket(descriptor) {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('socket:')
  } catch {
    return false
  }
}

const outcomes = []
async function attempt(call, make) {
  const began = performance.now()
  let error
  try {
    await make()
  } catch (thrown) {
    error = { code: thrown?.code, isOurs: TocsinError.is(thrown), text: String(thrown?.stack ?? thrown) }
  }
  outcomes.push({ call, ms: Math.round(performance.now() - began), error })
}

/** Takes what comes until the time is over. */
async function take(items) {
  for await (const item of items)
    void [item?.status, item?.tag, item?.type, item?.data, item?.source, item?.cursor]
}

/** Takes one item, and leaves the others until the time is over. */
async function takeOne(items) {
  const iteration = items[Symbol.asyncIterator]()
  await iteration.next()
  await new Promise((resolve) => signal().addEventListener('abort', resolve))
  await iteration.return()
}

/** Reads nothing: the hub may send what it likes. */
async function leaveUnread(subscription) {
  try {
    await subscription.ready()
  } finally {
    await subscription.close()
  }
}

const signal = () => AbortSignal.timeout(LIMIT_MS)

async function use(hub) {
  await attempt('request', () => hub.request('hub.status', {}, { timeout: LIMIT_MS }))
  await attempt('readByEventTime', () => take(readByEventTime(hub, 'a/', { signal: signal() })))
  await Promise.all([
    attempt('publish', () => hub.publish('a/b', {}, { timeout: LIMIT_MS })),
    attempt('publish durable', () => hub.publish('a/b', {}, { timeout: LIMIT_MS, ack: 'durable' })),
    attempt('publishBatch', () => hub.publishBatch([{ tag: 'a/b', data: {} }], { signal: signal() })),
    attempt('requestParts', () => take(hub.requestParts('log.verify', {}, { signal: signal() }))),
    attempt('requestParts, one', () => takeOne(hub.requestParts('log.verify', {}, { signal: signal() }))),
    attempt('subscribe', () => take(hub.subscribe('a/', { signal: signal() }))),
    attempt('read', () => take(hub.read('a/', { signal: signal() }).events())),
    attempt('batches', () => take(hub.subscribe('a/', { signal: signal() }).batches())),
    attempt('unread', () => leaveUnread(hub.subscribe('a/', { signal: signal() }))),
  ])
}

/** Of this, most hubs need nothing. */
const patience = () => new Promise((resolve) => setTimeout(resolve, 20_000).unref())

const pauses = []
let retried = () => {}
function onStatus(status) {
  if (status.status === 'reconnecting') pauses.push(status.delay)
  if (pauses.length >= RETRIES) retried()
}

// What a first connection leaves behind for all others does not count.
await connect({ address: 'tcp://127.0.0.1:1' }).catch(() => {})
const before = { kib: anonymousKib(), sockets: sockets() }
let peakKib = before.kib
const watch = setInterval(() => (peakKib = Math.max(peakKib, anonymousKib())), 20)
let hub
await attempt('connect', async () => {
  hub = await connect({ address, onStatus })
})
if (hub !== undefined) {
  const enough = new Promise((resolve) => (retried = resolve))
  await use(hub)
  if (pauses.length > 0) await Promise.race([enough, hub.drain().catch(() => {}), patience()])
  await attempt('close', () => hub.close())
}
clearInterval(watch)
while (sockets() > before.sockets) await new Promise((done) => setTimeout(done, 20))
const grownMib = Math.round((peakKib - before.kib) / 1024)
console.log(JSON.stringify({ outcomes, pauses, strays, grownMib }))
