import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decode } from '../../src/event/msgpack/decoder.js'
import { HubProcess, jsonLines, lines, main, Running } from './hub-process.js'

let hub: HubProcess

beforeAll(async () => {
  hub = await HubProcess.start()
  const events = Array.from({ length: 30 }, (_, n) =>
    JSON.stringify({ tag: `shop/order/${n}`, data: { n, retcode: n % 3, text: 'two\nlines' } }),
  )
  await hub.tocsin(['fire', '-'], { input: `${events.join('\n')}\n` })
})

afterAll(() => hub[Symbol.asyncDispose]())

describe('tocsin read', () => {
  it('prints matching events from the log, and ends', async () => {
    const { code, stdout, stderr } = await hub.tocsin(['read', 'shop/'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(lines(stdout)).toHaveLength(30)
    expect(lines(stdout)[7]).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}shop\/order\/7 {2}two\\nlines {2}n=7 retcode=1 {2}\[host\/\S+\]$/,
    )
  })

  it('accepts the last ten minutes, numbers, times and cursors', async () => {
    const read = async (...args: string[]) =>
      lines((await hub.tocsin(['read', 'shop/', '--fields', 'seq,cursor,time', ...args])).stdout)
    const all = await read('--from', '-10m')
    expect(all).toHaveLength(30)
    const [seq, cursor, time] = all[9].split('\t')
    expect(await read('--from', `@${seq}`)).toEqual(all.slice(9))
    expect(await read('--from', cursor)).toEqual(all.slice(10))
    expect(await read('--from', `@${seq}`, '--to', `@${Number(seq) + 4}`)).toEqual(all.slice(9, 14))
    expect((await read('--from', time)).length).toBeGreaterThanOrEqual(21)
    expect(await read('--from', 'end')).toEqual([])
  })

  it('prints the last events, and the newest first', async () => {
    const read = async (...args: string[]) =>
      lines((await hub.tocsin(['read', 'shop/', '--fields', 'data.n', ...args])).stdout).map(Number)
    expect(await read('-n', '3')).toEqual([27, 28, 29])
    expect(await read('--last', '100')).toHaveLength(30)
    expect(await read('-r', '-n', '3')).toEqual([29, 28, 27])
    expect(await read('-r')).toEqual(Array.from({ length: 30 }, (_, n) => 29 - n))
    expect(await read('-n', '2', '--where', 'data.retcode = 0')).toEqual([24, 27])
    expect(await read('-n', '3', 'nothing/')).toEqual([27, 28, 29])
  })

  it('takes the words of other programs, and names an event by its number', async () => {
    const { stdout } = await hub.tocsin([
      'read',
      'shop/',
      '--since',
      '1h',
      '--until',
      'now',
      '-o',
      'json',
      '-n',
      '1',
    ])
    const [event] = jsonLines(stdout) as { id: string; data: { n: number } }[]
    expect(event.data.n).toBe(29)
    const seq = event.id.split('-')[1]
    const { stdout: diff } = await hub.tocsin(['diff', `@${seq}`, '--with', `@${Number(seq) - 1}`])
    expect(diff).toContain('data.n: 28 -> 29')
    const today = await hub.tocsin(['read', 'shop/', '--from', 'yesterday', '--fields', 'tag'])
    expect(lines(today.stdout)).toHaveLength(30)
    const cursor = await hub.tocsin(['read', 'shop/', '-n', '1', '--show-cursor'])
    expect(cursor.stderr).toContain(`cursor: ${event.id}`)
  })

  it('combines patterns and exceptions', async () => {
    const { stdout } = await hub.tocsin(['read', 'shop/order/1*', '!shop/order/1[0-7]', '--fields', 'tag'])
    expect(lines(stdout)).toEqual(['shop/order/1', 'shop/order/18', 'shop/order/19'])
  })

  it('accepts filters in JSON', async () => {
    const filter = '{"all":[{"prefix":{"tag":"shop/"}},{"exact":{"data.retcode":2}}]}'
    const { stdout } = await hub.tocsin([
      'read',
      filter,
      '--template',
      '{{.data.n}} {{.type}}',
      '--count',
      '2',
    ])
    expect(stdout).toBe('2 tocsin.event\n5 tocsin.event\n')
  })

  it('accepts a condition in SQL, alone and with patterns', async () => {
    const where = ['--where', "data.retcode <> 0 AND data.text LIKE 'two%'", '--fields', 'data.n']
    const { stdout } = await hub.tocsin(['read', 'shop/order/1*', ...where])
    expect(lines(stdout)).toEqual(['1', '10', '11', '13', '14', '16', '17', '19'])
    expect(lines((await hub.tocsin(['read', ...where])).stdout)).toHaveLength(20)
  })

  it('supports every format', async () => {
    const one = (format: string) =>
      hub.startTocsin(['read', 'shop/order/3', '--count', '1', '--format', format], { input: '' })
    const json = one('json')
    expect(jsonLines((await json.ended).stdout)).toEqual([
      expect.objectContaining({
        specversion: '1.0',
        subject: 'shop/order/3',
        data: { n: 3, retcode: 0, text: 'two\nlines' },
      }),
    ])
    expect((await one('yaml').ended).stdout).toMatch(/^---\nspecversion: "1.0"\n/)
    const raw = one('raw')
    await raw.ended
    expect(decode(raw.bytes)).toEqual({ n: 3, retcode: 0, text: 'two\nlines' })
    const frame = one('frame')
    await frame.ended
    expect(frame.bytes.readUInt32LE(0) + 4).toBe(frame.bytes.length)
    expect(frame.bytes.includes('shop/order/3\n\n')).toBe(true)
  })

  it('succeeds without a matching event', async () => {
    expect(await hub.tocsin(['read', 'nothing/here'])).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})

describe('tocsin tail', () => {
  it('follows after the replay of --from, and ends cleanly on Ctrl-C', async () => {
    const tail = hub.startTocsin(['tail', 'live/a', '--from', 'start', '--format', 'json'])
    await hub.tocsin(['fire', 'live/a', '1'])
    await tail.prints('"data":1}\n')
    await hub.tocsin(['fire', 'live/b', '2'])
    await hub.tocsin(['fire', 'live/a', '3'])
    await tail.prints('"data":3}\n')
    const { code, stdout, stderr } = await tail.signal('SIGINT')
    expect(code).toBe(130)
    expect(stderr).toBe('')
    expect(jsonLines(stdout).map(({ data }) => data)).toEqual([1, 3])
  })

  it('ends after --count, and after --duration', async () => {
    const counted = await hub.tocsin([
      'tail',
      'shop/',
      '--from',
      'start',
      '--count',
      '4',
      '--fields',
      'data.n',
    ])
    expect(counted).toEqual({ code: 0, stdout: '0\n1\n2\n3\n', stderr: '' })
    const some = await hub.tocsin([
      'tail',
      'shop/',
      '--from',
      'start',
      '--duration',
      '500ms',
      '--fields',
      'data.n',
    ])
    expect(some.code).toBe(0)
    expect(lines(some.stdout)).toHaveLength(30)
    const none = await hub.tocsin(['tail', 'nothing/', '--duration', '50ms'])
    expect(none.code).toBe(5)
    expect(none.stderr).toContain('(TCN_CLIENT_TIMEOUT)')
  })

  it('ends silently when its reader closes the output', async () => {
    const pipe = new Running(
      'bash',
      [
        '-c',
        `"$0" "$1" tail shop/ --from start | head -1; echo "\${PIPESTATUS[0]}" >&2`,
        process.execPath,
        main,
      ],
      {
        env: { ...process.env, TOCSIN_URL: hub.socket },
      },
    )
    await pipe.prints('shop/order/0')
    // The end of the reader is noticed only when something is written to it.
    while (pipe.child.exitCode === null && !pipe.stderr.includes('0\n'))
      await hub.tocsin(['fire', 'shop/order/more', '1'])
    const { stdout, stderr } = await pipe.ended
    expect(lines(stdout)).toHaveLength(1)
    expect(stderr).toBe('0\n')
  })

  it('becomes a slow subscriber, without using more memory, when its reader is slow', async () => {
    const bulk = Array.from({ length: 20_000 }, (_, n) => JSON.stringify({ n, filler: 'x'.repeat(400) }))
    await hub.tocsin(['fire', 'bulk/x', '-'], { input: `${bulk.join('\n')}\n` })
    const tail = hub.startTocsin(['tail', 'bulk/', '--from', 'start', '--fields', 'data.n,data.filler'])
    tail.child.stdout!.pause()
    // It stops when the pipe is full: the hub sees a subscriber that is behind.
    const behind = async () => {
      const { stdout } = await hub.tocsin(['who', '--format', 'json'])
      return jsonLines(stdout).some(
        ({ lagEvents, state }) => state === 'catching-up' && (lagEvents as number) > 1000,
      )
    }
    while (!(await behind()));
    tail.child.stdout!.resume()
    await tail.prints('\n19999\t')
    const { stdout } = await tail.signal('SIGINT')
    const numbers = lines(stdout).map((line) => Number(line.split('\t')[0]))
    expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, n) => n))
  })

  it('shares the events of a durable consumer and acknowledges events that it has written', async () => {
    await hub.tocsin(['consumers', 'add', 'shared', 'shop/order/', '--from', 'start'])
    const first = await hub.tocsin(['tail', '--consumer', 'shared', '--count', '3', '--fields', 'data.n'])
    expect(first.stdout).toBe('0\n1\n2\n')
    const consumer = async () =>
      jsonLines((await hub.tocsin(['consumers', 'show', 'shared', '--format', 'json'])).stdout)[0]
    expect((await consumer()).connections).toBe(0)
    const next = await hub.tocsin(['tail', '--consumer', 'shared', '--count', '2', '--fields', 'data.n'])
    expect(next.stdout).toBe('3\n4\n')
    await hub.tocsin(['consumers', 'remove', 'shared'])
  })

  it('reports a cursor of another log, and ends with 6 with --strict', async () => {
    const lost = await hub.tocsin(['read', 'shop/', '--from', 'otherlogother-5'])
    expect(lost.code).toBe(0)
    expect(lost.stderr).toMatch(/^tocsin: gap: .*unknown-epoch/)
    const strict = await hub.tocsin(['read', 'shop/', '--from', 'otherlogother-5', '--strict'])
    expect(strict.code).toBe(6)
    expect(strict.stderr).toContain('(TCN_BUS_GAP)')
  })
})

