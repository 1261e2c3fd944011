/**
 * Publications as NATS's protocol has them, one after another in one piece of memory:
 *
 *   HPUB subject [reply] bytes-of-header bytes-of-both CR LF header payload CR LF
 */
export interface Publication {
  subject: string
  /** Empty if no answer is expected. */
  reply: string
  header: Uint8Array
  payload: Uint8Array
}

/** Bytes of the lines of a publication beside its subject, reply, header and payload, at most. */
export const WIRE_EXTRA = 40

/** Returns the first line of a publication. All texts are ASCII. */
export function wireLine(subject: string, reply: string, header: number, payload: number): string {
  const sizes = `${header} ${header + payload}\r\n`
  return reply === '' ? `HPUB ${subject} ${sizes}` : `HPUB ${subject} ${reply} ${sizes}`
}

/** Calls `visit` with each publication, whose bytes are views. */
export function eachPublication(wire: Uint8Array, visit: (publication: Publication) => void): void {
  const bytes = Buffer.from(wire.buffer, wire.byteOffset, wire.length)
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r\n', at)
    const words = bytes.toString('latin1', at, end).split(' ')
    const [header, both] = words.slice(-2).map(Number)
    const start = end + 2
    visit({
      subject: words[1],
      reply: words.length === 5 ? words[2] : '',
      header: bytes.subarray(start, start + header),
      payload: bytes.subarray(start + header, start + both),
    })
    at = start + both + 2
  }
}
