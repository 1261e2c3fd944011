import { z } from 'zod'

/** An address to listen on. */
export interface Address {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  host: string
  /** 0: any free port. */
  port: number
}

export const ADDRESS_FORM = 'an address such as 127.0.0.1:4580 or [::1]:4580'
const pattern = /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):\d{1,5}$/
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/i

const error = `must be ${ADDRESS_FORM}`
const anyAddress = z
  .string({ error })
  .regex(pattern, { error, abort: true })
  .transform((text, context): Address => {
    const parsed = parseAddress(text)
    if (parsed !== undefined) return parsed
    context.addIssue('a port is a number from 0 to 65535')
    return z.NEVER
  })
  .meta({ kind: 'host:port' })

/** A text `host:port`. */
export function address() {
  return anyAddress
}

function parseAddress(text: string): Address | undefined {
  if (!pattern.test(text)) return undefined
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  return port > 65535 ? undefined : { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port }
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Returns whether the host is only reachable from this machine. */
export function isLoopback(host: string): boolean {
  return loopback.test(host)
}
