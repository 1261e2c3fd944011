import { describe, expect, it } from 'vitest'
import { Event } from '../../../src/event/event.js'
import { encode, encodeFrame } from '../../../src/event/index.js'
import { finished } from '../../../src/incremental/steps.js'
import type { EventView } from '../../../src/sinks/sink.js'
import { type SyslogStyle, syslogMessage } from '../../../src/sinks/syslog/message.js'

const view: EventView = {
  epoch: 'e',
  hostname: 'h',
  version: '1',
  typeOf: () => 'syslog.message',
  severityOf: () => undefined,
  displayOf: () => undefined,
}
const original: SyslogStyle = {
  facility: 'user',
  appName: 'tocsin',
  message: 'original',
  maxMessage: 8192,
}

/** The message without its length. */
function messageOf(data: unknown, maxMessage = original.maxMessage, tag = 'syslog/net/a/b'): string {
  const event = new Event(encodeFrame({ tag, source: 's', seq: 1, time: 1, body: encode(data) }))
  const bytes = finished(syslogMessage(event, { ...original, maxMessage }, view))
  const blank = bytes.indexOf(' ')
  expect(bytes.length - blank - 1).toBe(Number(bytes.subarray(0, blank)))
  return bytes.subarray(blank + 1).toString()
}

/** The structured data without the element of the hub. */
function structuredOf(structured: unknown, maxMessage?: number): string | undefined {
  const message = messageOf({ message: 'text', structured }, maxMessage)
  return /\[tocsin@32473 [^\]]*\](.*?)(?: \ufefftext)?$/.exec(message)?.[1]
}

describe('a message that was received', () => {
  it('keeps the beginning of its text in a long event, and its other fields', () => {
    const message = messageOf({ host: 'web1', app: 'sshd', message: `begin ${'ü'.repeat(200_000)}` })
    expect(message).toMatch(/^<14>1 \S+ web1 sshd - - \[[^\]]*\] \ufeffbegin ü{3000,}$/)
    expect(Buffer.byteLength(message)).toBeGreaterThan(original.maxMessage - 2)
  })

  it('has the text of short events, whatever its length', () => {
    for (const text of ['', 'a', 'ä'.repeat(20), 'b'.repeat(300)])
      expect(messageOf({ message: text })).toMatch(new RegExp(`\\] \ufeff${text}$`))
  })

  it('is told as any other event if it has no text', () => {
    for (const data of [{ message: 1 }, { text: 'a' }, ['message'], 'message', null])
      expect(messageOf(data)).toMatch(
        /^<14>1 \S+ h tocsin - syslog.message \[[^\]]*\] \ufeffsyslog\/net\/a\/b /,
      )
  })
})

describe('structured data', () => {
  it('has texts and numbers only', () => {
    const odd = { a: { toString: 1 }, b: null, c: [['x'], { toString: 1 }, 'y', 2], d: true, e: 'z' }
    expect(structuredOf({ 'x@1': odd })).toBe('[x@1 c="y" c="2" e="z"]')
  })

  it('has a name for each element and parameter', () => {
    expect(structuredOf({ '': { '': 'b' } })).toBe('[_ _="b"]')
  })

  it('has whole elements only, those for which there is space behind the header', () => {
    const structured = {
      'short@1': { a: 'b' },
      'long@1': { a: 'ü'.repeat(300) },
      'last@1': { c: 'd' },
    }
    expect(structuredOf(structured)).toBe(`[short@1 a="b"][long@1 a="${'ü'.repeat(300)}"][last@1 c="d"]`)
    expect(structuredOf(structured, 480)).toBe('[short@1 a="b"][last@1 c="d"]')
  })

  it('is in the message of a long event too, as far as there is space', () => {
    const structured = {
      'long@1': { a: 'b'.repeat(6_000) },
      'longer@1': { a: 'b'.repeat(9_000) },
      'last@1': { c: 'd' },
    }
    const message = messageOf({ message: 'ü'.repeat(200_000), structured })
    expect(message).toContain(`][long@1 a="${'b'.repeat(6_000)}"][last@1 c="d"] \ufeffü`)
  })

  it('is never cut, however short messages must be', () => {
    const data = { message: '', structured: { 'x@1': { a: 'b' } } }
    const whole = messageOf(data)
    expect(whole).toContain('][x@1 a="b"]')
    for (let maxMessage = whole.indexOf('[') + 1; maxMessage <= whole.length; maxMessage++)
      expect(messageOf(data, maxMessage)).toMatch(/^<14>1( \S+){5} (-|(\[[^\]]*\])+)( \ufeff?)?$/)
  })

  it('is missing where a long header leaves no space', () => {
    const header = { host: 'h'.repeat(255), app: 'a'.repeat(48), pid: 'p'.repeat(128), msgid: 'm'.repeat(32) }
    expect(messageOf({ ...header, message: 'text' }, 480)).not.toContain('[')
    expect(messageOf({ message: 'text' }, 480, `syslog/${'t'.repeat(480)}`)).toMatch(/ - - - \ufefftext$/)
  })
})