describe('tocsin wait', () => {
  it('ends with 0 when the events have arrived', async () => {
    const waiting = hub.startTocsin([
      'wait',
      'deploy/done',
      '--count',
      '2',
      '--timeout',
      '20s',
      '--from',
      'start',
      '--fields',
      'data',
    ])
    await hub.tocsin(['fire', 'deploy/done', '1'])
    await hub.tocsin(['fire', 'deploy/done', '2'])
    expect(await waiting.ended).toEqual({ code: 0, stdout: '1\n2\n', stderr: '' })
  })

  it('ends with 5 if they do not arrive before the timeout, and reports how many did', async () => {
    // Long enough for the hub to answer, however busy the machine is.
    const limit = ['--timeout', '2s']
    const [none, some] = await Promise.all([
      hub.tocsin(['wait', 'never/', ...limit]),
      hub.tocsin(['wait', 'shop/order/1', '--from', 'start', '--count', '50', ...limit]),
    ])
    expect(none).toMatchObject({ code: 5, stdout: '' })
    expect(none.stderr).toContain('no event matched within 2.0s (TCN_CLIENT_TIMEOUT)')
    expect(some.code).toBe(5)
    expect(some.stderr).toMatch(/\d+ of 50 events matched within 2.0s/)
  })
})

describe('a wrong command line', () => {
  it.each([
    [['tail', '--from', 'tomorrow'], 'TCN_RANGE_INVALID', 'accepted are start, end, now, -1h'],
    [['tail', '--where', 'a ='], 'TCN_FILTER_SYNTAX', 'at character 4'],
    [['tail', '{"sql":"a ="}'], 'TCN_FILTER_SYNTAX', 'sql'],
    [['tail', '{"glob":1}'], 'TCN_FILTER_SYNTAX', 'glob'],
    [['tail', '{"glob"'], 'TCN_FILTER_SYNTAX', 'not valid JSON'],
    [['tail', 'x'.repeat(300)], 'TCN_FILTER_PATTERN_TOO_LONG', '256'],
    [['tail', '--format', 'xml'], 'TCN_USAGE', 'line, long, json, yaml, raw, frame'],
    [['tail', '--fields', 'time', '--template', 'x'], 'TCN_USAGE', '--template'],
    [['tail', '--template', '{{.tag'], 'TCN_USAGE', 'no end'],
    [['tail', '--fields', 'Tag'], 'TCN_FILTER_SYNTAX', 'no field'],
    [['tail', '--count', '0'], 'TCN_USAGE', 'not a number from 1 up'],
    [['wait', 'x', '--timeout', '60'], 'TCN_USAGE', 'such as 500ms'],
    [['wait'], 'TCN_USAGE', 'a filter or --where is expected'],
    [['tial'], 'TCN_USAGE', 'Did you mean tail'],
    [['tail', '--fom', 'now'], 'TCN_USAGE', 'Did you mean --from'],
    [['tail', '--lag', 'wait'], 'TCN_USAGE', 'catch-up, skip, disconnect'],
    [['top'], 'TCN_USAGE', 'needs a terminal'],
  ])('%j ends with 2 and reports %s', async (args, code, text) => {
    const ended = await hub.tocsin(args)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain(`(${code})`)
    expect(ended.stderr).toContain(text)
  })
})
