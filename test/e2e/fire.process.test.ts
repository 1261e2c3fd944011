import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HubProcess, jsonLines, lines } from './hub-process.js'

let hub: HubProcess

beforeAll(async () => {
  hub = await HubProcess.start()
})

afterAll(() => hub[Symbol.asyncDispose]())

async function dataOf(tag: string): Promise<unknown[]> {
  const { stdout } = await hub.tocsin(['read', `{"exact":{"tag":"${tag}"}}`, '--format', 'json'])
  return jsonLines(stdout).map(({ data }) => data)
}

describe('tocsin fire', () => {
  it('publishes JSON and prints the cursor', async () => {
    const { code, stdout, stderr } = await hub.tocsin(['fire', 'one/event', '{"version": "1.4.2"}'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^[a-z0-9]+-\d+\n$/)
    expect(await dataOf('one/event')).toEqual([{ version: '1.4.2' }])
    const after = await hub.tocsin(['read', '--from', stdout.trim()])
    expect(after.stdout).toBe('')
  })

  it('accepts any JSON value, a file, stdin or nothing', async () => {
    const file = join(hub.folder, 'data.json')
    writeFileSync(file, '{\n  "from": "file"\n}\n')
    for (const args of [['-5'], ['"text"'], ['null'], ['[1,2]'], [`@${file}`], []])
      await hub.tocsin(['fire', 'any/value', ...args])
    await hub.tocsin(['fire', 'any/value', '@-'], { input: '{\n"from": "stdin"}' })
    expect(await dataOf('any/value')).toEqual([
      -5,
      'text',
      null,
      [1, 2],
      { from: 'file' },
      null,
      { from: 'stdin' },
    ])
  })

  it('waits for the disk with --ack durable', async () => {
    const { code, stdout } = await hub.tocsin(['fire', 'dur/able', '1', '--ack', 'durable'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/-\d+\n$/)
  })

  it('accepts each line of stdin as data', async () => {
    const { code, stdout } = await hub.tocsin(['fire', 'many/lines', '-'], { input: '1\n\n{"a":2}\n"three"' })
    expect(code).toBe(0)
    expect(lines(stdout)).toHaveLength(1)
    expect(await dataOf('many/lines')).toEqual([1, { a: 2 }, 'three'])
  })

  it('publishes lines of text', async () => {
    const { code } = await hub.tocsin(['fire', 'text/lines', '-', '--text'], {
      input: 'link down\r\n\n{"a":1}\n',
    })
    expect(code).toBe(0)
    await hub.tocsin(['fire', 'text/lines', 'one text', '--text'])
    expect(await dataOf('text/lines')).toEqual([
      { line: 'link down' },
      { line: '{"a":1}' },
      { line: 'one text' },
    ])
  })

  it('leaves out invalid lines when told to, and counts them', async () => {
    const input = '1\nlink down\n2\n{"a":\n3\n'
    const { code, stderr } = await hub.tocsin(['fire', 'skip/lines', '-', '--on-error', 'skip'], { input })
    expect(code).toBe(0)
    expect(stderr).toMatch(/line 2: .*\n.*line 4: .*\n.*2 lines skipped/)
    expect(await dataOf('skip/lines')).toEqual([1, 2, 3])
  })

  it('repeats an event with values of its own', async () => {
    const args = ['fire', 'series/{{pick a}}', '{"n": {{.n}}, "r": {{random 5 5}}}', '--count', '300']
    expect((await hub.tocsin(args)).code).toBe(0)
    const data = await dataOf('series/a')
    expect(data).toHaveLength(300)
    expect(data.slice(0, 2)).toEqual([
      { n: 1, r: 5 },
      { n: 2, r: 5 },
    ])
    expect((await hub.tocsin(['fire', 'series/b', '{{.n}}', '--count', '3', '--every', '5ms'])).code).toBe(0)
    expect(await dataOf('series/b')).toEqual([1, 2, 3])
  })

  it.each([
    [['fire', '-', '--text'], '--text needs a tag'],
    [['fire', 'a', '1', '--on-error', 'skip'], '--on-error is for lines on stdin'],
    [['fire', 'a', '-', '--count', '2'], 'repeat one event'],
    [['fire', 'a', '{{nothing}}', '--count', '2'], 'no value of a template'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await hub.tocsin(args, { input: '' })
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  it('publishes each line as it arrives', async () => {
    const fire = hub.startTocsin(['fire', 'as/it/comes', '-', '--ack', 'durable'])
    fire.write('1\n')
    const seen = await hub.tocsin([
      'wait',
      'as/it/comes',
      '--from',
      'start',
      '--timeout',
      '20s',
      '--fields',
      'data',
    ])
    expect(seen.stdout).toBe('1\n')
    fire.child.stdin?.end()
    expect((await fire.ended).code).toBe(0)
  })

  it('accepts events and CloudEvents with their own tags', async () => {
    const input = [
      { tag: 'own/tag', data: { a: 1 }, attributes: { traceparent: '00-1' } },
      {
        specversion: '1.0',
        id: 'theirs',
        source: 'host/elsewhere',
        type: 'acme.door',
        subject: 'own/tag',
        data: { open: true },
      },
    ]
    const { code } = await hub.tocsin(['fire', '-'], {
      input: input.map((line) => JSON.stringify(line)).join('\n'),
    })
    expect(code).toBe(0)
    const { stdout } = await hub.tocsin(['read', 'own/tag', '--format', 'json'])
    expect(jsonLines(stdout)).toMatchObject([
      { data: { a: 1 }, traceparent: '00-1' },
      { id: 'theirs', type: 'acme.door', source: 'host/elsewhere', data: { open: true } },
    ])
  })

  it('publishes the lines before an invalid one, and names that line', async () => {
    const { code, stdout, stderr } = await hub.tocsin(['fire', 'half/good', '-'], {
      input: '1\n2\n{"a"\n4\n',
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^tocsin: 2 events before this published\ntocsin: line 3: .*\(TCN_INPUT_INVALID\)/)
    expect(lines(stdout)).toHaveLength(1)
    expect(await dataOf('half/good')).toEqual([1, 2])
  })

  it('reports which lines the hub refuses, and publishes the others', async () => {
    const input = [
      '{"tag":"some/good","data":1}',
      '{"tag":"bad\\u0007tag"}',
      '{"tag":"some/good","data":3}',
      '{"tag":""}',
    ].join('\n')
    const { code, stderr } = await hub.tocsin(['fire', '-'], { input })
    expect(code).toBe(2)
    expect(stderr).toContain('tocsin: line 2: ')
    expect(stderr).toContain('(TCN_TAG_CONTROL)')
    expect(stderr).toContain('tocsin: line 4: ')
    expect(stderr).toContain('2 of 4 events were refused')
    expect(await dataOf('some/good')).toEqual([1, 3])
  })

  it('publishes a large file of lines in order', async () => {
    const input = `${Array.from({ length: 50_000 }, (_, n) => n).join('\n')}\n`
    expect((await hub.tocsin(['fire', 'large/file', '-'], { input })).code).toBe(0)
    const { stdout } = await hub.tocsin(['read', 'large/file', '--fields', 'data'])
    expect(stdout).toBe(input)
  })

  it.each([
    [['fire', '', '1'], 2, 'TCN_TAG_EMPTY'],
    [['fire', 'x'.repeat(1025), '1'], 2, 'TCN_TAG_TOO_LONG'],
    [['fire', 'a\u0007b', '1'], 2, 'TCN_TAG_CONTROL'],
    [['fire', 'a', 'hello'], 2, 'TCN_INPUT_INVALID'],
    [['fire', 'a', '@/nowhere/at/all'], 1, 'TCN_FILE_UNREADABLE'],
    [['fire', 'a', '1', '--ack', 'maybe'], 2, 'TCN_USAGE'],
    [['fire', '-', '1'], 2, 'TCN_USAGE'],
    [['fire'], 2, 'TCN_USAGE'],
  ])('%j ends with %i and reports %s', async (args, code, error) => {
    const ended = await hub.tocsin(args)
    expect(ended).toMatchObject({ code, stdout: '' })
    expect(ended.stderr).toContain(`(${error})`)
  })
})
