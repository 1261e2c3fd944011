/** Which event of which consumer is parked. */
export interface ParkedPlace {
  consumer: string
  epoch: string
  seq: number
}

const ID = /^([a-z0-9]{1,32})-(\d{1,16})\.([A-Za-z0-9._-]{1,128})$/
const KEY = /^([^/]+)\/([a-z0-9]{1,32})-(\d{16})$/

/** `<cursor>.<consumer>`: an event is parked at most once for each consumer. */
export function formatParkedId({ consumer, epoch, seq }: ParkedPlace): string {
  return `${epoch}-${seq}.${consumer}`
}

export function parseParkedId(id: string): ParkedPlace | undefined {
  const match = ID.exec(id)
  return match === null ? undefined : { epoch: match[1], seq: Number(match[2]), consumer: match[3] }
}

/** Sorts by consumer, then by the place in the log. */
export function parkedKey({ consumer, epoch, seq }: ParkedPlace): string {
  return `${consumer}/${epoch}-${String(seq).padStart(16, '0')}`
}

export function placeOfKey(key: string): ParkedPlace | undefined {
  const match = KEY.exec(key)
  return match === null ? undefined : { consumer: match[1], epoch: match[2], seq: Number(match[3]) }
}
