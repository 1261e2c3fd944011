import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { SctpSocket } from '../../../../../src/protocols/sctp/index.js'
import { nextPort } from '../stage.js'

const openDescriptors = () => readdirSync('/proc/self/fd').length

export const resourceCases = {
  async '10,000 opened and closed sockets leave no descriptor and no memory'() {
    const rounds = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const socket = new SctpSocket({ family: 'ipv4', events: [] })
        const reading = socket.recvv().catch(() => {})
        socket.close()
        await reading
        // libuv closes its handle in a turn of the event loop.
        if (i % 100 === 0) await new Promise(setImmediate)
      }
      await new Promise(setImmediate)
    }
    await rounds(3000)
    const before = { descriptors: openDescriptors(), memory: process.memoryUsage.rss() }
    await rounds(7000)
    const grown = process.memoryUsage.rss() - before.memory
    assert.equal(openDescriptors(), before.descriptors)
    assert(grown < 16 * 1024 * 1024, `${grown} bytes more`)
  },

  async 'a worker thread that ends closes its sockets'() {
    const port = nextPort()
    const program = `
      const { createRequire } = require('node:module')
      const { parentPort, workerData } = require('node:worker_threads')
      const addon = createRequire(workerData.path)(workerData.path)
      const socket = new addon.Descriptor(addon.socket(2, 5, 132), () => {})
      socket.bind(new Uint8Array(workerData.address))
      socket.listen(1)
      socket.poll(1)
      parentPort.postMessage('listening')
    `
    const address = [2, 0, port >> 8, port & 0xff, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    const path = process.env.TOCSIN_SCTP_ADDON
    const before = openDescriptors()
    for (let i = 0; i < 5; i++) {
      const worker = new Worker(program, { eval: true, workerData: { path, address } })
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
      await worker.terminate()
      const again = new SctpSocket({ family: 'ipv4' })
      again.bind(['127.0.0.1', port])
      again.close()
    }
    assert.equal(openDescriptors(), before)
  },
}
