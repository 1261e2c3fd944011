import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type MultilineConfig, multilineConfig, parseConfig } from '../../../src/sources/text/config.js'
import { containerOf, continuesText, readContainerText } from '../../../src/sources/text/container-line.js'
import { LineSplitter } from '../../../src/sources/text/line-splitter.js'
import { joinerOf } from '../../../src/sources/text/record-joiner.js'
import { TextParser } from '../../../src/sources/text/text-parser.js'

const TIME = '2026-11-26T10:00:00.123456789Z'
const ID = 'a'.repeat(64)
const NOW = Date.parse('2026-11-26T10:00:01Z') * 1000

describe('the text of a container', () => {
  it('is read from the form of Kubernetes, with its tags and blanks', () => {
    expect(readContainerText('cri', `${TIME} stdout F  two blanks `)).toEqual({
      time: TIME,
      stream: 'stdout',
      text: ' two blanks ',
      isPartial: false,
    })
    expect(readContainerText('cri', `${TIME} stderr P:x cut`)).toMatchObject({ text: 'cut', isPartial: true })
    expect(readContainerText('cri', `${TIME} stdout F `)).toMatchObject({ text: '' })
  })

  it('is read from the form of Docker', () => {
    const line = JSON.stringify({ log: 'a "b" \\n\n', stream: 'stdout', time: TIME })
    expect(readContainerText('docker', line)).toMatchObject({ text: 'a "b" \\n', isPartial: false })
    const cut = JSON.stringify({ log: 'a', stream: 'stderr', time: TIME, attrs: { x: '1' } })
    expect(readContainerText('docker', cut)).toMatchObject({ text: 'a', stream: 'stderr', isPartial: true })
  })

  it.each([
    '',
    'x',
    `${TIME} stdlog F x`,
    `${TIME} stdout X x`,
    '{"log":1,"stream":"stdout","time":"x"}',
    '{"log":"a"',
  ])('is not found in %j', (line) => {
    expect(readContainerText('cri', line)).toBeUndefined()
    expect(readContainerText('docker', line)).toBeUndefined()
  })

  it('is joined from its pieces, whatever is written between them', () => {
    const pieces = fc.array(
      fc.record({
        stream: fc.constantFrom('stdout', 'stderr'),
        isPartial: fc.boolean(),
        text: fc.string({ maxLength: 20 }).map((text) => text.replace(/[\n\r]/g, '')),
      }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(pieces, fc.constantFrom('cri' as const, 'docker' as const), (written, form) => {
        const lines = written.map(({ stream, isPartial, text }) =>
          form === 'cri'
            ? `${TIME} ${stream} ${isPartial ? 'P' : 'F'} ${text}`
            : JSON.stringify({ log: isPartial ? text : `${text}\n`, stream, time: TIME }),
        )
        const found = recordsOf(form, lines).map((record) => readContainerText(form, record))
        const expected: { text: string; stream: string; isPartial: boolean }[] = []
        for (const { stream, isPartial, text } of written) {
          const last = expected.at(-1)
          if (last?.isPartial && last.stream === stream) {
            last.text += text
            last.isPartial = isPartial
          } else expected.push({ stream, isPartial, text })
        }
        expect(found).toEqual(expected.map((each) => ({ ...each, time: TIME })))
      }),
    )
  })

  it('is one with the texts after it that belong to it, of the same stream', () => {
    const multiline = multilineConfig.parse({ indented: true })
    const texts = ['F Error: no', 'P   at ', 'F a', 'F   at b', 'F next', 'F   at c']
    const lines = texts.map((text, n) => `${TIME} ${n === 5 ? 'stderr' : 'stdout'} ${text}`)
    const found = recordsOf('cri', lines, multiline).map((record) => readContainerText('cri', record)?.text)
    expect(found).toEqual(['Error: no\n  at a\n  at b', 'next', '  at c'])
    const docker = ['Error: no\n', '  at a\n', 'next\n'].map((log) =>
      JSON.stringify({ log, stream: 'stderr', time: TIME }),
    )
    const ofDocker = recordsOf('docker', docker, multiline)
    expect(ofDocker.map((record) => readContainerText('docker', record)?.text)).toEqual([
      'Error: no\n  at a',
      'next',
    ])
  })

  it('is not continued by a line of another form', () => {
    expect(continuesText('cri', 'x', `${TIME} stdout P a`)).toBe(false)
    expect(continuesText('cri', `${TIME} stdout F b`, 'x')).toBe(false)
  })
})

function recordsOf(form: 'cri' | 'docker', lines: readonly string[], multiline?: MultilineConfig): string[] {
  const joiner = joinerOf({ multiline, parse: parseConfig.parse(form) })!()
  const splitter = new LineSplitter(100_000, 0, false)
  splitter.feed(Buffer.from(lines.map((line) => `${line}\n`).join('')))
  const records: string[] = []
  for (let line = splitter.line(); line !== undefined; line = splitter.line()) {
    const record = joiner.add(line)
    if (record !== undefined) records.push(Buffer.from(record.bytes).toString())
  }
  const last = joiner.flush()
  return last === undefined ? records : [...records, Buffer.from(last.bytes).toString()]
}

describe('the container of a file', () => {
  it.each([
    [
      `/var/log/containers/web-7f9c_shop_nginx-${ID}.log`,
      { namespace: 'shop', pod: 'web-7f9c', container: 'nginx', id: ID },
    ],
    [
      '/var/log/pods/shop_web-7f9c_0a1b-2c/nginx/0.log',
      { namespace: 'shop', pod: 'web-7f9c', container: 'nginx' },
    ],
    [
      '/var/log/pods/shop_web-7f9c_0a1b-2c/nginx/0.log.20261126-100000',
      { namespace: 'shop', pod: 'web-7f9c', container: 'nginx' },
    ],
    [`/var/lib/docker/containers/${ID}/${ID}-json.log`, { id: ID }],
    [`/var/lib/docker/containers/${ID}/${ID}-json.log.1`, { id: ID }],
    ['/var/log/syslog', {}],
  ])('is read from %s', (path, container) => expect(containerOf(path)).toEqual(container))
})

describe('formats after that of a container', () => {
  const place = { stream: 's', isFirst: true, file: `/var/log/containers/web-1_shop_nginx-${ID}.log` }
  const read = (parser: TextParser, line: string) => parser.read(line, NOW, { place })

  it('read its text; time and names are those of the runtime', () => {
    const parser = new TextParser(parseConfig.parse(['cri', 'json', 'logfmt']))
    const line = `${TIME} stderr F {"time":"2020-01-01T00:00:00Z","level":"error","msg":"disk full","disk":"sda"}`
    expect(read(parser, line)).toMatchObject({
      by: 1,
      parsed: {
        time: '2026-11-26T10:00:00.123456Z',
        severity: 'err',
        message: 'disk full',
        fields: {
          stream: 'stderr',
          namespace: 'shop',
          pod: 'web-1',
          container: 'nginx',
          disk: 'sda',
          time: '2020-01-01T00:00:00Z',
        },
      },
    })
    expect(parser.parsed).toEqual([1, 1, 0])
  })

  it('leave a text as it is that none of them understands, which is counted', () => {
    const parser = new TextParser(parseConfig.parse(['cri', 'json']))
    expect(read(parser, `${TIME} stdout F hello`)).toMatchObject({
      by: 0,
      parsed: { message: 'hello', fields: { stream: 'stdout', pod: 'web-1' } },
    })
    expect([parser.parsed, parser.unparsed]).toEqual([[1, 0], 1])
  })

  it('may be for some containers only', () => {
    const parser = new TextParser(
      parseConfig.parse([
        'docker',
        'cri',
        { as: 'json', program: 'app' },
        { as: 'access', program: 'ngin*' },
      ]),
    )
    const line = `${TIME} stdout F 192.0.2.1 - - [26/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 404 5`
    expect(read(parser, line)).toMatchObject({
      by: 3,
      parsed: { severity: 'warning', fields: { status: 404 } },
    })
  })
})
