import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { HubProcess, jsonLines, lines } from './hub-process.js'

let hub: HubProcess

beforeAll(async () => {
  hub = await HubProcess.start()
  await hub.tocsin(['fire', 'shop/order', '-', '--ack', 'durable'], { input: '1\n2\n3\n' })
})

afterAll(() => hub[Symbol.asyncDispose]())

async function json(...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await hub.tocsin([...args, '--format', 'json'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return jsonLines(stdout)
}

describe('tocsin status', () => {
  it('shows the state of the hub, for people and for programs', async () => {
    const { code, stdout } = await hub.tocsin(['status'])
    expect(code).toBe(0)
    expect(lines(stdout)[0]).toMatch(/^all is well/)
    expect(stdout).toMatch(/^hub +tocsin \d+\.\d+\.\d+, pid \d+, up /m)
    expect(stdout).toContain(`unix:${hub.socket}`)
    expect(stdout).toMatch(/^log +lmdb, /m)
    const [status] = await json('status')
    expect(status).toMatchObject({ pid: hub.pid, log: { engine: 'lmdb', durable: true }, data: hub.data })
    expect(parse((await hub.tocsin(['status', '--format', 'yaml'])).stdout)).toMatchObject({ pid: hub.pid })
  })
})

describe('tocsin who', () => {
  it('shows filter, position and lag of every subscriber', async () => {
    const tail = hub.startTocsin(['tail', 'shop/', '!shop/x', '--from', 'start'])
    await tail.prints('shop/order')
    const { stdout } = await hub.tocsin(['who'])
    expect(lines(stdout)[0]).toMatch(/^WHO +FILTER +POSITION +LAG +DELIVERED +ADDRESS$/)
    expect(lines(stdout)[1]).toMatch(new RegExp(`^tail\\[${tail.pid}\\] +shop/ !shop/x +@\\d+ +0 +3 +unix$`))
    const [row] = await json('who')
    expect(row).toMatchObject({
      principal: 'admin',
      state: 'live',
      lag: 'catch-up',
      lagEvents: 0,
      delivered: 3,
    })
    await tail.signal('SIGINT')
    expect((await hub.tocsin(['who'])).stdout).toBe('nobody is subscribed\n')
  })
})

describe('commands that count', () => {
  it('say in JSON and on standard error that a count is not exact', async () => {
    const some = await hub.tocsin(['tags', '--limit', '1', '--format', 'json'])
    expect(jsonLines(some.stdout)).toMatchObject([{ tags: [{}], exact: false }])
    expect(some.stderr).toMatch(/not every event and tag was counted/)
  })

  it('count by tag, by time and by the values of a field', async () => {
    const stats = await hub.tocsin(['stats', 'shop/', '--by', 'tag'])
    expect(stats.stdout).toMatch(/^TAG +EVENTS +SHARE +EVENTS\/S +TREND\nshop\//)
    const [histogram] = await json('histogram', 'shop/', '--from', 'start')
    expect(histogram).toMatchObject({ exact: true, counts: expect.any(Array) })
    expect((await hub.tocsin(['histogram', 'shop/', '--buckets', '3'])).stdout).toMatch(/█\n/)
    expect((await hub.tocsin(['values', 'type', 'shop/'])).stdout).toMatch(/^VALUE +EVENTS +SHARE\n/)
    expect((await hub.tocsin(['tags', 'shop/'])).stdout).toMatch(/^TAG +EVENTS\nshop\//)
    const [tags] = await json('tags', 'shop/')
    expect(tags).toEqual({ tags: [{ text: 'shop/order', count: 3, complete: true }], exact: true })
    expect((await hub.tocsin(['stats', 'nothing/'])).stdout).toBe('no event matches\n')
  })

  it('refuse more rows than the hub distinguishes', async () => {
    expect((await hub.tocsin(['stats', '--limit', '101'])).code).toBe(2)
    expect((await hub.tocsin(['histogram', '--buckets', '0'])).code).toBe(2)
  })
})

describe('tocsin gaps', () => {
  it('shows events that sources lost', async () => {
    expect((await hub.tocsin(['gaps'])).stdout).toBe('nothing is missing\n')
    const gap = {
      source: 'host/a/files',
      from: '2026-11-20T06:00:00Z',
      to: '2026-11-20T06:01:00Z',
      count: 12,
      reason: 'watch overflow',
    }
    await hub.tocsin(['fire', '--as-hub', 'hub/gap/files', JSON.stringify(gap)])
    const { stdout } = await hub.tocsin(['gaps', '--from', '-1h'])
    expect(lines(stdout)[1]).toMatch(/files +12 .*watch overflow$/)
    expect(await json('gaps')).toMatchObject([
      { kind: 'source', source: 'files', count: 12, reason: 'watch overflow' },
    ])
  })

  it('shows a question mark if the number of lost events is unknown', async () => {
    const gap = { source: 'host/a/system', count: null, reason: 'wtmp was truncated' }
    await hub.tocsin(['fire', '--as-hub', 'hub/gap/system', JSON.stringify(gap)])
    const { stdout } = await hub.tocsin(['gaps'])
    expect(lines(stdout).at(-1)).toMatch(/system +\? .*wtmp was truncated$/)
  })
})

describe('tocsin log', () => {
  it('show prints the contents of the log', async () => {
    const { stdout } = await hub.tocsin(['log', 'show'])
    expect(stdout).toMatch(/^durable +yes/m)
    expect(stdout).toMatch(/^lost +nothing$/m)
    expect(await json('log', 'show')).toMatchObject([{ engine: 'lmdb' }])
  })

  it('verify checks every chunk', async () => {
    const { code, stdout } = await hub.tocsin(['log', 'verify'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\d+ events? in \d+ chunks?, .*: no damage found\n$/)
    expect(await json('log', 'verify')).toMatchObject([{ faulty: 0, faults: [] }])
  })

  it('compact reports what it removed', async () => {
    const { code, stdout } = await hub.tocsin(['log', 'compact'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^removed +nothing/m)
  })
})

describe('tocsin explain', () => {
  it('reads a filter without a hub', async () => {
    const { code, stdout } = await hub.tocsin(['explain', 'salt/job/*', '!*/prog/*'], {
      env: { TOCSIN_URL: '/nowhere/x.sock' },
    })
    expect(code).toBe(0)
    expect(stdout).toContain('tag begins with "salt/job/"')
    expect(stdout).toContain('index: ')
  })

  it('reports which part of the filter an event does not match', async () => {
    const cursor = (
      await hub.tocsin(['read', 'shop/order', '--count', '1', '--fields', 'cursor'])
    ).stdout.trim()
    const yes = await hub.tocsin(['explain', 'shop/', '--event', cursor])
    expect(yes).toMatchObject({ code: 0, stderr: '' })
    expect(yes.stdout).toContain('\nmatches\n')
    const no = await hub.tocsin([
      'explain',
      '{"all":[{"prefix":{"tag":"shop/"}},{"exact":{"data":7}}]}',
      '--event',
      cursor,
    ])
    expect(no).toMatchObject({ code: 1, stderr: '' })
    expect(no.stdout).toContain('does not match')
  })

  it('counts matching events', async () => {
    const { stdout } = await hub.tocsin(['explain', 'shop/', '--from', 'start'])
    expect(stdout).toMatch(/\n3 of \d+ events match\n$/)
  })

  it('ends with 2 for an invalid filter, with 4 for an event that does not exist', async () => {
    expect(await hub.tocsin(['explain', '{"nope":1}'])).toMatchObject({ code: 2 })
    expect(await hub.tocsin(['explain', 'a', '--event', 'not a cursor'])).toMatchObject({ code: 2 })
    const unknown = await hub.tocsin(['explain', 'a', '--event', 'otherlogother-1'])
    expect(unknown.code).toBe(4)
    expect(unknown.stderr).toContain('(TCN_EVENT_UNKNOWN)')
  })
})

describe('tocsin consumers', () => {
  it('creates, moves and removes consumers', async () => {
    expect((await hub.tocsin(['consumers'])).stdout).toBe('there are no durable consumers\n')
    const created = await hub.tocsin(['consumers', 'add', 'billing', 'shop/', '--from', 'start'])
    expect(created.code).toBe(0)
    expect(created.stdout).toMatch(/^name +billing$/m)
    expect(await json('consumers', 'list')).toMatchObject([{ name: 'billing', parked: 0 }])
    const dry = await hub.tocsin(['consumers', 'seek', 'billing', 'end', '--dry-run'])
    expect(dry.stdout).toContain('3 events left out that it has not settled; nothing was changed')
    const [moved] = await json('consumers', 'seek', 'billing', 'end')
    expect(moved).toMatchObject({ name: 'billing', dryRun: false, events: 0 })
    const [back] = await json('consumers', 'seek', 'billing', 'start')
    expect(back).toMatchObject({ events: 3, exact: true })
    expect((await hub.tocsin(['consumers', 'show', 'billing'])).stdout).toMatch(/^filter +shop\/$/m)
    expect((await hub.tocsin(['consumers', 'remove', 'billing'])).stdout).toBe('billing is removed\n')
  })

  it('ends with 4 for an unknown name, with 2 for an invalid one', async () => {
    const unknown = await hub.tocsin(['consumers', 'show', 'nobody'])
    expect(unknown.code).toBe(4)
    expect(unknown.stderr).toContain('(TCN_CONSUMER_UNKNOWN)')
    expect((await hub.tocsin(['consumers', 'seek', 'nobody', 'now'])).code).toBe(4)
    expect((await hub.tocsin(['consumers', 'seek', 'nobody', 'sometime'])).code).toBe(2)
    expect((await hub.tocsin(['consumers', 'add', 'a b'])).code).toBe(2)
  })
})

describe('tocsin parked', () => {
  it('lists, shows, redelivers and removes events', async () => {
    const { connect } = await import('../../src/client/index.js')
    await hub.tocsin(['consumers', 'add', 'worker', 'shop/', '--from', 'start'])
    await using client = await connect(hub.socket)
    let parked = 0
    const subscription = client.subscribe('shop/', { consumer: 'worker' })
    for await (const event of subscription.events()) {
      subscription.ack(event, 'park', { reason: 'no\x1b[2J good' })
      if (++parked === 3) break
    }
    const rows = async () => json('parked', 'list', '--consumer', 'worker')
    while ((await rows()).length < 3);
    const text = (await hub.tocsin(['parked'])).stdout
    expect(text).toContain('no\\x1b[2J good')
    const [{ id }] = await rows()
    const shown = await hub.tocsin(['parked', 'show', String(id)])
    expect(parse(shown.stdout)).toMatchObject({ subject: 'shop/order', data: 1 })
    expect((await hub.tocsin(['parked', 'remove', String(id)])).stdout).toBe('1 event removed\n')
    expect((await hub.tocsin(['parked', 'redeliver', '--consumer', 'worker'])).stdout).toBe(
      '2 events delivered again\n',
    )
    const again = await hub.tocsin([
      'tail',
      '--consumer',
      'worker',
      '--count',
      '2',
      '--duration',
      '20s',
      '--fields',
      'data',
    ])
    expect(lines(again.stdout).sort()).toEqual(['2', '3'])
    await hub.tocsin(['consumers', 'remove', 'worker'])
    expect((await hub.tocsin(['parked'])).stdout).toBe('nothing is parked\n')
  })

  it('requires IDs or a consumer, and reports unknown ones', async () => {
    expect((await hub.tocsin(['parked', 'redeliver'])).code).toBe(2)
    expect((await hub.tocsin(['parked', 'remove', 'x', '--consumer', 'y'])).code).toBe(2)
    expect((await hub.tocsin(['parked', 'show', 'nope'])).code).toBe(4)
  })
})
