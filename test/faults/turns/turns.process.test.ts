import { afterAll, beforeAll, describe, it } from 'vitest'
import type { SysadmClient } from '../../faces/sysadm/fixture.js'
import { AttackedHub, SYSADM } from './attacked-hub.js'
import { holdsNobodyUp as shortTurns, times } from './expect-short-turns.js'
import { Crowd } from './http.js'
import { junk, sendDatagrams, sendLines, stored, structured } from './syslog.js'

/**
 * Whatever a peer, a file or an event asks for, no turn of the event loop takes more than 20 ms of processor time, as the
 * hub itself measures it. Others wait for as long as a turn takes.
 */

let hub: AttackedHub
beforeAll(async () => {
  hub = await AttackedHub.start(SYSADM)
})
afterAll(() => hub[Symbol.asyncDispose]())

const holdsNobodyUp = (work: () => Promise<unknown>, prepare?: () => Promise<unknown>) =>
  shortTurns(hub, work, prepare)

const MB = 2 ** 20

function filled(open: string, part: (nth: number) => string, close: string, bytes = MB - 64): string {
  const parts: string[] = []
  for (let length = open.length + close.length, nth = 0; length < bytes; nth++) {
    parts.push(part(nth))
    length += parts[nth].length + 1
  }
  return `${open}${parts.join(',')}${close}`
}

const manyKeys = filled('{', (nth) => `"key-${nth.toString(36)}":1`, '}')

describe('a webhook that is sent', () => {
  it('a megabyte of many keys', () => holdsNobodyUp(() => times(10, () => hub.post('plain', manyKeys))))

  it('a megabyte of empty lists', () =>
    holdsNobodyUp(() =>
      times(5, () =>
        hub.post(
          'plain',
          filled('[', () => '[]', ']'),
        ),
      ),
    ))

  it('thousands of alerts', () => {
    const alert = { status: 'firing', labels: { alertname: 'Down', instance: 'db1' }, annotations: {} }
    const body = JSON.stringify({ receiver: 'x', alerts: new Array(5000).fill(alert) })
    return holdsNobodyUp(() => times(3, () => hub.post('alerts', body)))
  })

  it('one alert with very many labels', () =>
    holdsNobodyUp(() =>
      times(3, () => hub.post('alerts', `{"alerts":[{"status":"firing","labels":${manyKeys}}]}`)),
    ))

  it('a push of GitHub with many commits', () => {
    const commit = { id: 'a'.repeat(40), message: 'Fix the build', author: { name: 'x' }, added: ['a', 'b'] }
    const body = JSON.stringify({ ref: 'refs/heads/main', commits: new Array(5000).fill(commit) })
    return holdsNobodyUp(() => times(3, () => hub.post('github', body, { 'x-github-event': 'push' })))
  })

  it('a form of very many fields', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return holdsNobodyUp(() => times(5, () => hub.post('plain', '&'.repeat(MB - 64), headers)))
  })
})

describe('syslog that is sent', () => {
  const LONG = 60_000
  // The memory of the kernel holds as many, and some may be lost.
  const MANY = 30
  const datagrams = async (message: string | Buffer) => {
    const port = await hub.syslogPort('udp')
    await stored(hub, 1, () => sendDatagrams(port, MANY, message))
  }
  const lines = async (message: string | Buffer) => {
    const port = await hub.syslogPort('tcp')
    await stored(hub, 3, () => sendLines(port, 3, message))
  }

  it('many long datagrams at once', () => holdsNobodyUp(() => datagrams(structured(LONG))))
  it('many long datagrams that are not text', () => holdsNobodyUp(() => datagrams(junk(LONG))))
  it('messages of very many parameters', () => holdsNobodyUp(() => lines(structured(MB - 64))))
  it('long messages that are not text', () => holdsNobodyUp(() => lines(junk(MB - 64))))
})

describe('a sink that delivers', () => {
  const values = Array.from({ length: 120_000 }, (_, nth) => nth)
  const controls = '\u0001'.repeat(3 * MB)
  let published = 0
  const deliver = async (folder: string, data: unknown) => {
    await hub.client.publish(`load/${folder}/x`, data, { ack: 'durable' })
    return ++published
  }

  for (const [folder, sinks] of Object.entries({
    file: ['file'],
    webhook: ['structured', 'binary'],
    exec: ['exec'],
    otlp: ['otlp'],
  })) {
    it(`${folder}: events of very many values and of control characters`, async () => {
      published = 0
      const round = async (count: number) => {
        await times(count, () => deliver(folder, { values }))
        await deliver(folder, { text: controls.slice(0, count * MB) })
        for (const sink of sinks) await hub.delivered(sink, published)
      }
      await holdsNobodyUp(
        () => round(3),
        () => round(1),
      )
    })
  }
})

describe('SysAdm', () => {
  it('is asked many small questions by each of many clients', async () => {
    const clients = await hub.sysadm(10)
    const questions = Array.from({ length: 500 }, (_, id) =>
      JSON.stringify({ namespace: 'rpc', name: 'query', id: String(id), args: {} }),
    )
    const ask = async (client: SysadmClient) => {
      for (const question of questions) client.send(question)
      for (const _ of questions) await client.next()
    }
    await holdsNobodyUp(() => Promise.all(clients.map(ask)))
    for (const { socket } of clients) socket.terminate()
  })
})

describe('HTTP', () => {
  it('the first question for the description of the interface', () =>
    holdsNobodyUp(
      () => fetch(`${hub.http}/v1/openapi.json`).then((answer) => answer.text()),
      // It is made once; what serves requests is loaded before.
      () => fetch(`${hub.http}/readyz`),
    ))

  it('requests on many connections at the same time', async () => {
    const asked = { name: 'crowd', rights: { see: '*' } }
    const { token } = await hub.client.request<{ token: string }>('tokens.add', asked)
    const crowd = await Crowd.of(hub, 200)
    const request = `POST /v1/ticket HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`
    await holdsNobodyUp(() => times(3, () => crowd.ask(request)))
    crowd.close()
  })
})
