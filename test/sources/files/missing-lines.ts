import type { Content } from './rotating-log.js'

type Data = Record<string, unknown>

interface Gap {
  from: number
  /** Infinity if it is not known. */
  to: number
  /** It is about a time in which the source was stopped. */
  isUnwatched: boolean
  reason: string
}

/** A content, and the end of the last line that was published of it. */
interface Incomplete {
  content: Content
  read: number
  name: string
}

/** Returns how what was published and reported differs from what was written: each line once, or in one gap. */
export function faultsOf(contents: readonly Content[], events: readonly Data[], reasons: readonly string[]) {
  const times = new Map<string, number>()
  for (const { line } of events) times.set(String(line), (times.get(String(line)) ?? 0) + 1)
  const whole = new Set(contents.flatMap((content) => content.lines().map(({ text }) => text)))
  const faults = [...times].filter(([, count]) => count > 1).map(([text]) => `twice: ${short(text)}`)
  for (const event of events)
    if (!whole.has(String(event.line)) && !isLastPiece(event, contents))
      faults.push(`not a line: ${JSON.stringify({ ...event, line: short(String(event.line)) })}`)
  return [...faults, ...gapFaults(contents, times, reasons.map(gapOf))]
}

/** The end of a content may have no line end. Nothing that the source has seen follows it. */
function isLastPiece({ line, offset, partial }: Data, contents: readonly Content[]): boolean {
  const [start, end] = [Number(offset), Number(offset) + String(line).length]
  return contents.some(
    ({ text, known }) => partial === true && text.slice(start, end) === line && end >= known,
  )
}

function gapFaults(contents: readonly Content[], times: Map<string, number>, gaps: Gap[]): string[] {
  const faults: string[] = []
  const incomplete: Incomplete[] = []
  const needed: Incomplete[] = []
  for (const [nth, content] of contents.entries()) {
    const lines = content.lines()
    const missing = lines.filter(({ text }) => !times.has(text))
    const read = lines.filter(({ text }) => times.has(text)).at(-1)?.end ?? 0
    const name = `content ${nth} (${content.fate}, ${content.text.length} bytes, read ${read}, known ${content.known})`
    if (missing.some(({ start }) => start < read)) faults.push(`out of order: ${name}`)
    const isNeeded = missing.some(({ end }) => end <= content.known)
    if (isNeeded && content.fate !== 'truncated') faults.push(`not read: ${name}`)
    else if (isNeeded) needed.push({ content, read, name })
    incomplete.push({ content, read, name })
  }
  // Other gaps may be about bytes that were hardly seen, and about a time in which the source was stopped.
  const withoutGap = unmatched(needed, gaps, fits)
  const withoutContent = unmatched(gaps, incomplete, (gap, content) => fits(content, gap))
  return [
    ...faults,
    ...withoutGap.map(({ name }) => `no gap: ${name}`),
    ...withoutContent.map(({ reason }) => `false: ${reason}`),
  ]
}

/** Returns whether the gap may be about this content, of which the source has read the beginning. */
function fits({ content, read }: Incomplete, { from, to, isUnwatched }: Gap): boolean {
  if (content.fate === 'live' || from !== read || to < content.known) return false
  return isUnwatched ? content.isUnwatched : to <= content.text.length
}

/** Gives as many as possible of the first one of the second each, and returns those that get none. */
function unmatched<A, B>(these: readonly A[], those: readonly B[], isPair: (a: A, b: B) => boolean): A[] {
  const given = new Map<B, A>()
  const gets = (a: A, tried: Set<B>): boolean =>
    those.some((b) => {
      if (tried.has(b) || !isPair(a, b)) return false
      tried.add(b)
      const holder = given.get(b)
      if (holder !== undefined && !gets(holder, tried)) return false
      given.set(b, a)
      return true
    })
  return these.filter((a) => !gets(a, new Set()))
}

function gapOf(reason: string): Gap {
  const [, from, to] = /^bytes (\d+) to (\d+)/.exec(reason) ?? []
  const [, after] = /^any bytes after the first (\d+) /.exec(reason) ?? []
  const isUnwatched = reason.includes('while it was not followed')
  return { from: Number(from ?? after), to: isUnwatched ? Infinity : Number(to), isUnwatched, reason }
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
