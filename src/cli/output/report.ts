import type { Io } from '../io.js'
import { escapeJson } from '../terminal/text.js'

/**
 * Prints the result of a management operation: lines for people, or each value as one JSON object a line or one
 * YAML document.
 */
export async function report<Value>(
  io: Io,
  format: string | undefined,
  values: readonly Value[],
  lines: () => readonly string[],
): Promise<void> {
  if (format === 'json') {
    for (const value of values) io.out.line(escapeJson(JSON.stringify(value)))
  } else if (format === 'yaml') {
    const { yamlDocument } = await import('./yaml.js')
    for (const value of values) io.out.write(yamlDocument(value))
  } else {
    for (const line of lines()) io.out.line(line)
  }
  await io.out.room()
}
