// Makes every call of the addon over AF_UNIX SOCK_SEQPACKET, which any kernel supports. addon.process.test.ts runs it under
// sanitizers.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { endianness } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const path = process.env.TOCSIN_SCTP_ADDON
const { Descriptor, socket } = createRequire(import.meta.url)(path)
const AF_UNIX = 1
const SOCK_SEQPACKET = 5
const SOL_SOCKET = 1
const SO_SNDBUF = 7
const [EBADF, EAGAIN, EINVAL, EPIPE] = [-9, -11, -22, -32]
const [READABLE, WRITABLE] = [1, 2]
const FLAGS = 0
const ADDRESS_BYTES = 4

if (isMainThread) await main()
else wait()

async function main() {
  await exchange()
  refuseNonsense()
  await rounds(Number(process.argv[2]))
  await workers(3)
  await workers(1, 'exit')
  forget()
  // The socket is open and polled while the program ends.
  open().poll(READABLE)
  console.log('done')
  process.exit(0)
}

function open(onReady = () => {}) {
  return new Descriptor(socket(AF_UNIX, SOCK_SEQPACKET, 0), onReady)
}

/** Returns an address in the abstract namespace, so that no file is left. */
function unixAddress(name) {
  const address = Buffer.alloc(3 + name.length)
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX
  address.write(name, 3)
  return address
}

function listener(name) {
  const listening = open()
  assert.equal(listening.bind(unixAddress(name)), 0)
  assert.equal(listening.listen(8), 0)
  return listening
}

async function exchange() {
  const name = `sctp-addon-${process.pid}`
  const listening = listener(name)
  assert.equal(listening.accept(), EAGAIN)
  let ready
  const client = open((status, events) => ready({ status, events }))
  const until = (events) =>
    new Promise((resolve) => {
      ready = resolve
      assert.equal(client.poll(events), 0)
    })
  assert.equal(client.connect(unixAddress(name)), 0)
  const server = new Descriptor(listening.accept(), () => {})
  const header = new Uint8Array(new ArrayBuffer(400))
  const view = new DataView(header.buffer)
  const little = endianness() === 'LE'
  const buffer = new Uint8Array(16)

  assert.equal(client.recvmsg(buffer, header), EAGAIN)
  header.fill(0)
  assert.equal(server.sendmsg(Buffer.from('a message of 24 bytes ..'), header), 24)
  assert.deepEqual(await until(READABLE), { status: 0, events: READABLE })
  assert.equal(client.recvmsg(buffer, header), 16)
  assert.equal(Buffer.from(buffer).toString(), 'a message of 24 ')
  assert.equal(view.getInt32(FLAGS, little) & 0x20, 0x20)
  assert.deepEqual(await until(WRITABLE), { status: 0, events: WRITABLE })
  client.keepAlive(false)
  client.keepAlive(true)
  assert.equal(client.poll(0), 0)

  const value = new Uint8Array(new Int32Array([65536]).buffer)
  assert.equal(client.setsockopt(SOL_SOCKET, SO_SNDBUF, value), 0)
  assert.equal(client.getsockopt(SOL_SOCKET, SO_SNDBUF, value), 4)
  assert.equal(client.getsockopt(132, 14, new Uint8Array(176)) < 0, true)
  assert.equal(client.connectx(new Uint8Array(16), new Uint8Array(4)) < 0, true)
  assert.equal(client.sockname(true, new Uint8Array(128)), 3 + name.length)
  assert.equal(client.sockname(true, new Uint8Array(2)), 3 + name.length)

  // Sends until the peer's buffer is full.
  header.fill(0)
  let sent = 0
  while (server.sendmsg(new Uint8Array(1000), header) === 1000) sent++
  assert.equal(server.sendmsg(new Uint8Array(1000), header), EAGAIN)
  let received = 0
  while (client.recvmsg(new Uint8Array(1000), header) === 1000) received++
  assert.equal(received, sent)

  assert.equal(server.shutdown(1), 0)
  await until(READABLE)
  assert.equal(client.recvmsg(buffer, header), 0)
  server.close()
  header.fill(0)
  assert.equal(client.sendmsg(buffer, header), EPIPE)
  view.setInt32(ADDRESS_BYTES, 129, little)
  assert.throws(() => client.sendmsg(buffer, header), TypeError)
  view.setInt32(ADDRESS_BYTES, -1, little)
  assert.throws(() => client.sendmsg(buffer, header), TypeError)
  for (const each of [client, listening]) each.close()
}

