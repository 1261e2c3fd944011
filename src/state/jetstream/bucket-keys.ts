/**
 * Subjects of entries: `$KV.<bucket>.` and the key, as in a key-value bucket of NATS, so that its tools can read them.
 * A byte that those do not take in a key is written as `=` and two hexadecimal digits.
 */
export function bucketStream(prefix: string, bucket: string): string {
  return `KV_${prefix}_${bucket}`
}

export function bucketSubject(prefix: string, bucket: string): string {
  return `$KV.${prefix}_${bucket}`
}

export function encodeKey(key: string): string {
  const bytes = Buffer.from(key).toString('latin1')
  return bytes.replace(
    /[^A-Za-z0-9_/-]/g,
    (byte) => `=${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

export function decodeKey(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString()
}
