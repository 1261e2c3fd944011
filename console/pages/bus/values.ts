import { busStrings } from '../../strings/bus.js'

/** A value as people write it: text without quotes, anything else as JSON. */
export function valueText(value: unknown): string {
  if (value === undefined) return busStrings.configuration.unset
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Reads the input of a person: JSON if it is, and otherwise a text, such as `7d`. */
export function typedValue(typed: string): unknown {
  try {
    return JSON.parse(typed)
  } catch {
    return typed
  }
}

/** A description without its links, which lead to pages beside the reference. */
export function withoutLinks(description: string): string {
  return description.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
}