function refuseNonsense() {
  assert.throws(() => new Descriptor(-1, () => {}), TypeError)
  assert.throws(() => new Descriptor(0), TypeError)
  assert.throws(() => Descriptor(0, () => {}), TypeError)
  assert.throws(() => socket('x'), TypeError)
  const one = open()
  const { bind, poll, recvmsg } = Descriptor.prototype
  for (const self of [undefined, {}, new Map(), Descriptor.prototype]) {
    assert.throws(() => poll.call(self, 1), TypeError)
  }
  for (const bytes of [
    undefined,
    null,
    1,
    'x',
    {},
    [],
    new Uint16Array(8),
    new ArrayBuffer(8),
    new DataView(new ArrayBuffer(8)),
  ]) {
    assert.throws(() => bind.call(one, bytes), TypeError)
    assert.throws(() => recvmsg.call(one, new Uint8Array(8), bytes), TypeError)
  }
  assert.throws(() => one.recvmsg(new Uint8Array(8), new Uint8Array(399)), TypeError)
  assert.throws(() => one.recvmsg(new Uint8Array(8), new Uint8Array(new ArrayBuffer(512), 4)), TypeError)
  assert.throws(() => one.getsockopt(1, 2), TypeError)
  assert.throws(() => one.connectx(new Uint8Array(16), new Uint8Array(3)), TypeError)
  assert.equal(one.bind(new Uint8Array(0)), EINVAL)
  for (const number of [
    Number.NaN,
    1.5,
    2 ** 31,
    2 ** 32 + 1,
    -(2 ** 31) - 1,
    Infinity,
    1n,
    '1',
    undefined,
  ]) {
    assert.throws(() => one.poll(number), TypeError)
    assert.throws(() => one.listen(number), TypeError)
    assert.throws(() => one.setsockopt(SOL_SOCKET, number, new Uint8Array(4)), TypeError)
    assert.throws(() => socket(AF_UNIX, SOCK_SEQPACKET, number), TypeError)
    assert.throws(() => new Descriptor(number, () => {}), TypeError)
  }
  refuseMemory(one)
  one.close()
  one.close()
  assert.equal(one.fd, -1)
  assert.equal(one.poll(1), EBADF)
  assert.equal(one.listen(1), EBADF)
}

/** Tests memory that is detached, has shrunk, is shared, or is both header and data. */
function refuseMemory(one) {
  const gone = new Uint8Array(512)
  structuredClone(gone.buffer, { transfer: [gone.buffer] })
  const resizable = new ArrayBuffer(512, { maxByteLength: 1024 })
  const shrunk = new Uint8Array(resizable, 0, 400)
  const following = new Uint8Array(resizable)
  resizable.resize(16)
  for (const header of [gone, shrunk, following]) {
    assert.throws(() => one.recvmsg(new Uint8Array(8), header), TypeError)
    assert.throws(() => one.sendmsg(new Uint8Array(8), header), TypeError)
    assert.ok(one.recvmsg(header, new Uint8Array(400)) < 0)
    assert.ok(one.setsockopt(SOL_SOCKET, SO_SNDBUF, header) <= 0)
    assert.ok(one.bind(header) < 0)
  }
  assert.equal(one.setsockopt(SOL_SOCKET, SO_SNDBUF, gone), EINVAL)
  const name = `sctp-addon-memory-${process.pid}`
  const listening = listener(name)
  const client = open()
  assert.equal(client.connect(unixAddress(name)), 0)
  const server = new Descriptor(listening.accept(), () => {})
  const shared = new Uint8Array(new SharedArrayBuffer(400))
  assert.equal(server.sendmsg(new Uint8Array(400).fill(255), shared), 400)
  // The data overwrites the header, which is written afterwards.
  const both = new Uint8Array(400)
  assert.equal(client.recvmsg(both, both), 400)
  assert.equal(new Uint32Array(both.buffer)[2], 0)
  // All other bytes are 255: an address and control messages of impossible lengths.
  both.fill(255)
  assert.throws(() => client.sendmsg(both, both), TypeError)
  // A control message that announces more bytes than all of them, and one shorter than its own header.
  const view = new DataView(shared.buffer)
  for (const length of [2 ** 40, 3]) {
    view.setInt32(8, 32, true)
    view.setBigUint64(144, BigInt(length), true)
    view.setInt32(152, SOL_SOCKET, true)
    assert.equal(client.sendmsg(new Uint8Array(8), shared), EINVAL)
  }
  for (const each of [client, server, listening]) each.close()
}

async function rounds(count) {
  const descriptors = () => readdirSync('/proc/self/fd').length
  const before = descriptors()
  for (let i = 0; i < count; i++) {
    const one = open()
    assert.equal(one.poll(READABLE), 0)
    one.close()
    if (i % 100 === 0) await new Promise(setImmediate)
  }
  await new Promise(setImmediate)
  assert.equal(descriptors(), before)
}

/** Starts threads that end while their sockets are polled. */
async function workers(count, ending) {
  for (let i = 0; i < count; i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: ending })
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    if (ending !== 'exit') worker.terminate()
    await ended
  }
}

function wait() {
  const name = `sctp-addon-worker-${process.pid}`
  const listening = listener(name)
  listening.poll(READABLE)
  const closed = open()
  closed.poll(READABLE)
  closed.close()
  parentPort.postMessage('ready')
  if (workerData === 'exit') setImmediate(() => process.exit())
}

/** Sockets that are not closed explicitly are closed by garbage collection. */
function forget() {
  if (!globalThis.gc) return
  for (let i = 0; i < 100; i++) {
    const one = open()
    if (i % 2 === 0) one.poll(READABLE)
  }
  globalThis.gc()
}
