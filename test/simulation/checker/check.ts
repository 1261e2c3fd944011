import { checkConsumer } from './check-consumer.js'
import { checkEdges, leftOut } from './check-edges.js'
import { checkGates } from './check-gates.js'
import { checkReaders } from './check-readers.js'
import { checkRules } from './check-rules.js'
import { checkSink } from './check-sink.js'
import type { History, Logged } from './history.js'

export interface Broken {
  promise:
    | 'durable'
    | 'once'
    | 'refusal'
    | 'order'
    | 'cursor'
    | 'gap'
    | 'gate'
    | 'consumer'
    | 'rule'
    | 'sink'
    | 'subscription'
    | 'progress'
  text: string
  /** Name of the event. */
  about?: string
}

/** Compares what publishers were told with what the logs contain. Shares no code with what it checks. */
export function check(history: History): Broken[] {
  const broken: Broken[] = []
  for (const [hub, log] of history.logs) broken.push(...checkLog(history, hub, log))
  broken.push(...compare([...history.logs]))
  broken.push(...checkReaders(history), ...checkConsumer(history), ...checkGates(history))
  broken.push(...checkRules(history), ...checkSink(history), ...checkEdges(history))
  for (const text of history.ended)
    broken.push({ promise: 'subscription', text: `a subscription ended: ${text}` })
  return broken
}

function checkLog(history: History, hub: string, log: readonly Logged[]): Broken[] {
  const broken: Broken[] = []
  const last = new Map<string, number>()
  const stored = new Map<string, number>()
  for (const { publisher, number, place } of log) {
    const about = `${publisher}/${number}`
    if (stored.has(about)) {
      const text = `${hub} has ${about} at @${stored.get(about)} and at @${place}`
      broken.push({ promise: 'once', text, about })
    } else if (number < (last.get(publisher) ?? 0)) {
      const text = `${hub} has ${about} after ${publisher}/${last.get(publisher)}`
      broken.push({ promise: 'order', text, about })
    }
    stored.set(about, place)
    last.set(publisher, Math.max(number, last.get(publisher) ?? 0))
  }
  const expired = new Set([...history.removed].map((place) => history.stored.get(place)))
  const isLeftOut = leftOut(history)
  for (const about of history.namesOf((told) => told === 'durable')) {
    const text = `${about} was acknowledged as durable, and ${hub} does not have it`
    if (!stored.has(about) && !expired.has(about) && !isLeftOut.has(about))
      broken.push({ promise: 'durable', text, about })
  }
  for (const about of history.namesOf((told) => told.startsWith('TCN_')))
    if (stored.has(about))
      broken.push({ promise: 'refusal', text: `${about} was refused, and ${hub} has it`, about })
  return broken
}

/** All hubs of a cluster have the same events under the same cursors. */
function compare([first, ...others]: [string, Logged[]][]): Broken[] {
  const broken: Broken[] = []
  for (const [hub, log] of others) {
    const at = log.findIndex((event, index) => !isSame(event, first[1][index]))
    if (at >= 0 || log.length !== first[1].length)
      broken.push({
        promise: 'cursor',
        text: `${hub} and ${first[0]} differ at the event ${at} of their logs`,
      })
  }
  return broken
}

function isSame(one: Logged, other: Logged | undefined): boolean {
  return (
    other !== undefined &&
    `${one.place}/${one.publisher}/${one.number}` === `${other.place}/${other.publisher}/${other.number}`
  )
}
