import { createHash } from 'node:crypto'
import { percentCode } from '../../storage/nats/header-block.js'

/**
 * Subjects of events: `<prefix>.event.` and a token for each segment of the tag. Different tags have different subjects,
 * but a tag is never read from its subject: the header `ce-subject` has it.
 *
 *   segment              token
 *   letters, digits, -_  as they are
 *   any other byte       its percent code
 *   nothing              %
 *   over 96 bytes        the first 48 bytes, %~ and a hash
 *
 * After 16 tokens or 400 bytes, one token %% with a hash of the whole tag takes the place of the rest. Whether a token
 * is kept depends on nothing after it, so that a filter with the same beginning covers the subject.
 */
const EMPTY = '%'
const CUT = '%~'
const REST = '%%'
const MAX_TOKEN = 96
const KEPT_OF_LONG = 48
const MAX_TOKENS = 16
const MAX_BYTES = 400

/** Characters of a glob after which its text is no longer literal. */
const WILDCARD = /[*?[]/

/** Subjects of a log below a prefix of one token or more. */
export class Subjects {
  /** Every subject of an event. */
  readonly events: string
  /** The subject of the messages that fence off an earlier primary. */
  readonly barrier: string
  /** The beginning of the subjects of all events. */
  readonly start: string

  constructor(prefix: string) {
    this.start = `${prefix}.event.`
    this.events = `${this.start}>`
    this.barrier = `${prefix}.barrier`
  }

  /** The subject of events with this tag, whose bytes are the characters of the text. */
  of(tag: string): string {
    const tokens = tokensOf(tag)
    const kept = keptOf(tokens)
    return this.start + (kept.length === tokens.length ? kept : [...kept, REST + hash(tag)]).join('.')
  }

  /** A subject that covers every tag with this beginning, given in the same form. */
  coveringPrefix(prefix: string): string {
    // The last segment may go on in the tag.
    const whole = tokensOf(prefix).slice(0, -1)
    return this.start + [...keptOf(whole), '>'].join('.')
  }

  /** A subject that covers every tag that the glob matches. A `*` of a glob crosses segments, one of NATS does not. */
  coveringGlob(glob: string): string {
    const wildcard = glob.search(WILDCARD)
    return wildcard < 0 ? this.of(glob) : this.coveringPrefix(glob.slice(0, wildcard))
  }
}

function tokensOf(tag: string): string[] {
  return tag.split('/').map(tokenOf)
}

function tokenOf(segment: string): string {
  if (segment === '') return EMPTY
  const token = segment.replace(/[^A-Za-z0-9_-]/g, percentCode)
  return token.length <= MAX_TOKEN ? token : token.slice(0, KEPT_OF_LONG) + CUT + hash(segment)
}

function keptOf(tokens: readonly string[]): string[] {
  let bytes = 0
  const kept = tokens.slice(0, MAX_TOKENS).findIndex((token) => {
    bytes += token.length + 1
    return bytes > MAX_BYTES
  })
  return tokens.slice(0, kept < 0 ? MAX_TOKENS : kept)
}

function hash(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex').slice(0, 32)
}
