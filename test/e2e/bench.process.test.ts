import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HubProcess } from './hub-process.js'

let hub: HubProcess

beforeAll(async () => {
  hub = await HubProcess.start()
})

afterAll(() => hub[Symbol.asyncDispose]())

const short = ['bench', '--duration', '300ms', '--pace', '200', '--log-limit', '20MiB']

describe('tocsin bench', () => {
  it('measures latency, durable acknowledgements, rate and replay, and says what stays in the log', async () => {
    const { code, stdout } = await hub.tocsin([...short, '--publishers', '2', '--subscribers', '2'])
    expect(code).toBe(0)
    expect(stdout).not.toContain('not measured')
    for (const row of ['publish to receipt', 'durable', 'publish', 'receive, slowest', 'replay'])
      expect(stdout).toMatch(new RegExp(`^${row} .*\\d`, 'm'))
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const [, count, prefix] = /([\d,]+) events, about \S+ \S+ stay in the log below\s(\S+)\s/.exec(
      stdout.replaceAll('\n', ' ').replace('MiB,', 'MiB'),
    )!
    const stored = await hub.tocsin(['read', prefix, '--format', 'json'])
    expect(stored.stdout.trim().split('\n')).toHaveLength(Number(count.replaceAll(',', '')))
  })

  it('has the same figures as JSON, from each way to reach the hub', async () => {
    const token = await hub.tocsin(['token', 'add', 'b', '--publish', 'bench/', '--see', 'bench/'])
    const [, http] = /http +(http:\S+)/.exec(hub.stderr)!
    const { code, stdout } = await hub.tocsin([...short, '--json', '--url', http.replace('http', 'ws')], {
      env: { TOCSIN_TOKEN: token.stdout.trim() },
    })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      complete: true,
      receipt: { count: 60, p50: expect.any(Number), p99_9: expect.any(Number), max: expect.any(Number) },
      durable: { p50: expect.any(Number) },
      publish: { rate: expect.any(Number) },
      receive: { gaps: 0 },
      replay: { rate: expect.any(Number) },
    })
    const { publish, receive, stored } = JSON.parse(stdout)
    expect(receive.events).toBe(publish.events)
    expect(stored.bytes).toBeLessThanOrEqual(20 * 2 ** 20)
  })

  it('ends with the figures so far on Ctrl-C, and leaves no publisher behind', async () => {
    const words = ['--prefix', 'bench/interrupted/', '--duration', '1m', '--pace', '100', '--json']
    const bench = hub.startTocsin(['bench', ...words])
    await hub.tocsin(['wait', 'bench/interrupted/', '--from', 'start', '--where', 'data.n > 20'])
    const { code, stdout } = await bench.signal('SIGINT')
    expect(code).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({ complete: false, receipt: { p50: expect.any(Number) } })
    expect((await hub.tocsin(['who'])).stdout).not.toContain('bench[')
  })

  it('says which rights are missing before it measures anything', async () => {
    for (const right of ['--publish', '--see']) {
      const token = await hub.tocsin(['token', 'add', `only${right}`, right, 'bench/'])
      const [, http] = /http +(http:\S+)/.exec(hub.stderr)!
      const { code, stderr } = await hub.tocsin([...short, '--url', http.replace('http', 'ws')], {
        env: { TOCSIN_TOKEN: token.stdout.trim() },
      })
      expect(code).toBe(4)
      expect(stderr).toContain('token add bench --publish bench/ --see bench/')
    }
  })

  it('refuses settings that would never end or exceed the limits', async () => {
    for (const words of [
      ['--prefix', 'bench'],
      ['--publishers', '1000'],
      ['--log-limit', '1B'],
      ['--size', '0'],
    ])
      expect(await hub.tocsin(['bench', ...words]), words.join(' ')).toMatchObject({ code: 2 })
  })
})
