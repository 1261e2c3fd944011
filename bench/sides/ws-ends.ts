import { once } from 'node:events'
import { WebSocket } from 'ws'
import { sample, sampleTag } from '../harness/sample-event.js'
import type { Ends } from './side.js'
import { countFrames, openWebSocket } from './web-readers.js'

const HIGH_WATER = 256 * 1024

/**
 * A plain server with `ws` (roles/ws-server.ts), which sends each published message to all. The address is its port.
 */
export const wsEnds: Ends = {
  async sender(address) {
    const socket = new WebSocket(`ws://127.0.0.1:${address}/publish`, { perMessageDeflate: false })
    await once(socket, 'open')
    const drained = async () => {
      while (socket.bufferedAmount > 0) await new Promise((go) => setImmediate(go))
    }
    return {
      send(index, stamp) {
        // The same message as the hub sends for this event: a CloudEvent.
        const event = {
          specversion: '1.0',
          id: `bench-${index}`,
          source: 'host/bench',
          type: 'salt.job.ret',
          subject: sampleTag(index),
          time: '2026-11-20T06:01:00.000000Z',
          datacontenttype: 'application/json',
          data: sample(index, stamp),
        }
        socket.send(JSON.stringify(event))
        return socket.bufferedAmount < HIGH_WATER
      },
      ready: drained,
      sendDurably: () => Promise.reject(new Error('ws keeps nothing')),
      flush: drained,
    }
  },
  async receive(address, receiving) {
    countFrames(await openWebSocket(Number(address), '/'), receiving, 0)
  },
  replay: () => Promise.reject(new Error('ws keeps nothing')),
}
