const utf8 = new TextEncoder()

/**
 * Encodes what JSON can say, with little code instead of speed: for pages, which send short records only. Keys that are
 * undefined are left out, as `encode` does.
 */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  write(value, bytes)
  return Uint8Array.from(bytes)
}

function write(value: unknown, bytes: number[]): void {
  if (typeof value === 'string') writeText(value, bytes)
  else if (typeof value === 'number') writeNumber(value, bytes)
  else if (typeof value === 'boolean') bytes.push(value ? 0xc3 : 0xc2)
  else if (Array.isArray(value)) {
    writeHead(0x90, 16, 0xdd, value.length, bytes)
    for (const each of value) write(each, bytes)
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined)
    writeHead(0x80, 16, 0xdf, entries.length, bytes)
    for (const pair of entries) for (const each of pair) write(each, bytes)
  } else bytes.push(0xc0)
}

function writeText(text: string, bytes: number[]): void {
  const encoded = utf8.encode(text)
  writeHead(0xa0, 32, 0xdb, encoded.length, bytes)
  for (const byte of encoded) bytes.push(byte)
}

function writeNumber(value: number, bytes: number[]): void {
  if (value >>> 0 === value) {
    if (value < 0x80) bytes.push(value)
    else writeHead(0, 0, 0xce, value, bytes)
    return
  }
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  bytes.push(0xcb, ...new Uint8Array(view.buffer))
}

/** The short form for fewer than `most`, and otherwise the one with four bytes. */
function writeHead(short: number, most: number, long: number, count: number, bytes: number[]): void {
  if (count < most) bytes.push(short | count)
  else bytes.push(long, count >>> 24, (count >>> 16) & 0xff, (count >>> 8) & 0xff, count & 0xff)
}
