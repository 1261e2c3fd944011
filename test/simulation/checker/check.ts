import type { History, Logged } from './history.js'

export interface Broken {
  promise: 'durable' | 'once' | 'refusal' | 'order' | 'cursor' | 'progress'
  text: string
}

/** Compares what publishers were told with what the logs contain. Shares no code with what it checks. */
export function check(history: History): Broken[] {
  const broken: Broken[] = []
  for (const [hub, log] of history.logs) broken.push(...checkLog(history, hub, log))
  broken.push(...compare([...history.logs]))
  return broken
}

function checkLog({ told }: History, hub: string, log: readonly Logged[]): Broken[] {
  const broken: Broken[] = []
  const last = new Map<string, number>()
  const stored = new Map<string, Map<number, number>>()
  for (const { publisher, number, place } of log) {
    const places = stored.get(publisher) ?? new Map<number, number>()
    stored.set(publisher, places)
    const name = `${publisher}/${number}`
    if (places.has(number))
      broken.push({ promise: 'once', text: `${hub} has ${name} at @${places.get(number)} and at @${place}` })
    else if (number < (last.get(publisher) ?? 0))
      broken.push({ promise: 'order', text: `${hub} has ${name} after ${publisher}/${last.get(publisher)}` })
    places.set(number, place)
    last.set(publisher, Math.max(number, last.get(publisher) ?? 0))
  }
  for (const [publisher, numbers] of told)
    for (const [number, answer] of numbers) {
      const isStored = stored.get(publisher)?.has(number) === true
      const name = `${publisher}/${number}`
      if (answer === 'durable' && !isStored)
        broken.push({
          promise: 'durable',
          text: `${name} was acknowledged as durable, and ${hub} does not have it`,
        })
      if (answer?.startsWith('TCN_') && isStored)
        broken.push({ promise: 'refusal', text: `${name} was refused (${answer}), and ${hub} has it` })
    }
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
