import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { type PullHost, PullPeer } from '../../../../src/faces/salt/bus/pull-peer.js'

it('a publisher is not read further in a turn in which all of them have used their time', () => {
  let isTimeOver = false
  const host = {
    paused: false,
    maxFrame: 1024,
    intake: { publish() {} },
    restIfNoTime: () => {
      host.paused = isTimeOver
    },
    countHalfReceived: () => true,
  }
  const socket = new PassThrough()
  new PullPeer(host as unknown as PullHost, undefined as never, socket as unknown as Socket)
  socket.emit('data', Buffer.from([0x82]))
  expect(socket.isPaused()).toBe(false)
  isTimeOver = true
  socket.emit('data', Buffer.from([0xa4]))
  expect(socket.isPaused()).toBe(true)
})
