import { compileRegex } from '../filter/regex.js'

/** Characters of a name, at most, as in the DNS. */
export const LONGEST_NAME = 253

/** Other names of hosts, and a pattern in RE2 syntax. */
export interface HostNames {
  readonly aliases: Readonly<Record<string, readonly string[]>>
  readonly name?: string | undefined
}

/** Returns the name under which a host is known; undefined for a text that is the name of none. */
export type NameOf = (heard: string) => string | undefined

/** Names as the configuration joins them: by aliases, and by a pattern whose group is the name. */
export function namesOf({ aliases, name: pattern }: HostNames): NameOf {
  const known = new Map<string, string>()
  for (const [name, others] of Object.entries(aliases)) for (const other of others) known.set(other, name)
  if (known.size === 0 && pattern === undefined) return (heard) => (isHostName(heard) ? heard : undefined)
  const regex = pattern === undefined ? undefined : compileRegex(pattern, 'the pattern of hosts')
  return (heard) => {
    if (!isHostName(heard)) return undefined
    const alias = known.get(heard)
    if (alias !== undefined) return alias
    const matcher = regex?.matcher(heard)
    const short = matcher?.find() ? matcher.group(1) : undefined
    return short ? (known.get(short) ?? short) : heard
  }
}

/** Returns whether a host can be called so: without control characters. */
export function isHostName(text: string): boolean {
  if (text.length === 0 || text.length > LONGEST_NAME) return false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false
  }
  return true
}
