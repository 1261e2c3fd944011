/** Bytes as hexadecimal numbers and text, `width` a line. */
export function hexLines(bytes: Uint8Array, width: number): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += width) {
    const part = [...bytes.subarray(at, at + width)]
    const numbers = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·')).join('')
    lines.push(`${at.toString(16).padStart(6, '0')}  ${numbers.padEnd(width * 3)} ${text}`)
  }
  return lines.join('\n')
}
